"""A gray page → the page without the dark edges that a scanner leaves around a sheet."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.view import Gray

SIDE = 256
"""A page is looked at with sides of at most so many pixels."""

DARK, EVEN = 0.5, 0.9
"""A pixel is dark below the first share of the sheet's light. A row or a column is part of an edge
where more than the second share of it is dark."""

LIGHT, LEAST = 0.7, 0.3
"""What is left has to be as light as the first share of the lightest fifth of the page, and as
large as the second share of it; otherwise the page is dark as a whole, and has no edges."""

SOFT = 0.01
"""An edge ends softly: so much beyond it, as a share of the page's longer side, belongs to it."""


def without_dark_edges(page: Gray) -> Gray:
    """``page`` (uint8 ``[H, W]``) with what is dark along its sides as light as the sheet; the same
    where nothing is."""
    height, width = page.shape
    size = min(SIDE, width), min(SIDE, height)
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    lightest = float(np.percentile(small, 80))
    dark = small < DARK * lightest
    left, right = _ends(dark.mean(axis=0))
    top, bottom = _ends(dark[:, left : size[0] - right].mean(axis=1))
    sheet = small[top : size[1] - bottom, left : size[0] - right]
    if not (left or right or top or bottom) or sheet.size < LEAST * small.size:
        return page
    level = float(np.median(sheet))
    if level < LIGHT * lightest:
        return page
    soft = max(2, round(SOFT * max(page.shape)))
    across, down = width / size[0], height / size[1]
    x0, x1 = _scaled(left, across, soft), width - _scaled(right, across, soft)
    y0, y1 = _scaled(top, down, soft), height - _scaled(bottom, down, soft)
    light = np.full_like(page, round(level))
    light[y0:y1, x0:x1] = page[y0:y1, x0:x1]
    return light


def _ends(dark: NDArray[np.floating]) -> tuple[int, int]:
    """How many of the first and of the last rows or columns are dark: not all of them, since a
    fifth of the page is as light as its lightest fifth."""
    rest = np.flatnonzero(dark <= EVEN)
    return int(rest[0]), len(dark) - 1 - int(rest[-1])


def _scaled(count: int, scale: float, soft: int) -> int:
    return math.ceil(count * scale) + soft if count else 0
