"""A page → the rectangles that its printed lines make."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import evenly_lit
from digitbox.forms.cutting import DARK
from digitbox.recognition.view import Gray

Mask: TypeAlias = NDArray[np.uint8]  # 0 or 1, [H, W]

LONGEST, FAINTEST, THICKEST, BLACK, BAR = 2400, 26, 13, 0.4, 120
"""On a page of so many pixels along its longer side, lines are so many levels darker than what is
beside them, and so many pixels thick. Bars are thicker, BLACK of the paper, and BAR wide."""

DOTS, SHORT, LONG, BRIDGED, ROUND, SKEW, REACH = 4, 9, 25, 33, 5, 0.012, 3
"""In pixels: dots so near are a line; lines are at least SHORT; between the pieces of one, each
LONG, BRIDGED may be missing; corners may be rounded. All lie within a slope, and so many pixels."""

LEAST, FULL, LARGEST, FILLED, WRITTEN, MIDDLE = 1 / 100, 0.7, 1 / 4, 0.3, 0.004, 0.3
"""The sides of a box are LEAST of the page's width. It fills so much of the rectangle around it,
and LARGEST of the page: more is a frame. FILLED of it is dark at most; WRITTEN where something is
written, and within its MIDDLE, a label."""

CLOSED, SEEN, CLEAR, BESIDE = 0.9, 0.3, 0.8, 0.15
"""Shares of each side of a box: CLOSED, and seen at all, or as a checkbox. Beside that, BESIDE is
dark at most."""


class Cell(NamedTuple):
    """A box in pixels; of its sides, ``seen`` is dark at least; the picture's edge may be one."""

    left: int
    top: int
    right: int
    bottom: int
    width: int
    height: int
    seen: float
    is_clear: bool
    is_open: bool
    is_written: bool
    is_label: bool


class Sheet(NamedTuple):
    """Which pixels are long or short lines, dark as level or upright ones, or dark; and the page as
    if its light were even."""

    long: Mask
    short: Mask
    level: Mask
    upright: Mask
    dark: Mask
    lit: Gray


def _changed(mask: Mask, how: int, *size: int) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, how, np.ones(size, np.uint8)), np.uint8)


def sheet(page: Gray) -> Sheet:
    """The lines of ``page`` (uint8 ``[H, W]``), LONGEST pixels along its longer side at most."""
    black = (page < BLACK * np.median(page)).astype(np.uint8)
    bars = _changed(_changed(black, cv2.MORPH_OPEN, THICKEST, BAR), cv2.MORPH_DILATE, REACH, REACH)
    level = [one | bars for one in _lines(page)]
    upright = [one.T | bars for one in _lines(np.ascontiguousarray(page.T))]
    long, short = level[0] | upright[0], level[1] | upright[1]
    # What the picture's edge cuts off may be a table.
    for edged in (long, short, level[2], upright[2]):
        edged[[0, -1]] = edged[:, [0, -1]] = 1
    # What is black all over is no uneven light.
    lit = evenly_lit(page)
    dark = ((lit < DARK) | (black > 0)).astype(np.uint8)
    return Sheet(long, short, level[2], upright[2], dark, lit)


def _lines(page: Gray) -> list[Mask]:
    """Level lines: long and short ones; and what is dark as they are."""
    thin = (_changed(page, cv2.MORPH_BLACKHAT, THICKEST, 1) > FAINTEST).astype(np.uint8)
    # A line that slopes leaves a row of pixels: what is above and below counts, too.
    near = _changed(_changed(thin, cv2.MORPH_DILATE, 3, 1), cv2.MORPH_CLOSE, 1, DOTS)
    long = _changed(_changed(near, cv2.MORPH_OPEN, 1, LONG), cv2.MORPH_CLOSE, 1, BRIDGED)
    short = _changed(near, cv2.MORPH_OPEN, 1, SHORT)
    return [*(_changed(one, cv2.MORPH_DILATE, 1, ROUND) for one in (long, short)), near]


def cells(sheet: Sheet) -> list[Cell]:
    """The rectangles between lines, those left out that are around others."""
    found = list(_closed(sheet, sheet.long))
    # Short lines may be strokes.
    small = (cell for cell in _closed(sheet, sheet.short) if cell.is_clear)
    found += [cell for cell in small if min(cell.width, cell.height) <= 2 * LONG]
    at = sides(found)
    start, stop = at[:, None, :2], at[:, None, 2:]
    around = ((start < at[:, :2] - REACH) & (stop > at[:, 2:] + REACH)).all(axis=2)
    meets = ((start < at[:, 2:]) & (stop > at[:, :2])).all(axis=2)
    doubled = np.asarray(np.triu(meets & ~around & ~around.T, 1), bool).any(axis=0)
    is_frame = np.asarray(around & ~doubled, bool).any(axis=1)
    return [found[number] for number in np.flatnonzero(~(is_frame | doubled)).tolist()]


def _closed(sheet: Sheet, lines: Mask) -> Iterator[Cell]:
    """The rectangles that ``lines`` close, where they are seen."""
    boxes = cv2.connectedComponentsWithStats(1 - lines, connectivity=4)[2]
    area = boxes[:, 2] * boxes[:, 3]
    is_box = (boxes[:, 4] >= FULL * area) & (area <= LARGEST * lines.size)
    is_box &= boxes[:, 2:4].min(axis=1) >= max(8, LEAST * lines.shape[1])
    for left, top, width, height in boxes[is_box, :4].tolist():
        right, bottom = left + width, top + height
        around = np.s_[max(0, top - REACH) : bottom + REACH, max(0, left - REACH) : right + REACH]
        aside = min(min(width, height) // 4, REACH + round(SKEW * max(width, height)))
        band, dark, closed = np.s_[: REACH + aside, REACH:-REACH], [], []
        for turn, mask in enumerate(2 * (sheet.level, sheet.upright)):
            dark.append(np.rot90(mask[around], turn)[band])
            closed.append(np.rot90(lines[around], turn)[band].any(axis=0).mean())
        seen = min(float(one.any(axis=0).mean()) for one in dark)
        straight = min(float(one.mean(axis=1).max()) for one in dark)
        inset = 1 + round(0.06 * min(width, height))
        inside = sheet.dark[top + inset : bottom - inset, left + inset : right - inset]
        if min(closed) < CLOSED or seen < SEEN or inside.mean() > FILLED:
            continue
        own, large = (
            sheet.dark[max(0, top - by) : bottom + by, max(0, left - by) : right + by]
            for by in (3 * REACH, 4 * REACH + min(width, height) // 5)
        )
        beside = (int(large.sum()) - int(own.sum())) / max(1, large.size - own.size)
        middle = inside[:, round(MIDDLE * width) : round((1 - MIDDLE) * width)]
        is_clear = straight >= CLEAR and beside <= BESIDE
        is_open = min(left, top) == 1 or bottom == len(lines) - 1 or right == len(lines.T) - 1
        written = [bool(part.mean() > WRITTEN) for part in (inside, middle)]
        yield Cell(left, top, right, bottom, width, height, seen, is_clear, is_open, *written)


def sides(cells: Iterable[Cell]) -> NDArray[np.int_]:
    """Left, top, right and bottom of each, ``[N, 4]``."""
    return np.array([cell[:4] for cell in cells], int).reshape(-1, 4)
