"""A picture of a printed cell → how likely what stands in it is a filler, and not a digit that was
struck out or that nobody can read."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import evenly_lit
from digitbox.forms.cutting import DARK
from digitbox.recognition.stroke import stroke_width
from digitbox.recognition.view import Gray

CROSSES, DASHES = "xX×*+", "-–—_/\\|"
"""Fillers that are two straight strokes, and one. Of others the shape is not known."""

HIGH = 100
"""A cell is looked at with so many pixels of height: strokes of small ones are too thin to be
measured."""

SPECK, EDGE = 0.004, 0.12
"""What is smaller than the first share of the cell, or lies along its edge and is thinner than the
second, is dirt or what is left of a printed line."""

APART = np.deg2rad(25)
"""Two strokes cross at such an angle, or a larger one."""

ANGLES = np.deg2rad(np.arange(0, 180, 3))

STRAIGHT, PLAIN, BENT = 0.05, 0.13, 0.3
"""Of a plain filler, no more than the second share of the ink lies beside its straight strokes; of
one that is bent, no more than the third."""

LONG, BROAD = {1: 1.2, 2: 1.9}, 8.0
"""The strokes of a plain filler are together no longer than so many diagonals of the box around it,
by their number, unless they are STRAIGHT; and on average no broader than so many pixels.

Of 39 crosses of the real tally sheets, 34 are plain by this, and 1 is not even bent. Of MNIST's
digits that were crossed out, 5 of 360 look plain, and 16 of 360 thinned ones; of 360 drawn with the
pen that crosses them out, none."""

BLACK, BROADEST = 0.25, 14.0
"""What covers such a share of the cell is a scribble; and no stroke is so many pixels broad."""

THINNEST = 2.0
"""No stroke is taken for thinner than so many pixels: below, its width is not measured well."""

SURE, DOUBTED = 0.99, 0.9
"""How likely it is a filler that is plain, or bent: few people cross out a digit where others leave
a cell empty. What is doubted is not accepted unless a check confirms it."""


def likely_filler(cell: Gray, filler: str) -> float:
    """How likely what stands in ``cell`` (uint8 ``[h, w]``) is one of the characters of ``filler``,
    0 to 1, where it is known to be no digit."""
    ink = _ink(cell)
    if not ink.any():
        return SURE
    if float(ink.mean()) > BLACK:
        return 0.0
    strokes = [2] * bool(set(filler) & set(CROSSES)) + [1] * bool(set(filler) & set(DASHES))
    if not strokes:
        return DOUBTED if filler else 0.0
    return max(_likely_strokes(ink, count) for count in strokes)


def _likely_strokes(ink: NDArray[np.uint8], count: int) -> float:
    """How likely ``ink`` is a filler of ``count`` straight strokes."""
    beside = _beside(ink, count)
    if beside > BENT:
        return 0.0
    ys, xs = np.nonzero(ink)
    across = float(np.hypot(np.ptp(xs) + 1, np.ptp(ys) + 1))
    wide = stroke_width(ink)
    is_short = len(xs) / max(THINNEST, wide) <= LONG[count] * across
    is_plain = beside <= (PLAIN if is_short else STRAIGHT) and wide <= BROAD
    return SURE if is_plain else DOUBTED


def _ink(cell: Gray) -> NDArray[np.uint8]:
    """1 where something is written, HIGH pixels high."""
    wide = max(1, round(cell.shape[1] * HIGH / cell.shape[0]))
    large = cv2.resize(cell, (wide, HIGH), interpolation=cv2.INTER_CUBIC)
    dark = (evenly_lit(np.asarray(large, np.uint8)) < DARK).astype(np.uint8)
    _, labels, found, _ = cv2.connectedComponentsWithStats(dark)
    x, y, across, down, area = found.T
    at_side = ((x < EDGE * wide) | (x + across > (1 - EDGE) * wide)) & (across < EDGE * wide)
    at_end = ((y <= 1) | (y + down >= HIGH - 1)) & (down < EDGE * HIGH)
    is_written = (area >= SPECK * dark.size) & ~at_side & ~at_end
    is_written[0] = False  # the paper
    return np.asarray(is_written[labels], np.uint8)


def _beside(ink: NDArray[np.uint8], count: int) -> float:
    """The share of ``ink`` that lies beside the ``count`` straight strokes that hold most of it."""
    ys, xs = np.nonzero(ink)
    wide = min(BROADEST, 1.5 * max(THINNEST, stroke_width(ink)) + 1)
    left = np.ones(len(xs), bool)
    taken: float | None = None
    for _ in range(count):
        best = 0.0, 0.0, 0.0  # how much it holds, its angle, its distance
        for angle in ANGLES.tolist():
            if taken is not None and _apart(angle, taken) < APART:
                continue
            away = xs * np.sin(angle) - ys * np.cos(angle)
            start = float(away.min())
            held = np.convolve(
                np.bincount((away[left] - start).astype(np.intp)), np.ones(int(wide)), "full"
            )
            most = int(held.argmax())
            if held[most] > best[0]:
                best = float(held[most]), angle, start + most - (int(wide) - 1) / 2 + 0.5
        _, taken, distance = best
        left &= np.abs(xs * np.sin(taken) - ys * np.cos(taken) - distance) > wide / 2
        if not left.any():
            break
    return float(left.mean())


def _apart(one: float, other: float) -> float:
    """The angle between two directions, in radians."""
    return min(abs(one - other), np.pi - abs(one - other))
