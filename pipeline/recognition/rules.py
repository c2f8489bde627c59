"""A page's ink → the same without the lines of ruled and squared paper."""

import cv2
import numpy as np

from pipeline.recognition.ink import Mask

LENGTH = 0.5
"""A rule runs through at least this share of the page's shorter side."""
SLANT = 12.0
"""A rule is turned out of level or upright by at most so many degrees."""
WIDTH = 5
"""A line so wide, in pixels of the working page, takes a rule away."""
SPACING = 0.05
"""Lines closer than this share of the page's shorter side are one."""
WRITING = 0.05
"""Where less than this share of the ink is left, the lines were the writing."""


def without_rules(ink: Mask) -> Mask:
    """``ink`` less its rules: straight, nearly level or upright, long, and more than one of them (a
    single one may be a tall digit's stem). Strokes that they crossed are closed again."""
    lines = _rules(ink)
    if not lines.any():
        return ink
    cut = np.where(lines, np.uint8(0), ink)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (WIDTH + 6, WIDTH + 6))
    closed = np.asarray(cv2.morphologyEx(cut, cv2.MORPH_CLOSE, disk), np.uint8)
    mended = cut | (closed & ink)
    crumb = np.ones((2, 2), np.uint8)
    opened = np.asarray(cv2.morphologyEx(mended, cv2.MORPH_OPEN, crumb), np.uint8)
    return opened if opened.sum() > WRITING * ink.sum() else ink


def _rules(ink: Mask) -> Mask:
    side = min(ink.shape)
    segments = cv2.HoughLinesP(
        ink,
        rho=1,
        theta=np.pi / 360,
        threshold=int(0.3 * side),
        minLineLength=int(LENGTH * side),
        maxLineGap=int(0.03 * side),
    )
    lines = np.zeros_like(ink)
    if segments is None:
        return lines
    segments = segments.reshape(-1, 4)
    x0, y0, x1, y1 = segments.T
    slope = np.degrees(np.arctan2(y1 - y0, x1 - x0)) % 180
    level = segments[np.minimum(slope, 180 - slope) < SLANT]
    upright = segments[np.abs(slope - 90) < SLANT]
    for along, across, axis in ((level, upright, 1), (upright, level, 0)):
        places = np.sort(along[:, axis] + along[:, axis + 2]) / 2
        distinct = len(along) and 1 + int(np.sum(np.diff(places) > SPACING * side))
        if distinct and distinct + (len(across) > 0) >= 2:
            for start_x, start_y, end_x, end_y in along.tolist():
                # Beyond its ends too: Hough loses a rule where it gets faint.
                dx, dy = 2 * (end_x - start_x), 2 * (end_y - start_y)
                ends = (start_x - dx, start_y - dy), (end_x + dx, end_y + dy)
                cv2.line(lines, *ends, color=1, thickness=WIDTH)
    return lines
