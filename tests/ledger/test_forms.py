"""Rows of forms in the ledger: a page has one for each field."""

from pathlib import Path

import pytest

from digitbox.box import Box
from digitbox.errors import InputError
from digitbox.ledger.decision import decided
from digitbox.ledger.history import History
from digitbox.ledger.known import Known
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Provenance
from digitbox.output.sheets import records_of
from digitbox.records import Alternative, Batch, FileReading, FormFields, Reading, Reason, Status
from tests.ledger.arrivals import PROVENANCE, sha, source

FIELDS = FormFields("exam", ("q1", "q2", "total"))
WITH_FORMS = Provenance(PROVENANCE.model, PROVENANCE.fingerprint, (FIELDS, FormFields("b", ("x",))))


def read(field: str, value: str | None, status: Status = Status.ACCEPTED, page: int = 1) -> Reading:
    return Reading(
        page,
        status,
        Reason.LOW_CONFIDENCE if status is Status.REVIEW else None,
        value,
        None if value is None else 0.9,
        700,
        900,
        alternatives=(Alternative(value, 0.9), Alternative("8", 0.1)) if value else (),
        form="exam",
        field=field,
        box=Box(1, 2, 30, 40),
    )


def sheet(name: str, content: str | None = None, q1: str = "7", page: int = 1) -> FileReading:
    readings = (
        read("q1", q1, Status.REVIEW, page),
        read("q2", "12", page=page),
        read("total", None, Status.BLANK, page),
    )
    return FileReading(source(name), sha(content or name), readings, None, "exam")


def decide(ledger: Ledger, reading: int, says: str) -> Batch:
    ledger.request("review", {"reading": reading, "says": says, "who": "ann"})
    (number,) = ledger.decide("", list)
    return ledger.batch(number)


def fields(folder: Path, reading: int) -> list[tuple[int, str | None, str | None, bool]]:
    with History(folder) as history:
        found = history.fields(reading)
    return [
        (one.number, one.row.reading.field, one.row.reading.value, one.is_open) for one in found
    ]


def test_what_is_recorded_is_what_was_read(ledger: Ledger) -> None:
    number = ledger.record([sheet("a")], WITH_FORMS, "")
    assert number is not None
    batch = ledger.batch(number)
    assert [row.reading for row in batch.rows] == list(sheet("a").readings)
    assert batch.forms == (FIELDS,)
    assert batch.beside == ()


def test_a_batch_without_forms_names_none(ledger: Ledger) -> None:
    plain = FileReading(source("a"), sha("a"), (Reading(1, Status.BLANK),))
    number = ledger.record([plain], WITH_FORMS, "")
    assert number is not None
    assert ledger.batch(number).forms == ()


def test_the_same_content_repeats_its_fields(ledger: Ledger) -> None:
    ledger.record([sheet("a", "same")], WITH_FORMS, "")
    number = ledger.record(
        [FileReading(source("b"), sha("same"), (), None, "exam")], WITH_FORMS, ""
    )
    assert number is not None
    rows = ledger.batch(number).rows
    assert [row.reading.field for row in rows] == ["q1", "q2", "total"]
    assert {row.reading.reason for row in rows} == {Reason.DUPLICATE}
    assert all(row.duplicate_of for row in rows)


def test_the_same_content_as_another_form_is_another_matter(folder: Path, ledger: Ledger) -> None:
    ledger.record([sheet("a", "same")], WITH_FORMS, "")
    known = Known(folder, PROVENANCE.fingerprint)
    assert known(sha("same"), "exam")
    assert not known(sha("same"), None)
    assert not known(sha("same"), "other")


def test_a_decision_is_about_one_field_and_publishes_its_whole_record(ledger: Ledger) -> None:
    number = ledger.record([sheet("a")], WITH_FORMS, "")
    assert number is not None
    batch = decide(ledger, 1, "8")
    (row,) = batch.rows
    assert (row.reading.field, row.reading.value, row.reading.reason) == (
        "q1",
        "8",
        Reason.REVIEWED,
    )
    assert row.reading.confidence == 0.1
    assert row.replaces == ledger.batch(number).rows[0].id
    assert batch.forms == (FIELDS,)
    assert [one.reading.field for one in batch.beside] == ["q2", "total"]


def test_the_record_of_an_earlier_batch_stays_as_it_was_published(ledger: Ledger) -> None:
    number = ledger.record([sheet("a")], WITH_FORMS, "")
    assert number is not None
    first = ledger.batch(number)
    second = decide(ledger, 1, "8")
    third = decide(ledger, 2, "13")
    assert ledger.batch(number) == first
    assert [one.reading.value for one in second.beside] == ["12", None]
    assert [one.reading.value for one in third.beside] == [None, "8"]


def test_a_field_that_is_said_to_hold_nothing_is_blank(ledger: Ledger) -> None:
    ledger.record([sheet("a")], WITH_FORMS, "")
    (row,) = decide(ledger, 1, "x").rows
    assert (row.reading.status, row.reading.value) == (Status.BLANK, None)


