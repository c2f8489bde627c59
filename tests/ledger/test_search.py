"""Which current readings are found by what is asked for, and in which order."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from digitbox.ledger.database import FILE
from digitbox.ledger.decision import Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.search import Search, Sort
from digitbox.records import Reading, Status
from tests.ledger.arrivals import PROVENANCE, accepted, doubted, failed, file

Find = Callable[..., list[int]]


@pytest.fixture
def find(folder: Path) -> Find:
    """The numbers of the readings that are found, in their order."""

    def found(limit: int = 100, after: tuple[float, int] | None = None, **asked: Any) -> list[int]:
        with History(folder) as history:
            return [one.number for one in history.found(Search(**asked), after, limit)]

    return found


def of_form(reading: Reading, field: str, form: str = "exam") -> Reading:
    return replace(reading, form=form, field=field)


@pytest.fixture
def some(ledger: Ledger) -> Ledger:
    """One with seven readings, of three files."""
    ledger.record(
        [
            file("Scan_1.png", None, accepted(value="7"), doubted(2, "12", 0.4)),
            file("b/scan 20.png", None, failed(), replace(accepted(2), status=Status.BLANK)),
        ],
        PROVENANCE,
        "",
    )
    fields = of_form(doubted(value="7"), "q1"), of_form(accepted(value="7"), "q2")
    ledger.record([file("exam", None, *fields, of_form(accepted(), "q1", "other"))], PROVENANCE, "")
    return ledger


@pytest.mark.usefixtures("some")
def test_all_come_least_certain_first_and_those_without_a_confidence_last(find: Find) -> None:
    assert find() == [2, 5, 1, 4, 6, 7, 3]
    assert find(sort=Sort.NEWEST) == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("sort", Sort)
def test_they_come_a_few_at_a_time_and_each_once(folder: Path, find: Find, sort: Sort) -> None:
    one_by_one, after = [], None
    with History(folder) as history:
        while rest := history.found(Search(sort=sort), after, 2):
            one_by_one += [one.number for one in rest]
            after = rest[-1].place
    assert one_by_one == find(sort=sort)


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({"name": "scan"}, [2, 1, 4, 3]),
        ({"name": "SCAN_1"}, [2, 1]),
        ({"name": "_"}, [2, 1]),
        ({"name": "%"}, []),
        ({"name": "!"}, []),
        ({"name": "b/"}, [4, 3]),
        ({"name": "\\"}, []),
        ({"value": "7"}, [5, 1, 4, 6, 7]),
        ({"value": "1"}, []),
        ({"form": "exam"}, [5, 6]),
        ({"field": "q1"}, [5, 7]),
        ({"form": "exam", "field": "q1", "value": "7", "status": Status.REVIEW}, [5]),
        ({"status": Status.FAILED}, [3]),
        ({"status": Status.BLANK, "name": "scan"}, [4]),
        ({"status": Status.NOT_DIGIT}, []),
    ],
)
def test_each_filter_leaves_out_what_it_is_not_true_of(
    find: Find, asked: dict[str, Any], wanted: list[int]
) -> None:
    assert find(**asked) == wanted
    newest = find(sort=Sort.NEWEST, **asked)
    assert newest == sorted(wanted, reverse=True)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("re\u0301sume\u0301.png", "r\u00e9s"),  # as macOS has it, and as it is typed
        ("R\u00c9SUM\u00c9.png", "r\u00e9s"),
        (os.fsdecode(b"a\xffb.png"), "A\\xffb"),  # as it is shown
        ("two\nlines.png", "two\\nlines"),
        ("na%me_!.png", "%ME_!"),
    ],
)
def test_a_name_is_found_as_it_is_shown(ledger: Ledger, find: Find, name: str, part: str) -> None:
    ledger.record([file(name, "one")], PROVENANCE, "")
    ledger.record([file("other.png")], PROVENANCE, "")
    assert find(name=part) == [1]


def test_a_day_is_that_on_which_the_file_was_recorded(
    folder: Path, some: Ledger, find: Find
) -> None:
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection, connection:
        for batch, when in ((1, "2026-01-31T23:59:59+00:00"), (2, "2026-02-01T00:00:00+00:00")):
            connection.execute("UPDATE batches SET recorded_at = ? WHERE id = ?", (when, batch))
    assert find(day=date(2026, 1, 31)) == [2, 1, 4, 3]
    assert find(day=date(2026, 2, 1), value="7") == [5, 6, 7]
    assert find(day=date(2026, 2, 2)) == []
    with History(folder) as history:
        days = {one.number: one.day.day for one in history.found(Search())}
    assert days == {1: 31, 2: 31, 3: 31, 4: 31, 5: 1, 6: 1, 7: 1}
    some.request(REVIEW, Decision(2, "13", "Ada"))
    some.decide("", list)
    assert find(day=date(2026, 1, 31)) == [1, 4, 3, 8]  # what was decided is of the same file


def test_what_a_person_decided_comes_last_however_unsure_the_model_was(
    folder: Path, some: Ledger, find: Find
) -> None:
    for reading in (5, 1):
        some.request(REVIEW, Decision(reading, "99", "Ada"))  # of which it is not sure at all
    some.decide("", list)
    assert find() == [2, 4, 6, 7, 3, 8, 9]
    with History(folder) as history:
        rows = history.found(Search(), None, 6)
        assert [one.number for one in history.found(Search(), rows[-1].place, 6)] == [9]


def test_of_each_page_the_latest_row_is_found(ledger: Ledger, folder: Path, find: Find) -> None:
    ledger.record([file("a"), file("b")], PROVENANCE, "")
    ledger.request(REVIEW, Decision(1, "9", "Ada"))
    ledger.decide("", list)
    assert find(value="9") == [3]
    assert find(value="7") == [2]
    with History(folder) as history:
        for reading in (1, 3):
            found = history.current(reading)
            assert found is not None
            assert (found[0], found[1].reading.value) == (3, "9")
        assert history.current(4) is None
    ledger.request(REVIEW, Decision(3, "8", "Ada"))
    with History(folder) as history:
        assert history.current(1) is None  # somebody has just decided about it


@pytest.mark.usefixtures("some")
@pytest.mark.parametrize("sort", Sort)
def test_a_search_reads_what_it_leaves_out_from_one_index(folder: Path, sort: Sort) -> None:
    """Else it would take seconds with a million rows."""
    queries: list[str] = []
    everything = Search("a", "7", "exam", "q1", Status.ACCEPTED, date(2026, 1, 31), sort)
    with History(folder) as history:
        history._connection.set_trace_callback(queries.append)
        history.found(everything, (0.5, 1))
        history._connection.set_trace_callback(None)
        (query,) = queries
        plan = [row[3] for row in history._connection.execute(f"EXPLAIN QUERY PLAN {query}")]
    scans = [step for step in plan if step.startswith("SCAN")]
    assert (
        scans
        == {
            Sort.CONFIDENCE: ["SCAN readings USING INDEX readings_search"],
            Sort.NEWEST: ["SCAN readings USING COVERING INDEX readings_search"],
        }[sort]
    )
    assert [step for step in plan if "TEMP B-TREE" in step] == {
        Sort.CONFIDENCE: [],
        Sort.NEWEST: ["USE TEMP B-TREE FOR ORDER BY"],  # of a hundred numbers
    }[sort]
