from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from digitbox.batch.run import SHOWN, Run
from digitbox.errors import OutboxError
from digitbox.output.outbox import Outbox
from digitbox.records import Batch, FileReading, Reading, Reason, Source, Status
from tests.output.test_tables import parsed


class Workers:
    """Gives what it was made with, instead of reading."""

    def __init__(self, files: Iterable[FileReading]) -> None:
        self._files = files

    def read(self, _: object) -> Iterator[FileReading]:
        yield from self._files


def file(name: str, pages: int = 1) -> FileReading:
    readings = (Reading(page, Status.BLANK) for page in range(1, pages + 1))
    return FileReading(Source("in", name), "00" * 32, tuple(readings))


def run(outbox: Path, files: Iterable[FileReading], rows: int = 100) -> Run:
    made = Run(Outbox(outbox, ["csv"]), "cnn-1", rows)
    workers: Any = Workers(files)
    made.read([], workers, lambda _: None)
    return made


def published(outbox: Path) -> list[list[dict[str, str]]]:
    return [parsed(table.read_bytes()) for table in sorted(outbox.glob("*.csv"))]


def test_every_page_has_a_row_in_the_order_of_the_names(tmp_path: Path) -> None:
    run(tmp_path, [file("b"), file("a", pages=3), file("c")])
    (rows,) = published(tmp_path)
    found = [(row["file"], row["page"]) for row in rows]
    assert found == [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("c", "1")]


def test_batches_are_full_but_for_the_last(tmp_path: Path) -> None:
    run(tmp_path, [file(f"{number:02}", pages=3) for number in range(9)], rows=10)
    assert [len(rows) for rows in published(tmp_path)] == [10, 10, 7]


def test_one_file_may_fill_many_batches(tmp_path: Path) -> None:
    run(tmp_path, [file("book", pages=25)], rows=10)
    assert [len(rows) for rows in published(tmp_path)] == [10, 10, 5]


def test_ids_are_unique_across_batches_and_runs(tmp_path: Path) -> None:
    for _ in range(2):
        run(tmp_path, [file(str(number)) for number in range(25)], rows=10)
    ids = [row["id"] for rows in published(tmp_path) for row in rows]
    assert len(set(ids)) == len(ids) == 50


def test_nothing_read_publishes_nothing(tmp_path: Path) -> None:
    assert run(tmp_path, []).summary.files == []
    assert published(tmp_path) == []


def test_what_was_read_before_a_failure_is_published(tmp_path: Path) -> None:
    def files() -> Iterator[FileReading]:
        yield file("a")
        yield file("b")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(tmp_path, files())
    (rows,) = published(tmp_path)
    assert [row["file"] for row in rows] == ["a", "b"]


def test_a_run_that_is_stopped_publishes_what_it_has(tmp_path: Path) -> None:
    made = Run(Outbox(tmp_path, ["csv"]), "cnn-1", 100)
    workers: Any = Workers(file(name) for name in "abcdef")
    read: list[FileReading] = []
    made.read([], workers, read.append, lambda: len(read) == 3)
    (rows,) = published(tmp_path)
    assert [row["file"] for row in rows] == ["a", "b", "c"]


def test_a_stop_within_a_long_document_still_makes_full_batches(tmp_path: Path) -> None:
    made = Run(Outbox(tmp_path, ["csv"]), "cnn-1", 10)
    workers: Any = Workers([file("book", pages=25), file("other")])
    made.read([], workers, lambda _: None, lambda: True)
    assert [len(rows) for rows in published(tmp_path)] == [10, 10, 5]


def test_a_batch_that_cannot_be_written_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Run(Outbox(tmp_path, ["csv"]), "cnn-1", 2)
    tried: list[str] = []

    def publish(batch: Batch) -> list[Path]:
        tried.append(batch.name)
        raise OutboxError("full")

    monkeypatch.setattr(made._outbox, "publish", publish)
    workers: Any = Workers(file(name) for name in "abcdef")
    with pytest.raises(OutboxError):
        made.read([], workers, lambda _: None)
    assert len(tried) == 1


def test_the_summary_counts_and_keeps_the_first(tmp_path: Path) -> None:
    failed = FileReading(Source("in", "z"), None, (Reading.failed(Reason.EMPTY),))
    summary = run(tmp_path, [*(file(f"{n:02}") for n in range(40)), failed], rows=10).summary
    assert summary.statuses == {Status.BLANK: 40, Status.FAILED: 1}
    assert len(summary.files) == 5
    assert len(summary.first) == SHOWN + 1


def test_rows_carry_when_and_what_read_them(tmp_path: Path) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    run(tmp_path, [file("a")])
    ((row,),) = published(tmp_path)
    read_at = datetime.fromisoformat(row["read_at"])
    assert before <= read_at <= datetime.now(UTC)
    assert row["model"] == "cnn-1"
    assert row["replaces"] == ""
