"""Rows → those that a person should look at first, sorted in a file."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from digitbox.errors import OutboxError
from digitbox.output.tables import COLUMNS, cells
from digitbox.records import Reading, Reason, Row, Status

FIRST_COLUMNS = ("file", "page", "value", "confidence", "status", "reason", "alternatives", "id")

ORDER = (Status.REVIEW, Status.FAILED, Status.NOT_DIGIT)
"""What is to be looked at, and what of it comes first."""


def is_open(row: Row) -> bool:
    """Whether somebody should look at ``row``, and nobody has."""
    return row.reading.status in ORDER and row.reading.reason != Reason.REVIEWED


class Queue:
    """What is to be looked at, in a file in ``folder``: sorted there, however much there is.
    Iterating gives the values of :data:`FIRST_COLUMNS`."""

    def __init__(self, folder: Path) -> None:
        with _reporting():
            self._connection = sqlite3.connect(folder / "queue.sqlite", isolation_level=None)
            self._connection.executescript(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;"
                "CREATE TABLE queue (rank INTEGER, confidence REAL, number INTEGER, id TEXT, "
                "row BLOB, PRIMARY KEY (rank, confidence, number)) WITHOUT ROWID;"
                "CREATE INDEX queue_id ON queue (id);"
            )
        self._number = 0

    def add(self, row: Row) -> None:
        """Take ``row`` in if somebody should look at it, instead of the one that it replaces."""
        reading = row.reading
        with _reporting():
            if row.replaces is not None:
                self._connection.execute("DELETE FROM queue WHERE id = ?", (row.replaces,))
            if not is_open(row):
                return
            self._number += 1
            known = dict(zip(COLUMNS, cells(row), strict=True))
            known["alternatives"] = _alternatives(reading)
            content = msgspec.json.encode([known[name] for name in FIRST_COLUMNS])
            rank, confidence = ORDER.index(reading.status), reading.confidence or 0.0
            self._connection.execute(
                "INSERT INTO queue VALUES (?, ?, ?, ?, ?)",
                (rank, confidence, self._number, row.id, content),
            )

    def __iter__(self) -> Iterator[Sequence[Any]]:
        with _reporting():
            for (content,) in self._connection.execute(
                "SELECT row FROM queue ORDER BY rank, confidence, number"
            ):
                yield msgspec.json.decode(content)

    def close(self) -> None:
        self._connection.close()


def _alternatives(reading: Reading) -> str | None:
    """What else the page may say, each with its probability."""
    others = (one for one in reading.alternatives if one.value != reading.value)
    return "; ".join(f"{one.value}: {one.probability:.4f}" for one in others) or None


@contextlib.contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutboxError(
            f"What is to be looked at first cannot be sorted: {error}. Make room on that disk."
        ) from error
