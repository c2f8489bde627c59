"""The ink of what may be a digit → has it a shape that no digit has?

The networks take a long printed rule for a 1, and a column of boxes as well.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.finder import InkMap
from digitbox.recognition.view import Gray

INK = 0.5
"""From this share on, a pixel is ink."""

HOLES, HOLE = 3, 0.01
"""No digit encloses so many pieces of paper, each of this share of its box or more. An 8 encloses
two. Of 1,663 real digits one encloses three: a 0 that is written over."""

SLENDER, STRAIGHT = 18.0, 0.0025
"""A rule is so many times longer than wide, or more, and its middle leaves a straight line by less
than this share of its length (standard deviation). Of 160 real 1s, five are as slender, and the
straightest of these leaves it by 0.004."""

SHORTEST = 32
"""In pixels: nothing is known of how straight a shorter line is."""

SLIM, WEAKER, MOSTLY = 2.5, 0.5, 0.85
"""What is so many times higher than wide may be a piece of a rule. That goes on where this share of
the rows next to it, or more, has something that stands out by this share as much."""


def is_unusual(ink: InkMap) -> bool:
    """Whether ``ink`` (float32 ``[H, W]`` in [0, 1]) is a rule, or boxes, or a scribble that
    encloses as many pieces of paper as they do."""
    return _holes(ink) >= HOLES or _is_rule(ink)


def _holes(ink: InkMap) -> int:
    mask = np.asarray(ink > INK, np.uint8)
    outlines, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if not outlines:
        return 0
    _, _, width, height = cv2.boundingRect(mask)
    is_hole = tree[0, :, 3] >= 0
    return sum(
        bool(hole) and cv2.contourArea(outline) >= HOLE * width * height
        for outline, hole in zip(outlines, is_hole, strict=True)
    )


def _is_rule(ink: InkMap) -> bool:
    """Whether it is one straight stroke, upright or nearly so."""
    mass: NDArray[np.float64] = ink.sum(axis=1, dtype=np.float64)
    rows = np.flatnonzero(mass > INK)
    if len(rows) < SHORTEST:
        return False
    middles = (ink @ np.arange(ink.shape[1]))[rows] / mass[rows]
    lean, first = np.polyfit(rows, middles, 1)
    straighten = 1 / np.hypot(1, lean)
    length = (rows[-1] - rows[0] + 1) / straighten
    width = float(np.median(mass[rows])) * straighten
    away = float(np.std(middles - (lean * rows + first))) * straighten
    return bool(length >= SLENDER * width and away < STRAIGHT * length)


def goes_on(page: Gray, box: Box) -> bool:
    """Whether what stands in a narrow ``box`` on ``page`` (uint8 ``[H, W]``) goes on above or below
    it, as a rule does of which a piece was found."""
    if box.height < SLIM * box.width:
        return False
    room = max(2, box.width)
    left, right = max(0, box.x - room), min(page.shape[1], box.x + box.width + room)
    reach = max(4, box.height // 2)
    there = _strength(page[box.y : box.y + box.height, left:right])
    enough = WEAKER * float(np.median(there))
    above = page[max(0, box.y - reach) : box.y, left:right]
    below = page[box.y + box.height : box.y + box.height + reach, left:right]
    return any(
        len(part) >= reach / 2 and float(np.mean(_strength(part) >= enough)) >= MOSTLY
        for part in (above, below)
    )


def _strength(part: Gray) -> NDArray[np.float64]:
    """By how many levels something stands out in each row of ``part``."""
    paper = np.median(part, axis=1, keepdims=True)
    return np.asarray(np.abs(part - paper).max(axis=1, initial=0), np.float64)
