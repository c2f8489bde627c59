"""A view of one clean shape on an even background → its ink, without a network.

Most drawings and clean scans are like that, and there is nothing to be found out about them: what
stands out is the ink. Anything else is left to the finder.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.view import Gray

CLEAR = 40
"""The ink stands out from the background by so many levels, or more."""

REST = 0.2
"""Nothing else stands out by more than this share of the ink's strength."""

EDGE = 0.25
"""From this share of its strength on, a pixel belongs to the shape."""

FULL = 70
"""Percentile of the ink's strength that counts as full: pencils are uneven, and edges are soft."""

SMALLEST = 14
"""Shapes whose longer side has fewer pixels are left to the finder."""

BOXED, BAND = 0.85, 0.12
"""What covers so much of three sides of its own box, or more, may be a printed frame that touches a
digit; a side is this share of the box."""

FAINT = 24
"""On a tiny page, what stands out by fewer levels is no ink."""

_AROUND = np.ones((3, 3), np.uint8)
_PARENT = 3
"""Of what OpenCV says about an outline's place among the others, which one is around it."""


def shape_ink(view: Gray) -> tuple[NDArray[np.float32], Box] | None:
    """The ink of the only shape on ``view`` (uint8 ``[H, W]``), float32 ``[H, W]`` in [0, 1] of its
    full strength, and the place of the shape. None where the background is not even, where
    something reaches the edges, or where there are several pieces, or none."""
    away, other = _away(view)
    strongest = _largest(away)
    if strongest < CLEAR:
        return None
    full = _full(away, strongest)
    if max(other, _largest(_edges(away))) > REST * full:
        return None
    mask = np.asarray(cv2.threshold(away, EDGE * full, 1, cv2.THRESH_BINARY)[1], np.uint8)
    outlines, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    pieces = np.flatnonzero(tree[0, :, _PARENT] < 0)  # the others are around holes
    if len(pieces) != 1:
        return None
    left, top, width, height = cv2.boundingRect(outlines[pieces[0]])
    if max(width, height) < SMALLEST:
        return None
    soft = cv2.dilate(mask, _AROUND)
    if _largest(np.asarray(cv2.multiply(away, 1 - soft), np.uint8)) > REST * full:
        return None
    if _boxed(mask[top : top + height, left : left + width]):
        return None
    ink = cv2.multiply(away, soft, scale=1 / full, dtype=cv2.CV_32F)
    return np.asarray(np.minimum(ink, 1), np.float32), Box(left, top, width, height)


def all_ink(view: Gray) -> NDArray[np.float32]:
    """How much of the ink's strength each pixel of ``view`` (uint8 ``[H, W]``) has, float32
    ``[H, W]`` in [0, 1], where it holds nothing but writing on an even background. All is 0 where
    nothing stands out by FAINT levels."""
    away, _ = _away(view)
    strongest = _largest(away)
    if strongest < FAINT:
        return np.zeros(view.shape, np.float32)
    return np.asarray(np.minimum(away / np.float32(_full(away, strongest)), 1), np.float32)


def _away(view: Gray) -> tuple[Gray, int]:
    """How far each pixel is away from the level that the edges have, as the ink is: darker, or
    lighter, where that goes further; and how far any is away the other way."""
    edges = _edges(view)
    middle = len(edges) // 2
    background = int(np.partition(edges, middle)[middle])
    darkest, lightest, _, _ = cv2.minMaxLoc(view)
    darker, lighter = background - int(darkest), int(lightest) - background
    even = np.full_like(view, background)
    if darker > lighter:
        return np.asarray(cv2.subtract(even, view), np.uint8), lighter
    return np.asarray(cv2.subtract(view, even), np.uint8), darker


def _edges(view: Gray) -> Gray:
    return np.concatenate([view[0], view[-1], view[:, 0], view[:, -1]])


def _largest(levels: Gray) -> int:
    return int(levels.max())


def _full(away: Gray, strongest: int) -> int:
    strong = away[away >= 0.5 * strongest]
    place = FULL * (len(strong) - 1) // 100
    return int(np.partition(strong, place)[place])


def _boxed(shape: Gray) -> bool:
    height, width = shape.shape
    down, across = max(1, round(BAND * height)), max(1, round(BAND * width))
    sides = (shape[:down], shape[-down:], shape[:, :across].T, shape[:, -across:].T)
    # Counting is quick, and tells most that are none.
    if sum(cv2.countNonZero(side) >= BOXED * side.shape[1] for side in sides) < 3:
        return False
    return sum(bool(side.max(axis=0).mean() >= BOXED) for side in sides) >= 3
