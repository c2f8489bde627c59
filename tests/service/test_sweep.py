from collections.abc import Callable
from pathlib import Path

import pytest

from digitbox.config import Config, load
from digitbox.engine.observer import Published
from digitbox.engine.state import read_heartbeat
from digitbox.engine.stream import CLAIMED_AT_ONCE
from digitbox.errors import LockError, TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.service.sweep import Sweep
from digitbox.signals import Flags
from tests.endurance.harness import image
from tests.pages import encoded, sheet


def configured(**settings: object) -> Config:
    quick = {"model": "mlp", "workers": 1, "watch.settle": 0, "watch.patience": 0}
    return load(options=quick | settings).absolute()


def fill(folder: Path, *names: str) -> None:
    folder.mkdir(exist_ok=True)
    for number, name in enumerate(names):
        (folder / name).write_bytes(encoded(sheet(number % 10, 200 + number)))


class Listener:
    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        self.batches: list[list[str]] = []
        self._act = act

    def __call__(self, published: Published, seconds: float) -> None:
        assert seconds > 0
        self.batches.append([row.source.name for row in published.batch.rows])
        self._act()


def test_what_lies_in_the_inbox_is_read_and_then_it_ends() -> None:
    config, listener = configured(), Listener()
    fill(config.inbox, "a.png", "b.png", ".hidden")
    sweep = Sweep(config, Flags(), listener)
    sweep.run()
    assert sorted(name for names in listener.batches for name in names) == ["a.png", "b.png"]
    assert (sweep.left, sweep.skipped) == (0, {"unfinished": 1})
    assert sorted(path.name for path in config.inbox.iterdir()) == [".hidden"]
    heartbeat = read_heartbeat(config.state)
    assert heartbeat is not None
    assert (heartbeat.state, heartbeat.command) == ("stopped", "sweep")
    assert heartbeat.skipped == {"unfinished": 1}  # of the last scan, however short the run was


def test_an_empty_inbox_ends_it_at_once() -> None:
    listener = Listener()
    sweep = Sweep(configured(), Flags(), listener)
    sweep.run()
    assert (listener.batches, sweep.left, sweep.skipped) == ([], 0, {})


def test_what_comes_while_it_reads_is_read_too() -> None:
    config = configured(**{"batch.size": 1})
    fill(config.inbox, "a.png")

    def bring() -> None:
        if len(listener.batches) == 1:
            (config.inbox / "late.png").write_bytes(encoded(sheet(3, 900)))

    listener = Listener(bring)
    sweep = Sweep(config, Flags(), listener)
    sweep.run()
    # A sweep walks the inbox once: what came behind its back is for the next one, and counted.
    read = {name for names in listener.batches for name in names}
    left = {path.name for path in config.inbox.iterdir()}
    assert read | left == {"a.png", "late.png"}
    assert not read & left


def test_a_signal_ends_it_with_what_was_begun() -> None:
    config, flags = configured(**{"batch.size": 1, "batch.chunk": 1}), Flags()
    names = [f"{number:03}.png" for number in range(4 * CLAIMED_AT_ONCE)]
    config.inbox.mkdir()
    for number, name in enumerate(names):
        (config.inbox / name).write_bytes(image(number))

    def stop() -> None:
        flags.stop = 15

    listener = Listener(stop)
    Sweep(config, flags, listener).run()
    read = {name for batch in listener.batches for name in batch}
    left = {path.name for path in config.inbox.iterdir()}
    assert 0 < len(read) < len(names)
    assert (read | left, read & left) == (set(names), set())
    ledger = Ledger(config.state)
    assert not ledger.claims()
    ledger.close()


def test_an_outbox_that_cannot_be_written_is_raised_and_told() -> None:
    config = configured()
    fill(config.inbox, "a.png")

    def block() -> None:
        raise TransientError("no room is left")

    with pytest.raises(TransientError, match="no room"):
        Sweep(config, Flags(), Listener(block)).run()
    heartbeat = read_heartbeat(config.state)
    assert heartbeat is not None
    assert (heartbeat.state == "stopped", heartbeat.last_error) == (False, "no room is left")
    listener = Listener()
    Sweep(config, Flags(), listener).run()
    assert not listener.batches  # its row was published before
    assert not list(config.inbox.iterdir())


def test_two_at_a_time_are_refused() -> None:
    config = configured()
    fill(config.inbox, "a.png")
    refused = []

    def again() -> None:
        try:
            Sweep(config, Flags(), Listener()).run()
        except LockError as error:
            refused.append(str(error))

    Sweep(config, Flags(), Listener(again)).run()
    assert len(refused) == 1
    assert "digitbox sweep" in refused[0]
