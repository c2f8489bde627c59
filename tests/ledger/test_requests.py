"""What is asked of whoever holds the lock, and whether somebody waits for it."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from digitbox.errors import InputError
from digitbox.ledger.database import FILE, latest, script
from digitbox.ledger.decision import UNDO, Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW, Requests, Waiting, is_asked
from digitbox.records import Reason
from tests.ledger.arrivals import PROVENANCE, doubted, file


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """One with two readings in doubt and, as number 3, one of a check that fails."""
    failing = replace(doubted(), reason=Reason.CHECK_FAILED)
    files = [file("a", "a", doubted()), file("b", "b", doubted()), file("c", "c", failing)]
    number = ledger.record(files, PROVENANCE, "today")
    assert number is not None
    ledger.published(number, reported=True)
    return ledger


def decide(ledger: Ledger, *decisions: Decision) -> None:
    for decision in decisions:
        ledger.request(REVIEW, decision, decision.key or None)


def test_what_is_asked_twice_is_noted_once(folder: Path, ledger: Ledger) -> None:
    asked = [ledger.request(REVIEW, Decision(1, "5", "Ada", key="k1"), "k1") for _ in range(3)]
    other = Requests(folder)  # of a process that comes later
    asked.append(other.request(REVIEW, Decision(1, "5", "Ada", key="k1"), "k1"))
    other.close()
    assert len(set(asked)) == 1
    assert [request.id for request in ledger.requests()] == asked[:1]


def test_another_request_of_the_same_name_is_refused(ledger: Ledger) -> None:
    ledger.request(REVIEW, Decision(1, "5", "Ada", key="k1"), "k1")
    with pytest.raises(InputError, match="k1: something else was asked for"):
        ledger.request(REVIEW, Decision(1, "6", "Ada", key="k1"), "k1")
    assert len(ledger.requests()) == 1


def test_what_was_done_is_not_asked_for_again(filled: Ledger) -> None:
    decision = Decision(1, "5", "Ada", key="k1")
    first = filled.request(REVIEW, decision, "k1")
    filled.decide("today", list)
    assert filled.request(REVIEW, decision, "k1") == first
    assert filled.requests() == []


def test_requests_without_a_name_are_each_their_own(ledger: Ledger) -> None:
    assert ledger.request("retry", [1]) != ledger.request("retry", [1])


def test_nothing_waits_where_nothing_was_asked(filled: Ledger) -> None:
    assert filled.waiting() == Waiting()
    decide(filled, Decision(1, "5", "Ada"))
    filled.decide("today", list)
    assert filled.waiting() == Waiting()


@pytest.mark.parametrize(
    ("decisions", "is_urgent"),
    [
        ([Decision(1, "5", "Ada", key="k1")], False),
        ([Decision(1, "5", "Ada")], False),
        ([Decision(3, "5", "Ada", key="k1")], True),  # of a check
        ([Decision(1, "5", "Ada", key="k1"), Decision(1, UNDO, "Ada", "k2", "k1")], False),
        ([Decision(1, UNDO, "Ada", "k2", "k0")], True),  # of something before
        ([Decision(1, UNDO, "Ada")], True),
        ([Decision(99, "5", "Ada", key="k1")], False),  # there is none
    ],
)
def test_a_decision_waits_unless_somebody_waits_for_it(
    filled: Ledger, decisions: list[Decision], is_urgent: bool
) -> None:
    decide(filled, *decisions)
    assert filled.waiting() == Waiting(1, len(decisions), is_urgent)


def test_what_is_to_be_read_again_does_not_wait(filled: Ledger) -> None:
    decide(filled, Decision(1, "5", "Ada", key="k1"))
    filled.request("retry", [2])
    assert filled.waiting() == Waiting(1, 1, is_urgent=True)


def test_a_look_says_whether_something_is_asked_for(folder: Path, filled: Ledger) -> None:
    assert not is_asked(folder)
    decide(filled, Decision(1, "5", "Ada", key="k1"))
    assert is_asked(folder)
    filled.decide("today", list)
    assert not is_asked(folder)


def test_a_look_makes_no_ledger(tmp_path: Path) -> None:
    assert not is_asked(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_look_leaves_an_older_ledger_as_it_is(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        for version in range(1, latest()):
            connection.executescript(script(version))
        connection.executescript(
            f"PRAGMA user_version = {latest() - 1}; INSERT INTO ledger VALUES ('u', 'then')"
        )
    assert not is_asked(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (latest() - 1,)


def test_what_was_undone_needs_a_person_again_at_once(folder: Path, filled: Ledger) -> None:
    def pending() -> list[int]:
        with History(folder) as history:
            return [number for number, _, _ in history.pending()]

    assert sorted(pending()) == [1, 2, 3]
    decide(filled, Decision(1, "5", "Ada", key="k1"))
    assert sorted(pending()) == [2, 3]
    decide(filled, Decision(1, UNDO, "Ada", "k2", "k1"))
    assert sorted(pending()) == [1, 2, 3]
    decide(filled, Decision(1, "6", "Ada", key="k3"))
    assert sorted(pending()) == [2, 3]
