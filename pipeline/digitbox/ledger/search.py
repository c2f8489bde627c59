"""What is asked for → the current readings that it is true of, a page at a time."""

import dataclasses
import os
import sqlite3
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from digitbox.ledger.pending import LATEST, ROWS
from digitbox.ledger.rows import COLUMNS, to_row
from digitbox.records import Reason, Row, Status
from digitbox.storage.names import searchable


class Sort(StrEnum):
    """In which order readings come."""

    CONFIDENCE = "confidence"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Search:
    """What readings have to have; None: whatever it is. ``name`` is a part of the name of the file
    as it is shown, be letters large or small; ``day`` is that on which the file was recorded, UTC.
    The rest is meant as it is."""

    name: str | None = None
    value: str | None = None
    form: str | None = None
    field: str | None = None
    status: Status | None = None
    day: date | None = None
    sort: Sort = Sort.CONFIDENCE


Place = tuple[float, int]
"""Where a reading stands: its confidence and its number."""


@dataclass(frozen=True, slots=True)
class Found:
    """A current reading: its number, its row, and the day on which its file was recorded, UTC."""

    number: int
    row: Row
    day: date

    @property
    def place(self) -> Place:
        reading = self.row.reading
        is_last = reading.confidence is None or reading.reason is Reason.REVIEWED
        return (LAST if is_last else reading.confidence or 0.0), self.number


LAST = 2.0
"""Stands for the confidence of readings that have none, and of those that a person decided about:
theirs is that of the model in what the person said."""

_SURE = (
    "CASE WHEN readings.reason IS 'reviewed' "
    f"THEN {LAST} ELSE IFNULL(readings.confidence, {LAST}) END"
)

_OLDER = "readings.id < :number"

_COMES_AFTER = {
    Sort.CONFIDENCE: f"({_SURE}, readings.id) > (:sure, :number)",
    Sort.NEWEST: _OLDER,
}

_ORDER = {Sort.CONFIDENCE: f"{_SURE}, readings.id", Sort.NEWEST: "readings.id DESC"}

_SHOWN = "COALESCE(files.read_as, files.name)"
"""What a file is called where its readings are shown."""

_DAY_OF_FILE = (
    "(SELECT date(arrived.recorded_at) FROM batches AS arrived WHERE arrived.id = files.batch)"
)

_DAY = (
    "files.batch IN (SELECT batches.id FROM batches "
    "WHERE batches.recorded_at >= :day AND batches.recorded_at < :day_end)"
)


def prepare(connection: sqlite3.Connection) -> None:
    """Have SQLite know what :func:`found` needs."""
    connection.create_function("has_part", 2, _has_part, deterministic=True)


def found(
    connection: sqlite3.Connection, tag: str, search: Search, after: Place | None, limit: int
) -> list[Found]:
    """The latest row of each page or field that ``search`` asks for, in its order: so many of those
    ``after`` a place, or from the first on."""
    asked = [*_of_readings(search), *_of_files(search)]
    conditions = [LATEST, *asked]
    values = _values(search) | {"limit": limit}
    is_sparse = bool(asked) and search.sort is Sort.NEWEST
    if after is not None:
        conditions.append(f"+{_OLDER}" if is_sparse else _COMES_AFTER[search.sort])
        values |= {"sure": after[0], "number": after[1]}
    if is_sparse:
        # Else SQLite would go through the rows, which are far larger than the index.
        conditions = [
            f"readings.id IN (SELECT readings.id FROM readings WHERE {' AND '.join(conditions)} "
            "ORDER BY +readings.id DESC LIMIT :limit)"
        ]
    rows = connection.execute(
        f"SELECT {_DAY_OF_FILE}, batches.model, {COLUMNS} FROM {ROWS} "
        f"WHERE {' AND '.join(conditions)} ORDER BY {_ORDER[search.sort]} LIMIT :limit",
        values,
    ).fetchall()
    return [
        Found(row[0], to_row(row, tag, model), date.fromisoformat(day)) for day, model, *row in rows
    ]


def _of_readings(search: Search) -> list[str]:
    # A + keeps SQLite from going by that alone, and sorting all that has it.
    asked = ("value", "form", "field", "status")
    return [f"+readings.{name} = :{name}" for name in asked if getattr(search, name) is not None]


def _of_files(search: Search) -> list[str]:
    conditions = []
    if search.name is not None:
        conditions.append(f"has_part({_SHOWN}, :name)")
    if search.day is not None:
        conditions.append(_DAY)
    if not conditions:
        return []
    return [f"+readings.file IN (SELECT files.id FROM files WHERE {' AND '.join(conditions)})"]


def _values(search: Search) -> dict[str, object]:
    values: dict[str, object] = dataclasses.asdict(search)
    if search.name is not None:
        values["name"] = searchable(search.name)
    if search.day is not None:
        # Times are text in the ledger: the day, then a T.
        values["day"] = search.day.isoformat()
        values["day_end"] = f"{search.day.isoformat()}U"
    return values


def _has_part(name: bytes, part: str) -> bool:
    return part in searchable(os.fsdecode(name))
