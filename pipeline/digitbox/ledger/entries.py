"""Readings → rows of the ledger, with what is known of their contents."""

import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from digitbox.form_pages import CUT_SHORT, is_page_field
from digitbox.ledger.decision import settled
from digitbox.ledger.rows import COLUMNS, details, key, of_field, to_forms, to_row, version_values
from digitbox.records import UNREPEATABLE, FileReading, FormFields, Reading, Reason, Status


@dataclass(frozen=True, slots=True)
class _Decision:
    """The row that a person's decision made, and what it says."""

    row: int
    reading: Reading


def _as_decided(reading: Reading, decision: _Decision | None) -> Reading:
    """``reading``, with what a person decided about the same page of the same content."""
    if decision is None:
        return reading
    if not reading.digits and reading.field is None:  # it could not be read this time
        return decision.reading
    return settled(reading, decision.reading.value)


def _is_settled(page: int, field: str, file: FileReading) -> bool:
    """Whether the ``file``, which was read again, has that ``page``, all pages that belong to it,
    and nothing to say of those any more."""
    there = {(one.page, one.field) for one in file.readings if one.status != Status.FAILED}
    is_read = page in {number for number, _ in there}
    return is_read and (page, field) not in there and not file.reasons & CUT_SHORT


class Entry:
    """Writes the files of a batch and their readings, inside of a transaction."""

    def __init__(self, connection: sqlite3.Connection, fingerprint: str, read_at: str) -> None:
        self._connection = connection
        self._fingerprint = fingerprint
        self._read_at = read_at

    def knows(self, file: FileReading) -> bool:
        """Whether there are readings that hold for this file's content."""
        return self._known(file.sha256, file.form) is not None

    def add(self, batch: int, file: FileReading) -> None:
        """Write a file that arrived; where its content is known, with the readings known of it,
        each marked as a ``duplicate``. What a person decided about the content holds for it, be it
        that another model has read it since."""
        first = self._known(file.sha256, file.form)
        decisions = self._decisions(file)
        record = self._file(batch, file, None, reusable=first is None)
        if first is None:
            for reading in file.readings:
                decision = decisions.get((reading.page, reading.field))
                self.reading(batch, record, _as_decided(reading, decision))
            return
        copied = (
            "page, status, value, confidence, width, height, digits, alternatives, lines, form, "
            "field, box, evidence"
        )
        self._connection.execute(
            f"INSERT INTO readings (batch, file, reason, read_at, duplicate_of, {copied}) "
            f"SELECT ?, ?, ?, ?, id, {copied} FROM readings WHERE file = ? AND NOT EXISTS "
            "(SELECT 1 FROM readings AS later WHERE later.replaces = readings.id "
            "AND later.file = readings.file) ORDER BY page, readings.id",
            (batch, record, Reason.DUPLICATE, self._read_at, first),
        )
        for decision in decisions.values():
            self._decide_copy(record, decision)
        self._connection.execute(
            "UPDATE files SET failed = (SELECT failed FROM files WHERE id = ?) WHERE id = ?",
            (first, record),
        )

    def repeat(self, batch: int, file: FileReading, previous: int) -> None:
        """Write a file that was read again for the record ``previous``. What a person decided about
        the same content stands."""
        found = self._connection.execute(
            "WITH RECURSIVE chain (id) AS (VALUES (?) UNION SELECT previous FROM files "
            "JOIN chain USING (id) WHERE previous IS NOT NULL) "
            "SELECT page, field, MAX(readings.id), status, form, width, height FROM readings "
            "JOIN chain ON file = chain.id GROUP BY page, field",  # all of the row with that id
            (previous,),
        ).fetchall()
        latest = {(page, field): number for page, field, number, *_ in found}
        record = self._file(batch, file, previous, reusable=True)
        decisions = self._decisions(file)
        for reading in file.readings:
            at = reading.page, reading.field
            self.reading(batch, record, _as_decided(reading, decisions.get(at)), latest.get(at))
        for page, field, number, status, form, width, height in found:
            if status == Status.REVIEW and is_page_field(field) and _is_settled(page, field, file):
                blank = Reading(
                    page, Status.BLANK, width=width, height=height, form=form, field=field
                )
                self.reading(batch, record, blank, number)

    def _decisions(self, file: FileReading) -> dict[tuple[int, str | None], _Decision]:
        """What people decided last about that content, by page and field: about whichever of its
        rows, and whoever read it. What was undone is none."""
        found = self._connection.execute(
            f"SELECT {COLUMNS} FROM readings JOIN files ON files.id = readings.file "
            "WHERE readings.id IN (SELECT MAX(made) FROM reviews WHERE sha256 = ? "
            "GROUP BY page, field) AND readings.reason = ? AND files.form IS ?",
            (file.sha256, Reason.REVIEWED, file.form),
        ).fetchall()
        made = (_Decision(columns[0], to_row(columns, "", "").reading) for columns in found)
        return {(one.reading.page, one.reading.field): one for one in made}

    def _decide_copy(self, record: int, decision: _Decision) -> None:
        """Have the copied reading of that page say what was decided. There is none where the file
        has fewer pages to the decoder that read it since."""
        columns = self._connection.execute(
            f"SELECT {COLUMNS} FROM readings JOIN files ON files.id = readings.file "
            "WHERE readings.file = ? AND readings.page = ? AND readings.field IS ?",
            (record, decision.reading.page, decision.reading.field),
        ).fetchone()
        if columns is None:
            return
        reading = _as_decided(to_row(columns, "", "").reading, decision)
        self._connection.execute(
            "UPDATE readings SET status = ?, value = ?, confidence = ?, digits = ?, "
            "alternatives = ?, lines = ?, duplicate_of = ? WHERE id = ?",
            (
                reading.status.value,
                reading.value,
                reading.confidence,
                *details(reading),
                decision.row,
                columns[0],
            ),
        )

    def _known(self, sha256: str | None, form: str | None) -> int | None:
        """The latest record whose readings hold for this content, read as that form, too."""
        if sha256 is None:
            return None
        found = self._connection.execute(
            "SELECT MAX(files.id) FROM files JOIN batches ON batches.id = batch "
            "WHERE sha256 = ? AND reusable AND fingerprint = ? AND form IS ?",
            (sha256, self._fingerprint, form),
        ).fetchone()
        known: int | None = found[0]
        return known

    def _file(self, batch: int, file: FileReading, previous: int | None, reusable: bool) -> int:
        failed = any(reading.status == Status.FAILED for reading in file.readings)
        reusable = reusable and file.sha256 is not None and not file.reasons & UNREPEATABLE
        return self._insert(
            "INSERT INTO files (batch, root, name, sha256, device, inode, size, mtime_ns, "
            "ctime_ns, failed, reusable, previous, form) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            batch,
            *key(file.source),
            file.sha256,
            *version_values(file.version),
            failed,
            reusable,
            previous,
            file.form,
        )

    def reading(
        self,
        batch: int,
        record: int,
        reading: Reading,
        replaces: int | None = None,
        duplicate_of: int | None = None,
    ) -> int:
        """Write a reading of the file ``record``, with its frames where it brings them, and return
        its number."""
        number = self._insert(
            "INSERT INTO readings (batch, file, page, status, reason, value, confidence, width, "
            "height, digits, alternatives, lines, read_at, replaces, duplicate_of, form, field, "
            "box, evidence) "
            f"VALUES ({', '.join('?' * 19)})",
            batch,
            record,
            reading.page,
            reading.status.value,
            reading.reason.value if reading.reason else None,
            reading.value,
            reading.confidence,
            reading.width,
            reading.height,
            *details(reading),
            self._read_at,
            replaces,
            duplicate_of,
            *of_field(reading),
        )
        if reading.frames is not None:
            self._insert(
                "INSERT INTO frames VALUES (?, ?, ?)",
                number,
                reading.frames.preprocessing,
                zlib.compress(reading.frames.pixels),
            )
        return number

    def describe(self, batch: int, forms: Iterable[FormFields]) -> None:
        """Note the fields of those of ``forms`` of which the ``batch`` has pages, beside those that
        are noted."""
        found = self._connection.execute(
            "SELECT DISTINCT form FROM readings WHERE batch = ? AND form IS NOT NULL", (batch,)
        ).fetchall()
        names = {name for (name,) in found}
        if not names:
            return
        noted = self._connection.execute("SELECT forms FROM batches WHERE id = ?", (batch,))
        there = {form.form: form for form in to_forms(noted.fetchone()[0])}
        there |= {form.form: form for form in forms if form.form in names}
        self._connection.execute(
            "UPDATE batches SET forms = ? WHERE id = ?",
            (msgspec.json.encode(list(there.values())).decode(), batch),
        )

    def _insert(self, query: str, *values: Any) -> int:
        return self._connection.execute(query, values).lastrowid or 0


def begin_batch(
    connection: sqlite3.Connection,
    tag: str,
    kind: str,
    folder: str,
    model: str,
    fingerprint: str,
    recorded_at: str,
) -> int:
    """Begin a batch, inside of a transaction, and return its number."""
    number = connection.execute(
        "INSERT INTO batches (kind, folder, name, model, fingerprint, recorded_at) "
        "VALUES (?, ?, '', ?, ?, ?)",
        (kind, folder, model, fingerprint, recorded_at),
    ).lastrowid
    assert number is not None
    connection.execute("UPDATE batches SET name = ? WHERE id = ?", (f"{tag}-{number:08}", number))
    return number


def now() -> str:
    """UTC, to the second, as the ledger has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
