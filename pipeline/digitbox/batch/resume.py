"""A one-shot run that can be interrupted: paths → rows, with a ledger of its own to go on from."""

import hashlib
import itertools
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from digitbox.config import Config
from digitbox.engine.engine import assemble
from digitbox.engine.observer import Observer, Published
from digitbox.engine.setup import Setup
from digitbox.engine.state import LOCAL_DISK, State
from digitbox.engine.stream import Verdict
from digitbox.errors import ConfigError
from digitbox.ledger.ledger import Ledger
from digitbox.records import FileReading, Source, Version
from digitbox.storage.mounts import is_network
from digitbox.storage.walk import Sources

AT_ONCE = 200

BATCH_SECONDS = 60.0
"""What an interruption costs at most: readings older than this are published."""


class Paths:
    """The files below some paths, each once: those that the ledger has a record of are left out,
    unless they have changed since."""

    def __init__(
        self, sources: Sources, ledger: Ledger, read: Callable[[FileReading], None]
    ) -> None:
        """``read`` hears of each file that was read."""
        self._walk = iter(sources)
        self._ledger = ledger
        self._read = read
        self._taken: set[Source] = set()
        self.known = 0
        """How many files have their rows from earlier runs."""

    def ready(self, most: int) -> list[Source]:
        found: list[Source] = []
        while len(found) < most:
            part = list(itertools.islice(self._walk, min(AT_ONCE, most - len(found))))
            if not part:
                break
            records = self._ledger.records(part)
            for source in part:
                record = records.get(source)
                if record is not None and record.version in (None, _version(source)):
                    self.known += 1
                elif source not in self._taken:
                    self._taken.add(source)
                    found.append(source)
        return found

    def acknowledge(self, file: FileReading) -> Verdict:
        self._read(file)
        return Verdict.RECORD

    def done(self, source: Source) -> None:
        self._taken.discard(source)

    def in_flight(self) -> list[Source]:
        return list(self._taken)

    def release(self) -> None:
        self._taken.clear()


class _Watcher(Observer):
    def __init__(self, state: State, published: Callable[[Published], None]) -> None:
        self._state = state
        self._published = published

    def published(self, published: Published, seconds: float) -> None:  # noqa: ARG002
        self._published(published)

    def turn(self) -> None:
        self._state.beat(state="reading")


def resume(
    config: Config,
    paths: Sequence[Path],
    sources: Sources,
    read: Callable[[FileReading], None],
    published: Callable[[Published], None],
    is_stopped: Callable[[], bool],
) -> int:
    """Read what ``sources`` finds below ``paths`` and is not read yet, and publish it. Returns how
    many files were known from earlier runs of the same paths. Files stay where they are."""
    if is_network(config.state):
        raise ConfigError(f"`state`: {config.state} lies on a network file system. {LOCAL_DISK}")
    batch = msgspec.structs.replace(config.batch, size=config.batch.rows, seconds=BATCH_SECONDS)
    setup = Setup.of(msgspec.structs.replace(config, batch=batch))
    with State(state_folder(config, paths), "batch --resume") as state:
        observer = _Watcher(state, published)
        engine = assemble(setup, state.ledger, observer, in_place=True)
        try:
            engine.recover()
            arrivals = Paths(sources, engine.ledger, read)
            stream = engine.stream(arrivals)
            stream.run(is_stopped, observer.turn, lambda: float("inf"))
            stream.drop()
        finally:
            engine.stop()
    return arrivals.known


def roots(paths: Sequence[Path]) -> list[Path]:
    """``paths`` as the ledger knows them, however they were spelled: none of them a link or below
    another one. A link to a file keeps its name."""
    real = {
        path.resolve() if path.is_dir() else path.parent.resolve() / path.name for path in paths
    }
    return sorted(path for path in real if real.isdisjoint(path.parents))


def state_folder(config: Config, paths: Sequence[Path]) -> Path:
    """Where the ledger of a run over ``paths`` lies: the same for the same paths."""
    names = (os.fsencode(path) for path in roots(paths))
    digest = hashlib.sha256(b"\0".join(names)).hexdigest()
    return config.state / "runs" / digest[:16]


def _version(source: Source) -> Version | None:
    try:
        return Version.of(Path(source.root, source.name).stat())
    except OSError:
        return None
