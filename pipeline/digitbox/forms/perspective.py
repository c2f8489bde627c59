"""Places of a picture, and a perspective → where they lie on another picture."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.view import Gray

Points = NDArray[np.float64]
"""``[N, 2]``, x and y in pixels; the middle of the first pixel is 0, 0."""

Matrix = NDArray[np.float64]
"""``[3, 3]``: a perspective."""

Quad = NDArray[np.float64]
"""``[4, 2]``: the corners of a field, clockwise from the top left, in pixels."""

LEAST_SCALE, LARGEST_SCALE, MOST_SHEAR = 0.1, 10.0, 4.0
"""A page is no reference that is scaled by less or more, or along one side so much more than along
another."""


def reduced(page: Gray, longest: int) -> tuple[Gray, float]:
    """``page`` with at most so many pixels along its longer side, and how much smaller that is."""
    scale = min(1.0, longest / max(page.shape))
    if scale == 1.0:
        return page, 1.0
    size = tuple(max(1, round(side * scale)) for side in page.shape[::-1])
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def projected(matrix: Matrix, points: Points) -> Points:
    """``points`` as the perspective ``matrix`` moves them."""
    whole = np.hstack([points, np.ones((len(points), 1))]) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:])


def enlarging(small: tuple[int, ...], large: tuple[int, ...]) -> Matrix:
    """From places on a page of the shape ``small`` to places on the same page, of the shape
    ``large``: both count from the middle of their first pixel. Sides are whole pixels, so that one
    may be enlarged a little more than the other."""
    high, wide = large[0] / small[0], large[1] / small[1]
    return np.array([[wide, 0, wide / 2 - 0.5], [0, high, high / 2 - 0.5], [0, 0, 1]])


def scale_of(matrix: Matrix, shape: tuple[int, ...]) -> float:
    """How many times larger ``matrix`` shows what has that ``shape``, in the mean."""
    area = abs(cv2.contourArea(projected(matrix, _corners(shape)).astype(np.float32)))
    return float((area / (shape[0] * shape[1])) ** 0.5)


def farthest(matrix: Matrix, shape: tuple[int, ...]) -> float:
    """By how many pixels ``matrix`` moves the corners of what has that ``shape``, at most."""
    corners = _corners(shape)
    return float(np.linalg.norm(projected(matrix, corners) - corners, axis=1).max())


def is_sane(matrix: Matrix, shape: tuple[int, ...]) -> bool:
    """Whether a camera could see what has that ``shape`` like that: from its front, nowhere at
    infinity, and not along its surface."""
    corners = _corners(shape)
    depth = np.hstack([corners, np.ones((4, 1))]) @ matrix[2]
    if depth.min() <= 0 < depth.max() or np.abs(depth).min() < 1e-9:
        return False
    seen = projected(matrix, corners)
    sides = np.linalg.norm(np.roll(seen, -1, axis=0) - seen, axis=1)
    scales = sides / np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    edges = np.roll(seen, -1, axis=0) - seen
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    return bool(
        (turns > 0).all()
        and scales.min() > LEAST_SCALE
        and scales.max() < LARGEST_SCALE
        and scales.max() < MOST_SHEAR * scales.min()
    )


def _corners(shape: tuple[int, ...]) -> Points:
    high, wide = shape
    return np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64)
