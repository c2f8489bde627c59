"""A page → which page of which form it is, and where the fields of that lie on it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from digitbox.box import Box
from digitbox.forms import grid
from digitbox.forms.alignment import NOWHERE, Alignment, align
from digitbox.forms.codes import code
from digitbox.forms.cutting import cut, to_page
from digitbox.forms.features import Sight
from digitbox.forms.form import Form, FormPage, Table
from digitbox.forms.inspection import written
from digitbox.forms.perspective import Quad, projected
from digitbox.forms.wording import Word, Wording, wording, words
from digitbox.recognition.view import Gray
from digitbox.records import Reason

LIES, LIES_WELL = 0.2, 0.42
"""From the first score on, a page is one of the form's pages; below the second, a person sees all
of its fields. Another form with the very same table has up to 0.36, the 13 real tally sheets have
0.49 and more."""

GONE_OF_FILLED = 0.7
"""Of a reference that is filled in, nobody knows what is printed: a page may lack such a share of
its words. The real tally sheets lack up to 0.46 of those of a filled one."""

ALIKE, MORE = 0.1, 2
"""Of two pages of forms that both fit, one fits better whose score is so much larger, or of whose
words so many more pieces are there."""

MISSING = 0.05
"""A field is not there where such a share of it lies beyond the page's edges: it was cut off."""

SHIFTED = 0.5
"""Lines that are seen on a page are those of the table where its cells lie within such a share of
their size from where they are expected: else values would move to other rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a page of a form lies on a page: ``number`` is its place among the form's pages.
    ``doubt`` is why it may be another form."""

    form: Form
    number: int
    alignment: Alignment
    doubt: Reason | None = None

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
    each = _lying(page, pages, seen)
    if not each or not each[0].lies:
        return each[0] if each else None
    ours = each[0].page.reference.code
    said = said or (code(page) if ours is not None else None)
    if said is None or ours is None:
        return _by_words(page, each)
    if said == ours:
        return each[0]
    # A form may have another name than what is printed on it.
    those = [one for one in pages if one[0].pages[one[1]].reference.code == said]
    other = _best(page, those, seen)
    return other if other is not None and other.lies else replace(each[0], alignment=NOWHERE)


def _best(page: Gray, pages: Sequence[tuple[Form, int]], seen: Sight) -> Found | None:
    return next(iter(_lying(page, pages, seen)), None)


def _lying(page: Gray, pages: Sequence[tuple[Form, int]], seen: Sight) -> list[Found]:
    """Where each of ``pages`` lies, that which lies best first."""
    each = (
        Found(form, number, align(page, one.reference, one.align, seen))
        for form, number in pages
        for one in (form.pages[number],)
    )
    return sorted(each, key=lambda found: found.alignment.score, reverse=True)


def _by_words(page: Gray, each: Sequence[Found]) -> Found:
    """The one of ``each``, the first of which lies best, whose words are on ``page``."""
    first = each[0]
    if first.page.align == "none":
        return first
    is_alone = len([found for found in each if found.lies]) == 1
    if is_alone and _printed(first.page)[1]:
        return first  # what is missing says little there, and handwriting takes long to compare
    doubtful = replace(first, doubt=Reason.FORM_IN_DOUBT)
    fitting = [
        (seen.there, found)
        for found in each
        if found.lies and found.page.align != "none"
        for seen, is_filled in (_compared(page, found),)
        if seen.gone <= (GONE_OF_FILLED * (seen.there + seen.gone) if is_filled else 0)
    ]
    if not fitting:
        return doubtful
    there, best = max(fitting, key=lambda one: (one[0], one[1].alignment.score))
    for others, other in fitting:
        nearer = best.alignment.score - other.alignment.score
        if other is not best and there < others + MORE and nearer < ALIKE:
            return replace(best, doubt=Reason.FORM_IN_DOUBT)
    return best


def _compared(page: Gray, found: Found) -> tuple[Wording, bool]:
    printed, is_filled = _printed(found.page)
    return wording(page, found.page.reference, found.alignment, printed), is_filled


@lru_cache(64)
def _printed(page: FormPage) -> tuple[tuple[Word, ...], bool]:
    """The words of the reference of ``page``, and whether that is filled in."""
    places = [place for field in page.fields for place in field.places]
    return words(page.reference, places), bool(written(page))


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