def test_a_blank_field_can_be_given_a_value(ledger: Ledger) -> None:
    ledger.record([sheet("a")], WITH_FORMS, "")
    (row,) = decide(ledger, 3, "19").rows
    assert (row.reading.status, row.reading.value) == (Status.ACCEPTED, "19")


def test_a_decision_holds_for_the_same_field_of_the_same_content(ledger: Ledger) -> None:
    ledger.record([sheet("a", "same")], WITH_FORMS, "")
    decide(ledger, 1, "8")
    number = ledger.record(
        [FileReading(source("b"), sha("same"), (), None, "exam")], WITH_FORMS, ""
    )
    assert number is not None
    values = {row.reading.field: row.reading.value for row in ledger.batch(number).rows}
    assert values == {"q1": "8", "q2": "12", "total": None}


def test_a_retry_replaces_each_field_by_itself(ledger: Ledger) -> None:
    first = ledger.record([sheet("a")], WITH_FORMS, "")
    again = ledger.record([sheet("a", q1="9")], WITH_FORMS, "", "retry", {source("a"): 1})
    assert first is not None
    assert again is not None
    rows = ledger.batch(again).rows
    assert [row.replaces for row in rows] == [row.id for row in ledger.batch(first).rows]
    assert ledger.batch(again).beside == ()


def test_a_page_that_is_none_of_the_forms_cannot_be_decided_about(ledger: Ledger) -> None:
    other = Reading(1, Status.NOT_DIGIT, Reason.OTHER_PAGE, form="exam")
    ledger.record([FileReading(source("a"), sha("a"), (other,), None, "exam")], WITH_FORMS, "")
    with pytest.raises(InputError, match="none of the form's"):
        decided(other, "7")


def on_page(
    which: int, page: int, reason: Reason = Reason.PAGE_MISSING, form: str = "exam"
) -> Reading:
    field = f"page.{which}"
    return Reading(page, Status.REVIEW, reason, "", 0.0, 700, 900, form=form, field=field)


def several(name: str, *said: Reading, pages: int = 2) -> FileReading:
    """A file of several pages, with what is said of whole pages."""
    fields = [one for page in range(1, pages + 1) for one in sheet("a", page=page).readings]
    readings = tuple(sorted((*fields, *said), key=lambda one: one.page))
    return FileReading(source(name), sha("several"), readings, None, "exam")


COPY = FileReading(source("b"), sha("several"), (), None, "exam")


def to_review(folder: Path) -> list[str | None]:
    with History(folder) as history:
        found = [row.reading.field for _, row in history.to_review()]
        assert len(found) == history.left_to_review()
    return [field for field in found if field and field.startswith("page.")]


def test_what_is_said_of_a_page_comes_first_in_the_queue(folder: Path, ledger: Ledger) -> None:
    number = ledger.record([several("a", on_page(2, 2))], WITH_FORMS, "")
    assert number is not None
    with History(folder) as history:
        (_, first), *_ = history.to_review()
    assert first.reading == on_page(2, 2)
    (record,) = (one for one in records_of(ledger.batch(number), FIELDS) if one.page == 2)
    assert record.look_at == ("q1", "page.2")


def test_a_decision_settles_what_is_said_of_a_page(folder: Path, ledger: Ledger) -> None:
    number = ledger.record([several("a", on_page(2, 1))], WITH_FORMS, "")
    assert number is not None
    (row,) = (row for row in ledger.batch(number).rows if row.reading.field == "page.2")
    batch = decide(ledger, int(row.id.rpartition("-")[2]), "x")
    (record,) = records_of(batch, FIELDS)
    assert (record.page, record.look_at) == (1, ("q1",))
    assert set(record.values) == {"q1", "q2", "total"}
    assert to_review(folder) == []
    copy = ledger.record([COPY], WITH_FORMS, "")
    assert copy is not None
    assert "page.2" not in {
        name for one in records_of(ledger.batch(copy), FIELDS) for name in one.look_at
    }
    assert to_review(folder) == []


def test_a_copy_says_what_was_said_of_its_pages(folder: Path, ledger: Ledger) -> None:
    ledger.record([several("a", on_page(2, 1, Reason.PAGE_DOUBLED))], WITH_FORMS, "")
    copy = ledger.record([COPY], WITH_FORMS, "")
    assert copy is not None
    (row,) = (row for row in ledger.batch(copy).rows if row.reading.field == "page.2")
    assert (row.reading.status, row.reading.reason) == (Status.REVIEW, Reason.DUPLICATE)
    assert to_review(folder) == ["page.2", "page.2"]


def again(ledger: Ledger, *said: Reading, pages: int = 2, previous: int = 1) -> Batch:
    """A retry of the file that ``several`` made, which has the record ``previous``."""
    file = several("a", *said, pages=pages)
    number = ledger.record([file], WITH_FORMS, "", "retry", {source("a"): previous})
    assert number is not None
    return ledger.batch(number)


