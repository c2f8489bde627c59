import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pebble import ProcessPool
from PIL import Image

from digitbox.config import Config, load
from digitbox.engine.setup import Setup
from digitbox.errors import DigitboxError
from digitbox.pool import pool as pool_module
from digitbox.pool import processes, worker
from digitbox.pool.pool import MOST_QUEUED, QUEUED, Pool, cores
from digitbox.recognition import decode as decode_module
from digitbox.recognition import reader as reader_module
from digitbox.recognition.decode import BrokenPage, Page
from digitbox.records import FileReading, Reading, Reason, Source
from tests.conftest import read_files
from tests.pages import encoded, sheet

GOOD = encoded(sheet(3))


def pool_of(config: Config, **options: Any) -> Pool:
    return Setup.of(config).pool(**options)


def fill(folder: Path, count: int) -> list[str]:
    names = [f"{number:03}.png" for number in range(count)]
    for name in names:
        (folder / name).write_bytes(GOOD)
    return names


def misbehave(task: worker.Task) -> None:
    """Starts a worker whose reader dies of one name's content and hangs on another's."""
    worker.start(task)
    reader = worker._reader
    original = reader.read

    def read(contents: Iterable[bytes], *pages: Any) -> list[tuple[Reading, ...]]:
        def watched() -> Iterator[bytes]:
            for content in contents:
                if content == b"crash":
                    os.kill(os.getpid(), signal.SIGSEGV)
                if content == b"hang":
                    time.sleep(3600)
                if content == b"slow":
                    time.sleep(0.3)  # not a wait: what is tested is a file that takes its time
                if content == b"raise":
                    raise ZeroDivisionError
                yield content

        return original(watched(), *pages)

    reader.read = read  # type: ignore[assignment, method-assign]


def reasons(files: list[FileReading]) -> list[Reason | None]:
    return [file.readings[0].reason for file in files]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"crash", Reason.DECODER_CRASHED),
        (b"hang", Reason.TIMEOUT),
        (b"raise", Reason.DECODER_CRASHED),
    ],
)
def test_a_file_that_breaks_its_worker_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, reason: Reason
) -> None:
    names = fill(tmp_path, 9)
    (tmp_path / names[4]).write_bytes(content)

    with_start(monkeypatch, misbehave)
    # Long enough for good files on a busy machine, and no longer than a test may wait for a hang.
    seconds = 6.0 if content == b"hang" else 60.0
    files = read_files(tmp_path, names, load(options={"workers": 2, "limits.seconds": seconds}))
    assert reasons(files) == [reason if number == 4 else None for number in range(9)]
    assert all(file.readings[0].value == "3" for file in files if file.sha256 != files[4].sha256)
    assert files[4].sha256 is not None


def test_files_that_are_slow_together_are_not_taken_for_hanging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = fill(tmp_path, 12)
    for name in names:
        (tmp_path / name).write_bytes(b"slow")
    with_start(monkeypatch, misbehave)
    files = read_files(tmp_path, names, load(options={"workers": 1, "limits.seconds": 3.0}))
    assert reasons(files) == [Reason.NOT_AN_IMAGE] * 12


def document(folder: Path, *values: int) -> Source:
    """A file with a page for each of ``values``."""
    first, *others = (Image.fromarray(sheet(value)) for value in values)
    content = encoded(first, "TIFF", save_all=True, append_images=others)
    (folder / "document.tiff").write_bytes(content)
    return Source(str(folder), "document.tiff")


def slow(task: worker.Task) -> None:
    """Starts a worker that takes its time for each page, and hangs on what shows a 9."""
    worker.start(task)
    original = decode_module.decode
    nine = sheet(9)

    def decode(*arguments: Any, **options: Any) -> Iterator[Page | BrokenPage]:
        for page in original(*arguments, **options):
            # Not waits: what is tested are pages that take long.
            time.sleep(0.4)
            if isinstance(page, Page) and np.array_equal(page.gray, nine):
                time.sleep(3600)
            yield page

    setattr(reader_module, "decode", decode)  # noqa: B010  # it is another module's


def test_a_document_has_the_time_of_a_file_for_each_of_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3]
    source = document(tmp_path, *values)
    with_start(monkeypatch, slow)
    # 4.8 seconds in all, and no more than 2.4 at a time.
    with pool_of(load(options={"workers": 1, "limits.seconds": 3.0})) as pool:
        (file,) = pool.read([source])
    assert [reading.page for reading in file.readings] == list(range(1, 13))
    assert [reading.value for reading in file.readings] == [str(value) for value in values]


def test_a_page_that_takes_too_long_leaves_those_before_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = document(tmp_path, 1, 2, 3, 9, 4)
    with_start(monkeypatch, slow)
    with pool_of(load(options={"workers": 1, "limits.seconds": 3.0})) as pool:
        (file,) = pool.read([source])
    said = [(reading.page, reading.value, reading.reason) for reading in file.readings]
    assert said == [(1, "1", None), (2, "2", None), (3, "3", None), (4, None, Reason.TIMEOUT)]


