"""A page and a form → what each of its fields says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbox.box import Box
from digitbox.forms import grid, marking, values
from digitbox.forms.alignment import Alignment, Features, align, projected
from digitbox.forms.cells import Cell, Networks, read_cell
from digitbox.forms.codes import code
from digitbox.forms.cutting import ON_PAGE, cut, part, printed, to_page, without_print
from digitbox.forms.form import Field, Form, FormPage, Kind, Quad, Table
from digitbox.forms.posterior import joint
from digitbox.forms.values import Belief, among, kept, of_cells, possible, without_zeros
from digitbox.recognition.decode import Page
from digitbox.recognition.reader import Reader
from digitbox.recognition.view import Gray
from digitbox.records import Alternative, Expected, Reading, Reason, Status

LIES, LIES_WELL = 0.2, 0.35
"""From the first score on, a page is one of the form's pages; below the second, a person sees all
of its fields."""

MARGIN, OVERLAP = 0.04, 0.06
"""A field is cut out with such a share of its width on each side; a cell with such a share of its
own, since digits reach beyond."""

BLANK = 0.97
"""How likely a field is blank in which nothing was found."""

BESIDE = 0.6
"""The light of the paper is that of what lies around a checkbox, up to such a share of its
sides."""

MOST_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a page of a form lies on a page: ``number`` is its place among the form's pages."""

    form: Form
    number: int
    alignment: Alignment

    @property
    def page(self) -> FormPage:
        return self.form.pages[self.number]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read in a field by itself: a ``belief`` about the values that there can be, what it
    was ``read`` as whether there can be that or not, and why a person has to see it."""

    field: Field
    belief: Belief
    read: Belief
    box: Box
    reason: Reason | None = None


class FormReader:
    """Reads the fields of pages of ``forms``, by ``networks``; numbers that have no cells are read
    by ``reader`` as pages of their own. From a confidence of ``accept`` on a value is accepted."""

    def __init__(
        self, forms: Sequence[Form], networks: Networks, reader: Reader, accept: float
    ) -> None:
        self._forms = forms
        self._networks = networks
        self._reader = reader
        self._accept = accept
        self._readers: dict[Expected, Reader] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the forms."""
        return tuple(form.name for form in self._forms)

    def find(self, page: Gray, name: str | None = None) -> Found | None:
        """Which page of which form ``page`` is, of the form ``name`` where it is given; None where
        it is none. A printed code says it, where that page lies on it; else the one that lies best
        on it."""
        pages = [
            (form, number)
            for form in self._forms
            if name in (None, form.name)
            for number, one in enumerate(form.pages)
            if one.align != "none" or name is not None  # which any page would fit
        ]
        is_auto = any(form.pages[number].align == "auto" for form, number in pages)
        seen = Features.of(page) if is_auto else None
        if len(pages) > 1 and (said := code(page)) is not None:
            named = [one for one in pages if (one[0].name, one[1] + 1) == (said.name, said.page)]
            if (found := self._best(page, named, seen)) is not None:
                return found
        return self._best(page, pages, seen)

    def _best(
        self, page: Gray, pages: Sequence[tuple[Form, int]], seen: Features | None
    ) -> Found | None:
        best: Found | None = None
        for form, number in pages:
            one = form.pages[number]
            lies = align(page, one.reference, one.align, seen)
            if lies.score >= LIES and (best is None or lies.score > best.alignment.score):
                best = Found(form, number, lies)
        return best

    def read(self, page: Page, found: Found) -> list[Reading]:
        """What the fields say of the page that was ``found``, in the order of its template."""
        seen = list(self._fields(page.gray, found))
        beliefs = {one.field.name: one.belief for one in seen}
        checks = [check for check in found.form.checks if set(check.fields) <= beliefs.keys()]
        together = joint(beliefs, checks, found.form.wrong_sums)
        said = {name: _likeliest(belief) for name, belief in together.items()}
        failed = {
            name
            for check in checks
            if not check.holds(
                {name: np.array(values.number(said[name][0])) for name in check.fields}
            )
            for name in check.fields
        }
        scale = page.width / page.gray.shape[1], page.height / page.gray.shape[0]
        return [
            self._judged(
                page,
                found.form.name,
                replace(one, box=one.box.scaled(*scale)),
                together[one.field.name],
                one.field.name in failed,
                found.alignment.score < LIES_WELL,
            )
            for one in seen
        ]

    def _judged(
        self, page: Page, form: str, seen: _Seen, belief: Belief, failed: bool, is_askew: bool
    ) -> Reading:
        field = seen.field
        value, likely = _likeliest(belief)
        read, surely = _likeliest(seen.read)
        if read not in seen.belief and surely > likely:
            # There cannot be that, but a person sees what is written.
            value, likely = read, 0.0
        confidence = round(likely, 4)
        by = None
        if value != read:
            by = Reason.BY_LIST if field.known.values is not None else Reason.BY_CHECK
        doubts = (
            Reason.MISALIGNED if is_askew else None,
            seen.reason,
            Reason.NOT_POSSIBLE if value not in seen.belief else None,
            Reason.CHECK_FAILED if failed else None,
            # What is clear is not overruled without a person.
            by if by is not None and surely >= self._accept else None,
            Reason.LOW_CONFIDENCE if confidence < self._accept else None,
            Reason.REQUIRED if field.required and not value else None,
        )
        doubt = next(filter(None, doubts), None)
        status = Status.REVIEW if doubt else Status.ACCEPTED if value else Status.BLANK
        is_blank = status is Status.BLANK
        alternatives = tuple(
            Alternative(other, round(probability, 4))
            for other, probability in list(belief.items())[:MOST_ALTERNATIVES]
            if other and probability >= 5e-5
        )
        return Reading(
            page.number,
            status,
            doubt or by,
            None if is_blank else value,
            None if is_blank else confidence,
            page.width,
            page.height,
            (),
            () if is_blank else alternatives,
            form=form,
            field=field.name,
            box=seen.box,
        )

    def _fields(self, page: Gray, found: Found) -> Iterator[_Seen]:
        places = _places(page, found)
        for number, field in enumerate(found.page.fields):
            if field.kind is Kind.IMAGE:
                continue
            yield self._field(page, found, field, places[number])

    def _field(self, page: Gray, found: Found, field: Field, places: Sequence[Quad]) -> _Seen:
        box = _around(places, page.shape)
        reference = found.page.reference.gray
        if field.kind in (Kind.CHECKBOX, Kind.CHOICE):
            shares = [
                marking.ink(
                    cut(page, place),
                    cut(reference, ours),
                    (_paper(page, place), _paper(reference, ours)),
                )
                for place, ours in zip(places, field.places, strict=True)
            ]
            marked = _marked(field, shares)
            return _Seen(field, marked, marked, box)
        if field.known.cells:
            cells = self._cells(page, reference, field, places[0])
            free = replace(field, known=replace(field.known, values=None))
            listed, read = of_cells(cells, field), of_cells(cells, free)
            return _Seen(field, kept(possible(listed, field.known)), read, box)
        return self._written(page, field, places[0], box)

    def _cells(self, page: Gray, reference: Gray, field: Field, place: Quad) -> list[Cell]:
        count = field.known.cells
        wider = part(place, -MARGIN, 0, 1 + MARGIN, 1)
        ours = part(field.places[0], -MARGIN, 0, 1 + MARGIN, 1)
        picture = without_print(cut(page, wider), printed(cut(reference, ours), count, (MARGIN, 0)))
        picture = without_print(picture, printed(picture, count, (MARGIN, 0), ON_PAGE))
        wide = picture.shape[1]
        left, each = MARGIN / (1 + 2 * MARGIN) * wide, wide / (1 + 2 * MARGIN) / count
        cells = []
        for number in range(count):
            start = max(0, round(left + (number - OVERLAP) * each))
            stop = max(start + 1, round(left + (number + 1 + OVERLAP) * each))
            cell = np.ascontiguousarray(picture[:, start:stop])
            cells.append(read_cell(cell, self._networks))
        return cells

    def _written(self, page: Gray, field: Field, place: Quad, box: Box) -> _Seen:
        picture = cut(page, place)
        high, wide = picture.shape
        reading, _ = self._expecting(field).inspect(Page(1, wide, high, picture))
        if reading.status is Status.BLANK:
            return _Seen(field, {"": BLANK}, {"": BLANK}, box)
        belief: Belief = {}
        for one in reading.alternatives:
            value = without_zeros(one.value) if field.kind is Kind.NUMBER else one.value
            belief[value] = belief.get(value, 0.0) + one.probability
        if reading.value is not None and reading.confidence is not None and belief:
            first = next(iter(belief))
            belief[first] = min(belief[first], reading.confidence)
        reason = reading.reason if reading.reason is not Reason.LOW_CONFIDENCE else None
        if reading.status is Status.NOT_DIGIT:
            reason = Reason.OTHER_WRITING
        listed = among(belief, field.known)
        return _Seen(field, kept(possible(listed, field.known)), belief, box, reason)

    def _expecting(self, field: Field) -> Reader:
        known = field.known
        expected = Expected(known.least, known.most, known.decimals, known.sign)
        if expected not in self._readers:
            self._readers[expected] = self._reader.expecting(expected)
        return self._readers[expected]


