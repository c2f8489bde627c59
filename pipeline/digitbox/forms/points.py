"""Cells of a comb on a page → the decimal point or comma that is printed between them."""

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.rectangles import Cell
from digitbox.recognition.view import Gray

FAINT, LEAST, LARGEST = 0.035, 0.055, 0.4
"""In heights of a cell: how large a point is that is in doubt, one that is sure, and any. It is
FAINTEST and SMALLEST pixels large, too, since the grain of a scan is not smaller."""

FAINTEST, SMALLEST = 2.0, 3.0

THICKER, CORNER, ODD = (1.2, 1.45), (1.1, 1.2), 1.16
"""A point may be so many times as thick as the lines of the cells, and is for sure; and so many
times as thick as what is at the top of the cells there. What is ODD as thick as two lines that
cross is more than these."""

WIDER, LONGER, SOLID, CORE = 1.5, 2.2, 0.62, 0.75
"""It is so many times as wide and as high as thick at most, with the tail of a comma, and fills so
much of the ellipse around it. What is CORE as thick as its middle belongs to that."""

FINE, GRAIN, LEVELS = 120, 0.6, (0.55, 0.8)
"""Cells are looked at with so many pixels of height, and after a blur of so many (standard
deviation): ink is darker than such a share of the paper, or print in a light colour."""

CUBIC = cv2.INTER_CUBIC

HIGHEST, UPPER, LOWER, LOWEST = 0.55, 0.68, 1.15, 1.3
"""In heights of a cell from its top: between the outer ones, the middle of a point may be; between
the inner ones, it is sure."""

ASIDE, FARTHEST = 0.1, 0.22
"""In widths of a cell, beside the space between two: there a point is sure, and it may be."""

AROUND, ABOVE, BELOW, ALIKE, DIRTY = 0.6, 0.3, 0.4, 0.6, 4
"""In widths and heights of a cell: so far around the space others like it make a point one of a
dotted line, or of a colon. They are ALIKE in thickness. Among
DIRTY specks, none is a point for sure."""

BEFORE = 0.35
"""In widths of a cell: so far before the first one, a point belongs to a number, as in 0.75."""

MOST_DECIMALS, THOUSANDS = 10, 3


class Mark(IntEnum):
    """What is printed between two cells."""

    NOTHING = 0
    DOUBTFUL = 1
    POINT = 2
    ELSE = 3
    """A colon, a dotted line, or a corner of cells that is thick."""


class Separated(NamedTuple):
    """So many cells stand after a printed point, ``decimals``. ``doubt`` is a sentence for who
    makes the form, without its subject; empty where all is clear."""

    decimals: int = 0
    doubt: str = ""


class _Blob(NamedTuple):
    """Something round and solid, in pixels from the top left of the page."""

    x: float
    y: float
    radius: float


class _Gap(NamedTuple):
    """The space between two cells, which is around ``middle``, ``space`` on each side; the cells
    begin at ``top``, and are ``wide`` and ``high``: in pixels of a picture that is so many times
    ``larger``."""

    middle: float
    space: float
    top: float
    wide: float
    high: float
    larger: float


def separated(lit: Gray, cells: Sequence[Cell]) -> Separated:
    """Which of ``cells``, a comb from the left to the right, stand after a point on the evenly
    ``lit`` page."""
    marks = [mark(lit, one, other) for one, other in pairwise(cells)]
    after = [len(marks) - number for number, one in enumerate(marks) if one is Mark.POINT]
    unsure = [len(marks) - number for number, one in enumerate(marks) if one is Mark.DOUBTFUL]
    if len(after) > 1:
        return Separated(
            doubt="several points are printed between its cells, and are left out: its value is "
            "all of its digits."
        )
    if after and after[0] <= MOST_DECIMALS:
        (decimals,) = after
        if unsure:
            return Separated(decimals, f"decimals: {decimals} may be wrong: more than one point.")
        if decimals == THOUSANDS and len(cells) > THOUSANDS:
            return Separated(
                decimals,
                f"decimals: {decimals} is wrong if what is printed there divides thousands.",
            )
        return Separated(decimals)
    if after or unsure:
        return Separated(
            doubt="there may be a point before the last "
            f"{_counted(*(after or unsure)[:1])}: make it type: number with decimals: "
            f"{(after or unsure)[0]} if it is one."
        )
    first = cells[0]
    edge = first._replace(left=first.left - first.width, right=round(_before(first)))
    if mark(lit, edge, first) is Mark.POINT:
        return Separated(
            doubt=f"there may be a point before its first cell: make it type: number with "
            f"decimals: {len(cells)} if it is one."
        )
    return Separated()