def test_a_document_that_changes_while_it_is_read_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = document(tmp_path, *[1] * 12)
    with_start(monkeypatch, slow)
    with pool_of(load(options={"workers": 1, "limits.seconds": 3.0})) as pool:
        turns = pool.turns([source])
        while not pool._parts:
            assert next(turns) == []
        document(tmp_path, *[2] * 12)
        (file,) = (file for files in turns for file in files)
    assert reasons([file]) == [Reason.BUSY]


class Arriving(Iterator[Source]):
    """One file, and others that arrive when it is being read."""

    def __init__(self, folder: Path, first: str, *later: str) -> None:
        self._folder = folder
        self._names = [first, None, *later, None]

    def __next__(self) -> Source:
        if not self._names or (name := self._names.pop(0)) is None:
            raise StopIteration
        return Source(str(self._folder), name)


def test_what_arrives_goes_past_a_file_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = fill(tmp_path, 40)
    (tmp_path / names[0]).write_bytes(b"hang")
    with_start(monkeypatch, misbehave)
    config = load(options={"workers": 2, "limits.seconds": 6})
    with pool_of(config) as pool:
        files = list(pool.read(Arriving(tmp_path, *names)))
    assert sorted(file.source.name for file in files) == names
    assert (files[-1].source.name, reasons(files)[-1]) == (names[0], Reason.TIMEOUT)


@pytest.mark.parametrize("at", [0, 5, 19])
def test_the_others_of_its_chunk_go_past_a_file_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    names = fill(tmp_path, 40)
    (tmp_path / names[at]).write_bytes(b"hang")
    with_start(monkeypatch, misbehave)
    config = load(options={"workers": 2, "limits.seconds": 20, "batch.chunk": 20})
    had: list[str] = []
    with pool_of(config) as pool:
        turns = pool.turns(Source(str(tmp_path), name) for name in names)
        for files in turns:
            had += [file.source.name for file in files]
            if len(had) == len(names) - 1:
                assert not pool.restarts  # nothing has waited for the end of it
                break
        turns.close()
    assert sorted([*had, names[at]]) == names


def test_with_one_worker_a_document_is_gone_on_with_after_what_is_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = document(tmp_path, *[1] * 14)
    names = fill(tmp_path, 4)
    with_start(monkeypatch, slow)
    config = load(options={"workers": 1, "limits.seconds": 5.0, "batch.chunk": 1})
    with pool_of(config) as pool:
        files = list(pool.read([source, *(Source(str(tmp_path), name) for name in names)]))
    assert [file.source.name for file in files] == [*names, "document.tiff"]
    assert [reading.page for reading in files[-1].readings] == list(range(1, 15))


def never(_: worker.Task) -> None:
    """Starts a worker that dies before it has anything to do."""
    os._exit(1)


def once(task: worker.Task) -> None:
    """Starts workers of which the first two die before they have anything to do."""
    for number in (1, 2):
        try:
            Path(f"died-{number}").touch(exist_ok=False)
        except FileExistsError:
            continue
        os._exit(1)
    worker.start(task)


def with_start(monkeypatch: pytest.MonkeyPatch, start: Callable[[worker.Task], None]) -> None:
    def pool(*arguments: Any, **options: Any) -> ProcessPool:
        return ProcessPool(*arguments, **{**options, "initializer": start})

    monkeypatch.setattr(processes, "ProcessPool", pool)


def test_workers_that_cannot_start_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_start(monkeypatch, never)
    with pytest.raises(DigitboxError, match="keep dying"):
        read_files(tmp_path, fill(tmp_path, 9), load(options={"workers": 2}))


def test_workers_that_die_at_first_cost_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_start(monkeypatch, once)
    files = read_files(tmp_path, fill(tmp_path, 9), load(options={"workers": 2}))
    assert reasons(files) == [None] * 9


def test_every_file_is_read_once_whatever_the_chunks(tmp_path: Path) -> None:
    names = fill(tmp_path, 23)
    for size, count in [(1, 2), (4, 1), (64, 2)]:
        files = read_files(tmp_path, names, load(options={"batch.chunk": size, "workers": count}))
        assert [file.source.name for file in files] == names
        assert reasons(files) == [None] * 23


def test_nothing_to_read_starts_nothing() -> None:
    with pool_of(load()) as pool:
        assert list(pool.read([])) == []
        assert pool._pool is None


def test_sources_are_taken_only_as_fast_as_they_are_read(tmp_path: Path) -> None:
    names = fill(tmp_path, 60)
    taken = 0

    def sources() -> Iterator[Source]:
        nonlocal taken
        for name in names:
            taken += 1
            yield Source(str(tmp_path), name)

    config = load(options={"workers": 2, "batch.chunk": 2})
    with pool_of(config) as pool:
        read = pool.read(sources())
        next(read)
        # Two workers, two chunks of two files each for both, and the chunk that just got done.
        assert taken <= 2 * 2 * 2 + 2


