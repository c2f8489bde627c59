"""A batch → the bytes of its CSV and its JSON file. ``docs/output.md`` describes both."""

import csv
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from digitbox.output.sheets import Record, records_of
from digitbox.records import Batch, FormFields, Row, is_value
from digitbox.storage.names import FORMULA_STARTS, printable

JSON_SCHEMA = 1
"""Version of the JSON file's form."""

COLUMNS = (
    "id",
    "file",
    "page",
    "value",
    "confidence",
    "status",
    "reason",
    "model",
    "sha256",
    "width",
    "height",
    "read_at",
    "replaces",
    "form",
    "field",
)
"""The CSV's columns, in their order: fixed for good; new ones come last."""

_VALUE = COLUMNS.index("value")


def to_csv(batch: Batch) -> bytes:
    """UTF-8 without BOM, a header, a line for each row, ended by a line feed. A text cell that a
    spreadsheet would run as a formula gets an apostrophe in front; a number with a minus is
    none."""
    return (",".join(COLUMNS) + "\n" + csv_lines(batch.rows)).encode()


def csv_lines(rows: Iterable[Row]) -> str:
    """The lines of ``rows``, without a header."""
    lines = _Lines()
    writer = csv.writer(lines)
    for row in rows:
        writer.writerow(csv_cells(row))
    return "".join(lines)


def csv_cells(row: Row) -> list[Any]:
    """What stands in the line of ``row``, one a column: text, whole numbers, and None where there
    is nothing."""
    safe = [_harmless(cell) for cell in cells(row)]
    value = row.reading.value
    if value is not None and is_value(value):  # digits, points, commas: nothing that could be run
        safe[_VALUE] = value
    return safe


def to_json(batch: Batch) -> bytes:
    """One object; UTF-8, a reading a line."""
    head = {"schema": JSON_SCHEMA, "batch": batch.name, "model": batch.model}
    encoded = b",\n".join(msgspec.json.encode(detailed(row)) for row in batch.rows)
    records = (_plain(record) for form in batch.forms for record in records_of(batch, form))
    text = msgspec.json.encode(head)[:-1] + b',"readings":[\n' + encoded + b"\n],"
    return text + b'"records":[' + b",\n".join(map(msgspec.json.encode, records)) + b"]}\n"


def to_form_csv(batch: Batch, form: FormFields) -> bytes:
    """The records of ``form``: as :func:`to_csv`, with a line for each page and a column for each
    of its fields."""
    lines = _Lines()
    writer = csv.writer(lines)
    writer.writerow(form_columns(form))
    for record in records_of(batch, form):
        values = [_cell(record.values.get(field)) for field in form.fields]
        writer.writerow(
            [
                _harmless(printable(record.source.name)),
                record.page,
                record.status.value,
                *values,
                " ".join(record.look_at),
            ]
        )
    return "".join(lines).encode()


def form_columns(form: FormFields) -> tuple[str, ...]:
    """The columns of the table of ``form``."""
    return ("file", "page", "status", *form.fields, "look_at")


def _plain(record: Record) -> dict[str, Any]:
    return {
        "form": record.form,
        "file": printable(record.source.name),
        "page": record.page,
        "status": record.status.value,
        "fields": record.values,
        "look_at": record.look_at,
        "rows": record.rows,
    }


def _cell(value: str | None) -> str | None:
    return value if value is not None and is_value(value) else _harmless(value)


class _Lines(list[str]):
    """A file for :mod:`csv` whose lines end with a line feed alone: its writer, told to end them
    so, would leave a carriage return in a name unquoted."""

    def write(self, line: str) -> None:
        self.append(line.removesuffix("\r\n") + "\n")


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: ``2026-01-31T12:00:00Z``."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def cells(row: Row) -> tuple[Any, ...]:
    """The values of :data:`COLUMNS`, as they are: text, numbers, and None where there is
    nothing."""
    reading = row.reading
    return (
        row.id,
        printable(row.source.name),
        reading.page,
        reading.value,
        reading.confidence,
        reading.status.value,
        reading.reason.value if reading.reason else None,
        row.model,
        row.sha256,
        reading.width,
        reading.height,
        timestamp(row.read_at),
        row.replaces,
        reading.form,
        reading.field,
    )


def detailed(row: Row) -> dict[str, Any]:
    """All that the JSON says of a row: the CSV's columns, and more."""
    return dict(zip(COLUMNS, cells(row), strict=True)) | {
        "duplicate_of": row.duplicate_of,
        "root": printable(row.source.root),
        "digits": row.reading.digits,
        "alternatives": row.reading.alternatives,
        "lines": row.reading.lines,
        "box": row.reading.box,
    }


def _harmless(cell: Any) -> Any:
    if isinstance(cell, float):
        return f"{cell:.4f}"
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell
