"""A candidate of ink → 28×28 frames as MNIST shows its digits: its outline and its tone.

MNIST's digits were scaled to fit a 20×20 box with their aspect kept, smoothed by that, and centred
by their centre of mass in 28×28 (LeCun, Cortes, Burges: The MNIST Database).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.stroke import stroke_width

FRAME_SIDE, BOX_SIDE = 28, 20
"""Sides of the frame and of the box that the digit fills, in pixels."""

FINE, ROUGH = 4, 2
"""Outlines are worked on this many times finer than the frame; those that are not shown, of which
the width of the strokes is all that counts, so many times."""

ROOM = (FRAME_SIDE - BOX_SIDE) // 2
"""Around an outline, in pixels of the frame: all that it has."""

INK = 0.45
"""From this share of the strongest on, a pixel is ink."""

STROKE = (8.5, 12.5)
"""Strokes are brought to this range of widths, in fine pixels. The middle half of MNIST's digits,
measured by :func:`stroke_width`, lies between 9.0 and 12.4."""

MAX_THINNING = 0.3
"""Strokes lose at most this share of their mean width on either side, so that thin parts of an
uneven pen stay."""


def normalize(ink: NDArray[np.float32], contrast: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """Return the frames, uint8 ``[2, 28, 28]`` or ``[1, 28, 28]``, ink 255 on background 0, of the
    candidate whose ink is ``ink``, float32 ``[h, w]`` in [0, 1], of any size, at least one pixel of
    it above 0.

    The first, its outline, shows the ink alone, in clean strokes. The second, its tone, shows what
    stands out from the background at the same place, be it found to be ink or not: ``contrast``,
    float32 ``[h, w]`` in [0, 1]. Where that is None, it is the ink, and the tone is the only frame.
    """
    if contrast is None:
        width = stroke_width(_outline(_trimmed(ink), ROUGH, room=1)) * FINE / ROUGH
        return _toned(ink, ink, _growth(width))[None]
    outline = _outline(_trimmed(ink), FINE, ROOM)
    growth = _growth(stroke_width(outline))
    first = _framed(np.clip(_signed_distance(outline) + growth + 0.5, 0, 1))
    return np.stack([first, _toned(ink, contrast, growth)])


def _trimmed(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    left, top, width, height = _extent(ink, 0.0)
    return ink[top : top + height, left : left + width]


def _extent(ink: NDArray[np.float32], level: float) -> tuple[int, int, int, int]:
    """Left, top, width and height of what holds all of ``ink`` above ``level``."""
    left, top, width, height = cv2.boundingRect((ink > level).view(np.uint8))
    return left, top, width, height


def _toned(
    ink: NDArray[np.float32], contrast: NDArray[np.float32], growth: float
) -> NDArray[np.uint8]:
    """``contrast`` where MNIST would show the digit that ``ink`` is, strokes being wider by
    ``growth`` fine pixels, where that is above 0, on either side."""
    side, growth = FINE * FRAME_SIDE, round(max(0.0, growth))
    left, top, width, height = _extent(ink, INK * float(ink.max()))
    scale = (FINE * BOX_SIDE - 2 * growth) / max(width, height)
    shifts = []
    for axis, start, extent in ((0, left, width), (1, top, height)):
        middle = side / 2 - scale * (_centre(ink.sum(axis)) + 0.5)
        least, most = growth - scale * start, side - growth - scale * (start + extent)
        shifts.append(min(max(middle, least), most))
    # OpenCV counts from the middle of the first pixel.
    (right, down), half = shifts, scale / 2 - 0.5
    matrix = np.array([[scale, 0, right + half], [0, scale, down + half]])
    fine = cv2.warpAffine(contrast, matrix, (side, side), flags=cv2.INTER_LINEAR)
    if growth:
        size = 2 * growth + 1
        fine = cv2.dilate(fine, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
    small = cv2.resize(fine, (FRAME_SIDE, FRAME_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.convertScaleAbs(small, alpha=255), np.uint8)


def _outline(ink: NDArray[np.float32], fineness: int, room: int) -> NDArray[np.uint8]:
    """``ink`` scaled to a box ``fineness`` times as fine as the frame's, with ``room`` around it,
    in pixels of the frame, as a mask of 0 and 1."""
    scale, room = fineness * BOX_SIDE / max(ink.shape), fineness * room
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    fine = cv2.resize(
        ink, (width, height), interpolation=cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    )
    fine = cv2.copyMakeBorder(fine, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    if scale > 2:
        fine = cv2.GaussianBlur(fine, (0, 0), 0.35 * scale)
    level = min(INK, 0.5 * float(fine.max()))
    return np.asarray(cv2.threshold(fine, level, 1, cv2.THRESH_BINARY)[1], np.uint8)


def _growth(width: float) -> float:
    """How far the outline of strokes of this ``width`` has to move outwards for it to be in range,
    both in fine pixels."""
    thinnest, thickest = STROKE
    if width < thinnest:
        return (thinnest - width) / 2
    return max(min(0.0, (thickest - width) / 2), -MAX_THINNING * width)


def _signed_distance(outline: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Distance of each pixel's centre from the outline, positive inside."""
    inside = cv2.distanceTransform(outline, cv2.DIST_L2, cv2.DIST_MASK_5)
    outside = cv2.distanceTransform(1 - outline, cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.where(outline > 0, inside - 0.5, 0.5 - outside).astype(np.float32, copy=False)


def _framed(fine: NDArray[np.float32]) -> NDArray[np.uint8]:
    left, top, width, height = _extent(fine, 0.5)
    digit = fine[top : top + height, left : left + width]
    scale = BOX_SIDE / max(digit.shape)
    height, width = (max(1, round(side * scale)) for side in digit.shape)
    small = cv2.resize(digit, (width, height), interpolation=cv2.INTER_AREA)
    digit = np.asarray(small / small.max(), np.float32)
    top, left = (
        int(np.clip(round((FRAME_SIDE - 1) / 2 - _centre(digit.sum(axis))), 0, FRAME_SIDE - side))
        for axis, side in ((1, height), (0, width))
    )
    frame = np.zeros((FRAME_SIDE, FRAME_SIDE), np.uint8)
    frame[top : top + height, left : left + width] = np.rint(255 * digit)
    return frame


def _centre(masses: NDArray[np.float32]) -> float:
    """Centre of mass of ``masses`` that stand at 0, 1, 2, …"""
    return float(masses @ np.arange(len(masses)) / masses.sum())