def test_what_is_not_said_any_more_is_settled_by_a_retry(folder: Path, ledger: Ledger) -> None:
    ledger.record([several("a", on_page(2, 2))], WITH_FORMS, "")
    batch = again(ledger)
    (row,) = (row for row in batch.rows if row.reading.field == "page.2")
    assert (row.reading.status, row.reading.reason, row.reading.page) == (Status.BLANK, None, 2)
    assert row.replaces is not None
    assert to_review(folder) == []
    assert [one.look_at for one in records_of(batch, FIELDS)] == [("q1",), ("q1",)]
    once_more = again(ledger, previous=2)
    assert "page.2" not in {row.reading.field for row in once_more.rows}


def test_what_is_said_of_another_page_now_stays_open_there_alone(
    folder: Path, ledger: Ledger
) -> None:
    ledger.record([several("a", on_page(2, 2))], WITH_FORMS, "")
    batch = again(ledger, on_page(2, 1))
    assert to_review(folder) == ["page.2"]
    assert [one.look_at for one in records_of(batch, FIELDS)] == [("q1", "page.2"), ("q1",)]


def test_what_is_said_again_replaces_what_was_said(folder: Path, ledger: Ledger) -> None:
    ledger.record([several("a", on_page(2, 2))], WITH_FORMS, "")
    batch = again(ledger, on_page(2, 2))
    assert [row.reading.field for row in batch.rows].count("page.2") == 1
    assert to_review(folder) == ["page.2"]


def test_a_field_that_is_not_there_any_more_stays_to_be_looked_at(
    folder: Path, ledger: Ledger
) -> None:
    ledger.record([several("a")], WITH_FORMS, "")
    other = Reading(2, Status.NOT_DIGIT, Reason.OTHER_PAGE, form="exam")
    batch = again(ledger, other, pages=1)
    assert [row.reading.field for row in batch.rows] == ["q1", "q2", "total", None]
    with History(folder) as history:
        assert history.left_to_review() == 2


@pytest.mark.parametrize(
    ("said", "pages"),
    [
        ((Reading.failed(Reason.TIMEOUT, 3),), 2),  # whether it is missing, nobody knows
        ((Reading.failed(Reason.CORRUPT, 2),), 1),
        ((Reading.failed(Reason.DECODER_CRASHED, 1),), 0),
    ],
)
def test_a_retry_that_does_not_see_all_of_it_settles_nothing(
    folder: Path, ledger: Ledger, said: tuple[Reading, ...], pages: int
) -> None:
    ledger.record([several("a", on_page(2, 2))], WITH_FORMS, "")
    again(ledger, *said, pages=pages)
    assert to_review(folder) == ["page.2"]


def test_the_fields_of_a_page_are_those_of_the_page_alone(folder: Path, ledger: Ledger) -> None:
    pages = sheet("a").readings + sheet("a", q1="3", page=2).readings
    ledger.record([FileReading(source("a"), sha("a"), pages, None, "exam")], WITH_FORMS, "")
    ledger.record([sheet("b")], WITH_FORMS, "")
    first = [(1, "q1", "7", True), (2, "q2", "12", False), (3, "total", None, False)]
    assert fields(folder, 1) == fields(folder, 3) == first
    assert [number for number, *_ in fields(folder, 5)] == [4, 5, 6]
    assert [number for number, *_ in fields(folder, 7)] == [7, 8, 9]


def test_the_fields_of_a_page_stand_as_in_the_template(folder: Path, ledger: Ledger) -> None:
    reordered = (read("total", "19"), read("added", "1"), read("q1", "7"), read("q2", "12"))
    ledger.record([FileReading(source("a"), sha("a"), reordered, None, "exam")], WITH_FORMS, "")
    assert [field for _, field, *_ in fields(folder, 1)] == ["q1", "q2", "total", "added"]


def test_the_fields_of_a_page_are_their_latest_rows(folder: Path, ledger: Ledger) -> None:
    ledger.record([sheet("a")], WITH_FORMS, "")
    decide(ledger, 1, "8")
    now = [(4, "q1", "8", False), (2, "q2", "12", False), (3, "total", None, False)]
    assert fields(folder, 1) == fields(folder, 4) == now  # asked for with a row that was replaced
    ledger.record([sheet("a", "new", q1="9")], WITH_FORMS, "", "retry", {source("a"): 1})
    again = [(5, "q1", "9", True), (6, "q2", "12", False), (7, "total", None, False)]
    assert fields(folder, 1) == fields(folder, 7) == again


def test_what_is_just_being_decided_is_not_open(folder: Path, ledger: Ledger) -> None:
    ledger.record([sheet("a")], WITH_FORMS, "")
    ledger.request("review", {"reading": 1, "says": "8", "who": "ann"})
    assert fields(folder, 2)[0] == (1, "q1", "7", False)


def test_a_page_of_no_form_has_no_fields(folder: Path, ledger: Ledger) -> None:
    plain = FileReading(source("a"), sha("a"), (Reading(1, Status.BLANK),))
    ledger.record([plain], WITH_FORMS, "")
    assert fields(folder, 1) == fields(folder, 99) == []
