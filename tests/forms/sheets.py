"""Forms drawn for the tests, and what scanners, cameras and people make of them."""

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

PAPER, INK = 235, 40

WIDTH, HEIGHT = 826, 1169
"""A4 with 100 dots an inch."""

WORDS = [
    *("name", "date", "course", "student", "total", "points", "sheet", "question", "answer"),
    *("signature", "hall", "seat", "number", "examiner", "first", "second", "third", "remark"),
    *("checked", "by", "room", "term", "copy", "office", "page", "form", "year", "group"),
]


def form(seed: int, marks: bool = False, width: int = WIDTH, height: int = HEIGHT) -> Gray:
    """A printed form, uint8 ``[height, width]``: text, boxes, a table; another one for another
    ``seed``."""
    random = np.random.default_rng(seed)
    page = np.full((height, width), PAPER, np.uint8)
    for y in range(70, height // 2, 46):
        text = " ".join(random.choice(WORDS, 3))
        write(page, text, 60 + int(random.integers(0, 60)), y, 0.6 + 0.1 * random.random())
        if random.random() < 0.6:
            x, wide = int(random.integers(440, 560)), int(random.integers(100, 200))
            cv2.rectangle(page, (x, y - 24), (x + wide, y + 6), INK, 1)
    top, left, right, bottom = height // 2 + 40, 70, width - 70, height - 120
    for x in np.linspace(left, right, int(random.integers(5, 9))).astype(int).tolist():
        cv2.line(page, (x, top), (x, bottom), INK, 1)
    for y in np.linspace(top, bottom, int(random.integers(8, 14))).astype(int).tolist():
        cv2.line(page, (left, y), (right, y), INK, 1)
        write(page, str(random.choice(WORDS)), left + 6, y - 8, 0.4)
    if marks:
        marked(page)
    return page


def blank(marks: bool = False, width: int = WIDTH, height: int = HEIGHT) -> Gray:
    """A page on which hardly anything is printed: one box."""
    page = np.full((height, width), PAPER, np.uint8)
    cv2.rectangle(page, (300, 500), (520, 560), INK, 1)
    if marks:
        marked(page)
    return page


def marked(page: Gray, side: int = 20, away: int = 40) -> None:
    """Draw dark squares in the corners of ``page``: their middles are ``away`` pixels from its
    edges."""
    height, width = page.shape
    for y in (away, height - away):
        for x in (away, width - away):
            page[y - side // 2 : y + side // 2, x - side // 2 : x + side // 2] = INK


def write(page: Gray, text: str, x: int, y: int, size: float, level: int = INK) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, level, 1, cv2.LINE_AA)


def filled(page: Gray, seed: int) -> Gray:
    """``page`` with writing all over it, in boxes and beside them."""
    random = np.random.default_rng(seed)
    full = page.copy()
    for _ in range(25):
        x, y = int(random.integers(40, page.shape[1] - 200)), int(random.integers(60, 1100))
        text = str(random.integers(10, 99999))
        cv2.putText(full, text, (x, y), cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, 1.2, 70, 2, cv2.LINE_AA)
    return full


def stamped(page: Gray) -> Gray:
    """``page`` with a large dark stamp and a pen stroke across it."""
    full = page.copy()
    height, width = page.shape
    cv2.circle(full, (width * 2 // 3, height // 3), width // 6, 90, 14)
    cv2.rectangle(full, (width // 5, height * 3 // 5), (width * 3 // 5, height * 4 // 5), 60, -1)
    cv2.line(full, (30, height - 200), (width - 30, 150), 80, 9)
    return full


def warped(
    page: Gray, matrix: NDArray[np.float64], shape: tuple[int, int], level: int = 90
) -> Gray:
    """``page`` as the perspective ``matrix`` moves it, on a table of that ``level``."""
    source = page
    small = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    if small < 0.8:  # as a camera does: one pixel is the mean of several
        source = np.asarray(cv2.GaussianBlur(page, (0, 0), 0.4 / small), np.uint8)
    moved = cv2.warpPerspective(
        source, matrix, shape[::-1], flags=cv2.INTER_LINEAR, borderValue=(level,)
    )
    return np.asarray(moved, np.uint8)


def turned(
    degrees: float, scale: float = 1.0, shape: tuple[int, int] = (HEIGHT, WIDTH)
) -> NDArray[np.float64]:
    """The movement that turns a page of that ``shape`` clockwise, and scales it, about its middle,
    so that all of it is seen from 0, 0 on."""
    angle = np.deg2rad(degrees)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    found = corners @ turn.T
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = -found.min(axis=0) - 0.5
    return matrix


def extent(
    matrix: NDArray[np.float64], shape: tuple[int, int] = (HEIGHT, WIDTH)
) -> tuple[int, int]:
    """Height and width of what :func:`turned` makes of a page of that ``shape``."""
    height, width = shape
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]]) - 0.5
    found = np.ptp(corners @ matrix[:2, :2].T, axis=0)
    return round(found[1]), round(found[0])


def projected_by(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """``points``, ``[N, 2]``, as the perspective ``matrix`` moves them."""
    found = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    return np.asarray(found[:, :2] / found[:, 2:])


def places(shape: tuple[int, int] = (HEIGHT, WIDTH)) -> NDArray[np.float64]:
    """Points all over a page of that ``shape``, ``[N, 2]``."""
    x, y = np.meshgrid(np.linspace(60, shape[1] - 60, 8), np.linspace(60, shape[0] - 60, 10))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def grainy(page: Gray, levels: float, seed: int) -> Gray:
    """``page`` with the noise of a camera; ``levels`` is its standard deviation."""
    noise = np.random.default_rng(seed).normal(0, levels, page.shape)
    return np.asarray(np.clip(page + noise, 0, 255), np.uint8)


def badly_lit(page: Gray) -> Gray:
    """``page`` in the light of a lamp beside it, with a shadow across it."""
    height, width = page.shape
    light = np.linspace(1.0, 0.35, width)[None] * np.linspace(1.0, 0.6, height)[:, None]
    light[height // 3 :, : width // 2] *= 0.7
    return np.asarray(page * cv2.GaussianBlur(light, (0, 0), 15), np.uint8)


def black_and_white(page: Gray) -> Gray:
    return np.where(page < 150, 0, 255).astype(np.uint8)


def bent(page: Gray, pixels: float) -> tuple[Gray, NDArray[np.float32]]:
    """``page`` on paper that is bent, and ``[H, W, 2]``: by how much each of its places is moved;
    ``pixels`` at most."""
    height, width = page.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    by = np.stack(
        [
            pixels * np.sin(2 * np.pi * y / height) * np.cos(np.pi * x / width),
            pixels * np.sin(1.5 * np.pi * x / width + 0.5),
        ],
        axis=-1,
    ).astype(np.float32)
    # For a place p, p + by(p) is where it is seen: nearly the same as p - by(p) is what is seen.
    moved = cv2.remap(page, x - by[..., 0], y - by[..., 1], cv2.INTER_LINEAR, borderValue=(PAPER,))
    return np.asarray(moved, np.uint8), by
