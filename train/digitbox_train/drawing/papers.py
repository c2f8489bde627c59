"""What is on a page besides the writing: paper, rules, print, and the light that falls on it.

A page's ``shape`` is its height and width, in pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
"""``[H, W]``: a share of the light, 0 to about 1."""

Region = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels; may reach beyond the page."""


STRAIGHT = 0.75
"""This share of ruled sheets lies almost straight, the others aslant."""

EVEN, FAINT = 0.25, (0.0, 0.3)
"""This share of sheets is lit almost evenly: by so much of the light's own logarithm. On them
nothing but the paper's clouds stands out besides the ink."""


def texture(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """Paper around 1: grain, clouds, and at times a fold or stains."""
    grain = random.normal(0, random.choice([0.002, 0.01, 0.03]), shape).astype(np.float32)
    if random.random() < 0.5:
        soft = cv2.GaussianBlur(grain, (0, 0), random.uniform(0.5, 1.5))
        grain = np.asarray(soft * 2, np.float32)
    paper = 1 + grain + clouds(shape, random, random.choice([3, 6, 16])) * random.uniform(0, 0.03)
    if random.random() < 0.12:
        paper *= 1 - random.uniform(0.02, 0.15) * _fold(shape, random)
    if random.random() < 0.08:
        paper *= 1 - random.uniform(0.03, 0.2) * (clouds(shape, random, 5) > 1.2)
    return np.asarray(paper, np.float32)


def clouds(shape: tuple[int, int], random: np.random.Generator, cells: int) -> Field:
    """Smooth noise around 0, of a deviation of about 1, with so many cells along each side."""
    coarse = random.normal(0, 1, (cells, cells)).astype(np.float32)
    smooth = cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32)


def rules(shape: tuple[int, int], size: float, random: np.random.Generator) -> Field:
    """Printed lines, 0 to 1: ruled, squared, dotted, or double; ``size`` is the digit's."""
    lines = np.zeros(shape, np.uint8)
    diagonal = int(np.hypot(*shape)) + 2
    spacing = size * float(np.exp(random.uniform(np.log(0.18), np.log(1.2))))
    spacing = max(spacing, 5.0)
    kind = random.choice(["ruled", "columns", "squared", "graph"], p=[0.35, 0.1, 0.4, 0.15])
    slant = np.deg2rad(random.normal(0, 3) if random.random() < STRAIGHT else random.normal(0, 20))
    thickness = int(random.choice([1, 1, 1, 2, 3]))
    centre = np.array([shape[1] / 2, shape[0] / 2])
    families = {"ruled": [0], "columns": [1], "squared": [0, 1], "graph": [0, 1]}[kind]
    dotted = random.random() < 0.15
    for family in families:
        angle = slant + family * np.pi / 2
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        offset = random.uniform(0, spacing)
        for number, place in enumerate(np.arange(-diagonal + offset, diagonal, spacing)):
            middle = centre + across * place
            start, end = middle - along * diagonal, middle + along * diagonal
            bold = thickness + (kind == "graph" and number % 5 == 0)
            _line(lines, start, end, bold, dotted)
            if kind == "squared" and spacing > 24 and random.random() < 0.3:
                step = across * spacing / 4
                _line(lines, start + step, end + step, 1, dotted=True)
    soft = cv2.GaussianBlur(lines, (0, 0), random.uniform(0.4, 0.9)).astype(np.float32) / 255
    return np.asarray(np.clip(soft * 1.5, 0, 1), np.float32)


def box(shape: tuple[int, int], place: Region, random: np.random.Generator) -> Field:
    """A printed cell's border, 0 to 1, around ``place``, which it may touch or cross."""
    lines = np.zeros(shape, np.uint8)
    left, top, right, bottom = place
    size = max(right - left, bottom - top)
    margins = random.uniform(-0.04, 0.5, 4) * size
    corners = [(left - margins[0], top - margins[1]), (right + margins[2], bottom + margins[3])]
    (x0, y0), (x1, y1) = corners
    slope = random.normal(0, 0.015) * size
    thickness = max(1, round(size * random.uniform(0.008, 0.05)))
    reach = size * float(random.choice([0, 0, 2]))
    sides = [
        ((x0 - reach, y0), (x1 + reach, y0 + slope)),
        ((x0 - reach, y1), (x1 + reach, y1 + slope)),
        ((x0, y0 - reach), (x0 - slope, y1 + reach)),
        ((x1, y0 - reach), (x1 - slope, y1 + reach)),
    ]
    kept = random.random(4) < random.choice([1.0, 1.0, 0.5])
    dotted = random.random() < 0.08
    for (start, end), keep in zip(sides, kept, strict=True):
        if keep:
            _line(lines, np.array(start), np.array(end), thickness, dotted)
    return np.asarray(lines / np.float32(255), np.float32)


