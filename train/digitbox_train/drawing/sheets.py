"""A page of a form, values and a hand → the page as it comes back: filled in, then scanned or
photographed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitbox.forms.marking import EMPTY, MARKED
from digitbox.forms.template import (
    Checkbox,
    Choice,
    Column,
    Digits,
    Field,
    Image,
    Number,
    Table,
    names_of,
)
from digitbox.forms.values import without_zeros
from digitbox.recognition.view import Gray
from digitbox_train.drawing import cameras, papers
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.lines import written
from digitbox_train.drawing.pens import Ink, fitted, stamp

Box = tuple[float, float, float, float]
"""x, y, width and height, in pixels of the reference."""

_Place = tuple[str, Box, int, int]
"""What is written, or MARKED; the box; in how many cells, 0 where there are none; and how many of
these stand after the point."""

TALL, TALLS = (0.62, 0.08), (0.42, 0.82)
"""How high a hand's digits are, as a share of the field: mean and deviation, least and largest."""

WIDEST = 0.92
"""What is written takes such a share of the width of a cell or a field, at most."""

OFF = 0.04
"""It stands off the middle by such a share of a cell, or of a field's height (deviation)."""

ATTEMPTS = 20
"""So often a number is written until it fits and reads as it should."""

DARK = (0.5, 0.95)
"""How dark pens are on paper."""

SKEW, MOST_SKEW = 0.7, 2.0
"""Of scans, in degrees: deviation, and the largest."""

WHITE = (232.0, 256.0)
"""Paper in a scan."""

BENT = 0.003
"""A photographed page is bent by so much of its height, at most."""

REACH = 0.035
"""Each corner of a photographed page is off by such a share of its sides (deviation)."""

