"""Which readings are drawn for a spot check, and what becomes of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, UNDO, UNREADABLE, Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.rechecks import Judge
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.spots import DRAWN, SpotCheck
from digitbox.records import Reading, Reason, Row, Status
from tests.ledger.arrivals import PROVENANCE, accepted, doubted, failed, file, unread


def left(folder: Path, number: int | None) -> list[int]:
    assert number is not None
    with History(folder) as history:
        return [reading for reading, _ in history.spot_left(number)]


def counts(folder: Path) -> tuple[int, int, int, int]:
    """Of the only spot check: drawn, right, wrong and left."""
    with History(folder) as history:
        (one,) = history.spot_checks()
    return one.drawn, one.right, one.wrong, one.left


def decide(ledger: Ledger, reading: int, says: str, judge: Judge = list) -> None:
    ledger.request(REVIEW, Decision(reading, says, "Ada"))
    ledger.decide("", judge)


def put(ledger: Ledger, *readings: Reading) -> None:
    """Each of them of a file of its own, in this order."""
    for number, reading in enumerate(readings):
        ledger.record([file(f"{number:03}", None, reading)], PROVENANCE, "")


def test_what_is_accepted_and_nobody_has_decided_about_is_drawn(
    folder: Path, ledger: Ledger
) -> None:
    others = [replace(accepted(), status=status) for status in (Status.BLANK, Status.NOT_DIGIT)]
    put(ledger, accepted(), doubted(), failed(), *others, *(accepted(),) * 3)
    ledger.record([file("copied", "copy", doubted())], PROVENANCE, "")
    decide(ledger, 6, CONFIRM)  # makes 10
    decide(ledger, 9, "5")  # makes 11
    decide(ledger, 7, "9")  # makes 12
    decide(ledger, 7, UNDO)  # makes 13
    ledger.record([unread("copy of it", "copy")], PROVENANCE, "")  # as a person said
    ledger.request(REVIEW, Decision(8, "9", "Ada"))
    assert sorted(left(folder, ledger.draw())) == [1, 13]


def test_each_reading_is_as_likely_as_any_other(folder: Path, ledger: Ledger) -> None:
    put(ledger, *(accepted(),) * (DRAWN * 2))
    drawn: Counter[int] = Counter()
    first: Counter[bool] = Counter()
    for _ in range(40):
        numbers = left(folder, ledger.draw())
        assert len(set(numbers)) == DRAWN
        drawn.update(numbers)
        first[numbers[0] <= DRAWN] += 1
    # Of 40 draws with a chance of a half each. By chance it fails 3 times in a million.
    assert set(drawn) == set(range(1, 2 * DRAWN + 1))
    assert all(4 <= times <= 36 for times in drawn.values())
    assert 6 <= first[True] <= 34  # they are not in the order in which they were read


def test_where_nothing_is_accepted_nothing_is_drawn(folder: Path, ledger: Ledger) -> None:
    put(ledger, doubted())
    assert ledger.draw() is None
    with History(folder) as history:
        assert history.spot_checks() == []


def test_what_people_say_is_counted(folder: Path, ledger: Ledger) -> None:
    put(ledger, *(accepted(value=str(value)) for value in range(6)))
    number = ledger.draw()
    order = left(folder, number)
    for reading, says in ((1, CONFIRM), (2, "1"), (3, "7"), (4, UNREADABLE), (5, NOT_DIGIT)):
        decide(ledger, reading, says)
    assert counts(folder) == (6, 2, 3, 1)
    assert left(folder, number) == [6]
    decide(ledger, 3, UNDO)
    assert counts(folder) == (6, 2, 2, 2)
    back = max(left(folder, number))  # in its place of before
    assert left(folder, number) == [{3: back}.get(one, one) for one in order if one in (3, 6)]
    decide(ledger, back, "2")
    assert counts(folder) == (6, 3, 2, 1)
    decide(ledger, 6, "9")
    assert left(folder, number) == []
    with History(folder) as history:
        (one,) = history.spot_checks()
        assert isinstance(one, SpotCheck)
        assert one.checked == 6


def test_the_last_word_counts(folder: Path, ledger: Ledger) -> None:
    put(ledger, accepted(value="7"))
    ledger.draw()
    decide(ledger, 1, CONFIRM)
    assert counts(folder) == (1, 1, 0, 0)
    decide(ledger, 2, "1")
    assert counts(folder) == (1, 0, 1, 0)


def test_what_is_being_decided_is_not_shown_again(folder: Path, ledger: Ledger) -> None:
    put(ledger, accepted(), accepted())
    number = ledger.draw()
    ledger.request(REVIEW, Decision(1, "9", "Ada"))
    assert left(folder, number) == [2]


def test_what_was_read_otherwise_before_anybody_looked_is_not_counted(
    folder: Path, ledger: Ledger
) -> None:
    for name in "abc":
        ledger.record([file(name, name)], PROVENANCE, "")
    number = ledger.draw()
    for previous, reading in ((1, accepted(value="1")), (2, doubted()), (3, accepted())):
        name = "abc"[previous - 1]
        again = file(name, name, reading)
        ledger.record([again], PROVENANCE, "", "retry", {again.source: previous})
    assert left(folder, number) == [6]  # it says the same
    assert counts(folder) == (3, 0, 0, 1)
    decide(ledger, 6, "9")
    assert counts(folder) == (3, 0, 1, 0)


def test_checks_of_a_form_may_change_what_was_drawn(folder: Path, ledger: Ledger) -> None:
    fields = [replace(accepted(), form="exam", field=name) for name in ("a", "b")]
    ledger.record([file("exam", None, *fields)], PROVENANCE, "")
    number = ledger.draw()

    def judge(readings: Sequence[Reading]) -> list[Reading]:
        return [
            one if one.reason is Reason.REVIEWED else replace(one, status=Status.REVIEW)
            for one in readings
        ]

    decide(ledger, 1, "8", judge)
    assert counts(folder) == (2, 0, 1, 0)
    assert left(folder, number) == []


def test_each_spot_check_is_counted_by_itself_the_newest_first(
    folder: Path, ledger: Ledger
) -> None:
    put(ledger, accepted(), accepted())
    ledger.draw()
    decide(ledger, 1, "8")
    ledger.draw()
    decide(ledger, 2, CONFIRM)
    with History(folder) as history:
        found = [(one.number, one.drawn, one.right, one.wrong) for one in history.spot_checks()]
        rows = [row for _, row in history.spot_left(2)]
    assert found == [(2, 1, 1, 0), (1, 2, 1, 1)]
    assert rows == []


def test_what_is_left_is_given_with_its_rows(folder: Path, ledger: Ledger) -> None:
    put(ledger, accepted(value="4"))
    number = ledger.draw()
    assert number is not None
    with History(folder) as history:
        ((reading, row),) = history.spot_left(number)
        assert history.spot_left(number + 1) == []
    assert reading == 1
    assert isinstance(row, Row)
    assert (row.reading.value, row.model) == ("4", PROVENANCE.model)


def test_where_there_is_no_ledger_there_are_no_spot_checks(folder: Path) -> None:
    with History(folder) as history:
        assert history.spot_checks() == []
        assert history.spot_left(1) == []


@pytest.mark.parametrize("count", [DRAWN - 1, DRAWN + 1])
def test_as_many_as_there_are_are_drawn_at_most(folder: Path, ledger: Ledger, count: int) -> None:
    ledger.record([file(f"{number}") for number in range(count)], PROVENANCE, "")
    assert len(left(folder, ledger.draw())) == min(count, DRAWN)
