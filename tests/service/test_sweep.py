from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import Config, load
from pipeline.ledger.ledger import Ledger, Stamp
from pipeline.outbox import Outbox
from pipeline.records import FileReading, Reading, Source, Status, Version
from pipeline.service.batches import Batches, Published
from pipeline.service.inbox import Inbox
from pipeline.service.originals import Originals
from pipeline.service.sweep import Sweep


class Workers:
    """Reads every file as blank, and remembers what was in hand together."""

    def __init__(self) -> None:
        self.together: list[list[str]] = []

    def turns(self, sources: Iterable[Source]) -> Iterator[list[FileReading]]:
        sources = list(sources)
        self.together.append([source.name for source in sources])
        for source in sources:
            path = Path(source.root, source.name)
            version = Version.of(path.stat())
            yield [FileReading(source, "0" * 64, (Reading(1, Status.BLANK),), version)]


class House:
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
        self.workers = Workers()
        self.published: list[list[str]] = []

    def fill(self, *names: str) -> None:
        for name in names:
            (self.folder / "inbox" / name).write_bytes(name.encode())

    def source(self, name: str) -> Source:
        return Source(str(self.folder / "inbox"), name)

    def sweep(self, is_interrupted: Callable[[], bool] = lambda: False) -> Sweep:
        outbox = Outbox(self.config.outbox, ["csv"])
        originals = Originals(self.config.originals)
        batches = Batches(self.ledger, outbox, originals, Stamp("m", "f"))
        inbox = Inbox(self.config, self.ledger)
        workers: Any = self.workers

        def published(one: Published, _: float) -> None:
            self.published.append([row.source.name for row in one.batch.rows])

        made = Sweep(self.config, self.ledger, inbox, workers, batches, published)
        inbox.scan()
        made.gather()
        made.run(is_interrupted, lambda: None, lambda: float("inf"))
        return made


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_sweep_reads_what_is_ready_in_batches(tmp_path: Path) -> None:
    house = House(tmp_path, **{"batch.size": 4})
    house.fill(*(f"{number}" for number in range(10)))
    house.sweep()
    assert sorted(map(len, house.published)) == [2, 4, 4]
    assert len(house.workers.together) == 1  # one stream
    assert not house.ledger.claims()


def test_what_was_claimed_twice_is_read_alone_after_all_others(house: House) -> None:
    house.fill("a", "b", "c", "d")
    for _ in range(2):
        house.ledger.claim([house.source("b"), house.source("c")])
    house.sweep()
    first, *alone = house.workers.together
    assert sorted(first) == ["a", "d"]
    assert sorted(alone) == [["b"], ["c"]]
    assert [sorted(names) for names in house.published] == [["a", "d"], ["b", "c"]]


def test_what_was_claimed_often_is_last_and_a_batch_of_its_own(house: House) -> None:
    house.fill("a", "b", "c")
    for _ in range(2):
        house.ledger.claim([house.source("b")])
    for _ in range(4):
        house.ledger.claim([house.source("a")])
    house.sweep()
    assert house.workers.together == [["c"], ["b"], ["a"]]
    assert house.published == [["c"], ["b"], ["a"]]


def test_what_is_interrupted_leaves_the_rest_as_new_as_it_was(house: House) -> None:
    house.fill("a", "b")
    made = house.sweep(lambda: True)
    assert house.published == []
    made.drop()
    assert not house.ledger.claims()
    house.sweep()
    assert len(house.published) == 1


def test_a_suspect_that_an_interruption_left_is_still_to_be_read(house: House) -> None:
    house.fill("a")
    for _ in range(2):
        house.ledger.claim([house.source("a")])
    asked = iter([False, False, True])
    made = house.sweep(lambda: next(asked, False))
    assert house.published == []
    assert made.gather()
    made.run(lambda: False, lambda: None, lambda: float("inf"))
    assert house.published == [["a"]]
