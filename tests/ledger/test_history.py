import contextlib
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from digitbox.errors import LedgerError
from digitbox.ledger.database import FILE
from digitbox.ledger.decision import Decision
from digitbox.ledger.history import RATE_SECONDS, History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.originals import Lying
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.values import Disposition
from digitbox.records import FileReading, Reading, Reason, Status
from tests.ledger.arrivals import PROVENANCE, accepted, doubted, failed, file, source


def archive(ledger: Ledger, place: Disposition, *files: FileReading) -> None:
    number = ledger.record(files, PROVENANCE, "today")
    assert number is not None
    ledger.published(number, reported=True)
    ledger.archived({original.id: place for original in ledger.unarchived()})


def retry(ledger: Ledger, previous: int, place: Disposition, read: FileReading) -> None:
    number = ledger.record([read], PROVENANCE, "today", "retry", {read.source: previous})
    assert number is not None
    ledger.published(number, reported=True)
    ledger.archived({original.id: place for original in ledger.unarchived()})


def shift(folder: Path, batch: int, age: timedelta) -> datetime:
    """Have a batch be recorded so long ago."""
    when = (datetime.now(UTC) - age).replace(microsecond=0)
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(
            "UPDATE batches SET recorded_at = ? WHERE id = ?", (when.isoformat(), batch)
        )
    return when


def pages(history: History, *, superseded: bool = False) -> list[tuple[str, int, str | None]]:
    return [
        (row.source.name, row.reading.page, row.reading.value)
        for row in history.rows(superseded=superseded)
    ]


def records(found: Sequence[Lying]) -> list[int]:
    return [one.file for one in found]


def test_where_there_is_no_ledger_nothing_was_read(folder: Path) -> None:
    with History(folder) as history:
        assert not history.today()
        assert history.rate() == 0
        assert not list(history.rows())
        assert not history.with_status(Status.FAILED)
        assert history.named(["a"]) == {"a": []}
        assert not history.stands(source("a"))
    assert not list(folder.iterdir())


def test_a_damaged_ledger_is_named(folder: Path) -> None:
    (folder / FILE).write_bytes(b"garbage\n" * 1000)
    with pytest.raises(LedgerError, match=FILE):
        History(folder)


def test_rows_of_today_are_counted_by_status(folder: Path, ledger: Ledger) -> None:
    blank = Reading(2, Status.BLANK)
    ledger.record([file("a", "book", accepted(), blank), file("b")], PROVENANCE, "")
    ledger.record([file("old", "old", failed())], PROVENANCE, "")
    shift(folder, 2, timedelta(days=1))
    with History(folder) as history:
        assert history.today() == {Status.ACCEPTED: 2, Status.BLANK: 1}


def test_the_rate_is_that_of_the_last_minute(folder: Path, ledger: Ledger) -> None:
    for name in "abc":
        ledger.record([file(name, name, accepted(1), accepted(2))], PROVENANCE, "")
    shift(folder, 1, timedelta(seconds=RATE_SECONDS + 2))
    with History(folder) as history:
        assert history.rate() == 4 / RATE_SECONDS


def test_of_each_page_the_latest_row_counts(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "done", file("a", "book", accepted(1, "1"), accepted(2, "2")), file("b"))
    retry(ledger, 1, "done", file("a", "book", accepted(1, "3")))
    retry(ledger, 3, "done", file("a", "book", accepted(1, "4")))
    with History(folder) as history:
        assert pages(history) == [("a", 2, "2"), ("b", 1, "7"), ("a", 1, "4")]
        assert pages(history, superseded=True) == [
            ("a", 1, "1"),
            ("a", 2, "2"),
            ("b", 1, "7"),
            ("a", 1, "3"),
            ("a", 1, "4"),
        ]


def test_rows_are_those_that_were_published(folder: Path, ledger: Ledger) -> None:
    numbers = [ledger.record([file(name, "same")], PROVENANCE, "") for name in "ab"]
    published = [row for number in numbers if number for row in ledger.batch(number).rows]
    with History(folder) as history:
        assert list(history.rows()) == published


def test_rows_since_a_moment_begin_with_it(folder: Path, ledger: Ledger) -> None:
    for name in "abc":
        ledger.record([file(name)], PROVENANCE, "")
    shift(folder, 1, timedelta(days=3))
    second = shift(folder, 2, timedelta(days=2))
    east = timezone(timedelta(hours=5))
    with History(folder) as history:
        for since, names in (
            (second, ["b", "c"]),
            (second.astimezone(east), ["b", "c"]),
            (second + timedelta(seconds=1), ["c"]),
            (None, ["a", "b", "c"]),
        ):
            assert [row.source.name for row in history.rows(since)] == names, since


def test_originals_are_found_by_their_names_the_newest_first(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "done", file("in/a", "one"))
    archive(ledger, "failed", file("in/a", "two", failed()))
    archive(ledger, "deleted", file("in/a", "three"))
    with History(folder) as history:
        found = history.named(["in/a", "a", "caf\udce9"])
    assert found["in/a"] == [
        Lying(2, source("in/a"), "failed", f"{ledger.tag}-00000002"),
        Lying(1, source("in/a"), "done", f"{ledger.tag}-00000001"),
    ]
    assert found["a"] == found["caf\udce9"] == []


