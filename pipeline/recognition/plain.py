"""A view of one clean shape on an even ground → its ink, without a network.

Most drawings and clean scans are like that, and there is nothing to be found out about them: what
stands out is the ink. Anything else is left to the finder.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.view import Gray
from pipeline.records import Box

CLEAR = 40.0
"""The ink stands out from the ground by so many levels, or more."""

REST = 0.2
"""Nothing else stands out by more than this share of the ink's strength."""

EDGE = 0.25
"""From this share of its strength on, a pixel belongs to the shape."""

FULL = 70.0
"""Percentile of the ink's strength that counts as full: pencils are uneven, and edges are soft."""

SMALLEST = 14
"""Shapes whose longer side has fewer pixels are left to the finder."""

BOXED, BAND = 0.85, 0.12
"""What covers so much of three sides of its own box, or more, may be a printed frame that touches a
digit; a side is this share of the box."""

FAINT = 24.0
"""On a tiny page, what stands out by fewer levels is no ink."""


def shape_ink(view: Gray) -> tuple[NDArray[np.float32], Box] | None:
    """The ink of the only shape on ``view`` (uint8 ``[H, W]``), float32 ``[H, W]`` in [0, 1] of its
    full strength, and the place of the shape. None where the ground is not even, where something
    reaches the edges, or where there are several pieces, or none."""
    away = _away(view)
    strongest = float(away.max())
    if strongest < CLEAR:
        return None
    away /= _full(away, strongest)
    edges = (away[0], away[-1], away[:, 0], away[:, -1])
    if max(float(edge.max()) for edge in edges) > REST or float(away.min()) < -REST:
        return None
    mask = (away > EDGE).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, width, height, _ = stats[-1].tolist()
    if count != 2 or max(width, height) < SMALLEST:
        return None
    if _boxed(mask[top : top + height, left : left + width]):
        return None
    soft = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    ink = np.clip(away, 0, 1) * soft
    if float((away * (1 - soft)).max()) > REST:
        return None
    return ink, Box(left, top, width, height)


def all_ink(view: Gray) -> NDArray[np.float32]:
    """How much of the ink's strength each pixel of ``view`` (uint8 ``[H, W]``) has, float32
    ``[H, W]`` in [0, 1], where it holds nothing but writing on an even ground. All is 0 where
    nothing stands out by FAINT levels."""
    away = _away(view)
    strongest = float(away.max())
    if strongest < FAINT:
        return np.zeros_like(away)
    return np.asarray(np.clip(away / _full(away, strongest), 0, 1), np.float32)


def _away(view: Gray) -> NDArray[np.float32]:
    """How far each pixel is away from the level that the edges have, as the ink is."""
    levels = view.astype(np.float32)
    levels -= np.median(np.concatenate([view[0], view[-1], view[:, 0], view[:, -1]]))
    return -levels if -levels.min() > levels.max() else levels


def _full(away: NDArray[np.float32], strongest: float) -> float:
    return float(np.percentile(away[away >= 0.5 * strongest], FULL))


def _boxed(shape: NDArray[np.uint8]) -> bool:
    height, width = shape.shape
    down, across = max(1, round(BAND * height)), max(1, round(BAND * width))
    sides = (shape[:down], shape[-down:], shape[:, :across].T, shape[:, -across:].T)
    return sum(bool(side.max(axis=0).mean() >= BOXED) for side in sides) >= 3
