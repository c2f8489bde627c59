from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from digitbox.config import Config, load
from digitbox.engine.archive import Archive
from digitbox.engine.batches import Batches
from digitbox.engine.observer import Observer, Published
from digitbox.engine.stream import Stream
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Provenance
from digitbox.output.outbox import Outbox
from digitbox.records import FileReading, Reading, Source, Status, Version
from digitbox.service.inbox import Inbox


class Pool:
    """Reads every file as blank, and remembers what was in flight together."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []

    def turns(self, sources: Iterable[Source]) -> Iterator[list[FileReading]]:
        sources = list(sources)
        self.together.append([source.name for source in sources])
        for source in sources:
            path = Path(source.root, source.name)
            version = Version.of(path.stat())
            yield [FileReading(source, "0" * 64, (Reading(1, Status.BLANK),), version)]


class Harness:
    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        for name in ("inbox", "outbox", "state"):
            (folder / name).mkdir()
        self.config: Config = load(
            options={
                "inbox": folder / "inbox",
                "outbox": folder / "outbox",
                "state": folder / "state",
                "originals.done": folder / "done",
                "originals.failed": folder / "failed",
                "watch.settle": 0,
                **options,
            }
        )
        self.ledger = Ledger(folder / "state")
        self.pool = Pool()
        self.published: list[list[str]] = []

    def fill(self, *names: str) -> None:
        for name in names:
            (self.folder / "inbox" / name).write_bytes(name.encode())

    def source(self, name: str) -> Source:
        return Source(str(self.folder / "inbox"), name)

    def read(self, is_interrupted: Callable[[], bool] = lambda: False) -> Stream:
        outbox = Outbox(self.config.outbox, ["csv"])
        originals = Archive(self.config.originals)
        batches = Batches(
            self.ledger, outbox, originals, Provenance("m", "f"), list, Listener(self)
        )
        inbox = Inbox(self.config, self.ledger)
        pool: Any = self.pool
        made = Stream(self.config.batch, self.ledger, inbox, pool, batches)
        inbox.scan()
        made.gather()
        made.run(is_interrupted, lambda: None, lambda: float("inf"))
        return made


class Listener(Observer):
    def __init__(self, harness: Harness) -> None:
        self.harness = harness

    def published(self, published: Published, seconds: float) -> None:
        assert seconds > 0
        names = [row.source.name for row in published.batch.rows]
        self.harness.published.append(names)


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_a_stream_reads_what_is_ready_in_batches(tmp_path: Path) -> None:
    harness = Harness(tmp_path, **{"batch.size": 4})
    harness.fill(*(f"{number}" for number in range(10)))
    harness.read()
    assert sorted(map(len, harness.published)) == [2, 4, 4]
    assert len(harness.pool.together) == 1  # one stream
    assert not harness.ledger.claims()


def test_what_was_claimed_twice_is_read_alone_after_all_others(harness: Harness) -> None:
    harness.fill("a", "b", "c", "d")
    for _ in range(2):
        harness.ledger.claim([harness.source("b"), harness.source("c")])
    harness.read()
    first, *alone = harness.pool.together
    assert sorted(first) == ["a", "d"]
    assert sorted(alone) == [["b"], ["c"]]
    assert [sorted(names) for names in harness.published] == [["a", "d"], ["b", "c"]]


def test_what_was_claimed_often_is_last_and_a_batch_of_its_own(harness: Harness) -> None:
    harness.fill("a", "b", "c")
    for _ in range(2):
        harness.ledger.claim([harness.source("b")])
    for _ in range(4):
        harness.ledger.claim([harness.source("a")])
    harness.read()
    assert harness.pool.together == [["c"], ["b"], ["a"]]
    assert harness.published == [["c"], ["b"], ["a"]]


def test_what_is_interrupted_leaves_the_rest_as_new_as_it_was(harness: Harness) -> None:
    harness.fill("a", "b")
    made = harness.read(lambda: True)
    assert harness.published == []
    made.drop()
    assert not harness.ledger.claims()
    harness.read()
    assert len(harness.published) == 1


def test_a_suspect_that_an_interruption_left_is_still_to_be_read(harness: Harness) -> None:
    harness.fill("a")
    for _ in range(2):
        harness.ledger.claim([harness.source("a")])
    asked = iter([False, False, True])
    made = harness.read(lambda: next(asked, False))
    assert harness.published == []
    assert made.gather()
    made.run(lambda: False, lambda: None, lambda: float("inf"))
    assert harness.published == [["a"]]
