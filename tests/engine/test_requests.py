from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine.engine import Engine, assemble
from digitbox.engine.observer import Observer, Published
from digitbox.engine.requests import RETRY, answer
from digitbox.engine.setup import Setup
from digitbox.ledger.decision import Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.records import FileReading, Reason, Row, Source, Version
from tests.ledger.arrivals import doubted, sha
from tests.pages import encoded, sheet


class Listener(Observer):
    def __init__(self) -> None:
        self.rows: list[Row] = []

    def published(self, published: Published, seconds: float) -> None:
        assert seconds == 0.0
        self.rows.extend(published.batch.rows)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def engine(config: Config, ledger: Ledger, listener: Listener) -> Iterator[Engine]:
    settings = msgspec.structs.replace(config, model="mlp", workers=1)
    made = assemble(Setup.of(settings), ledger, listener)
    yield made
    made.stop()


@pytest.fixture
def files(config: Config, engine: Engine, listener: Listener) -> list[int]:
    """The records of three files that came, unsure, through the inbox."""
    read = []
    for value in (1, 2, 3):
        file = config.inbox / f"{value}.png"
        file.write_bytes(encoded(sheet(value)))
        source = Source(str(config.inbox), file.name)
        version = Version.of(file.stat())
        read.append(FileReading(source, sha(str(value)), (doubted(1, "9"),), version))
    engine.batches.complete(read)
    listener.rows.clear()
    with History(engine.ledger.folder) as history:
        return [found[0].file for found in history.named(["1.png", "2.png", "3.png"]).values()]


def test_files_are_read_again_and_their_rows_replace_those_before(
    engine: Engine, listener: Listener, files: list[int]
) -> None:
    engine.ledger.request(RETRY, files[:2])
    answer(engine, listener, lambda: False)
    found = {row.source.name: row for row in listener.rows}
    assert {name: row.reading.value for name, row in found.items()} == {"1.png": "1", "2.png": "2"}
    assert all(row.replaces for row in found.values())
    assert not engine.ledger.requests()


def test_what_is_stopped_is_gone_on_with(
    engine: Engine, listener: Listener, files: list[int]
) -> None:
    engine.ledger.request(RETRY, files)
    answer(engine, listener, lambda: True)
    assert not listener.rows
    assert len(engine.ledger.requests()) == 1
    answer(engine, listener, lambda: False)
    assert len(listener.rows) == 3
    assert not engine.ledger.requests()


def test_an_original_that_is_gone_costs_no_other_its_turn(
    config: Config, engine: Engine, listener: Listener, files: list[int]
) -> None:
    (gone,) = Path(config.originals.done).rglob("2.png")
    gone.unlink()
    engine.ledger.request(RETRY, files)
    answer(engine, listener, lambda: False)
    assert sorted(row.source.name for row in listener.rows) == ["1.png", "3.png"]
    assert not engine.ledger.requests()


def test_decisions_come_first_and_start_no_process(
    engine: Engine, listener: Listener, files: list[int]
) -> None:
    assert files
    with History(engine.ledger.folder) as history:
        number, _ = history.to_review((-1.0, 0), 1)[0]
    engine.ledger.request(REVIEW, Decision(number, "4", "Ada"))
    answer(engine, listener, lambda: False)
    (row,) = listener.rows
    assert (row.reading.value, row.reading.reason) == ("4", Reason.REVIEWED)
    assert engine.pool._pool is None
