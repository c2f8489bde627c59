"""Pages of forms → rows that replace those that say something else by now, in batches of theirs."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from digitbox.ledger.entries import Entry, begin_batch
from digitbox.ledger.rows import COLUMNS, to_forms, to_row
from digitbox.records import Reading, Reason, Status

Judge = Callable[[Sequence[Reading]], Sequence[Reading]]
"""The readings of one page of a form → the same, each by what is known now; those that a person
decided about as they are."""

Page = tuple[int, int]
"""The number of a file's record, and that of a page in it."""

_STANDING = (
    "SELECT batches.model, batches.fingerprint, batches.forms, first.reason, "
    f"{COLUMNS} FROM readings JOIN files ON files.id = readings.file "
    "JOIN batches ON batches.id = readings.batch "
    "LEFT JOIN readings AS first ON first.id = readings.duplicate_of "
    "WHERE readings.file = ? AND readings.page = ? AND readings.field IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM readings AS later WHERE later.replaces = readings.id) ORDER BY readings.id"
)

_ELSEWHERE = (
    "SELECT 1 FROM readings JOIN files ON files.id = readings.file "
    "WHERE files.batch = (SELECT batch FROM files WHERE id = ?1) "
    "AND (readings.file, readings.page) != (?1, ?2) "
    "AND readings.form = ?3 AND readings.field = ?4 AND readings.value = ?5 AND NOT EXISTS "
    "(SELECT 1 FROM readings AS later WHERE later.replaces = readings.id) LIMIT 1"
)
"""Another page that arrived in the same batch and has the same value."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """The latest row of a field, and whose batch it is of. Of a duplicate, the reason is that of
    the row that it repeats."""

    number: int
    reading: Reading
    provenance: tuple[str, str]
    forms: str


class Replacements:
    """Rows of one transaction that replace others, though nothing was read again. Those of one
    model and its settings make a batch, to be published in ``folder``."""

    def __init__(self, connection: sqlite3.Connection, tag: str, folder: str, made_at: str) -> None:
        self._connection = connection
        self._tag = tag
        self._folder = folder
        self._made_at = made_at
        self._numbers: dict[tuple[str, str], int] = {}

    @property
    def batches(self) -> list[int]:
        """The numbers of the batches that they make."""
        return list(self._numbers.values())

    def add(
        self,
        provenance: tuple[str, str],
        forms: str,
        file: int,
        reading: Reading,
        replaces: int,
        duplicate_of: int | None = None,
    ) -> int:
        """Write a row of that model and fingerprint, and return its number; ``forms`` are those of
        the batch of the row that it ``replaces``, as JSON."""
        if provenance not in self._numbers:
            self._numbers[provenance] = begin_batch(
                self._connection, self._tag, "review", self._folder, *provenance, self._made_at
            )
        batch = self._numbers[provenance]
        entry = Entry(self._connection, provenance[1], self._made_at)
        made = entry.reading(batch, file, reading, replaces, duplicate_of)
        entry.describe(batch, to_forms(forms))
        return made


def recheck(
    connection: sqlite3.Connection, replacements: Replacements, pages: Iterable[Page], judge: Judge
) -> None:
    """Have ``judge`` weigh the fields of ``pages`` anew, inside of a transaction, and add rows for
    those that say something else since."""
    for file, page in pages:
        standing = [_standing(columns) for columns in connection.execute(_STANDING, (file, page))]
        if not standing:
            continue
        found = judge([one.reading for one in standing])
        for one, reading in zip(standing, found, strict=True):
            # What two pages have in common is not settled by one of them.
            if one.reading.reason is not Reason.NOT_UNIQUE and _says(reading) != _says(one.reading):
                unique = _as_unique(connection, file, reading, one.forms)
                replacements.add(one.provenance, one.forms, file, unique, one.number)


def _standing(columns: Sequence[object]) -> _Standing:
    model, fingerprint, forms, first, *rest = columns
    row = to_row(rest, "", str(model))
    reason = Reason(str(first)) if first else row.reading.reason
    reading = replace(row.reading, reason=reason)
    return _Standing(int(str(rest[0])), reading, (str(model), str(fingerprint)), str(forms))


def _says(reading: Reading) -> tuple[object, ...]:
    return reading.status, reading.reason, reading.value


def _as_unique(connection: sqlite3.Connection, file: int, reading: Reading, forms: str) -> Reading:
    """``reading``, for review where it has a value that another page of its batch has, too, and may
    not."""
    is_unique = any(
        one.form == reading.form and reading.field in one.unique for one in to_forms(forms)
    )
    if not is_unique or reading.status is not Status.ACCEPTED:
        return reading
    its = file, reading.page, reading.form, reading.field, reading.value
    if connection.execute(_ELSEWHERE, its).fetchone() is None:
        return reading
    return replace(reading, status=Status.REVIEW, reason=Reason.NOT_UNIQUE)
