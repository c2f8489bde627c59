from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine import engine as engine_module
from digitbox.engine.engine import Engine, assemble
from digitbox.engine.observer import Observer, Published
from digitbox.engine.setup import Setup
from digitbox.ledger.ledger import Ledger
from digitbox.records import FileReading, Source, Version
from tests.ledger.arrivals import accepted, sha


class Listener(Observer):
    def __init__(self) -> None:
        self.batches: list[str] = []

    def published(self, published: Published, seconds: float) -> None:
        assert seconds >= 0
        self.batches.append(published.batch.name)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def engine(config: Config, ledger: Ledger, listener: Listener) -> Iterator[Engine]:
    made = assemble(Setup.of(msgspec.structs.replace(config, model="mlp")), ledger, listener)
    yield made
    made.stop()


def drop(config: Config, name: str) -> FileReading:
    """A file in the inbox, and what a worker would say of it."""
    file = config.inbox / name
    file.write_bytes(name.encode())
    source = Source(str(config.inbox), name)
    return FileReading(source, sha(name), (accepted(),), Version.of(file.stat()))


def test_what_a_crash_left_recorded_is_published_and_archived(
    config: Config, engine: Engine, listener: Listener
) -> None:
    file = drop(config, "a.png")
    number = engine.ledger.record([file], engine.setup.provenance, "")
    (published,) = engine.recover()
    assert (published.number, listener.batches) == (number, [published.batch.name])
    assert all(path.is_file() for path in published.files)
    assert not (config.inbox / "a.png").exists()
    assert not engine.recover()


@pytest.mark.parametrize("action", ["move", "keep", "delete"])
def test_what_was_kept_is_moved_once_originals_are_moved(
    config: Config,
    ledger: Ledger,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    action: Literal["move", "keep", "delete"],
) -> None:
    """It is not deleted: that it is kept was said when it was read."""
    monkeypatch.setattr(engine_module, "KEPT_AT_ONCE", 2)
    keep = msgspec.structs.replace(config.originals, action="keep")
    keeping = msgspec.structs.replace(config, model="mlp", originals=keep)
    kept = assemble(Setup.of(keeping), ledger, listener)
    kept.batches.complete([drop(config, f"{number}.png") for number in range(5)])
    assert len(list(config.inbox.iterdir())) == 5
    then = msgspec.structs.replace(config.originals, action=action)
    engine = assemble(
        Setup.of(msgspec.structs.replace(config, model="mlp", originals=then)), ledger, listener
    )
    engine.recover(config.inbox)
    moved = 5 if action == "move" else 0
    assert len(list(config.inbox.iterdir())) == 5 - moved
    assert len(list(config.originals.done.rglob("*.png"))) == moved


def test_claims_on_files_that_are_gone_are_forgotten(config: Config, engine: Engine) -> None:
    sources = [drop(config, name).source for name in ("there.png", "gone.png")]
    engine.ledger.claim(sources)
    (config.inbox / "gone.png").unlink()
    engine.recover()
    assert list(engine.ledger.claims()) == [sources[0]]


def test_an_inbox_that_was_moved_is_found_in_its_new_place(config: Config, engine: Engine) -> None:
    file = drop(config, "a.png")
    engine.ledger.record([file], engine.setup.provenance, "")
    moved = config.inbox.rename(config.inbox.with_name("moved"))
    (published,) = engine.recover(moved)
    assert published.batch.rows[0].source.root == str(config.inbox)  # its bytes are what they were
    assert not (moved / "a.png").exists()


def test_what_is_read_in_place_stays_there_and_has_no_folder_for_the_day(
    config: Config, ledger: Ledger, listener: Listener, tmp_path: Path
) -> None:
    setup = Setup.of(msgspec.structs.replace(config, model="mlp"))
    engine = assemble(setup, ledger, listener, in_place=True)
    published = engine.batches.complete([drop(config, "a.png")])
    assert published is not None
    assert {path.parent for path in published.files} == {tmp_path / "outbox"}
    assert (config.inbox / "a.png").exists()
