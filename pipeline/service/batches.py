"""Readings → a recorded batch → published files → retired originals: each step safe to repeat."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pipeline.errors import Weather
from pipeline.ledger.ledger import Ledger, Original, Stamp
from pipeline.outbox import Outbox
from pipeline.records import Batch, FileReading, Source
from pipeline.service.originals import Originals
from pipeline.sources import printable

LONGEST_DELAY = 60.0
"""Seconds at most between two attempts to move a file."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """A batch, its number in the ledger, and its files in the outbox."""

    number: int
    batch: Batch
    files: tuple[Path, ...]


class Batches:
    """Carries batches through the protocol. What a crash interrupts is completed by
    :meth:`publish_recorded` and :meth:`retire`, from the ledger alone."""

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        originals: Originals,
        stamp: Stamp,
        reporting: bool = False,
        spent: Callable[[str, float], None] = lambda *_: None,
        turn: Callable[[], None] = lambda: None,
        folder: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
    ) -> None:
        """``reporting``: whether somebody is to be told of each batch, see
        :meth:`Ledger.unreported`. ``spent`` hears of the time that each stage takes. ``turn`` is
        called now and then in what may take long. ``folder`` is where in the outbox a batch
        belongs: by default one a day."""
        self._ledger = ledger
        self._outbox = outbox
        self._originals = originals
        self._stamp = stamp
        self._reporting = reporting
        self._spent = spent
        self._folder = folder
        self._turn = turn
        self._stuck: dict[int, tuple[float, float]] = {}

    def complete(
        self,
        files: Iterable[FileReading],
        kind: Literal["arrival", "retry"] = "arrival",
        previous: Mapping[Source, int] | None = None,
    ) -> Published | None:
        """Record, publish and retire ``files`` as one batch; None where none of them is new. The
        arguments are those of :meth:`Ledger.record`."""
        with self._stage("record"):
            number = self._ledger.record(files, self._stamp, self._folder(), kind, previous)
        if number is None:
            return None
        published = self._publish(number)
        self.retire()
        return published

    def decide(self) -> list[Published]:
        """Carry out what people have decided, and publish it."""
        with self._stage("record"):
            numbers = self._ledger.decide(self._folder())
        return [self._publish(number) for number in numbers]

    def publish_recorded(self) -> list[Published]:
        """Publish what was recorded and not published, as far as is known."""
        return [self._publish(number) for number in self._ledger.unpublished()]

    def retire(self) -> None:
        """Bring the originals of published batches to their places. Those that cannot be moved are
        tried again, later each time. Raises :class:`Weather` where none can."""
        with self._stage("retire"):
            now = time.monotonic()
            originals = [
                original
                for original in self._ledger.unretired()
                if self._stuck.get(original.id, (0.0, 0.0))[0] <= now
            ]
            if not originals:
                return
            retirement = self._originals.retire(originals, self._turn)
            self._ledger.retired(retirement.places)
            for number in retirement.places:
                self._stuck.pop(number, None)
            for original in originals:
                if why := retirement.stuck.get(original.id):
                    self._wait(original, why)
            if retirement.weather is not None:
                raise Weather(retirement.weather)

    def next_retirement(self) -> float | None:
        """When, by the monotonic clock, those that could not be moved are to be tried again."""
        return min((due for due, _ in self._stuck.values()), default=None)

    def _wait(self, original: Original, why: str) -> None:
        _, before = self._stuck.get(original.id, (0.0, 0.0))
        if not before:
            name = printable(original.source.name)
            log.warning("%s has its row and cannot be moved: %s; trying again", name, why)
        delay = min(max(1.0, 2 * before), LONGEST_DELAY)
        self._stuck[original.id] = time.monotonic() + delay, delay

    def _publish(self, number: int) -> Published:
        with self._stage("publish"):
            batch = self._ledger.batch(number)
            files = self._outbox.publish(batch)
            self._ledger.published(number, reported=not self._reporting)
        return Published(number, batch, tuple(files))

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._spent(name, time.perf_counter() - begun)