TABLE = (30.0, 140.0)
"""What a photographed page lies on."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """``gray`` is uint8 ``[H, W]``; ``truth`` says of each field, by its name, what is to be read
    in it: ``""`` where it is blank."""

    gray: Gray
    truth: dict[str, str]


def sheet(
    reference: Gray,
    fields: Sequence[Field],
    values: Mapping[str, str],
    hand: Hand,
    random: np.random.Generator,
    longest: int = 1754,
    is_photo: bool = False,
) -> Sheet:
    """``reference`` (uint8 ``[H, W]``) with ``values`` in its ``fields``, see :func:`filled`, as a
    scan or a photo with ``longest`` pixels along its longer side. A4 has 1754 with 150 dots an
    inch."""
    page = filled(reference, fields, values, hand, random)
    seen = (photographed if is_photo else scanned)(page, random, longest)
    return Sheet(seen, truth(fields, values))


def truth(fields: Sequence[Field], values: Mapping[str, str]) -> dict[str, str]:
    """What is to be read in each of ``fields`` that are filled in with ``values``, by its name."""
    found = {}
    for field in fields:
        if isinstance(field, Image):
            continue
        for name in names_of(field):
            value = values.get(name, "")
            is_number = isinstance(field, Number)
            if isinstance(field, Table):
                column = next(one for one in field.described if one.name == name.split(".")[2])
                is_number = column.type == "number"
            if isinstance(field, Checkbox):
                value = value or EMPTY
            found[name] = without_zeros(value) if is_number else value
    return found


def filled(
    reference: Gray,
    fields: Sequence[Field],
    values: Mapping[str, str],
    hand: Hand,
    random: np.random.Generator,
) -> cameras.Gray:
    """``reference`` (uint8 ``[H, W]``) with ``values`` in its ``fields``, all in one ``hand``:
    float32 ``[H, W]``, 0 to 255. A value is by its field's name: digits, points, commas and minus
    signs; for a checkbox ``marked``, for a choice one of its labels. What has no value stays blank.

    Raises ValueError where a value cannot be written in its field.
    """
    ink = np.zeros(reference.shape, np.float32)
    tall = float(np.clip(random.normal(*TALL), *TALLS))
    at_right = random.random() < 0.5
    for value, box, cells, decimals in _places(fields, values):
        if value == MARKED:
            _mark(ink, box, hand, random)
        elif cells:
            whole, _, rest = value.partition(".")
            if len(whole) > cells - decimals or len(rest) > decimals:
                raise ValueError(f"{value} does not fit into {cells} cells")
            first = cells - decimals - len(whole) if at_right or decimals else 0
            each = box[2] / cells
            for place, digit in enumerate(whole + rest, first):
                cell = box[0] + place * each, box[1], each, box[3]
                _write_digit(ink, int(digit), cell, tall, hand, random)
        else:
            _write_number(ink, value, box, tall, hand, random)
    pen = random.uniform(*DARK)
    return np.asarray(reference * (1 - pen * ink), np.float32)


def scanned(page: cameras.Gray, random: np.random.Generator, longest: int) -> Gray:
    """``page`` from a scanner: a little skewed, with grain or through JPEG, at times in black and
    white alone; uint8 ``[H, W]``."""
    height, width = page.shape
    scale = longest / max(page.shape)
    skew = float(np.clip(random.normal(0, SKEW), -MOST_SKEW, MOST_SKEW))
    turned = cv2.getRotationMatrix2D(
        (width / 2, height / 2), skew, scale * random.uniform(0.985, 1)
    )
    size = round(width * scale), round(height * scale)
    moved = np.array(size) / 2 - np.array([width, height]) / 2
    moved += random.normal(0, 0.003, 2) * max(size)
    turn = np.asarray(turned, np.float64) + np.array([[0, 0, moved[0]], [0, 0, moved[1]]])
    beyond = 255.0 if random.random() < 0.7 else 40.0
    soft = cv2.GaussianBlur(page, (0, 0), 0.45 / min(1.0, scale))
    seen = cv2.warpAffine(soft, turn, size, borderValue=beyond) * random.uniform(*WHITE) / 255
    return _levels(cameras.scanned(np.asarray(seen, np.float32), random))


def photographed(page: cameras.Gray, random: np.random.Generator, longest: int) -> Gray:
    """``page`` on a table, photographed from above but for some degrees, in some light; uint8
    ``[H, W]``."""
    height, width = page.shape
    scale = longest / max(page.shape)
    size = round(width * scale), round(height * scale)
    page = np.asarray(page * papers.texture(page.shape, random) / 255, np.float32)
    bent = random.uniform(-BENT, BENT) * height
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    down = y + np.float32(bent) * np.sin(x * np.float32(np.pi / width))
    page = np.asarray(cv2.remap(page, x, down, cv2.INTER_LINEAR, borderValue=1.0), np.float32)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inside = (corners / [width, height] - 0.5) * random.uniform(0.86, 0.93) + 0.5
    there = (inside + random.normal(0, REACH / 2, (4, 2)).clip(-REACH, REACH)) * size
    matrix = cv2.getPerspectiveTransform(corners, there.astype(np.float32))
    soft = cv2.GaussianBlur(page, (0, 0), 0.45 / min(1.0, scale))
    lies = cv2.warpPerspective(np.ones(page.shape, np.float32), matrix, size)
    table = random.uniform(*TABLE) * papers.texture(size[::-1], random)
    white = random.uniform(160, 245)
    paper = white * cv2.warpPerspective(soft, matrix, size, borderMode=cv2.BORDER_REPLICATE)
    lit = (paper * lies + table * (1 - lies)) * papers.light(size[::-1], random)
    blurred = cv2.GaussianBlur(lit, (0, 0), random.uniform(0.3, 0.9))
    grained = blurred + random.normal(0, random.uniform(0.5, 4), blurred.shape)
    return _levels(cameras.compressed(grained, random))


def _levels(page: cameras.Gray) -> Gray:
    return np.rint(np.clip(page, 0, 255)).astype(np.uint8)


def _places(fields: Sequence[Field], values: Mapping[str, str]) -> Iterator[_Place]:
    """What is written, and where."""
    for field in fields:
        if isinstance(field, Table):
            yield from _in_table(field, values)
            continue
        value = values.get(field.name)
        if not value or value == EMPTY:
            continue
        if isinstance(field, Choice):
            yield MARKED, field.boxes[value], 0, 0
        else:
            known = field if isinstance(field, Digits | Number) else None
            yield value, field.box, *_cells(known)


def _cells(known: Digits | Number | Column | None) -> tuple[int, int]:
    """How many cells a value has, and how many of them after the point; 0: there are none."""
    if known is None or not known.cells:
        return 0, 0
    decimals = 0 if isinstance(known, Digits) else known.decimals
    return known.digits[1], decimals if isinstance(decimals, int) else 0


def _in_table(table: Table, values: Mapping[str, str]) -> Iterator[_Place]:
    """The same for the cells of a ``table``, which are all of one size."""
    x, y, wide, high = table.box
    wide, high = wide / len(table.columns), high / (table.header + table.rows)
    for place, name in enumerate(names_of(table)):
        row, column = divmod(place, len(table.columns))
        if value := values.get(name):
            known = table.described[column]
            box = x + column * wide, y + (table.header + row) * high, wide, high
            yield value, box, *_cells(known)


def _write_digit(
    ink: Ink, digit: int, cell: Box, tall: float, hand: Hand, random: np.random.Generator
) -> None:
    """Write ``digit`` into a ``cell``, ``tall`` of its height."""
    x, y, wide, high = cell
    shape = hand.digit(digit, tall * high, random)
    most = min(WIDEST * wide / shape.shape[1], WIDEST * high / shape.shape[0])
    if most < 1:
        shape = fitted(shape, most * max(shape.shape))
    off = random.normal(0, OFF, 2) * (wide, high)
    left, top = x + (wide - shape.shape[1]) / 2 + off[0], y + (high - shape.shape[0]) / 2 + off[1]
    stamp(ink, shape, round(left), round(top))


def _write_number(
    ink: Ink, value: str, box: Box, tall: float, hand: Hand, random: np.random.Generator
) -> None:
    """Write ``value`` into a ``box`` without cells, its digits ``tall`` of its height."""
    x, y, wide, high = box
    for _ in range(ATTEMPTS):
        line = written(list(value), hand, random)
        rows, columns = (np.flatnonzero(line.ink.max(axis=axis) > 0.2) for axis in (1, 0))
        if line.text != value or not len(rows):
            continue
        scale = tall * high / (line.bottom - line.top)
        scale = min(scale, WIDEST * wide / (columns[-1] - columns[0] + 1))
        top, bottom = scale * (rows[0] - line.top), scale * (rows[-1] + 1 - line.bottom)
        room = (1 - (line.bottom - line.top) * scale / high) / 2 * high
        if -top > room or bottom > room:
            continue
        shape = line.ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        shape = fitted(shape, scale * max(shape.shape))
        left = x + random.uniform(0.04, 0.6) * (wide - shape.shape[1])
        off = float(np.clip(random.normal(0, OFF) * high, -room - top, room - bottom))
        stamp(ink, shape, round(left), round(y + room + top + off))
        return
    raise ValueError(f"{value} cannot be written in a box of {wide:.0f} by {high:.0f} pixels")


def _mark(ink: Ink, box: Box, hand: Hand, random: np.random.Generator) -> None:
    """Mark a checkbox with a cross or a tick, which may reach beyond it."""
    x, y, wide, high = box
    pen = max(1, round(hand.width * random.uniform(1.2, 1.6) * high))
    over = random.uniform(-0.15, 0.2)
    far = 1 + over
    if random.random() < 0.6:
        strokes = [[(-over, -over), (far, far)], [(far, -over), (-over, far)]]
    else:
        strokes = [[(0.1, 0.5), (0.4, 0.85), (far, -over)]]
    for stroke in strokes:
        points = np.array(stroke) + random.normal(0, 0.06, (len(stroke), 2))
        places = np.rint((points * (wide, high) + (x, y)) * 16).astype(np.int32)
        cv2.polylines(ink, [places], False, 1.0, pen, cv2.LINE_AA, 4)
