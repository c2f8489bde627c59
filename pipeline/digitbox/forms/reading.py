"""A page and a form → what each of its fields says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbox.forms import marking
from digitbox.forms.cells import FILLER, NOTHING, Networks, read_cell
from digitbox.forms.chroma import Chroma, shows_more
from digitbox.forms.cutting import cut, part, printed, seen, without_print
from digitbox.forms.finding import Found, around, is_on, likeliest, places_of
from digitbox.forms.form import Field, Form, Kind
from digitbox.forms.hints import Print, is_printed, print_in, without_hints
from digitbox.forms.judging import judged
from digitbox.forms.perspective import Quad
from digitbox.forms.values import Belief, kept, without_zeros
from digitbox.recognition.decode import Page
from digitbox.recognition.reader import Reader
from digitbox.recognition.view import Gray
from digitbox.records import Alternative, Evidence, Expected, Reading, Reason, Status

MARGIN, OVERLAP = 0.04, 0.06
"""A field is cut out with such a share of its width on each side; a cell with such a share of its
own, since digits reach beyond."""

BLANK = 0.97
"""How likely a field is blank in which nothing was found."""

BESIDE = 0.6
"""The light of the paper is that of what lies around a checkbox, up to such a share of its
sides."""

BOXES = (Kind.CHECKBOX, Kind.CHOICE)

DIGITS = 4
"""Probabilities of what stands in a cell are kept with so many significant digits."""


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
        fields = [
            (field, places)
            for field, places in zip(found.page.fields, places_of(page.gray, found), strict=True)
            if field.kind is not Kind.IMAGE
        ]
        reference = found.page.reference.gray
        boxes = {
            field.name: _shares(page.gray, reference, field, places)
            for field, places in fields
            if field.kind in BOXES
        }
        crossed = marking.has_crosses([share for shares in boxes.values() for share in shares])
        written = {
            field.name: self._written(page.gray, reference, field, places[0])
            for field, places in fields
            if field.kind not in BOXES
        }
        has_print = is_printed([one for seen in written.values() for one in seen.prints])
        scale = page.width / page.gray.shape[1], page.height / page.gray.shape[0]
        readings = []
        for field, places in fields:
            if field.kind in BOXES:
                evidence = _marked(field, boxes[field.name], crossed)
            else:
                evidence = written[field.name].evidence
                if has_print and any(one.may_be_print for one in written[field.name].prints):
                    evidence = replace(evidence, doubt=Reason.AS_PRINTED)
            is_whole = all(is_on(page.gray, place) for place in places)
            if not (is_whole and found.lies_well):
                evidence = replace(evidence, doubt=Reason.MISALIGNED)
            elif found.doubt is not None:
                evidence = replace(evidence, doubt=found.doubt)
            elif page.doubt is not None:
                evidence = replace(evidence, doubt=page.doubt)
            readings.append(
                Reading(
                    page.number,
                    Status.REVIEW,
                    width=page.width,
                    height=page.height,
                    form=found.form.name,
                    field=field.name,
                    box=around(places, page.gray.shape).scaled(*scale),
                    evidence=evidence,
                )
            )
        read = judged(readings, found.form, self._accept)
        coloured = _coloured(page, found, [places for _, places in fields], read)
        return judged(coloured, found.form, self._accept) if coloured != read else read

    def _written(self, page: Gray, reference: Gray, field: Field, place: Quad) -> "_Written":
        if not field.known.cells:
            return self._number(page, reference, field, place)
        return self._cells(page, reference, field, place)

    def _cells(self, page: Gray, reference: Gray, field: Field, place: Quad) -> "_Written":
        count = field.known.cells
        wider = part(place, -MARGIN, 0, 1 + MARGIN, 1)
        ours = part(field.places[0], -MARGIN, 0, 1 + MARGIN, 1)
        empty = cut(reference, ours)
        lines = printed(empty, count, (MARGIN, 0))
        empty = without_print(empty, lines)
        bare = without_print(cut(page, wider), lines)
        picture = without_hints(bare, empty)
        picture = without_print(picture, seen(picture, count, (MARGIN, 0)))
        cells, prints = [], []
        for number in range(count):
            cell = _cell(picture, number, count)
            says = read_cell(cell, self._networks, field.known.filler)
            cells.append(tuple(float(f"{p:.{DIGITS}g}") for p in says))
            if (one := print_in(*(_cell(one, number, count) for one in (bare, empty)))) is not None:
                is_read = says.argmax() not in (NOTHING, FILLER)
                prints.append(replace(one, may_be_print=one.may_be_print and is_read))
        return _Written(Evidence(cells=tuple(cells)), tuple(prints))

    def _number(self, page: Gray, reference: Gray, field: Field, place: Quad) -> "_Written":
        bare, empty = cut(page, place), cut(reference, field.places[0])
        lines = printed(empty, 1, (0, 0))
        empty = without_print(empty, lines)
        picture = without_hints(bare, empty)
        high, wide = picture.shape
        reading, _ = self._expecting(field).inspect(Page(1, wide, high, picture))
        if reading.status is Status.BLANK:
            return _Written(_of({"": BLANK}))
        belief: Belief = {}
        for one in reading.alternatives:
            value = without_zeros(one.value) if field.kind is Kind.NUMBER else one.value
            belief[value] = belief.get(value, 0.0) + one.probability
        if reading.value is not None and reading.confidence is not None and belief:
            first = next(iter(belief))
            belief[first] = min(belief[first], reading.confidence)
        doubt = reading.reason if reading.reason is not Reason.LOW_CONFIDENCE else None
        if reading.status is Status.NOT_DIGIT:
            doubt = Reason.OTHER_WRITING
        seen = print_in(without_print(bare, lines), empty)
        return _Written(_of(belief, doubt), () if seen is None else (seen,))

    def _expecting(self, field: Field) -> Reader:
        known = field.known
        expected = Expected(known.least, known.most, known.decimals, known.sign)
        if expected not in self._readers:
            self._readers[expected] = self._reader.expecting(expected)
        return self._readers[expected]


@dataclass(frozen=True, slots=True, eq=False)
class _Written:
    """What a field says in which is written, and the print that is in its cells."""

    evidence: Evidence
    prints: tuple[Print, ...] = ()


def _cell(field: Gray, number: int, count: int) -> Gray:
    """The cell with that ``number``, from 0, of the picture of a ``field`` of ``count``."""
    wide = field.shape[1]
    left, each = MARGIN / (1 + 2 * MARGIN) * wide, wide / (1 + 2 * MARGIN) / count
    start = max(0, round(left + (number - OVERLAP) * each))
    stop = max(start + 1, round(left + (number + 1 + OVERLAP) * each))
    return np.ascontiguousarray(field[:, start:stop])


def _coloured(
    page: Page, found: Found, places: Sequence[Sequence[Quad]], readings: Sequence[Reading]
) -> list[Reading]:
    """``readings`` of fields that lie in ``places``, with a doubt about what seems empty, but has
    something there in colour alone."""
    empty = [number for number, one in enumerate(readings) if _is_empty(one)]
    chroma = Chroma.of(page) if empty else None
    given = list(readings)
    if chroma is None:
        return given
    fields = {field.name: field for field in found.page.fields}
    for number in empty:
        field = fields[given[number].field or ""]
        beside = BESIDE if field.kind in BOXES else 0.0
        evidence = given[number].evidence
        pairs = zip(places[number], field.places, strict=True)
        if evidence is not None and any(
            shows_more(chroma, place, found.page.chroma, one, beside) for place, one in pairs
        ):
            doubtful = replace(evidence, doubt=Reason.COLOUR_ONLY)
            given[number] = replace(given[number], evidence=doubtful)
    return given


def _is_empty(reading: Reading) -> bool:
    is_unmarked = reading.status is Status.ACCEPTED and reading.value == marking.EMPTY
    return reading.status is Status.BLANK or is_unmarked


def _paper(page: Gray, place: Quad) -> float:
    return marking.paper(cut(page, part(place, -BESIDE, -BESIDE, 1 + BESIDE, 1 + BESIDE)))


def _shares(page: Gray, reference: Gray, field: Field, places: Sequence[Quad]) -> list[float]:
    """How much of each box of ``field`` is ink."""
    return [
        marking.ink(
            cut(page, place), cut(reference, ours), (_paper(page, place), _paper(reference, ours))
        )
        for place, ours in zip(places, field.places, strict=True)
    ]


def _marked(field: Field, shares: Sequence[float], crossed: bool) -> Evidence:
    """What boxes say that are marked by crosses, or not: what is filled was struck out then."""
    left = [0.0 if crossed and share >= marking.FILLED else share for share in shares]
    doubt = Reason.STRUCK_OUT if left != list(shares) else None
    if field.kind is Kind.CHOICE:
        return _of(kept(marking.chosen(dict(zip(field.labels, left, strict=True)))), doubt)
    likely = marking.likely_marked(left[0])
    return _of(kept({marking.MARKED: likely, marking.EMPTY: 1 - likely}), doubt)


def _of(belief: Belief, doubt: Reason | None = None) -> Evidence:
    return Evidence(tuple(Alternative(*one) for one in belief.items()), doubt=doubt)