def test_workers_that_wait_for_the_reader_get_more_in_advance(tmp_path: Path) -> None:
    names = fill(tmp_path, 60)
    taken = received = most = 0

    def sources() -> Iterator[Source]:
        nonlocal taken
        for name in names:
            taken += 1
            yield Source(str(tmp_path), name)

    with pool_of(load(options={"workers": 1, "batch.chunk": 1})) as pool:
        for files in pool.turns(sources()):
            most = max(most, taken - received)
            received += len(files)
            time.sleep(0.03)
    assert received == len(names)
    assert QUEUED < most <= MOST_QUEUED


def test_an_interrupt_leaves_the_workers_to_their_parent(tmp_path: Path) -> None:
    names = fill(tmp_path, 4)
    with pool_of(load(options={"workers": 1, "batch.chunk": 1})) as pool:
        read = pool.read(Source(str(tmp_path), name) for name in names)
        next(read)
        (child,) = multiprocessing.active_children()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGINT)
        assert len(list(read)) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="affinity is Linux's")
def test_cores_are_those_that_may_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 1 <= cores() <= len(os.sched_getaffinity(0))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert cores() == 1


@pytest.mark.parametrize(
    ("quota", "expected"), [("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1)]
)
def test_cores_are_bounded_by_the_control_group(
    monkeypatch: pytest.MonkeyPatch, quota: str, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: quota)
    assert cores() == expected


def is_known(_: str, __: str | None) -> bool:
    return True


def is_new(_: str, __: str | None) -> bool:
    return False


def test_a_content_that_is_known_is_not_recognised(tmp_path: Path) -> None:
    names = fill(tmp_path, 3)
    sources = [Source(str(tmp_path), name) for name in names]
    with pool_of(load(options={"workers": 1}), known=is_known) as pool:
        files = list(pool.read(sources))
        assert [file.readings for file in files] == [()] * 3
        assert all(file.sha256 and file.version for file in files)
        again = [file for turn in pool.turns(sources, afresh=True) for file in turn]
        assert [file.readings[0].value for file in again] == ["3"] * 3


def test_equal_contents_in_one_chunk_have_equal_readings(tmp_path: Path) -> None:
    names = fill(tmp_path, 3)
    (tmp_path / "999.png").write_bytes(b"")
    with pool_of(load(options={"workers": 1, "batch.chunk": 8}), known=is_new) as pool:
        files = list(pool.read(Source(str(tmp_path), name) for name in [*names, "999.png"]))
    values = {file.source.name: file.readings[0].value for file in files}
    assert values == {**dict.fromkeys(names, "3"), "999.png": None}


@pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")
def test_a_file_that_is_open_for_writing_is_busy_where_that_counts(tmp_path: Path) -> None:
    (name,) = fill(tmp_path, 1)
    source = Source(str(tmp_path), name)
    for exclusive, reason in ((True, Reason.BUSY), (False, None)):
        with (
            (tmp_path / name).open("ab"),
            pool_of(load(options={"workers": 1}), exclusive=exclusive) as pool,
        ):
            assert reasons(list(pool.read([source]))) == [reason]


def test_a_pool_that_broke_is_as_large_as_it_was(tmp_path: Path) -> None:
    (name,) = fill(tmp_path, 1)
    with pool_of(load(options={"workers": 3})) as pool:
        pool.start()
        pool._renew()
        assert reasons(list(pool.read([Source(str(tmp_path), name)]))) == [None]
        assert len(multiprocessing.active_children()) == 3


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
def test_workers_that_stand_still_are_replaced_and_each_time_given_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (name,) = fill(tmp_path, 1)
    monkeypatch.setattr(pool_module, "STALL_SECONDS", -19.5)  # half a second in all
    with pool_of(load(options={"workers": 1})) as pool:
        pool.start()
        (child,) = multiprocessing.active_children()
        assert child.pid is not None
        os.kill(child.pid, signal.SIGSTOP)
        # A new worker may take longer to start than the first time allows.
        assert reasons(list(pool.read([Source(str(tmp_path), name)]))) == [None]
    waited = [record.args for record in caplog.records]
    assert waited
    assert waited == [(0.5 * 2**turn,) for turn in range(len(waited))]


@pytest.mark.skipif(os.name == "nt", reason="no process groups there")
def test_a_signal_to_the_group_costs_no_file(tmp_path: Path) -> None:
    names = fill(tmp_path, 6)
    with pool_of(load(options={"workers": 1, "batch.chunk": 1})) as pool:
        pool.start()
        (child,) = multiprocessing.active_children()
        assert child.pid is not None
        assert os.getpgid(child.pid) != os.getpgid(0)
        files = pool.read(Source(str(tmp_path), name) for name in names)
        first = next(files)
        os.kill(child.pid, signal.SIGKILL)  # as from outside
        assert reasons([first, *files]) == [None] * 6
        assert pool.restarts >= 1
