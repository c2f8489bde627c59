import shutil
from pathlib import Path

import pytest

from digitbox.config import OriginalsConfig
from digitbox.engine.archive import Archive
from digitbox.engine.batches import Batches
from digitbox.errors import TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Provenance
from digitbox.output.outbox import Outbox
from digitbox.records import FileReading, Reading, Source, Status, Version


class Harness:
    def __init__(self, folder: Path) -> None:
        self.inbox = folder / "inbox"
        self.done = folder / "done"
        self.outbox = folder / "outbox"
        self.state = folder / "state"
        for made in (self.inbox, self.state):
            made.mkdir()
        self.originals = Archive(OriginalsConfig(done=self.done, failed=folder / "failed"))
        self.start()

    def start(self) -> None:
        self.ledger = Ledger(self.state)
        outbox = Outbox(self.outbox, ["csv", "json"])
        self.batches = Batches(self.ledger, outbox, self.originals, Provenance("m", "f"), list)

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
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path)


def test_a_batch_is_recorded_published_and_archived(harness: Harness) -> None:
    published = harness.batches.complete([harness.read("a"), harness.read("sub/b")])
    assert published is not None
    assert [row.source.name for row in published.batch.rows] == ["a", "sub/b"]
    assert [file.exists() for file in published.files] == [True, True]
    assert (harness.done / published.batch.name / "sub" / "b").exists()
    assert not harness.ledger.unpublished()
    assert not harness.ledger.unarchived()


def test_a_file_that_cannot_be_moved_keeps_no_other(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = harness.done / f"{harness.ledger.tag}-00000001" / "sub"
    blocked.parent.mkdir(parents=True)
    blocked.symlink_to(blocked.name)  # nobody can say what that is
    harness.batches.complete([harness.read("a"), harness.read("sub/b"), harness.read("c")])
    assert sorted(path.name for path in harness.inbox.rglob("*") if path.is_file()) == ["b"]
    assert "sub/b has its row and cannot be moved" in caplog.text
    assert harness.batches.next_archiving() is not None
    harness.batches.complete([harness.read("d")])  # it is not tried with every batch
    assert caplog.text.count("cannot be moved") == 1
    blocked.unlink()
    harness.ledger.close()
    harness.start()
    harness.batches.archive()
    assert (blocked / "b").exists()


def test_an_inbox_that_is_away_is_a_transient_error(harness: Harness) -> None:
    file = harness.read("a")
    shutil.move(harness.inbox, harness.inbox.with_name("away"))
    with pytest.raises(TransientError):
        harness.batches.complete([file])
    assert len(harness.ledger.unarchived()) == 1
    shutil.move(harness.inbox.with_name("away"), harness.inbox)
    harness.batches.archive()
    assert not harness.ledger.unarchived()
    assert not list(harness.inbox.iterdir())


def test_what_is_published_again_is_the_same_byte_for_byte(harness: Harness) -> None:
    harness.batches.complete([harness.read("a"), harness.read("b")])
    before = harness.tables()
    harness.ledger._connection.execute("UPDATE batches SET published_at = NULL")
    for file in harness.outbox.rglob("*.csv"):
        file.unlink()
    (again,) = harness.batches.publish_recorded()
    assert harness.tables() == before
    assert len(again.files) == 2
