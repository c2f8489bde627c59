"""One-shot reading: sources → workers → rows → outbox, then the end. Keeps no state."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from digitbox.errors import OutboxError
from digitbox.output.attention import is_open
from digitbox.output.numbering import Numbering
from digitbox.output.outbox import Outbox
from digitbox.output.uniqueness import compared
from digitbox.pool.pool import Pool
from digitbox.records import Batch, FileReading, FormFields, Reason, Row, Source, Status

SHOWN = 20
"""So many pages are answered on a line of their own; a run with more has its files for that."""


@dataclass
class Summary:
    """What a run has published so far: rows of each status, from so many ``pages``. ``first`` are
    the rows of its first pages, one more than are shown; of ``to_look_at`` pages a person should
    look at, and ``look_at`` are the rows for that of the first ones, as many as are shown."""

    statuses: Counter[Status] = field(default_factory=Counter)
    pages: int = 0
    files: list[Path] = field(default_factory=list)
    first: list[Row] = field(default_factory=list)
    lacks_formats: bool = False
    """Whether a page was not read for want of the extra for PDF and HEIC."""
    to_look_at: int = 0
    look_at: list[Row] = field(default_factory=list)

    def add(self, rows: Sequence[Row], files: Iterable[Path]) -> None:
        """Add a batch that was published in ``files``."""
        self.files.extend(files)
        self.statuses.update(row.reading.status for row in rows)
        self.pages += len({page(row) for row in rows})
        pages = {page(row) for row in self.first}
        for row in rows:
            if len(pages) > SHOWN:
                break
            pages.add(page(row))
            self.first.append(row)
        self.lacks_formats |= any(
            row.reading.reason is Reason.FORMATS_EXTRA_MISSING for row in rows
        )
        doubted = [row for row in rows if is_open(row)]
        named = {page(row) for row in self.look_at}
        for row in doubted:
            if page(row) in named or len(named) < SHOWN:
                named.add(page(row))
                self.look_at.append(row)
        self.to_look_at += len({page(row) for row in doubted})


class Run:
    """One run's way from readings to published batches, under a name that no other run has."""

    def __init__(
        self, outbox: Outbox, model: str, rows: int, forms: tuple[FormFields, ...] = ()
    ) -> None:
        """``rows`` is the number of rows in a batch, about, ``model`` the label that they carry,
        and ``forms`` are those that pages may be of."""
        self.summary = Summary()
        self._outbox = outbox
        self._model = model
        self._rows = rows
        self._forms = forms
        self._numbering = Numbering()
        self._batches = 0

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
                pending.extend(self._numbering.rows_of(file, self._model))
                while len(pending) >= self._rows:
                    size = _whole(pending, self._rows)
                    full, pending = pending[:size], pending[size:]
                    self._publish(full)
                if stopped():
                    break
        except OutboxError:
            raise
        except Exception:
            self._publish(pending)
            raise
        self._publish(pending)

    def _publish(self, rows: list[Row]) -> None:
        """Publish ``rows``, which come in the order in which they got done, in that of their
        names. None make no batch."""
        if not rows:
            return
        rows.sort(key=lambda row: (row.source.root, row.source.name, row.reading.page))
        readings = compared([row.reading for row in rows], self._forms)
        rows = [replace(row, reading=one) for row, one in zip(rows, readings, strict=True)]
        self._batches += 1
        names = {row.reading.form for row in rows}
        forms = tuple(form for form in self._forms if form.form in names)
        name = f"{self._numbering.name}-{self._batches:04d}"
        batch = Batch(name, self._model, tuple(rows), forms=forms)
        self.summary.add(rows, self._outbox.publish(batch))


def _whole(rows: Sequence[Row], size: int) -> int:
    """``size``, or so many more that no page is divided between two batches."""
    while size < len(rows) and page(rows[size]) == page(rows[size - 1]):
        size += 1
    return size


def page(row: Row) -> tuple[Source, int]:
    """What tells the page of ``row`` from others."""
    return row.source, row.reading.page
