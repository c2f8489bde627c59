import shutil
from pathlib import Path

import pytest

from pipeline.config import OriginalsConfig
from pipeline.errors import Weather
from pipeline.ledger.ledger import Ledger, Stamp
from pipeline.outbox import Outbox
from pipeline.records import FileReading, Reading, Source, Status, Version
from pipeline.service.batches import Batches
from pipeline.service.originals import Originals


class House:
    def __init__(self, folder: Path) -> None:
        self.inbox = folder / "inbox"
        self.done = folder / "done"
        self.outbox = folder / "outbox"
        self.state = folder / "state"
        for made in (self.inbox, self.state):
            made.mkdir()
        self.originals = Originals(OriginalsConfig(done=self.done, failed=folder / "failed"))
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.state)
        outbox = Outbox(self.outbox, ["csv", "json"])
        self.batches = Batches(self.ledger, outbox, self.originals, Stamp("m", "f"))

    def read(self, name: str) -> FileReading:
        path = self.inbox / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        version = Version.of(path.stat())
        source = Source(str(self.inbox), name)
        return FileReading(source, name * 3, (Reading(1, Status.BLANK),), version)

    def tables(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.outbox.rglob("*.*")}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_a_batch_is_recorded_published_and_retired(house: House) -> None:
    published = house.batches.complete([house.read("a"), house.read("sub/b")])
    assert published is not None
    assert [row.source.name for row in published.batch.rows] == ["a", "sub/b"]
    assert all(file.exists() for file in published.files)
    assert (house.done / published.batch.name / "sub" / "b").exists()
    assert not house.ledger.unpublished()
    assert not house.ledger.unretired()


def test_a_file_that_cannot_be_moved_keeps_no_other(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = house.done / f"{house.ledger.tag}-00000001" / "sub"
    blocked.parent.mkdir(parents=True)
    blocked.write_bytes(b"in the way")
    house.batches.complete([house.read("a"), house.read("sub/b"), house.read("c")])
    assert sorted(path.name for path in house.inbox.rglob("*") if path.is_file()) == ["b"]
    assert "sub/b has its row and cannot be moved" in caplog.text
    assert house.batches.next_retirement() is not None
    house.batches.complete([house.read("d")])  # it is not tried with every batch
    assert caplog.text.count("cannot be moved") == 1
    blocked.unlink()
    house.ledger.close()
    house.start()
    house.batches.retire()
    assert (blocked / "b").exists()


def test_an_inbox_that_is_away_is_weather(house: House) -> None:
    file = house.read("a")
    shutil.move(house.inbox, house.inbox.with_name("away"))
    with pytest.raises(Weather):
        house.batches.complete([file])
    assert len(house.ledger.unretired()) == 1
    shutil.move(house.inbox.with_name("away"), house.inbox)
    house.batches.retire()
    assert not house.ledger.unretired()
    assert not list(house.inbox.iterdir())


def test_what_is_published_again_is_the_same_byte_for_byte(house: House) -> None:
    house.batches.complete([house.read("a"), house.read("b")])
    before = house.tables()
    house.ledger._connection.execute("UPDATE batches SET published_at = NULL")
    for file in house.outbox.rglob("*.csv"):
        file.unlink()
    (again,) = house.batches.publish_recorded()
    assert house.tables() == before
    assert len(again.files) == 2
