"""The ledger → what was read so far: for people, exports and further readings. Reads only."""

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digitbox.ledger import originals, search, spots
from digitbox.ledger.database import FILE, connect_reading, empty, reporting
from digitbox.ledger.originals import LIES, FieldRow, Lying, Shown
from digitbox.ledger.pending import (
    LATEST,
    OPEN,
    REPLACING,
    ROWS,
    START,
    UNDECIDED,
    Kind,
    left,
    pending,
)
from digitbox.ledger.rows import COLUMNS, key, to_row
from digitbox.ledger.search import Found, Place, Search
from digitbox.ledger.spots import SpotCheck
from digitbox.ledger.truths import Truth, Verified, truths, verified
from digitbox.records import KeptFrames, Reading, Row, Source, Status
from digitbox.storage.names import spells

RATE_SECONDS = 60
"""The rate is that of the last minute."""

_TO_REVIEW = f"{ROWS} WHERE {OPEN}"


def _spells(given: bytes, name: bytes) -> bool:
    return spells(os.fsdecode(given), os.fsdecode(name))


class History:
    """The ledger in ``folder``. Use it as a context manager. Where there is no ledger yet, nothing
    was read. Every method may raise :class:`TransientError` or :class:`LedgerError`."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._connection = connect_reading(folder) or empty()
        with reporting(self._file):
            self._connection.create_function("spells", 2, _spells, deterministic=True)
            search.prepare(self._connection)
            uuid = self._connection.execute("SELECT uuid FROM ledger").fetchone()
        self.tag: str = uuid[0].replace("-", "")[:12] if uuid else ""

    def __enter__(self) -> "History":
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def today(self) -> Counter[Status]:
        """How many rows there are of each status since midnight, UTC."""
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0)
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT status, COUNT(*) FROM readings JOIN batches ON batches.id = batch "
                "WHERE recorded_at >= ? GROUP BY status",
                (midnight.isoformat(timespec="seconds"),),
            ).fetchall()
        return Counter({Status(status): number for status, number in found})

    def rate(self) -> float:
        """Rows a second, over the last minute."""
        since = datetime.now(UTC) - timedelta(seconds=RATE_SECONDS)
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT COUNT(*) FROM readings JOIN batches ON batches.id = batch "
                "WHERE recorded_at >= ?",
                (since.isoformat(timespec="seconds"),),
            ).fetchone()
        return int(found[0]) / RATE_SECONDS

    def stands(self, source: Source) -> bool:
        """Whether a file at that name has its row already and is left in its place."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT 1 FROM files WHERE (place IS NULL OR place IN ('inbox', 'gone')) "
                "AND (root, name) = (?, ?) AND place = 'inbox'",
                key(source),
            ).fetchone()
        return found is not None

    def rows(self, since: datetime | None = None, superseded: bool = False) -> Iterator[Row]:
        """The rows recorded ``since`` then, the oldest first; of each page the latest only, unless
        ``superseded`` ones are wanted, too."""
        conditions = ["batches.recorded_at >= ?"] + ([] if superseded else [LATEST])
        start = since.astimezone(UTC).isoformat(timespec="seconds") if since else ""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT batches.model, {COLUMNS} FROM batches "
                "JOIN readings ON readings.batch = batches.id "
                "JOIN files ON files.id = readings.file "
                f"WHERE {' AND '.join(conditions)} ORDER BY readings.id",
                (start,),
            )
            for model, *columns in found:
                yield to_row(columns, self.tag, model)

    def to_review(
        self, after: tuple[float, int] = (-1.0, 0), limit: int = 20
    ) -> list[tuple[int, Row]]:
        """What a person should look at, by number, the least certain first: those that come
        ``after`` a confidence and a number. Left out is what somebody has just decided about."""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT batches.model, {COLUMNS} FROM {_TO_REVIEW} "
                "AND (readings.confidence, readings.id) > (?, ?) "
                "ORDER BY readings.confidence, readings.id LIMIT ?",
                (*after, limit),
            ).fetchall()
        return [(columns[0], to_row(columns, self.tag, model)) for model, *columns in found]

    def pending(
        self, kind: Kind | None = None, after: tuple[int, float, int] = START, limit: int = 20
    ) -> list[tuple[int, Kind, Row]]:
        """What needs a person, see :func:`pending`."""
        with reporting(self._file):
            return pending(self._connection, self.tag, kind, after, limit)

    def left(self) -> dict[Kind, int]:
        """How much there is for :meth:`pending`, by kind."""
        with reporting(self._file):
            return left(self._connection)

    def found(self, wanted: Search, after: Place | None = None, limit: int = 100) -> list[Found]:
        """The current readings that are ``wanted``, see :func:`search.found`."""
        with reporting(self._file):
            return search.found(self._connection, self.tag, wanted, after, limit)

    def current(self, reading: int) -> tuple[int, Row] | None:
        """The latest row of the page or field that a reading is of, with its number; None where
        there is no such reading, or where somebody has just decided about it."""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT batches.model, {COLUMNS} FROM {ROWS} WHERE {UNDECIDED} "
                f"AND readings.id IN {REPLACING}",
                (reading,),
            ).fetchone()
        return (found[1], to_row(found[1:], self.tag, found[0])) if found else None

    def spot_checks(self) -> list[SpotCheck]:
        """All of them, the newest first."""
        with reporting(self._file):
            return spots.spot_checks(self._connection)

    def spot_left(self, spot_check: int) -> list[tuple[int, Row]]:
        """What is left of a spot check, see :func:`spots.left_of`."""
        with reporting(self._file):
            return spots.left_of(self._connection, self.tag, spot_check)

    def recent(self, after: int = 0, limit: int = 20) -> list[tuple[int, Row]]:
        """The newest rows with a number above ``after``, by number, the newest first."""
        return self._numbered("readings.id > ?", after, limit)

    def failures(self, limit: int = 20) -> list[tuple[int, Row]]:
        """The newest pages that could not be read, by number, the newest first."""
        return self._numbered(f"readings.status = ? AND {LATEST}", Status.FAILED.value, limit)

    def file(self, reading: int) -> int | None:
        """The record of the file that a reading is of."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT file FROM readings WHERE id = ?", (reading,)
            ).fetchone()
        return found[0] if found else None

    def _numbered(self, condition: str, value: object, limit: int) -> list[tuple[int, Row]]:
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT batches.model, {COLUMNS} FROM readings "
                "JOIN batches ON batches.id = readings.batch "
                "JOIN files ON files.id = readings.file "
                f"WHERE batches.published_at IS NOT NULL AND {condition} "
                "ORDER BY readings.id DESC LIMIT ?",
                (value, limit),
            ).fetchall()
        return [(columns[0], to_row(columns, self.tag, model)) for model, *columns in found]

    def verified(self) -> list[Verified]:
        """What people decided and let stand about pages with one candidate or one number."""
        with reporting(self._file):
            return verified(self._connection)

    def truths(self) -> list[Truth]:
        """The same of pages with one candidate by content, each once, with the last word on it."""
        with reporting(self._file):
            return truths(self._connection)

    def frames(self, reading: int) -> KeptFrames | None:
        """What the network saw of that page, or of the same page of the same content, if kept."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT preprocessing, pixels FROM readings AS this "
                "JOIN files AS its ON its.id = this.file "
                "JOIN readings AS twin ON twin.page = this.page AND twin.file IN (SELECT its.id "
                "UNION ALL SELECT id FROM files WHERE sha256 = its.sha256 AND reusable) "
                "JOIN frames ON frames.reading = twin.id "
                "WHERE this.id = ? ORDER BY twin.id DESC LIMIT 1",
                (reading,),
            ).fetchone()
        return KeptFrames(found[0], zlib.decompress(found[1])) if found else None

    def left_to_review(self) -> int:
        """How much there is for :meth:`to_review`."""
        with reporting(self._file):
            found = self._connection.execute(f"SELECT COUNT(*) FROM {_TO_REVIEW}").fetchone()
        return int(found[0])

    def left_failed(self) -> int:
        """How many files could not be read, and were not read again since, that are still kept."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT COUNT(DISTINCT file) FROM readings JOIN files ON files.id = file "
                f"WHERE status = 'failed' AND {LATEST} "
                "AND (place IS NULL OR place IN ('inbox', 'done', 'failed'))"
            ).fetchone()
        return int(found[0])

    def shown(self, reading: int) -> Shown | None:
        """Where the page of that reading can be seen, see :func:`originals.shown`."""
        with reporting(self._file):
            return originals.shown(self._connection, self.tag, reading)

    def reading(self, number: int) -> Reading | None:
        """The reading with that number."""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT {COLUMNS} FROM {ROWS} WHERE readings.id = ?", (number,)
            ).fetchone()
        return to_row(found, self.tag, "").reading if found else None

    def fields(self, reading: int) -> list[FieldRow]:
        """The fields that the page of that reading has, see :func:`originals.fields`."""
        with reporting(self._file):
            return originals.fields(self._connection, self.tag, reading)

    def outcome(self, request: int) -> str | None:
        """What came of a request; None while it is open."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT outcome FROM requests WHERE id = ?", (request,)
            ).fetchone()
        return found[0] if found else None

    def named(self, names: Sequence[str]) -> dict[str, list[Lying]]:
        """The originals of each of ``names``, the newest first; where there is none of that very
        name, those that it :func:`spells`."""
        named = "files.name = ?", "spells(?, files.name)"
        return {
            name: self._lying(named[0], (key(Source("", name))[1],))
            or self._lying(named[1], (key(Source("", name))[1],))
            for name in names
        }

    def with_status(self, status: Status) -> list[Lying]:
        """The originals of which the latest row of a page has that status."""
        return self._lying(
            f"files.id IN (SELECT file FROM readings WHERE status = ? AND {LATEST} GROUP BY file)",
            (status.value,),
        )

    def lying(self, files: Sequence[int]) -> list[Lying]:
        """Those of the records ``files`` that nothing was read again for yet."""
        found = []
        for file in files:
            found += self._lying(
                "files.id = ? AND NOT EXISTS "
                "(SELECT 1 FROM files AS later WHERE later.previous = files.id)",
                (file,),
            )
        return found

    def _lying(self, condition: str, values: Sequence[object]) -> list[Lying]:
        with reporting(self._file):
            return originals.lying(self._connection, f"{LIES} AND {condition}", values)
