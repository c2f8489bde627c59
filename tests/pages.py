"""Pages drawn for the tests, from the MNIST digits in ``tests/data``."""

import io
import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Gray = NDArray[np.uint8]

DATA = Path(__file__).parent / "data"


def digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """300 of MNIST's test digits: uint8 ``[300, 28, 28]``, ink 255, and their labels."""
    with np.load(DATA / "mnist.npz") as arrays:
        return arrays["x"], arrays["y"]


def digit(value: int, which: int = 4) -> Gray:
    """One MNIST digit, uint8 ``[28, 28]``, ink 255."""
    images, labels = digits()
    return np.asarray(images[np.flatnonzero(labels == value)[which]], np.uint8)


def sheet(value: int, height: int = 300, width: int = 240, side: int = 160, **place: int) -> Gray:
    """A digit in dark ink on light paper: its 28×28 square enlarged to ``side`` pixels, its top
    left corner at ``top``, ``left`` (default: in the middle)."""
    page = np.full((height, width), 225, np.uint8)
    enlarged = cv2.resize(digit(value), (side, side), interpolation=cv2.INTER_CUBIC)
    top = place.get("top", (height - side) // 2)
    left = place.get("left", (width - side) // 2)
    ink = np.clip((enlarged.astype(float) / 255 - 0.3) * 3, 0, 1)
    page[top : top + side, left : left + side] = np.rint(225 - 185 * ink)
    return page


def number(
    *lines: str, height: int = 48, gap: float = 0.25, room: float = 1.0, slope: float = 0.0
) -> Gray:
    """Lines of digits, points, commas and dashes below each other, in dark ink on light paper: each
    digit is ``height`` pixels high, ``gap`` heights apart from the next, and there are ``room``
    heights around each line. The page is turned until they go down to the right by ``slope``
    degrees."""
    inks = [_line(text, height, gap) for text in lines]
    space = round(room * height)
    longest = max(ink.shape[1] for ink in inks)
    padded = [np.pad(ink, ((0, space), (space, space + longest - ink.shape[1]))) for ink in inks]
    ink = np.pad(np.vstack(padded), ((space, 0), (0, 0)))
    if slope:
        across, down = ink.shape[1], ink.shape[0]
        rise = math.ceil(abs(math.tan(math.radians(slope))) * across / 2)
        ink = np.pad(ink, ((rise, rise), (0, 0)))
        middle = across / 2 - 0.5, down / 2 + rise - 0.5
        turn = cv2.getRotationMatrix2D(middle, -slope, 1)
        ink = np.asarray(cv2.warpAffine(ink, turn, ink.shape[::-1]), np.float32)
    return np.rint(225 - 185 * ink).astype(np.uint8)


def _line(text: str, height: int, gap: float) -> NDArray[np.float32]:
    """The ink of characters side by side, in [0, 1]."""
    parts = [_character(one, height) for one in text]
    space = np.zeros((parts[0].shape[0], max(1, round(gap * height))), np.float32)
    return np.hstack([part for one in parts for part in (space, one)][1:])


def _character(character: str, height: int) -> NDArray[np.float32]:
    """Its ink, as wide as it is, with a third of the height left below for commas."""
    below, dot = math.ceil(height / 3), max(1, round(0.12 * height))
    if character.isdigit():
        shape = digit(int(character))
        rows, columns = np.nonzero(shape > 76)
        shape = shape[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        width = max(2, round(height * shape.shape[1] / shape.shape[0]))
        large = cv2.resize(shape, (width, height), interpolation=cv2.INTER_CUBIC) / 255
        return np.pad(np.clip((large - 0.3) * 3, 0, 1), ((0, below), (0, 0))).astype(np.float32)
    ink = np.zeros((height + below, height // 2 if character == "-" else dot), np.float32)
    if character == "-":
        ink[height // 2 - dot // 2 : height // 2 - dot // 2 + dot] = 1
    else:
        ink[height - dot : height + (dot if character == "," else 0)] = 1
    return ink


def ruled(page: Gray) -> Gray:
    """``page`` on squared paper."""
    lined = page.copy()
    for place in range(18, max(page.shape), 45):
        lined[place : place + 2] = np.minimum(lined[place : place + 2], 120)
        lined[:, place : place + 2] = np.minimum(lined[:, place : place + 2], 120)
    return lined


def lit(page: Gray) -> Gray:
    """``page`` under a lamp at its top left corner."""
    height, width = page.shape
    light = np.linspace(1.0, 0.6, width)[None] * np.linspace(1.0, 0.7, height)[:, None]
    return np.rint(page * light).astype(np.uint8)


def clouded(page: Gray, levels: float, cells: int, seed: int) -> Gray:
    """``page`` on paper with soft clouds, as many across as down; ``levels`` is their standard
    deviation."""
    coarse = np.random.default_rng(seed).normal(0, levels, (cells, cells)).astype(np.float32)
    clouds = cv2.resize(coarse, page.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(page + clouds, 0, 255), np.uint8)


def golden_pages() -> dict[str, Gray]:
    """What the golden frames are made of."""
    pages = {f"mnist_{value}": digit(value) for value in range(10)}
    return pages | {
        "sheet": sheet(3),
        "light_on_dark": 255 - sheet(4),
        "small_in_the_corner": sheet(5, 400, 500, side=60, top=20, left=400),
        "ruled": ruled(sheet(2)),
        "lit": lit(sheet(6)),
        "thin": cv2.dilate(sheet(8), np.ones((5, 5), np.uint8)).astype(np.uint8),
        "fat": cv2.erode(sheet(7), np.ones((13, 13), np.uint8)).astype(np.uint8),
    }


def encoded(image: Image.Image | Gray, form: str = "PNG", **options: Any) -> bytes:
    """``image`` as the bytes of a file."""
    if not isinstance(image, Image.Image):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()