def test_originals_are_found_by_their_names_as_the_csv_has_them(
    folder: Path, ledger: Ledger
) -> None:
    names = [
        "=1+1",
        "'=1+1",
        "caf\udce9",
        "e\u0301/\u00fc",
        "a\nb",
        "same\u00e9",
        "same\u0065\u0301",
    ]
    for name in names:
        archive(ledger, "done", file(name, ascii(name)))
    wanted = {
        "'=1+1": ["'=1+1"],  # there is one of that very name
        "=1+1": ["=1+1"],
        "caf\\xe9": ["caf\udce9"],
        "\u00e9/u\u0308": ["e\u0301/\u00fc"],
        "a\\nb": ["a\nb"],
        "same\u00e9": ["same\u00e9"],
        "'caf\udce9": [],
        "=1": [],
    }
    with History(folder) as history:
        found = history.named([*wanted])
    assert {name: [one.source.name for one in lying] for name, lying in found.items()} == wanted


def test_a_kept_file_that_was_replaced_does_not_lie_there_any_more(
    folder: Path, ledger: Ledger
) -> None:
    archive(ledger, "inbox", file("a", "old"))
    archive(ledger, "inbox", file("a", "new"))
    with History(folder) as history:
        assert records(history.named(["a"])["a"]) == [2]


def test_failed_files_are_counted_until_they_are_read_again(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "a", failed(Reason.CORRUPT, 1), failed(Reason.CORRUPT, 2)))
    archive(ledger, "failed", file("b", "b", failed()))
    archive(ledger, "inbox", file("c", "c", failed()))
    archive(ledger, "gone", file("d", "d", failed()))
    archive(ledger, "done", file("e"))
    with History(folder) as history:
        assert history.left_failed() == 3
    retry(ledger, 2, "done", file("b", "b"))
    with History(folder) as history:
        assert history.left_failed() == 2
    retry(ledger, 3, "inbox", file("c", "c", failed()))
    with History(folder) as history:
        assert history.left_failed() == 2


def test_originals_are_found_by_a_page_with_that_status(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "a", accepted(1), failed(Reason.CORRUPT, 2)))
    archive(ledger, "done", file("b"))
    archive(ledger, "gone", file("c", "c", failed()))
    with History(folder) as history:
        assert records(history.with_status(Status.FAILED)) == [1]
        assert records(history.with_status(Status.ACCEPTED)) == [2, 1]
        assert not history.with_status(Status.BLANK)


def test_what_came_out_well_when_read_again_has_not_failed(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "a", failed(Reason.TIMEOUT)))
    archive(ledger, "failed", file("b", "b", failed(Reason.TIMEOUT)))
    retry(ledger, 1, "done", file("a", "a", accepted()))
    retry(ledger, 2, "failed", file("b", "b", failed(Reason.TIMEOUT)))
    archive(ledger, "failed", file("c", "c", failed(Reason.TIMEOUT)))
    ledger.record(
        [file("c", "c")], PROVENANCE, "", "retry", {source("c"): 5}
    )  # and not archived yet
    with History(folder) as history:
        assert records(history.with_status(Status.FAILED)) == [4]


def test_what_was_read_again_is_left_out(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", *(file(name, name, failed()) for name in "abc"))
    number = ledger.record([file("b", "b", failed())], PROVENANCE, "", "retry", {source("b"): 2})
    with History(folder) as history:  # even if a crash came before it was archived
        assert number is not None
        assert records(history.lying([1, 2, 3, 99])) == [1, 3]


def test_a_kept_file_stands(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "inbox", file("kept"))
    archive(ledger, "gone", file("gone"))
    ledger.record([file("new")], PROVENANCE, "")
    with History(folder) as history:
        standing = [name for name in ("kept", "gone", "new") if history.stands(source(name))]
        assert standing == ["kept"]
        assert not history.stands(source("kept", "elsewhere"))


def test_what_is_to_be_reviewed_comes_least_certain_first(folder: Path, ledger: Ledger) -> None:
    sure, less, least = doubted(1, "7", 0.9), doubted(2, "7", 0.6), doubted(3, "7", 0.3)
    ledger.record([file("a", "book", sure, less, least, accepted(4))], PROVENANCE, "")
    with History(folder) as history:
        assert [number for number, _ in history.to_review()] == [3, 2, 1]
        assert [number for number, _ in history.to_review((0.3, 3), limit=1)] == [2]
        assert history.left_to_review() == 3
    ledger.request(REVIEW, Decision(3, "5", "Ada"))
    with History(folder) as history:  # somebody has just decided
        assert [number for number, _ in history.to_review()] == [2, 1]
    ledger.decide("", list)
    with History(folder) as history:
        assert [number for number, _ in history.to_review()] == [2, 1]


def test_a_page_is_shown_where_its_file_lies_now(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "a", failed()))
    retry(ledger, 1, "done", file("a", "a", accepted()))
    ledger.record([file("b", "b")], PROVENANCE, "")
    with History(folder) as history:
        for reading in (1, 2):
            shown = history.shown(reading)
            assert shown is not None
            assert (shown.lying.place, shown.lying.file, shown.reading.page) == ("done", 2, 1)
            assert shown.sha256 == file("a", "a").sha256
        arrived = history.shown(3)
        assert arrived is not None
        assert (arrived.lying.place, arrived.lying.source) == (None, source("b"))
        assert history.shown(9) is None


def test_the_newest_rows_and_failures_come_first(folder: Path, ledger: Ledger) -> None:
    archive(ledger, "failed", file("a", "a", failed()), file("b", "b", failed()))
    retry(ledger, 1, "done", file("a", "a", accepted()))
    ledger.record([file("c", "c")], PROVENANCE, "")  # not published yet
    with History(folder) as history:
        assert [number for number, _ in history.recent()] == [3, 2, 1]
        assert [number for number, _ in history.recent(after=2)] == [3]
        assert [number for number, _ in history.failures()] == [2]
        assert (history.file(3), history.file(99)) == (3, None)
