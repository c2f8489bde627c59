"""A page → which page of which form it is, and where the fields of that lie on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbox.box import Box
from digitbox.forms import grid
from digitbox.forms.alignment import NOWHERE, Alignment, align
from digitbox.forms.codes import code
from digitbox.forms.cutting import cut, to_page
from digitbox.forms.features import Sight
from digitbox.forms.form import Form, FormPage, Quad, Table
from digitbox.forms.perspective import projected
from digitbox.recognition.view import Gray

LIES, LIES_WELL = 0.2, 0.42
"""From the first score on, a page is one of the form's pages; below the second, a person sees all
of its fields. Another form with the very same table has up to 0.36, the 13 real tally sheets have
0.49 and more."""

MISSING = 0.05
"""A field is not there where such a share of it lies beyond the page's edges: it was cut off."""

SHIFTED = 0.5
"""Lines that are seen on a page are those of the table where its cells lie within such a share of
their size from where they are expected: else values would move to other rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a page of a form lies on a page: ``number`` is its place among the form's pages."""

    form: Form
    number: int
    alignment: Alignment

    @property
    def lies(self) -> bool:
        """Whether it is the page of the form at all."""
        return self.alignment.score >= LIES

    @property
    def lies_well(self) -> bool:
        """Whether its fields can be read without a person."""
        return self.alignment.score >= LIES_WELL

    @property
    def page(self) -> FormPage:
        return self.form.pages[self.number]


def likeliest(page: Gray, forms: Sequence[Form], name: str | None = None) -> Found | None:
    """The page of a form that lies best on ``page`` (uint8 ``[H, W]``), however well that is: of
    the form ``name`` where it is given; None where there are no such forms. A printed code says
    which it is, where that page lies on it. Where it is not the code of the reference, the page is
    another, however well it lies."""
    pages = [
        (form, number)
        for form in forms
        if name in (None, form.name)
        for number, one in enumerate(form.pages)
        if one.align != "none" or name is not None  # which any page would fit
    ]
    seen = Sight(page)
    said = code(page) if len(pages) > 1 else None
    if said is not None:
        named = [one for one in pages if (one[0].name, one[1] + 1) == (said.name, said.page)]
        if (found := _best(page, named, seen)) is not None and found.lies:
            return found
    found = _best(page, pages, seen)
    if found is None or not found.lies or (ours := found.page.reference.code) is None:
        return found
    said = said or code(page)
    if said in (None, ours):
        return found
    # A form may have another name than what is printed on it.
    those = [one for one in pages if one[0].pages[one[1]].reference.code == said]
    other = _best(page, those, seen)
    return other if other is not None and other.lies else replace(found, alignment=NOWHERE)


def _best(page: Gray, pages: Sequence[tuple[Form, int]], seen: Sight) -> Found | None:
    each = (
        Found(form, number, align(page, one.reference, one.align, seen))
        for form, number in pages
        for one in (form.pages[number],)
    )
    return max(each, key=lambda found: found.alignment.score, default=None)


def places_of(page: Gray, found: Found) -> list[list[Quad]]:
    """Where the fields of the page that was ``found`` lie on ``page``: cells of tables between the
    lines that are seen there."""
    places = [
        [found.alignment.on_page(place) for place in field.places] for field in found.page.fields
    ]
    for table in found.page.tables:
        cells = _cells(page, found.alignment.on_page(table.place), table)
        those = range(table.first, table.first + table.rows * table.columns)
        if cells is not None and _are_those([places[number][0] for number in those], cells):
            for number, cell in zip(those, cells, strict=True):
                places[number] = [cell]
    return places


def _are_those(expected: Sequence[Quad], seen: Sequence[Quad]) -> bool:
    """Whether the cells that are ``seen`` are those that were ``expected``, in the mean."""
    ours, theirs = np.array(expected), np.array(seen)
    size = np.abs(ours[:, 2] - ours[:, 0]).mean(axis=0)  # from corner to corner
    away = np.abs((theirs.mean(axis=1) - ours.mean(axis=1)).mean(axis=0))
    return bool((away <= SHIFTED * size).all())


def is_on(page: Gray, place: Quad) -> bool:
    """Whether ``place`` lies on ``page``, but for what is MISSING."""
    high, wide = page.shape
    (left, top), (right, bottom) = place.min(axis=0), place.max(axis=0)
    room = MISSING * np.array([right - left, bottom - top])
    return bool(
        left >= -room[0]
        and top >= -room[1]
        and right <= wide + room[0]
        and bottom <= high + room[1]
    )


def _cells(page: Gray, place: Quad, table: Table) -> list[Quad] | None:
    """The cells of a table on ``page``, row by row; None where not all its lines are seen."""
    crossings = grid.grid(cut(page, place), table.header + table.rows, table.columns)
    if crossings is None:
        return None
    there = projected(to_page(place), crossings.reshape(-1, 2)).reshape(crossings.shape)
    return grid.cells(there[table.header :])


def around(places: Sequence[Quad], shape: tuple[int, ...]) -> Box:
    """The upright rectangle around ``places`` on a page of ``shape`` (height, width)."""
    corners = np.concatenate(places)
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    box = Box(int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top)))
    return box.clamped((shape[0], shape[1]))
