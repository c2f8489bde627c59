"""The ledger → what was read so far: for people, exports and further readings. Reads only."""

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from digitbox.ledger.database import FILE, connect_reading, empty, reporting
from digitbox.ledger.originals import FieldRow, Lying, Shown
from digitbox.ledger.pending import LATEST, ROWS, START, UNDECIDED, Kind, left, pending
from digitbox.ledger.rows import COLUMNS, key, to_forms, to_row, to_source
from digitbox.ledger.truths import Truth, Verified, truths, verified
from digitbox.records import KeptFrames, Reading, Row, Source, Status
from digitbox.storage.names import spells

RATE_SECONDS = 60
"""The rate is that of the last minute."""

_OPEN = f"readings.status = 'review' AND {UNDECIDED}"
"""What nobody has decided about."""

_TO_REVIEW = f"{ROWS} WHERE {_OPEN}"

_CHAIN = (
    "(WITH RECURSIVE chain (id) AS (VALUES (?) UNION SELECT files.id FROM "
    "files JOIN chain ON files.previous = chain.id) SELECT id FROM chain)"
)
"""The record of a file, and those of the same file that was read again since."""

_LIES = "place IN ('inbox', 'done', 'failed')"
"""That an original is put away, and where is known."""

_ARRIVED = "place IS NULL AND previous IS NULL"
"""That an original was not put away yet, nor ever before."""


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
        """Where the page of that reading can be seen; None where its original is not kept. One that
        is not put away yet is still where it was found, for a moment."""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT file, {COLUMNS} FROM readings JOIN files ON files.id = file "
                "WHERE readings.id = ? AND sha256 IS NOT NULL",
                (reading,),
            ).fetchone()
        if found is None:
            return None
        file, row = found[0], to_row(found[1:], self.tag, "")
        # A file that was read again since lies where that has left it.
        lying = self._lying(f"files.id IN {_CHAIN}", (file,), f"({_ARRIVED} OR {_LIES})")
        return Shown(lying[0], row.sha256 or "", row.reading) if lying else None

    def reading(self, number: int) -> Reading | None:
        """The reading with that number."""
        with reporting(self._file):
            found = self._connection.execute(
                f"SELECT {COLUMNS} FROM {ROWS} WHERE readings.id = ?", (number,)
            ).fetchone()
        return to_row(found, self.tag, "").reading if found else None

    def fields(self, reading: int) -> list[FieldRow]:
        """The latest rows of all fields that the page of that reading has, in the order of the
        form's template; none where it is of no form."""
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT file, page, form, forms FROM readings "
                "JOIN batches ON batches.id = readings.batch WHERE readings.id = ?",
                (reading,),
            ).fetchone()
            if found is None or found[2] is None:
                return []
            file, page, form, forms = found
            rows = self._connection.execute(
                f"SELECT {_OPEN}, batches.model, {COLUMNS} FROM {ROWS} WHERE readings.file IN "
                f"{_CHAIN} AND page = ? AND readings.form = ? AND field IS NOT NULL AND {LATEST} "
                "ORDER BY readings.id",
                (file, page, form),
            ).fetchall()
        made = [
            FieldRow(columns[0], to_row(columns, self.tag, model), bool(is_open))
            for is_open, model, *columns in rows
        ]
        names = [name for one in to_forms(forms) if one.form == form for name in one.fields]
        order = {name: place for place, name in enumerate(names)}
        return sorted(made, key=lambda one: order.get(one.row.reading.field or "", len(order)))

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

    def _lying(self, condition: str, values: Sequence[object], there: str = _LIES) -> list[Lying]:
        with reporting(self._file):
            found = self._connection.execute(
                "SELECT files.id, root, files.name, place, batches.name, files.form FROM files "
                "JOIN batches ON batches.id = batch "
                f"WHERE {there} AND {condition} "
                "ORDER BY files.id DESC",
                values,
            ).fetchall()
        return [Lying(number, to_source(root, name), *rest) for number, root, name, *rest in found]
