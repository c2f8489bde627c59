"""Fields of forms that are weighed anew because of a decision, or of a list."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digitbox.ledger.decision import UNDO, Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.values import Provenance
from digitbox.output.tables import to_json
from digitbox.records import (
    Alternative,
    Evidence,
    FileReading,
    FormFields,
    Reading,
    Reason,
    Row,
    Status,
)
from tests.ledger.arrivals import PROVENANCE, sha, source

FIELDS = FormFields("exam", ("a", "b", "total"), ("a",))
WITH_FORMS = Provenance(PROVENANCE.model, PROVENANCE.fingerprint, (FIELDS,))


def read(field: str, value: str, reason: Reason | None = Reason.CHECK_FAILED) -> Reading:
    status = Status.REVIEW if reason else Status.ACCEPTED
    return Reading(1, status, reason, value, 0.9, form="exam", field=field, evidence=Evidence())


def sheet(name: str, a: str = "7", content: str | None = None) -> FileReading:
    readings = read("a", a), read("b", "2"), read("total", "8")
    return FileReading(source(name), sha(content or name), readings, None, "exam")


def by_sum(readings: Sequence[Reading]) -> list[Reading]:
    """A judge to whom all that counts is that total == a + b."""
    values = {one.field: int(one.value or 0) for one in readings}
    holds = values["total"] == values["a"] + values["b"]
    reason, status = (None, Status.ACCEPTED) if holds else (Reason.CHECK_FAILED, Status.REVIEW)
    return [
        one if one.reason is Reason.REVIEWED else replace(one, status=status, reason=reason)
        for one in readings
    ]


def record(ledger: Ledger, *files: FileReading) -> None:
    assert ledger.record(files, WITH_FORMS, "") is not None


def decide(
    ledger: Ledger,
    *says: tuple[int, str],
    judge: Callable[[Sequence[Reading]], Sequence[Reading]] = by_sum,
) -> list[Row]:
    for reading, value in says:
        ledger.request(REVIEW, Decision(reading, value, "ann"))
    return [row for number in ledger.decide("", judge) for row in ledger.batch(number).rows]


def latest(folder: Path) -> dict[str, tuple[str | None, Status, Reason | None]]:
    with History(folder) as history:
        return {
            f"{row.source.name} {one.field}": (one.value, one.status, one.reason)
            for row in history.rows()
            for one in (row.reading,)
        }


def test_a_correction_settles_the_fields_that_only_waited_for_it(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, sheet("s"))
    rows = decide(ledger, (3, "9"))
    assert [(row.reading.field, row.reading.value) for row in rows] == [
        ("total", "9"),
        ("a", "7"),
        ("b", "2"),
    ]
    assert [row.replaces for row in rows] == [f"{ledger.tag}-{n:09}" for n in (3, 1, 2)]
    assert latest(folder) == {
        "s total": ("9", Status.ACCEPTED, Reason.REVIEWED),
        "s a": ("7", Status.ACCEPTED, None),
        "s b": ("2", Status.ACCEPTED, None),
    }


def test_what_says_the_same_gets_no_row(ledger: Ledger) -> None:
    record(ledger, sheet("s"))
    assert len(decide(ledger, (3, "5"))) == 1


def test_decisions_about_one_page_are_all_carried_out_before_it_is_weighed(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, sheet("s"))
    assert len(decide(ledger, (3, "9"), (1, "7"), (2, "2"))) == 3
    assert {reason for *_, reason in latest(folder).values()} == {Reason.REVIEWED}


def test_a_decision_about_a_row_that_checks_have_replaced_is_about_the_field(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, sheet("s"))
    decide(ledger, (3, "9"))
    (row, *others) = decide(ledger, (1, "1"))
    assert row.replaces == f"{ledger.tag}-{5:09}"
    assert [one.reading.field for one in others] == ["b"]
    assert latest(folder)["s a"] == ("1", Status.ACCEPTED, Reason.REVIEWED)
    assert latest(folder)["s b"] == ("2", Status.REVIEW, Reason.CHECK_FAILED)


def test_to_undo_brings_all_of_it_back(folder: Path, ledger: Ledger) -> None:
    record(ledger, sheet("s"))
    before = latest(folder)
    decide(ledger, (3, "9"))
    decide(ledger, (3, UNDO))
    assert latest(folder) == before


def test_to_undo_a_decision_about_a_row_that_checks_have_replaced(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, sheet("s"))
    decide(ledger, (3, "9"))
    settled = latest(folder)
    decide(ledger, (1, "1"))
    decide(ledger, (1, UNDO))
    assert latest(folder) == settled


def test_other_pages_are_left_alone(folder: Path, ledger: Ledger) -> None:
    record(ledger, sheet("s"), sheet("t", a="5"))
    decide(ledger, (3, "9"))
    assert latest(folder)["t a"] == ("5", Status.REVIEW, Reason.CHECK_FAILED)


def test_a_value_that_another_page_has_and_may_not_stays_for_review(
    folder: Path, ledger: Ledger
) -> None:
    record(ledger, sheet("s"), sheet("t"))
    decide(ledger, (3, "9"))
    assert latest(folder)["s a"] == ("7", Status.REVIEW, Reason.NOT_UNIQUE)
    assert latest(folder)["s b"] == ("2", Status.ACCEPTED, None)
    assert len(decide(ledger, (2, "2"))) == 1  # it is not weighed again


def test_of_a_duplicate_what_a_person_decided_stays(folder: Path, ledger: Ledger) -> None:
    record(ledger, sheet("s", content="same"))
    decide(ledger, (3, "9"))
    record(ledger, FileReading(source("t"), sha("same"), (), None, "exam"))
    rows = decide(ledger, (8, "1"))
    assert [row.reading.field for row in rows] == ["a", "b"]
    assert latest(folder)["t total"] == ("9", Status.ACCEPTED, Reason.DUPLICATE)
    assert latest(folder)["t b"] == ("2", Status.REVIEW, Reason.CHECK_FAILED)


@pytest.mark.parametrize("limit", [1, 100])
def test_all_pages_of_a_form_are_weighed_anew(folder: Path, ledger: Ledger, limit: int) -> None:
    record(ledger, sheet("s"), sheet("t", a="6"), sheet("u", a="4"))
    decide(ledger, (9, "1"), judge=list)
    last, batches, rounds = 0, [], 0
    while True:
        last, more = ledger.rematch("exam", last, limit, "", by_sum)
        batches += more
        if not last:
            break
        rounds += 1
    assert rounds == (3 if limit == 1 else 1)
    rows = [row for number in batches for row in ledger.batch(number).rows]
    assert {row.source.name for row in rows} == {"t"}
    assert latest(folder)["t a"] == ("6", Status.ACCEPTED, None)
    assert latest(folder)["u a"] == ("4", Status.REVIEW, Reason.CHECK_FAILED)
    assert ledger.rematch("exam", 0, 100, "", by_sum)[1] == []


def test_evidence_is_kept_and_not_published(ledger: Ledger) -> None:
    evidence = Evidence((Alternative("7", 0.625),), ((0.5,) * 13,), Reason.MISALIGNED)
    one = replace(sheet("s"), readings=(replace(read("a", "7"), evidence=evidence),))
    record(ledger, one)
    (row,) = ledger.batch(1).rows
    assert row.reading.evidence == evidence
    assert "evidence" not in json.loads(to_json(ledger.batch(1)))["readings"][0]