def printing(shape: tuple[int, int], size: float, random: np.random.Generator) -> Field:
    """Lines of small printed text, 0 to 1; ``size`` is the digit's, beside which it is small."""
    page = np.zeros(shape, np.uint8)
    scale = max(0.3, size / 22 * random.uniform(0.08, 0.3))
    font = int(random.integers(0, 8))
    height = int(22 * scale * random.uniform(1.2, 2.2))
    y = int(random.integers(0, max(1, height)))
    alphabet = np.array(list("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ       ,.-()"))
    while y < shape[0] + height:
        text = "".join(random.choice(alphabet, int(random.integers(3, 40))))
        x = int(random.integers(-shape[1] // 3, shape[1] // 2))
        cv2.putText(page, text, (x, y), font, scale, 255, max(1, round(scale * 1.5)), cv2.LINE_AA)
        y += height * int(random.choice([1, 1, 1, 3]))
    return np.asarray(page / np.float32(255), np.float32)


def light(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """How the light falls, at most 1: a slope, a lamp, dark corners, shadows of a hand or a
    phone."""
    height, width = shape
    y, x = np.meshgrid(
        np.linspace(-1, 1, height, dtype=np.float32),
        np.linspace(-1, 1, width, dtype=np.float32),
        indexing="ij",
    )
    slope = random.normal(0, 0.15, 2)
    field = 1 + slope[0] * x + slope[1] * y
    if random.random() < 0.35:
        centre, reach = random.uniform(-1.2, 1.2, 2), random.uniform(0.4, 1.6)
        distance = (x - centre[0]) ** 2 + (y - centre[1]) ** 2
        field *= 1 + random.uniform(0.1, 0.9) * np.exp(-distance / reach**2)
    if random.random() < 0.4:
        field *= 1 - random.uniform(0.05, 0.4) * (x**2 + y**2) / 2
    for _ in range(int(random.choice([0, 1, 2], p=[0.55, 0.35, 0.1]))):
        field *= 1 - random.uniform(0.1, 0.6) * _shadow(x, y, random)
    field = np.clip(field, 0.1, None)
    field /= field.max()
    if random.random() < EVEN:
        field **= random.uniform(*FAINT)
    return np.asarray(field, np.float32)


def sloping_light(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """How the light falls on a part of a page, about 1: a slope, and at times the edge of a
    shadow."""
    height, width = shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    field = 1 + random.normal(0, 0.08) * x + random.normal(0, 0.05) * y
    if random.random() < 0.12:
        edge = x - random.uniform(-1, 1) + random.normal(0, 0.3) * y
        soft = float(np.exp(random.uniform(np.log(0.02), np.log(0.5))))
        field = field * (
            1 - random.uniform(0.1, 0.5) / (1 + np.exp(np.clip(-edge / soft, -30, 30)))
        )
    return np.asarray(field, np.float32)


def _shadow(x: Field, y: Field, random: np.random.Generator) -> Field:
    """0 in the light to 1 in the shadow, its edge straight or bent, soft or sharp."""
    angle = random.uniform(0, 2 * np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    edge = along - random.uniform(-0.8, 0.9) + random.uniform(-0.6, 0.6) * across**2
    edge += random.uniform(0, 0.15) * np.sin(across * random.uniform(2, 8) + angle)
    softness = float(np.exp(random.uniform(np.log(0.008), np.log(0.5))))
    return np.asarray(1 / (1 + np.exp(np.clip(-edge / softness, -30, 30))), np.float32)


def edge_of_table(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """1 where the page ends and something else begins, along a side or in a corner."""
    height, width = shape
    mask = np.zeros(shape, np.uint8)
    depth = random.uniform(0.02, 0.25, 2)
    sides = np.array(
        [[-9, -9], [width * 9, -9], [width * 9, height * depth[0]], [-9, height * depth[1]]]
    )
    cv2.fillPoly(mask, [np.rint(sides).astype(np.int32)], 1)
    mask = np.ascontiguousarray(np.rot90(mask, int(random.integers(0, 4))))
    mask = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8), np.float32)


def _fold(shape: tuple[int, int], random: np.random.Generator) -> Field:
    """A soft line across the page, 0 to 1."""
    lines = np.zeros(shape, np.uint8)
    start, end = random.uniform(-0.2, 1.2, (2, 2)) * np.array(shape[::-1])
    direction = (end - start) * 5
    _line(lines, start - direction, end + direction, int(random.integers(1, 4)), dotted=False)
    soft = cv2.GaussianBlur(lines.astype(np.float32) / 255, (0, 0), random.uniform(0.6, 3))
    return np.asarray(soft, np.float32)


def _line(
    page: NDArray[np.uint8],
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    thickness: int,
    dotted: bool,
) -> None:
    """Draw with an eighth of a pixel's precision."""
    if dotted:
        step = max(3.0, 3.0 * thickness)
        length = float(np.hypot(*(end - start)))
        for place in np.arange(0, length, step):
            x, y = start + (end - start) * place / max(length, 1e-6)
            if 0 <= x < page.shape[1] and 0 <= y < page.shape[0]:
                cv2.circle(page, (int(x), int(y)), max(0, thickness // 2), 255, -1)
        return
    first, last = (
        (int(np.clip(x * 8, -80000, 80000)), int(np.clip(y * 8, -80000, 80000)))
        for x, y in (start, end)
    )
    cv2.line(page, first, last, 255, thickness, cv2.LINE_AA, shift=3)
