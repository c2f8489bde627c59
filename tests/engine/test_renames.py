"""What is renamed in the inbox at any time between the claim and the archive has one row.

Tried: a file, the folder above it and that above, two names that are swapped and swapped back, a
name that is taken over, names that are passed on in a ring; before and after the file is read, once
under both names in one batch, once when it was archived before its first reading came; hard links,
which are files of their own; with files that are moved, deleted and kept.
"""

import hashlib
import os
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digitbox.config import Config, load
from digitbox.engine.archive import Archive
from digitbox.engine.batches import Batches
from digitbox.engine.observer import Observer
from digitbox.engine.renames import Renames
from digitbox.engine.stream import Stream
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Provenance
from digitbox.output.outbox import Outbox
from digitbox.records import FileReading, Reading, Reason, Source, Status, Version
from digitbox.service.inbox import Inbox


def nothing() -> None:
    pass


class Pool:
    """Reads every file as blank; ``meanwhile`` happens after it was read and before that is
    told."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = nothing

    def turns(self, sources: Iterable[Source]) -> Iterator[list[FileReading]]:
        for source in sources:
            found = reading(source)
            self.meanwhile()
            yield [found or FileReading(source, None, (Reading.failed(Reason.VANISHED),))]


class Meanwhile(Observer):
    """Has what happens meanwhile also happen when a batch was published or archived."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def spent(self, stage: str, seconds: float) -> None:  # noqa: ARG002  # as the engine calls it
        self._pool.meanwhile()

    def turn(self) -> None:
        self._pool.meanwhile()


def reading(source: Source) -> FileReading | None:
    path = Path(source.root, source.name)
    try:
        content = path.read_bytes()
        version = Version.of(path.stat())
    except OSError:
        return None
    digest = hashlib.sha256(content).hexdigest()
    return FileReading(source, digest, (Reading(1, Status.BLANK),), version)


class Harness:
    def __init__(self, folder: Path, action: str = "move", size: int = 1000) -> None:
        self.inbox = folder / "inbox"
        for name in ("inbox", "outbox", "state"):
            (folder / name).mkdir()
        self.action = action
        self.config: Config = load(
            options={
                "inbox": self.inbox,
                "outbox": folder / "outbox",
                "state": folder / "state",
                "originals.action": action,
                "originals.done": folder / "done",
                "originals.failed": folder / "failed",
                "watch.settle": 0,
                "batch.size": size,
            }
        )
        self.dropped: list[str] = []
        self.pool = Pool()
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.config.state)
        self.batches = Batches(
            self.ledger,
            Outbox(self.config.outbox, ["csv"]),
            Archive(self.config.originals),
            Provenance("m", "f"),
            list,
            Meanwhile(self.pool),
            renames=Renames(self.ledger),
        )
        self.arrivals = Inbox(self.config, self.ledger)
        pool: Any = self.pool
        self.stream = Stream(self.config.batch, self.ledger, self.arrivals, pool, self.batches)

    def drop(self, *names: str) -> None:
        for name in names:
            self.dropped.append(name)
            path = self.inbox / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(f"what came as {name}".encode())

    def rename(self, former: str, name: str) -> None:
        (self.inbox / former).rename(self.inbox / name)

    def swap(self, one: str, other: str) -> None:
        """Swap two names where both are there."""
        if not ((self.inbox / one).exists() and (self.inbox / other).exists()):
            return
        self.rename(one, ".swapped.tmp")
        self.rename(other, one)
        self.rename(".swapped.tmp", other)

    def look(self) -> None:
        """Walk the whole inbox, and read what is ready."""
        self.arrivals.scan()
        self.stream.gather()
        self.stream.run(lambda: False, nothing, lambda: float("inf"))
        self.ledger.returned(self.arrivals.returned())
        self.batches.archive()

    def read(self, name: str) -> FileReading:
        found = reading(Source(str(self.inbox), name))
        assert found is not None
        return found

    def check(self) -> None:
        """Each content has one row, and its original is where it belongs."""
        wanted = Counter(f"what came as {name}".encode() for name in self.dropped)
        with History(self.config.state) as history:
            rows = Counter(row.sha256 for row in history.rows(superseded=True))
        assert rows == {hashlib.sha256(one).hexdigest(): number for one, number in wanted.items()}
        where = {"move": self.config.originals.done, "keep": self.inbox}.get(self.action)
        lying = [one for one in where.rglob("*") if one.is_file()] if where else []
        assert Counter(one.read_bytes() for one in lying) == (wanted if where else {})
        if self.action != "keep":
            assert [one for one in self.inbox.rglob("*") if one.is_file()] == []
        assert not self.ledger.claims()
        assert not self.ledger.unarchived()


@pytest.fixture(params=["move", "delete", "keep"])
def harness(tmp_path: Path, request: pytest.FixtureRequest) -> Harness:
    return Harness(tmp_path, request.param)


def once(pool: Pool, happens: Callable[[], None], after: int = 1) -> None:
    """Have it happen when so many files were read."""
    left = after

    def meanwhile() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            happens()

    pool.meanwhile = meanwhile


@pytest.mark.parametrize("after", range(1, 12))
def test_a_folder_that_is_renamed(harness: Harness, after: int) -> None:
    harness.drop(*(f"a/b/{number}" for number in range(4)), "c")
    once(harness.pool, lambda: harness.rename("a", "z"), after)
    harness.look()
    harness.look()
    harness.check()


@pytest.mark.parametrize("after", range(1, 8))
def test_two_names_that_are_swapped(harness: Harness, after: int) -> None:
    harness.drop("a", "b", "c")
    once(harness.pool, lambda: harness.swap("a", "b"), after)
    for _ in range(3):
        harness.look()
    harness.check()


