"""What needs a person: of which kind, how much, and in which order."""

from dataclasses import replace
from pathlib import Path

import pytest

from digitbox.ledger.decision import Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.pending import ORDER, Kind, kind_of
from digitbox.ledger.requests import REVIEW
from digitbox.records import Reading, Reason, Status
from tests.ledger.arrivals import PROVENANCE, accepted, doubted, failed, file

NOT_DIGIT = Reading(1, Status.NOT_DIGIT, digits=doubted().digits)


def of_form(reason: Reason, field: str = "total") -> Reading:
    return replace(doubted(), reason=reason, form="exam", field=field)


@pytest.fixture
def every(ledger: Ledger) -> Ledger:
    """A ledger with one reading of each kind, those of more than one page on a page of their own,
    and two that need nobody: it has 9 rows."""
    readings = (
        doubted(),
        of_form(Reason.CHECK_FAILED),
        of_form(Reason.MISALIGNED),
        of_form(Reason.PAGE_MISSING, "page.2"),
        of_form(Reason.PAGE_DOUBLED, "page.2"),
        NOT_DIGIT,
        failed(),
        accepted(),
        replace(NOT_DIGIT, reason=Reason.OTHER_PAGE, form="exam"),
    )
    parts = (replace(one, page=page) for page, one in enumerate(readings, start=1))
    ledger.record([file("a", "a", *parts)], PROVENANCE, "")
    return ledger


@pytest.mark.usefixtures("every")
def test_each_kind_has_its_count_and_is_found_by_it(folder: Path) -> None:
    with History(folder) as history:
        assert history.left() == dict.fromkeys(Kind, 1)
        for number, kind in enumerate(Kind, start=1):
            pages = [(one, row.reading.page) for _, one, row in history.pending(kind)]
            wanted = {"check_failed": 2, "misaligned": 3, "page_missing": 4, "page_doubled": 5}
            assert pages == [(kind, wanted.get(kind, number))]
            (row,) = (row for _, _, row in history.pending(kind))
            assert kind_of(row.reading) is kind


@pytest.mark.usefixtures("every")
def test_what_was_read_in_doubt_comes_before_what_was_not_read(folder: Path) -> None:
    with History(folder) as history:
        found = history.pending()
        assert [number for number, *_ in found][-2:] == [6, 7]
        assert len(found) == 7
        one_by_one, after = [], (-1, -1.0, 0)
        while rest := history.pending(None, after, 1):
            ((number, _, row),) = rest
            reading = row.reading
            after = ORDER.index(reading.status), reading.confidence or 0.0, number
            one_by_one.append(number)
        assert one_by_one == [number for number, *_ in found]


def test_what_is_decided_about_is_not_left_be_it_carried_out_or_not(
    folder: Path, every: Ledger
) -> None:
    for number, says in ((1, "5"), (4, "x"), (6, "x"), (7, "unreadable")):
        every.request(REVIEW, Decision(number, says, "Ada"))
    wanted = {Kind.CHECK_FAILED: 1, Kind.MISALIGNED: 1, Kind.PAGE_DOUBLED: 1}
    with History(folder) as history:
        assert history.left() == wanted
    every.decide("", list)
    with History(folder) as history:
        assert history.left() == wanted
        assert not history.left_failed()


def test_a_copy_is_of_the_kind_of_what_it_repeats(folder: Path, ledger: Ledger) -> None:
    field = of_form(Reason.MISALIGNED)
    for name in ("a", "b"):
        ledger.record(
            [file(name, "one", field), file(f"{name}2", "two", NOT_DIGIT)], PROVENANCE, ""
        )
    with History(folder) as history:
        assert history.left() == {Kind.MISALIGNED: 2, Kind.NOT_DIGIT: 2}
    ledger.request(REVIEW, Decision(2, "unreadable", "Ada"))
    ledger.decide("", list)
    ledger.record([file("c2", "two", NOT_DIGIT)], PROVENANCE, "")  # what was decided holds
    with History(folder) as history:
        assert history.left() == {Kind.MISALIGNED: 2, Kind.NOT_DIGIT: 1}


def test_what_nobody_can_read_teaches_nothing(folder: Path, ledger: Ledger) -> None:
    ledger.record([file("a", "a", doubted()), file("b", "b", doubted())], PROVENANCE, "")
    ledger.request(REVIEW, Decision(1, "unreadable", "Ada"))
    ledger.request(REVIEW, Decision(2, "x", "Ada"))
    ledger.decide("", list)
    with History(folder) as history:
        assert [one.reading for one in history.truths()] == [2]
        assert len(history.verified()) == 1
