"""A one-shot run that can be interrupted: paths → rows, with a ledger of its own to go on from."""

import hashlib
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from pipeline.config import Config, OriginalsConfig
from pipeline.errors import ConfigError
from pipeline.ledger.known import Known
from pipeline.ledger.ledger import Ledger
from pipeline.outbox import Outbox
from pipeline.recognition.card import read_card
from pipeline.records import FileReading, Source, Version
from pipeline.registry import pinned, used
from pipeline.service.batches import Batches, Published
from pipeline.service.mounts import is_network
from pipeline.service.originals import Originals
from pipeline.service.parts import stamp_of
from pipeline.service.state import LOCAL_DISK, State
from pipeline.service.sweep import Sweep, Verdict
from pipeline.sources import Sources
from pipeline.workers import Workers

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

    def ready(self) -> Iterator[Source]:
        while part := list(itertools.islice(self._walk, AT_ONCE)):
            standing = self._ledger.standing(part)
            for source in part:
                record = standing.get(source)
                if record is not None and record.version in (None, _version(source)):
                    self.known += 1
                elif source not in self._taken:
                    self._taken.add(source)
                    yield source

    def judge(self, file: FileReading) -> Verdict:
        self._read(file)
        return Verdict.RECORD

    def done(self, source: Source) -> None:
        self._taken.discard(source)

    def taken(self) -> list[Source]:
        return list(self._taken)

    def let_go(self) -> None:
        self._taken.clear()


def resume(
    config: Config,
    paths: Sequence[Path],
    sources: Sources,
    read: Callable[[FileReading], None],
    published: Callable[[Published, float], None],
    is_stopped: Callable[[], bool],
) -> int:
    """Read what ``sources`` finds below ``paths`` and is not read yet, and publish it. Returns how
    many files were known from earlier runs of the same paths. Files stay where they are."""
    folder = state_folder(config, paths)
    if is_network(config.state):
        raise ConfigError(f"`state`: {config.state} lies on a network file system. {LOCAL_DISK}")
    rows = config.batch.rows
    batch = msgspec.structs.replace(config.batch, size=rows, seconds=BATCH_SECONDS)
    config = pinned(msgspec.structs.replace(config, batch=batch))
    stamp = stamp_of(config, read_card(used(config)))
    outbox = Outbox(config.outbox, config.formats)
    with State(folder, "batch --resume") as state:
        ledger = Ledger(folder, suspicious=not state.was_clean, expected=state.was_used)
        try:
            originals = Originals(OriginalsConfig(action="keep"))
            batches = Batches(ledger, outbox, originals, stamp, folder=lambda: "")
            for again in batches.publish_recorded():
                published(again, 0.0)
            batches.retire()
            arrivals = Paths(sources, ledger, read)
            with Workers(config, Known(folder, stamp.fingerprint)) as workers:
                sweep = Sweep(config, ledger, arrivals, workers, batches, published)
                sweep.gather()
                sweep.run(is_stopped, lambda: state.beat(state="reading"), lambda: float("inf"))
                sweep.drop()
            state.beat(now=True, state="stopped")
        finally:
            ledger.close()
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
