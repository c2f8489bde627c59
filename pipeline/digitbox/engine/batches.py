"""Readings → a recorded batch → published files → archived originals: each step safe to repeat."""

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from digitbox.engine.archive import Archive
from digitbox.engine.backoff import next_delay
from digitbox.engine.observer import Observer, Published
from digitbox.engine.renames import Renames
from digitbox.errors import TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.rechecks import Judge
from digitbox.ledger.values import Original, Provenance
from digitbox.output.outbox import Outbox
from digitbox.output.uniqueness import compared
from digitbox.records import FileReading, FormFields, Source
from digitbox.storage.names import printable

log = logging.getLogger(__name__)


class Batches:
    """Carries batches through the protocol. What a crash interrupts is completed by
    :meth:`publish_recorded` and :meth:`archive`, from the ledger alone."""

    def __init__(
        self,
        ledger: Ledger,
        outbox: Outbox,
        archive: Archive,
        provenance: Provenance,
        judge: Judge,
        observer: Observer | None = None,
        reporting: bool = False,
        folder: Callable[[], str] = lambda: datetime.now(UTC).date().isoformat(),
        renames: Renames | None = None,
    ) -> None:
        """``reporting``: whether somebody is to be told of each batch, see
        :meth:`Ledger.unreported`. ``folder`` is where in the outbox a batch belongs: by default one
        a day. ``renames`` knows files again that were renamed after they were read; without it,
        each name is a file."""
        self._ledger = ledger
        self._outbox = outbox
        self._archive = archive
        self._provenance = provenance
        self._judge = judge
        self._observer = observer or Observer()
        self._reporting = reporting
        self._folder = folder
        self._renames = renames
        self._stuck: dict[int, tuple[float, float]] = {}

    def complete(
        self,
        files: Iterable[FileReading],
        kind: Literal["arrival", "retry"] = "arrival",
        previous: Mapping[Source, int] | None = None,
        begun: float | None = None,
    ) -> Published | None:
        """Record, publish and archive ``files`` as one batch; None where none of them is new. The
        arguments are those of :meth:`Ledger.record`; ``begun`` is when the first of them was read,
        by the monotonic clock."""
        whole = _compared(files, self._provenance.forms)
        new = whole
        with self._stage("record"):
            if self._renames is not None and kind == "arrival":
                new = self._renames.settle(whole)
            number = self._ledger.record(new, self._provenance, self._folder(), kind, previous)
        if number is None:
            if len(new) < len(whole):
                self.archive()
            return None
        published = self._publish(number, begun)
        self.archive()
        return published

    def decide(self) -> list[Published]:
        """Carry out what people have decided, and publish it."""
        with self._stage("record"):
            numbers = self._ledger.decide(self._folder(), self._judge)
        return [self._publish(number) for number in numbers]

    def rematch(self, form: str, after: int, limit: int) -> tuple[int, list[Published]]:
        """Weigh pages of ``form`` anew, see :meth:`Ledger.rematch`, and publish what comes of
        it."""
        with self._stage("record"):
            last, numbers = self._ledger.rematch(form, after, limit, self._folder(), self._judge)
        return last, [self._publish(number) for number in numbers]

    def publish_recorded(self) -> list[Published]:
        """Publish what was recorded and not published, as far as is known."""
        return [self._publish(number) for number in self._ledger.unpublished()]

    def archive(self) -> None:
        """Bring the originals of published batches to their places. Those that cannot be moved are
        tried again, later each time. Raises :class:`TransientError` where none can."""
        with self._stage("retire"):
            now = time.monotonic()
            originals = [
                original
                for original in self._ledger.unarchived()
                if self._stuck.get(original.id, (0.0, 0.0))[0] <= now
            ]
            if not originals:
                return
            stored = self._archive.store(originals, self._observer.turn)
            self._ledger.archived(stored.places)
            for number in stored.places:
                self._stuck.pop(number, None)
            for original in originals:
                if why := stored.stuck.get(original.id):
                    self._wait(original, why)
            if stored.outage is not None:
                raise TransientError(stored.outage)

    def next_archiving(self) -> float | None:
        """When, by the monotonic clock, those that could not be moved are to be tried again."""
        return min((due for due, _ in self._stuck.values()), default=None)

    def _wait(self, original: Original, why: str) -> None:
        _, before = self._stuck.get(original.id, (0.0, 0.0))
        if not before:
            name = printable(original.source.name)
            log.warning("%s has its row and cannot be moved: %s; trying again", name, why)
        delay = next_delay(before)
        self._stuck[original.id] = time.monotonic() + delay, delay

    def _publish(self, number: int, begun: float | None = None) -> Published:
        with self._stage("publish"):
            batch = self._ledger.batch(number)
            self._ledger.mark(number)
            files = self._outbox.publish(batch)
            self._ledger.published(number, reported=not self._reporting)
        published = Published(number, batch, tuple(files))
        self._observer.published(published, time.monotonic() - begun if begun else 0.0)
        return published

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._observer.spent(name, time.perf_counter() - begun)


def _compared(files: Iterable[FileReading], forms: Sequence[FormFields]) -> list[FileReading]:
    """``files`` with their readings compared with each other, see :func:`compared`."""
    whole = list(files)
    readings = iter(compared([one for file in whole for one in file.readings], forms))
    return [
        replace(file, readings=tuple(itertools.islice(readings, len(file.readings))))
        for file in whole
    ]
