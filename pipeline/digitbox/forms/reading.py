"""A page and a form → what each of its fields says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbox.box import Box
from digitbox.forms import marking, values
from digitbox.forms.cells import Cell, Networks, read_cell
from digitbox.forms.cutting import ON_PAGE, cut, part, printed, without_print
from digitbox.forms.finding import Found, around, is_on, likeliest, places_of
from digitbox.forms.form import Field, Form, Kind, Quad
from digitbox.forms.posterior import joint
from digitbox.forms.values import Belief, among, kept, of_cells, possible, without_zeros
from digitbox.recognition.decode import Page
from digitbox.recognition.reader import Reader
from digitbox.recognition.view import Gray
from digitbox.records import Alternative, Expected, Reading, Reason, Status

MARGIN, OVERLAP = 0.04, 0.06
"""A field is cut out with such a share of its width on each side; a cell with such a share of its
own, since digits reach beyond."""

BLANK = 0.97
"""How likely a field is blank in which nothing was found."""

BESIDE = 0.6
"""The light of the paper is that of what lies around a checkbox, up to such a share of its
sides."""

MOST_ALTERNATIVES = 5


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

    def find(self, page: Gray, name: str | None = None) -> Found | None:
        """Which page of which form ``page`` is, of the form ``name`` where it is given; None where
        it is none."""
        found = likeliest(page, self._forms, name)
        return found if found is not None and found.lies else None

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
            )
            for one in seen
        ]

    def _judged(self, page: Page, form: str, seen: _Seen, belief: Belief, failed: bool) -> Reading:
        field = seen.field
        value, likely = _likeliest(belief)
        read, surely = _likeliest(seen.read)
        if read not in seen.belief and surely > likely:
            # There cannot be that, but a person sees what is written.
            value, likely = read, 0.0
        confidence = round(likely, 4)
        by = None
        if value != read:
            is_listed = value == _likeliest(seen.belief)[0]
            by = Reason.BY_LIST if is_listed else Reason.BY_CHECK
        doubts = (
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
        places = places_of(page, found)
        for field, there in zip(found.page.fields, places, strict=True):
            if field.kind is Kind.IMAGE:
                continue
            seen = self._field(page, found, field, there)
            is_whole = all(is_on(page, place) for place in there)
            yield seen if is_whole and found.lies_well else replace(seen, reason=Reason.MISALIGNED)

    def _field(self, page: Gray, found: Found, field: Field, places: Sequence[Quad]) -> _Seen:
        box = around(places, page.shape)
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
            cells.append(read_cell(cell, self._networks, field.known.filler))
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


def _paper(page: Gray, place: Quad) -> float:
    return marking.paper(cut(page, part(place, -BESIDE, -BESIDE, 1 + BESIDE, 1 + BESIDE)))


def _marked(field: Field, shares: Sequence[float]) -> Belief:
    if field.kind is Kind.CHOICE:
        return kept(marking.chosen(dict(zip(field.labels, shares, strict=True))))
    likely = marking.likely_marked(shares[0])
    return kept({marking.MARKED: likely, marking.EMPTY: 1 - likely})


def _likeliest(belief: Mapping[str, float]) -> tuple[str, float]:
    return max(belief.items(), key=lambda one: one[1], default=("", 0.0))