def test_two_names_that_are_swapped_and_swapped_back(harness: Harness) -> None:
    harness.drop("a", "b")
    once(harness.pool, lambda: harness.swap("a", "b"), 2)
    harness.look()
    harness.swap("a", "b")
    harness.look()
    harness.look()
    harness.check()


@pytest.mark.parametrize("after", range(1, 8))
def test_a_name_that_another_file_takes_over(harness: Harness, after: int) -> None:
    harness.drop("a")

    def take_over() -> None:
        if (harness.inbox / "a").exists():
            harness.rename("a", "elsewhere")
        harness.drop("a")
        (harness.inbox / "a").write_bytes(b"what came as other")
        harness.dropped[-1] = "other"

    once(harness.pool, take_over, after)
    for _ in range(4):
        harness.look()
    harness.check()


def test_a_file_that_is_read_under_both_names_in_one_batch(harness: Harness) -> None:
    harness.drop("a")
    first = harness.read("a")
    harness.rename("a", "b")
    published = harness.batches.complete([first, harness.read("b")])
    assert published is not None
    assert [row.source.name for row in published.batch.rows] == ["b"]
    harness.look()
    harness.check()


def test_a_reading_that_comes_after_the_file_was_archived_under_its_new_name(
    harness: Harness,
) -> None:
    harness.drop("a")
    first = harness.read("a")
    harness.rename("a", "b")
    harness.batches.complete([harness.read("b")])
    assert harness.batches.complete([first]) is None
    harness.look()
    harness.check()


def test_it_goes_by_the_name_that_it_was_published_as(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.drop("a", "b")
    published = harness.batches.complete([harness.read("b")])
    assert published is not None
    first = harness.read("a")
    harness.rename("a", "b")  # where another one of the archive has been
    second = harness.batches.complete([first])
    harness.look()
    assert second is not None
    assert (harness.config.originals.done / second.batch.name / "a").exists()
    with History(harness.config.state) as history:
        assert sorted(row.source.name for row in history.rows()) == ["a", "b"]
        (lying,) = history.named(["a"])["a"]
    assert (lying.place, lying.source.name) == ("done", "a")
    harness.check()


def test_a_crash_before_it_is_archived_from_its_new_name(harness: Harness) -> None:
    harness.drop("a")
    first = harness.read("a")
    harness.rename("a", "b")
    harness.batches.complete([first])
    Renames(harness.ledger).settle([harness.read("b")])
    harness.ledger.close()
    harness.start()
    harness.batches.archive()
    harness.look()
    harness.check()


def test_hard_links_are_files_of_their_own(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.drop("a")
    (harness.inbox / "b").hardlink_to(harness.inbox / "a")
    harness.dropped.append("a")
    harness.look()
    harness.look()
    harness.check()


def test_a_file_that_is_brought_back_by_hand_is_read_again(tmp_path: Path) -> None:
    harness = Harness(tmp_path)
    harness.drop("a")
    harness.look()
    (archived,) = (one for one in harness.config.originals.done.rglob("a") if one.is_file())
    archived.rename(harness.inbox / "again")
    harness.look()
    with History(harness.config.state) as history:
        assert [row.source.name for row in history.rows()] == ["a", "again"]


def test_what_is_kept_and_renamed_later_is_no_new_file(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "keep")
    harness.drop("a/1", "a/2", "b")
    harness.look()
    harness.rename("a", "z")
    harness.swap("b", "z/1")
    for _ in range(2):
        harness.look()
        harness.check()
    with History(harness.config.state) as history:
        assert sorted(row.source.name for row in history.rows()) == ["a/1", "a/2", "b"]


@pytest.mark.parametrize("seed", range(12))
def test_names_that_change_all_the_time(harness: Harness, seed: int) -> None:
    """Files, folders and names that are passed on, at any time."""
    draw = random.Random(seed)
    harness.drop(*(f"{number % 3}/{number}" for number in range(12)), *map(str, range(12, 18)))

    def change() -> None:
        if draw.random() < 0.5:
            return
        files = [one for one in harness.inbox.rglob("[0-9a-z]*") if one.is_file()]
        folders = [one for one in harness.inbox.iterdir() if one.is_dir()]
        if folders and draw.random() < 0.3:
            draw.choice(folders).rename(harness.inbox / f"folder{draw.randrange(10**9)}")
        elif files and draw.random() < 0.5:
            os.rename(draw.choice(files), harness.inbox / f"file{draw.randrange(10**9)}")  # noqa: PTH104
        elif len(files) > 2:
            ring = draw.sample(files, 3)
            ring[0].rename(harness.inbox / ".ring.tmp")
            ring[1].rename(ring[0])
            ring[2].rename(ring[1])
            (harness.inbox / ".ring.tmp").rename(ring[2])

    harness.pool.meanwhile = change
    for _ in range(4):
        harness.look()
    harness.pool.meanwhile = nothing
    for _ in range(4):
        harness.look()
    harness.check()


def test_a_kept_file_that_has_its_former_content_again_is_read_again(tmp_path: Path) -> None:
    """Written in place, with its former time: what was said of it last does not hold any more."""
    harness = Harness(tmp_path, "keep")
    harness.drop("a")
    file = harness.inbox / "a"
    first, status = file.read_bytes(), file.stat()
    for content in (first, b"another", first):
        file.write_bytes(content)
        if content == first:
            os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
        harness.look()
    with History(harness.config.state) as history:
        rows = [row.sha256 for row in history.rows()]
    assert rows == [hashlib.sha256(one).hexdigest() for one in (first, b"another", first)]