def _places(page: Gray, found: Found) -> list[list[Quad]]:
    """Where the fields of the page that was ``found`` lie on ``page``: cells of tables between the
    lines that are seen there."""
    places = [
        [found.alignment.on_page(place) for place in field.places] for field in found.page.fields
    ]
    for table in found.page.tables:
        if (cells := _cells(page, found.alignment.on_page(table.place), table)) is not None:
            for number, cell in enumerate(cells):
                places[table.first + number] = [cell]
    return places


def _cells(page: Gray, place: Quad, table: Table) -> list[Quad] | None:
    """The cells of a table on ``page``, row by row; None where not all its lines are seen."""
    crossings = grid.grid(cut(page, place), table.header + table.rows, table.columns)
    if crossings is None:
        return None
    there = projected(to_page(place), crossings.reshape(-1, 2)).reshape(crossings.shape)
    return grid.cells(there[table.header :])


def _paper(page: Gray, place: Quad) -> float:
    return marking.paper(cut(page, part(place, -BESIDE, -BESIDE, 1 + BESIDE, 1 + BESIDE)))


def _marked(field: Field, shares: Sequence[float]) -> Belief:
    if field.kind is Kind.CHOICE:
        return kept(marking.chosen(dict(zip(field.labels, shares, strict=True))))
    likely = marking.likely_marked(shares[0])
    return kept({marking.MARKED: likely, marking.EMPTY: 1 - likely})


def _around(places: Sequence[Quad], shape: tuple[int, ...]) -> Box:
    corners = np.concatenate(places)
    (left, top), (right, bottom) = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    box = Box(int(left), int(top), max(1, int(right - left)), max(1, int(bottom - top)))
    return box.clamped((shape[0], shape[1]))


def _likeliest(belief: Mapping[str, float]) -> tuple[str, float]:
    return max(belief.items(), key=lambda one: one[1], default=("", 0.0))
