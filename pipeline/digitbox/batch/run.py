"""One-shot reading: sources → workers → rows → outbox, then the end. Keeps no state."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from digitbox.errors import OutboxError
from digitbox.output.outbox import Outbox
from digitbox.pool.pool import Pool
from digitbox.records import Batch, FileReading, Row, Source, Status

SHOWN = 20
"""So many rows are answered on a line of their own; a run with more has its files for that."""


@dataclass
class Summary:
    """What a run has published so far; ``first`` are its first rows, one more than are shown."""

    statuses: Counter[Status] = field(default_factory=Counter)
    files: list[Path] = field(default_factory=list)
    first: list[Row] = field(default_factory=list)

    def add(self, rows: Sequence[Row], files: Iterable[Path]) -> None:
        """Add a batch that was published in ``files``."""
        self.files.extend(files)
        self.statuses.update(row.reading.status for row in rows)
        self.first.extend(rows[: SHOWN + 1 - len(self.first)])


class Run:
    """One run's way from readings to published batches, under a name that no other run has."""

    def __init__(self, outbox: Outbox, model: str, rows: int) -> None:
        """``rows`` is the number of rows in a batch, ``model`` the label that they carry."""
        self.summary = Summary()
        self._outbox = outbox
        self._model = model
        self._rows = rows
        self._name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:12]}"
        self._batches = 0
        self._numbered = 0

    def read(
        self,
        sources: Iterable[Source],
        pool: Pool,
        progress: Callable[[FileReading], None],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Read ``sources``, tell ``progress`` of each file, and publish a batch whenever it is full
        and at the end. The end comes early, with what was read by then, once ``stopped`` says so,
        or where reading fails."""
        pending: list[Row] = []
        try:
            for file in pool.read(sources):
                progress(file)
                pending.extend(self._rows_of(file))
                while len(pending) >= self._rows:
                    full, pending = pending[: self._rows], pending[self._rows :]
                    self._publish(full)
                if stopped():
                    break
        except OutboxError:
            raise
        except Exception:
            self._publish(pending)
            raise
        self._publish(pending)

    def _rows_of(self, file: FileReading) -> Iterator[Row]:
        read_at = datetime.now(UTC)
        for reading in file.readings:
            self._numbered += 1
            row_id = f"{self._name}-{self._numbered:06d}"
            yield Row(row_id, file.source, reading, file.sha256, self._model, read_at)

    def _publish(self, rows: list[Row]) -> None:
        """Publish ``rows``, which come in the order in which they got done, in that of their
        names. None make no batch."""
        if not rows:
            return
        rows.sort(key=lambda row: (row.source.root, row.source.name, row.reading.page))
        self._batches += 1
        batch = Batch(f"{self._name}-{self._batches:04d}", self._model, tuple(rows))
        self.summary.add(rows, self._outbox.publish(batch))
