"""A page and a line of writing on it → the strip of it that the network of numbers sees."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing

STRIP_HEIGHT, STEP = 40, 2
"""Height of a strip, in pixels; and how many of its pixels across there are to one step of what the
network says of it."""

WIDTHS = (48, 80, 112, 160, 208, 272, 352, 448, 576, 768, 1024)
"""Strips are so many pixels wide: few widths, so that onnxruntime's memory stays flat."""

FILL, MARGIN = 0.8, 0.8
"""The digits of a line fill so much of the height of its strip; and on each side so much is left of
its height, or more: a first digit that was not found is still seen then."""


@dataclass(frozen=True, slots=True)
class Framing:
    """How a line is cut out: see FILL and MARGIN; and how much wider it is shown than it is."""

    fill: float = FILL
    margin: float = MARGIN
    stretch: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """``pixels`` are uint8 ``[STRIP_HEIGHT, W]``, W one of WIDTHS; ``to_page``, float64 ``[2, 3]``,
    gives the place on the page of a place ``x``, ``y``, 1 of the strip."""

    pixels: NDArray[np.uint8]
    to_page: NDArray[np.float64]


def strip(page: Gray, line: Writing, framing: Framing = Framing()) -> Strip:
    """Cut ``line``, which is in pixels of ``page`` (uint8 ``[H, W]``), out of it along its slope.
    Beyond the page's edges its outermost pixels go on. A line that is longer than the largest of
    WIDTHS is shown narrower."""
    high = max(4.0, line.height) / framing.fill
    scale = STRIP_HEIGHT / high  # of the page's pixels
    wide = line.length + 2 * framing.margin * high
    needed = wide * scale * framing.stretch
    width = next((width for width in WIDTHS if width >= needed), WIDTHS[-1])
    across = min(scale * framing.stretch, width / wide)
    cos, sin = math.cos(line.slope), math.sin(line.slope)
    along = np.array([cos, sin]) / across
    down = np.array([-sin, cos]) / scale
    origin = np.array([line.x, line.y]) - along * width / 2 - down * STRIP_HEIGHT / 2
    corners = origin + np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) @ np.stack(
        [along * width, down * STRIP_HEIGHT]
    )
    start, part = _around(page, corners, 2 / scale)
    times, source = _reduced(part, scale)
    # OpenCV counts from the middle of the first pixel.
    middle = (origin - start + (along + down) / 2) / times - 0.5
    matrix = np.column_stack([along / times, down / times, middle])
    enlarges = scale * times > 1
    pixels = cv2.warpAffine(
        source,
        matrix,
        (width, STRIP_HEIGHT),
        flags=(cv2.INTER_CUBIC if enlarges else cv2.INTER_LINEAR) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Strip(np.asarray(pixels, np.uint8), np.column_stack([along, down, origin]))


def _around(
    page: Gray, corners: NDArray[np.float64], room: float
) -> tuple[NDArray[np.float64], Gray]:
    """The part of ``page`` with these ``corners``, and ``room`` around it, and where it begins: at
    least a pixel of it."""
    height, width = page.shape
    low = np.floor(corners.min(axis=0) - room).astype(int)
    high = np.ceil(corners.max(axis=0) + room).astype(int)
    left, top = min(max(0, low[0]), width - 1), min(max(0, low[1]), height - 1)
    right, bottom = max(left + 1, min(width, high[0])), max(top + 1, min(height, high[1]))
    return np.array([left, top], np.float64), page[top:bottom, left:right]


def _reduced(page: Gray, scale: float) -> tuple[float, Gray]:
    """``page`` by about ``scale`` smaller where that is below 1, each pixel being the mean of what
    it shows, and how many times smaller it is."""
    if scale > 0.9:
        return 1.0, page
    height, width = page.shape
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return 1 / scale, np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8)