def mark(lit: Gray, one: Cell, other: Cell) -> Mark:
    """What is printed between ``one`` cell and the ``other`` at its right, on the evenly ``lit``
    page."""
    high, wide = one.bottom - one.top, min(one.width, other.width)
    middle, space = (one.right + other.left) / 2, (other.left - one.right) / 2
    left = max(0, round(middle - space - AROUND * wide))
    top = max(0, round(one.top - ABOVE * high))
    window = lit[
        top : round(one.bottom + BELOW * high), left : round(middle + space + AROUND * wide)
    ]
    if min(window.shape) < SMALLEST:
        return Mark.NOTHING
    larger = max(1.0, FINE / high)
    fine = np.asarray(cv2.GaussianBlur(window, (0, 0), GRAIN), np.uint8)
    fine = np.asarray(cv2.resize(fine, None, fx=larger, fy=larger, interpolation=CUBIC), np.uint8)
    gap = _Gap(
        (middle - left) * larger, space * larger, (one.top - top) * larger, wide * larger,
        high * larger, larger,
    )  # fmt: skip
    paper = float(np.median(fine))
    found = {_mark((fine < level * paper).astype(np.uint8), gap) for level in LEVELS}
    if Mark.ELSE in found:
        return Mark.DOUBTFUL if found & {Mark.POINT, Mark.DOUBTFUL} else Mark.NOTHING
    return max(found)


def _mark(dark: Gray, gap: _Gap) -> Mark:
    high, wide = gap.high, gap.wide
    radii = np.asarray(cv2.distanceTransform(dark, cv2.DIST_L2, 5), np.float32)
    lines = _lines(radii, gap)
    faint = max(FAINTEST * gap.larger, FAINT * high) / 2
    least = max(SMALLEST * gap.larger, LEAST * high) / 2
    line = max(lines)
    blobs, thick = _blobs(dark, radii, max(THICKER[0] * line, faint)), THICKER[1] * line
    near = [
        blob
        for blob in blobs
        if abs(blob.x - gap.middle) <= gap.space + FARTHEST * wide
        and HIGHEST * high <= blob.y - gap.top <= LOWEST * high
        and 2 * blob.radius <= LARGEST * high
    ]
    sure = [blob for blob in near if blob.radius >= thick]
    if len(sure) > 1:
        return Mark.ELSE
    if not sure:
        odd = max(ODD * float(np.hypot(*lines)), least)  # more than two lines that cross
        is_odd = any(
            blob.radius >= max(odd, CORNER[0] * _opposite(blob, radii, gap)) for blob in near
        )
        return Mark.DOUBTFUL if is_odd else Mark.NOTHING
    (blob,) = sure
    across = 2 * gap.top + high - blob.y
    others = [one for one in blobs if one is not blob and one.radius >= thick]
    if any(_is_like(blob, one) and abs(one.y - across) > blob.radius for one in others):
        return Mark.ELSE
    corner = _opposite(blob, radii, gap)
    if blob.radius < CORNER[0] * corner:
        return Mark.ELSE
    if blob.radius < least and corner > blob.radius / 2:
        return Mark.NOTHING  # lines that cross are as thick
    start, stop = round(gap.top + 0.15 * high), round(gap.top + 0.6 * high)
    above = radii[start:stop, max(0, round(blob.x - blob.radius)) : round(blob.x + blob.radius)]
    row = radii[max(0, round(blob.y - blob.radius)) : round(blob.y + blob.radius)].max(axis=0)
    beside = row[np.abs(np.arange(len(row)) - blob.x) > 2 * blob.radius]
    thicker = max(ALIKE * blob.radius, THICKER[0] * line)
    is_sure = (
        blob.radius >= CORNER[1] * corner
        and abs(blob.x - gap.middle) <= gap.space + ASIDE * wide
        and UPPER * high <= blob.y - gap.top <= LOWER * high
        and blob.radius >= least
        and max(above.max(initial=0), beside.max(initial=0)) < thicker
        and _specks(dark, blob) < DIRTY
    )
    return Mark.POINT if is_sure else Mark.DOUBTFUL


