"""A form → what may be wrong with it, in sentences."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from digitbox.forms.alignment import evenly_lit
from digitbox.forms.cutting import DARK, cut, printed
from digitbox.forms.form import Field, Form, FormPage, Kind
from digitbox.forms.hints import HINT
from digitbox.forms.marking import FAINT, ink
from digitbox.forms.perspective import Quad
from digitbox.forms.proposal import proposed
from digitbox.forms.template import Digits, Number
from digitbox.recognition.view import Gray

WRITTEN = 0.01
"""Where so much of a field is dark, something stands in it."""

OVERLAP = 0.05
"""Fields may cover each other by such a share of the smaller one: the line between them."""

POINT = 0.25
"""A printed point covers so much of the cells beside it, in their widths: that is no writing."""

LOWEST, TIGHT, ASIDE = 12, 0.8, 3
"""Fields are at least so many pixels high, and at least such a share of the printed box that they
lie in, give or take so many pixels."""

NAMED = 3
"""So many fields are named in a sentence; the others are counted."""


def warnings(made: Form) -> list[str]:
    """What may be wrong with the form ``made``, in sentences: references that are filled in;
    fields that overlap, that leave the page or that are too small for what is written there."""
    found = filled(made)
    for number, page in enumerate(made.pages, 1):
        parts = [(field.name, place) for field in _apart(page) for place in field.places]
        names = (page.fields[table.first].name.partition(".")[0] for table in page.tables)
        parts += zip(names, (table.place for table in page.tables), strict=True)
        said = [*_overlapping(parts), *_outside(parts, page), *_tight(page)]
        found += [f"Page {number}: {each}" for each in said]
    return found


def filled(made: Form) -> list[str]:
    """The pages of ``made`` whose references seem to be filled in, in sentences."""
    pages = enumerate(made.pages, 1)
    return [f"Page {number}: {each}" for number, page in pages for each in _filled(page)]


def _filled(page: FormPage) -> Iterator[str]:
    if names := written(page):
        yield (
            f"the reference seems to be filled in, at {_listed(names)}. If that is handwriting, "
            "use an empty sheet; what is printed there makes a field that is left empty go to "
            "review."
        )
    elif names := written(page, HINT):
        yield (
            f"something pale stands in {_listed(names)} on the reference. It is taken for print, "
            "and away from a page before that is read. If it is pencil, use an empty sheet."
        )


def written(page: FormPage, below: int = DARK) -> list[str]:
    """The names of the fields of ``page`` in which something stands on the reference, darker than
    ``below`` on evenly lit paper that is 220."""
    gray = page.reference.gray
    dark = np.where(evenly_lit(gray) < below, 255, 0).astype(np.uint8)
    return [field.name for field in page.fields if _is_written(field, gray, dark)]


def _is_written(field: Field, gray: Gray, dark: Gray) -> bool:
    """Whether something stands in ``field`` on the reference, of which ``dark`` is 255 where that
    is dark."""
    if field.kind is Kind.CHECKBOX:
        box = cut(gray, field.places[0])
        return ink(box, np.full_like(box, 255)) >= FAINT
    if not _is_read(field):
        return False
    cells = max(1, field.known.cells)
    lines = printed(cut(gray, field.places[0]), cells, (0, 0))
    inside = cut(dark, field.places[0])[: lines.shape[0], : lines.shape[1]] > 127
    high, wide = inside.shape
    y, x = round(0.1 * high), round(0.1 * wide / cells)
    point = _point(field)
    if point is not None:
        beside = round(POINT * wide / cells)
        lines[:, max(0, round(point * wide) - beside) : round(point * wide) + beside] = 255
    inner = (inside & (lines == 0))[y : max(y + 1, high - y), x : max(x + 1, wide - x)]
    return bool(inner.mean() >= WRITTEN)


def _point(field: Field) -> float | None:
    """Where a point is printed between the cells of ``field``, as a share of its width."""
    known = field.known
    if field.kind is not Kind.NUMBER or not known.cells or not known.decimals:
        return None
    return max(0.0, 1 - known.decimals / known.cells)


def _overlapping(parts: Sequence[tuple[str, Quad]]) -> Iterator[str]:
    sides = [(*place.min(axis=0).tolist(), *place.max(axis=0).tolist()) for _, place in parts]
    for one, other in combinations(range(len(parts)), 2):
        a, b = sides[one], sides[other]
        wide, high = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
        smaller = min((side[2] - side[0]) * (side[3] - side[1]) for side in (a, b))
        if wide > 0 and high > 0 and wide * high > OVERLAP * smaller:
            yield f"{parts[one][0]} and {parts[other][0]} overlap: each is read on its own."


def _outside(parts: Sequence[tuple[str, Quad]], page: FormPage) -> Iterator[str]:
    most = np.array(page.reference.gray.shape[::-1])
    for name, place in parts:
        if (place < -1).any() or (place > most + 0.5).any():
            yield f"{name} leaves the page, which has {most[0]}×{most[1]} pixels."


def _tight(page: FormPage) -> Iterator[str]:
    is_low = {
        one.name: np.ptp(one.places[0][:, 1]) < LOWEST for one in page.fields if _is_read(one)
    }
    if low := [name for name, lower in is_low.items() if lower]:
        yield f"{_listed(low)}: lower than {LOWEST} pixels, too low to be read."
    (boxes,) = proposed([page.reference.gray])
    around = [one.box for one, _ in boxes if isinstance(one, Digits | Number)]
    for field in filter(_is_read, _apart(page)):
        start, stop = field.places[0][0] + 0.5, field.places[0][2] + 0.5
        for box in around:
            first, size = np.array(box[:2]), np.array(box[2:])
            is_within = (start >= first - ASIDE).all() and (stop <= first + size + ASIDE).all()
            if is_within and (stop - start < TIGHT * size).any():
                yield (
                    f"{field.name} is smaller than the printed box around it, which is "
                    f"{list(box)}: what is written beside it is not seen."
                )


def _is_read(field: Field) -> bool:
    return field.kind in (Kind.DIGITS, Kind.NUMBER)


def _apart(page: FormPage) -> list[Field]:
    """The fields of ``page`` that are in no table, but for images."""
    within: set[int] = set()
    for table in page.tables:
        within |= set(range(table.first, table.first + table.rows * table.columns))
    fields = (field for number, field in enumerate(page.fields) if number not in within)
    return [field for field in fields if field.kind is not Kind.IMAGE]


def _listed(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
