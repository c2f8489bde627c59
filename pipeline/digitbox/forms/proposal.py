"""Pages of an empty form → the fields that they seem to have, by their printed lines."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, pairwise
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from digitbox.forms import grid, perspective
from digitbox.forms.alignment import evenly_lit
from digitbox.forms.cutting import DARK
from digitbox.forms.template import MOST_COLUMNS, MOST_ROWS, Checkbox, Digits, Number, Table
from digitbox.forms.written import MOST_DIGITS
from digitbox.recognition.view import Gray

Mask: TypeAlias = NDArray[np.uint8]  # 0 or 1, [H, W]

LONGEST, FAINTEST, THICKEST, BLACK, BAR = 2400, 26, 13, 0.4, 120
"""On a page of so many pixels along its longer side, lines are so many levels darker than what is
beside them, and so many pixels thick. Bars are thicker, BLACK of the paper, and BAR wide."""

DOTS, SHORT, LONG, BRIDGED, ROUND, SKEW, REACH = 4, 9, 25, 33, 5, 0.012, 3
"""In pixels: dots so near are a line; lines are at least SHORT; between the pieces of one, each
LONG, BRIDGED may be missing; corners may be rounded. All lie within a slope, and so many pixels."""

LEAST, SQUARE, CELL, LOWEST, OBLONG = 1 / 100, 1 / 27, 1 / 45, 12, 1.3
"""In widths of the page: the sides of a box, and of a checkbox at most, and the height of a cell of
a comb. A box is LOWEST pixels high; one side of a checkbox is OBLONG of the other at most."""

FULL, LARGEST, FILLED, WRITTEN, MIDDLE = 0.7, 1 / 4, 0.3, 0.004, 0.3
"""A box fills so much of the rectangle around it, and LARGEST of the page: more is a frame. FILLED
of it is dark at most; WRITTEN where something is written, and within its MIDDLE, a label."""

CLOSED, SEEN, SOLID, CLEAR, BESIDE = 0.9, 0.3, 0.6, 0.8, 0.15
"""Shares of each side of a box: CLOSED, and seen in a comb or a table, alone, or as a checkbox.
Beside that, BESIDE is dark at most."""

EQUAL, APART, NARROW, WIDE, TICKS, TICK = 0.15, 0.5, 0.5, 1.5, 0.3, 0.12
"""Cells of a comb are as large as each other but for EQUAL, APART widths apart, and NARROW to WIDE
times as wide as high. The lines between are dark on TICKS of its height in the mean, TICK each."""

SURE, COMPLETE, EMPTY = 0.85, 0.6, 0.3
"""A table shows SURE of its cells; or COMPLETE, and all its lines. Where EMPTY of its cells are,
what is in others is printed."""


class _Cell(NamedTuple):
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


class _Sheet(NamedTuple):
    """Which pixels are long or short lines, dark as level or upright ones, or dark."""

    long: Mask
    short: Mask
    level: Mask
    upright: Mask
    dark: Mask


_Proposal: TypeAlias = Checkbox | Digits | Number | Table
_Group: TypeAlias = dict[tuple[int, int], _Cell]  # by row and column


def proposed(pages: Iterable[Gray]) -> Iterator[tuple[_Proposal, ...]]:
    """The fields of each of ``pages`` (uint8 ``[H, W]``): boxes of numbers, combs of digits,
    checkboxes and tables, from the top left to the bottom right, in whole pixels of the page. They
    are named field_1, field_2, ... and table_1, table_2, ... through all pages."""
    numbers = {"table": count(1), "field": count(1)}
    for page in pages:
        yield tuple(
            structs.replace(field, name=f"{field.name}_{next(numbers[field.name])}")
            for field in _ordered(_fields(page))
        )


def _fields(page: Gray) -> Iterator[_Proposal]:
    small, scale = perspective.reduced(page, LONGEST)
    sheet, wide = _sheet(small), small.shape[1]
    rest: list[_Cell] = []
    for group in _connected(_cells(sheet)):
        if table := _table(group, small, scale):
            yield table
        else:
            rest += [cell for cell in group.values() if not cell.is_open]
    # A stroke of a digit divides no comb whose cells are seen.
    runs = _runs(rest, wide)
    parts = [part for run in runs for part in (run if len(run) > 1 else _divided(run[0], sheet))]
    for run in _runs(parts, wide):
        one, most = run[0], max(run[0].width, run[0].height)
        if len(run) > 1:
            if one.height >= CELL * wide and len(run) <= MOST_DIGITS:
                box = _place(run, max(REACH, run[1].left - one.right), scale)
                yield Digits(name="field", box=box, length=len(run), cells=True)
        elif most <= SQUARE * wide and most <= OBLONG * min(one.width, one.height):
            if one.is_clear:
                yield Checkbox(name="field", box=_place(run, REACH, scale))
        elif one.height >= LOWEST and one.seen >= SOLID and not one.is_label:
            yield Number(name="field", box=_place(run, 0, scale))


def _changed(mask: Mask, how: int, *size: int) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, how, np.ones(size, np.uint8)), np.uint8)


def _sheet(page: Gray) -> _Sheet:
    black = (page < BLACK * np.median(page)).astype(np.uint8)
    bars = _changed(_changed(black, cv2.MORPH_OPEN, THICKEST, BAR), cv2.MORPH_DILATE, REACH, REACH)
    level = [one | bars for one in _lines(page)]
    upright = [one.T | bars for one in _lines(np.ascontiguousarray(page.T))]
    long, short = level[0] | upright[0], level[1] | upright[1]
    # What the picture's edge cuts off may be a table.
    for edged in (long, short, level[2], upright[2]):
        edged[[0, -1]] = edged[:, [0, -1]] = 1
    # What is black all over is no uneven light.
    dark = ((evenly_lit(page) < DARK) | (black > 0)).astype(np.uint8)
    return _Sheet(long, short, level[2], upright[2], dark)


def _lines(page: Gray) -> list[Mask]:
    """Level lines: long and short ones; and what is dark as they are."""
    thin = (_changed(page, cv2.MORPH_BLACKHAT, THICKEST, 1) > FAINTEST).astype(np.uint8)
    # A line that slopes leaves a row of pixels: what is above and below counts, too.
    near = _changed(_changed(thin, cv2.MORPH_DILATE, 3, 1), cv2.MORPH_CLOSE, 1, DOTS)
    long = _changed(_changed(near, cv2.MORPH_OPEN, 1, LONG), cv2.MORPH_CLOSE, 1, BRIDGED)
    short = _changed(near, cv2.MORPH_OPEN, 1, SHORT)
    return [*(_changed(one, cv2.MORPH_DILATE, 1, ROUND) for one in (long, short)), near]


def _cells(sheet: _Sheet) -> list[_Cell]:
    """The rectangles between lines, those left out that are around others."""
    found = list(_closed(sheet, sheet.long))
    # Short lines may be strokes.
    small = (cell for cell in _closed(sheet, sheet.short) if cell.is_clear)
    found += [cell for cell in small if min(cell.width, cell.height) <= 2 * LONG]
    sides = _sides(found)
    start, stop = sides[:, None, :2], sides[:, None, 2:]
    around = ((start < sides[:, :2] - REACH) & (stop > sides[:, 2:] + REACH)).all(axis=2)
    meets = ((start < sides[:, 2:]) & (stop > sides[:, :2])).all(axis=2)
    doubled = np.asarray(np.triu(meets & ~around & ~around.T, 1), bool).any(axis=0)
    is_frame = np.asarray(around & ~doubled, bool).any(axis=1)
    return [found[number] for number in np.flatnonzero(~(is_frame | doubled)).tolist()]


def _closed(sheet: _Sheet, lines: Mask) -> Iterator[_Cell]:
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
        yield _Cell(left, top, right, bottom, width, height, seen, is_clear, is_open, *written)


def _sides(cells: Iterable[_Cell]) -> NDArray[np.int_]:
    """Left, top, right and bottom of each, ``[N, 4]``."""
    return np.array([cell[:4] for cell in cells], int).reshape(-1, 4)


def _connected(cells: Sequence[_Cell]) -> Iterator[_Group]:
    """The cells that are connected over whole sides."""
    near: dict[int, list[tuple[int, int, int]]] = {}
    for down, across in ((0, 1), (1, 0)):
        for one, other in _pairs(cells, down):
            near.setdefault(one, []).append((other, down, across))
            near.setdefault(other, []).append((one, -down, -across))
    left = set(range(len(cells)))
    while left:
        waiting = [left.pop()]
        places = {waiting[0]: (0, 0)}
        while waiting:
            here = waiting.pop()
            for other, down, across in near.get(here, ()):
                if other not in places:
                    places[other] = places[here][0] + down, places[here][1] + across
                    waiting.append(other)
        left -= places.keys()
        yield {place: cells[one] for one, place in places.items()}


def _pairs(cells: Sequence[_Cell], down: int, apart: float = 0.0) -> list[tuple[int, int]]:
    """Cells, each with one at its right, or ``down`` below, at most so many widths ``apart``."""
    start, top, stop, bottom = _sides(cells)[:, [down, 1 - down, 2 + down, 3 - down]].T
    gap = start - stop[:, None]
    aside = np.maximum(3, EQUAL * np.minimum.outer(bottom - top, bottom - top))
    most = np.maximum(THICKEST, apart * (stop - start))
    is_pair = (gap >= 0) & (gap <= most[:, None]) & (np.abs(top - top[:, None]) <= aside)
    is_pair &= np.abs(bottom - bottom[:, None]) <= aside
    return [(one, other) for one, other in np.argwhere(is_pair).tolist()]


def _table(cells: _Group, page: Gray, scale: float) -> Table | None:
    """The table of these cells, without printed ones; None where they are no table."""
    rows, columns = (sorted({place[axis] for place in cells}) for axis in (0, 1))
    share = len(cells) / (len(rows) * len(columns))
    if not (1 < len(rows) <= MOST_ROWS and 1 < len(columns) <= MOST_COLUMNS) or share < COMPLETE:
        return None
    left, top, wide, high = _place(cells.values(), 0, 1.0)
    picture = np.ascontiguousarray(page[top : top + high, left : left + wide])
    if share < SURE and grid.grid(picture, len(rows), len(columns)) is None:
        return None
    blank, header = [at for at, cell in cells.items() if not cell.is_written], 0
    if len(blank) >= EMPTY * len(cells):
        header = rows.index(min(row for row, _ in blank))
        columns = columns[columns.index(min(column for _, column in blank)) :]
    box = _place([cell for at, cell in cells.items() if at[1] in columns], REACH, scale)
    names = tuple(f"column_{number + 1}" for number in range(len(columns)))
    return Table(name="table", box=box, rows=len(rows) - header, columns=names, header=header)


def _divided(cell: _Cell, sheet: _Sheet) -> list[_Cell]:
    """The cells that lines or ticks within a box divide it into evenly; else the box."""
    lines = sheet.upright[cell.top : cell.bottom, cell.left : cell.right]
    dark, edge = lines.mean(axis=0), max(3, cell.height // 5)
    ends = np.maximum(lines[:edge].mean(axis=0), lines[-edge:].mean(axis=0))
    is_line = (ends >= 2 * TICK) & (dark >= 1.5 * cv2.blur(dark[None], (17, 1))[0])
    ways = {1: 0.0}
    for number in range(2, min(MOST_DIGITS, int(cell.width / cell.height / NARROW)) + 1):
        each = cell.width / number
        aside = np.ones((1, 1 + 2 * max(2, round(EQUAL * each / 2))))
        near = cv2.dilate((dark * is_line)[None], aside)[0]
        found = near[np.rint(np.arange(1, number) * each).astype(int)]
        if each <= WIDE * cell.height and found.min() >= TICK and found.mean() >= TICKS:
            ways[number] = float(found.mean())
    number = max(one for one, share in ways.items() if share >= 0.8 * max(ways.values()))
    walls = np.rint(np.linspace(cell.left, cell.right, number + 1)).astype(int).tolist()
    return [cell._replace(left=one, right=end, width=end - one) for one, end in pairwise(walls)]


def _runs(cells: Sequence[_Cell], wide: int) -> Iterator[list[_Cell]]:
    """Cells of combs on a page so ``wide``, and all others alone."""
    following: dict[int, int] = {}
    for number, other in _pairs(cells, 0, APART):
        one, gap = cells[number], cells[other].left - cells[number].right
        is_alike = abs(one.width - cells[other].width) <= max(3, EQUAL * one.width)
        is_large = max(one.width, one.height) > SQUARE * wide
        is_cell = NARROW <= one.width / one.height <= WIDE
        if is_alike and is_cell and (is_large or gap <= 3 * REACH):
            following.setdefault(number, other)
    for number in sorted(set(range(len(cells))) - set(following.values())):
        run = [number]
        while run[-1] in following:
            run.append(following[run[-1]])
        yield [cells[one] for one in run]


def _place(cells: Iterable[_Cell], wall: float, scale: float) -> tuple[int, int, int, int]:
    """The box around ``cells`` with half of the ``wall``, on a page of 1 / ``scale`` the size."""
    sides = _sides(cells)
    left, top = np.maximum(0, np.rint((sides[:, :2].min(axis=0) - wall / 2) / scale)).tolist()
    right, bottom = np.rint((sides[:, 2:].max(axis=0) + wall / 2) / scale).tolist()
    return int(left), int(top), int(right - left), int(bottom - top)


def _ordered(fields: Iterable[_Proposal]) -> list[_Proposal]:
    """From the top to the bottom; from the left to the right what is as high as the first one."""
    left, found = sorted(fields, key=lambda field: field.box[1]), []
    while left:
        low = left[0].box[1] + left[0].box[3]
        row = [field for field in left if field.box[1] + field.box[3] / 2 <= low]
        found += sorted(row, key=lambda field: field.box[0])
        left = [field for field in left if field not in row]
    return found
