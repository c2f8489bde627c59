"""Pages of an empty form → the fields that they seem to have, by their printed lines."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, pairwise
from typing import NamedTuple, TypeAlias

import cv2
import numpy as np
from msgspec import structs

from digitbox.forms import grid, perspective, points, rectangles
from digitbox.forms.rectangles import LONGEST, REACH, THICKEST, Cell, Sheet
from digitbox.forms.template import MOST_COLUMNS, MOST_ROWS, Checkbox, Digits, Number, Table
from digitbox.forms.written import MOST_DIGITS
from digitbox.recognition.view import Gray

SQUARE, CELL, LOWEST, OBLONG, SOLID = 1 / 27, 1 / 45, 12, 1.3, 0.6
"""In widths of the page: the sides of a checkbox at most, and the height of a cell of a comb. A box
alone is LOWEST pixels high, and SOLID of each of its sides is seen; one side of a checkbox is
OBLONG of the other at most."""

EQUAL, APART, NARROW, WIDE, TICKS, TICK = 0.15, 0.5, 0.5, 1.5, 0.3, 0.12
"""Cells of a comb are as large as each other but for EQUAL, APART widths apart, and NARROW to WIDE
times as wide as high. The lines between are dark on TICKS of its height in the mean, TICK each."""

SURE, COMPLETE, EMPTY = 0.85, 0.6, 0.3
"""A table shows SURE of its cells; or COMPLETE, and all its lines. Where EMPTY of its cells are,
what is in others is printed."""

FAR, UNEQUAL = 2.0, 0.12
"""In widths of a cell: so far apart are two of which a point may make one number; and so far from
their even places may those of a comb be."""

DIVIDED = (
    "there may be a point between it and the next field: one number then, with cells that are too "
    "far apart for one field."
)
UNEVEN = "its cells are not evenly spaced, as they are read: look how the picture divides it."


Proposal: TypeAlias = Checkbox | Digits | Number | Table
Box: TypeAlias = tuple[int, int, int, int]
_Group: TypeAlias = dict[tuple[int, int], Cell]  # by row and column


class Proposed(NamedTuple):
    """A ``field``, and what is in ``doubt`` of it: a sentence without its subject, or nothing."""

    field: Proposal
    doubt: str = ""


def proposed(pages: Iterable[Gray]) -> Iterator[tuple[Proposed, ...]]:
    """The fields of each of ``pages`` (uint8 ``[H, W]``): boxes of numbers, combs of digits and of
    numbers with a printed point, checkboxes and tables, from the top left to the bottom right, in
    whole pixels of the page. They are named field_1, field_2, ... and table_1, table_2, ... through
    all pages."""
    numbers = {"table": count(1), "field": count(1)}
    for page in pages:
        yield tuple(
            Proposed(
                structs.replace(field, name=f"{field.name}_{next(numbers[field.name])}"), doubt
            )
            for field, doubt in _ordered(_fields(page))
        )


def _fields(page: Gray) -> Iterator[Proposed]:
    small, scale = perspective.reduced(page, LONGEST)
    sheet, wide = rectangles.sheet(small), small.shape[1]
    lit = sheet.lit
    rest: list[Cell] = []
    for group in _connected(rectangles.cells(sheet)):
        if table := _table(group, small, scale):
            yield Proposed(table)
        else:
            rest += [cell for cell in group.values() if not cell.is_open]
    # A stroke of a digit divides no comb whose cells are seen.
    runs = _runs(rest, wide)
    parts = [part for run in runs for part in (run if len(run) > 1 else _divided(run[0], sheet))]
    following: dict[Cell, Cell] = {}
    for one, other in sorted(_pairs(parts, 0, FAR), key=lambda pair: parts[pair[1]].left):
        following.setdefault(parts[one], parts[other])
    nothing = points.Mark.NOTHING
    pointed = {one for one, other in following.items() if points.mark(lit, one, other) != nothing}
    for run in _runs(parts, wide):
        cell, most = run[0], max(run[0].width, run[0].height)
        divided = DIVIDED if run[-1] in pointed else ""
        if len(run) > 1:
            if cell.height >= CELL * wide and len(run) <= MOST_DIGITS:
                box = _place(run, max(REACH, run[1].left - cell.right), scale)
                yield _comb(run, box, sheet, divided)
        elif most <= SQUARE * wide and most <= OBLONG * min(cell.width, cell.height):
            if cell.is_clear:
                yield Proposed(Checkbox(name="field", box=_place(run, REACH, scale)), divided)
        elif cell.height >= LOWEST and cell.seen >= SOLID and not cell.is_label:
            yield Proposed(Number(name="field", box=_place(run, 0, scale)), divided)


def _comb(run: Sequence[Cell], box: Box, sheet: Sheet, divided: str) -> Proposed:
    """The field of the cells of a ``run``."""
    decimals, doubt = points.separated(sheet.lit, run)
    doubts = [doubt or divided, UNEVEN if _is_uneven(run) else ""]
    said = " ".join(one for one in doubts if one)
    if decimals:
        number = Number(name="field", box=box, length=len(run), cells=True, decimals=decimals)
        return Proposed(number, said)
    return Proposed(Digits(name="field", box=box, length=len(run), cells=True), said)


def _is_uneven(run: Sequence[Cell]) -> bool:
    """Whether cells are not where they are expected, evenly spaced."""
    middles = np.array([(cell.left + cell.right) / 2 for cell in run])
    even = np.linspace(middles[0], middles[-1], len(run))
    return bool(np.abs(middles - even).max() > UNEQUAL * run[0].width)


def _connected(cells: Sequence[Cell]) -> Iterator[_Group]:
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


def _pairs(cells: Sequence[Cell], down: int, apart: float = 0.0) -> list[tuple[int, int]]:
    """Cells, each with one at its right, or ``down`` below, at most so many widths ``apart``."""
    start, top, stop, bottom = rectangles.sides(cells)[:, [down, 1 - down, 2 + down, 3 - down]].T
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


def _divided(cell: Cell, sheet: Sheet) -> list[Cell]:
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


def _runs(cells: Sequence[Cell], wide: int) -> Iterator[list[Cell]]:
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


def _place(cells: Iterable[Cell], wall: float, scale: float) -> Box:
    """The box around ``cells`` with half of the ``wall``, on a page of 1 / ``scale`` the size."""
    sides = rectangles.sides(cells)
    left, top = np.maximum(0, np.rint((sides[:, :2].min(axis=0) - wall / 2) / scale)).tolist()
    right, bottom = np.rint((sides[:, 2:].max(axis=0) + wall / 2) / scale).tolist()
    return int(left), int(top), int(right - left), int(bottom - top)


def _ordered(fields: Iterable[Proposed]) -> list[Proposed]:
    """From the top to the bottom; from the left to the right what is as high as the first one."""
    left, found = sorted(fields, key=lambda one: one.field.box[1]), []
    while left:
        low = left[0].field.box[1] + left[0].field.box[3]
        row = [one for one in left if one.field.box[1] + one.field.box[3] / 2 <= low]
        found += sorted(row, key=lambda one: one.field.box[0])
        left = [one for one in left if one not in row]
    return found