def _specks(dark: Gray, blob: _Blob) -> int:
    """How many things of about its size there are, that touch no line."""
    sides = cv2.connectedComponentsWithStats(dark, connectivity=8)[2][1:, 2:4]
    is_speck = (sides >= blob.radius / 2) & (sides <= 4 * blob.radius)
    return int(is_speck.all(axis=1).sum())


def _opposite(blob: _Blob, radii: NDArray[np.float32], gap: _Gap) -> float:
    """How thick it is, on each side, where cells begin as where they end: they are the same above
    and below, but for a point."""
    across, reach = round(2 * gap.top + gap.high - blob.y), 1 + round(blob.radius)
    beside = slice(max(0, round(blob.x) - reach), round(blob.x) + reach)
    mirrored = radii[max(0, across - reach) : across + reach, beside]
    return float(mirrored.max()) if mirrored.size else 0.0


def _lines(radii: NDArray[np.float32], gap: _Gap) -> tuple[float, float]:
    """Half of how thick the lines of cells are: those between them, and that below."""
    start, stop = round(gap.top + 0.2 * gap.high), round(gap.top + 0.5 * gap.high)
    aside = gap.space + 2 * gap.larger
    walls = radii[start:stop, max(0, round(gap.middle - aside)) : round(gap.middle + aside + 1)]
    bottom = gap.top + gap.high
    low = radii[round(bottom - 0.1 * gap.high) : round(bottom + 0.1 * gap.high)]
    upright, level = (
        float(np.median(part.max(axis=axis))) if part.size else 0.0
        for part, axis in ((walls, 1), (low, 0))
    )
    return upright, level


def _blobs(window: Gray, radii: NDArray[np.float32], bound: float) -> list[_Blob]:
    """What is solid and round in ``window``, and thicker than ``bound`` on each side."""
    found = []
    count, parts = cv2.connectedComponents((radii >= bound).astype(np.uint8), connectivity=8)
    for number in range(1, count):
        radius = float(radii[parts == number].max())
        core = ((parts == number) & (radii >= max(bound, CORE * radius))).astype(np.uint8)
        around = 2 * round(max(bound, CORE * radius)) - 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (around, around))
        whole = np.asarray(cv2.dilate(core, disc), np.uint8) & window
        x, y, wide, high = cv2.boundingRect(whole)
        if wide > 2 * WIDER * radius + 1 or high > 2 * LONGER * radius + 1:
            continue
        if whole.sum() < SOLID * np.pi / 4 * wide * high:
            continue
        found.append(_Blob(x + (wide - 1) / 2, y + (high - 1) / 2, radius))
    return found


def _is_like(one: _Blob, other: _Blob) -> bool:
    """Whether two are as large as each other, and one is above or beside the other."""
    if not ALIKE <= one.radius / other.radius <= 1 / ALIKE:
        return False
    return min(abs(one.x - other.x), abs(one.y - other.y)) <= 1.5 * one.radius


def _before(first: Cell) -> float:
    return first.left - BEFORE * first.width


def _counted(cells: int) -> str:
    return "cell" if cells == 1 else f"{cells} cells"
