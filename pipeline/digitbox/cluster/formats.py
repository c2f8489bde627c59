"""Rows → Arrow batches, one form for each format that Spark's file sink writes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import msgspec
import pyarrow

from digitbox.output.exports import arrow_types, typed
from digitbox.output.tables import COLUMNS, csv_cells, detailed
from digitbox.records import Row

DAY = "day"
"""The column that the output is partitioned by: the date of ``read_at``, UTC."""

_TEXT, _WHOLE, _REAL = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
_BOX = pyarrow.struct([(name, _WHOLE) for name in ("x", "y", "width", "height")])
_ALTERNATIVE = pyarrow.struct([("value", _TEXT), ("probability", _REAL)])
_LINE = pyarrow.struct([("value", _TEXT), ("confidence", _REAL), ("box", _BOX)])
_DIGIT = pyarrow.struct(
    [
        ("value", _WHOLE),
        ("confidence", _REAL),
        ("probabilities", pyarrow.list_(_REAL)),
        ("box", _BOX),
    ]
)


@dataclass(frozen=True)
class Format:
    """How rows stand in Arrow for one format, and what Spark's writer of it has to be told."""

    columns: Mapping[str, Any]
    values: Callable[[Row], Mapping[str, Any]]
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def schema(self) -> Any:
        """The schema in Arrow, the day last."""
        return pyarrow.schema([*self.columns.items(), (DAY, _TEXT)])

    def batch(self, rows: Sequence[Row]) -> Any:
        """``rows`` as a ``pyarrow.RecordBatch``."""
        return pyarrow.RecordBatch.from_pydict(self._columns(rows), schema=self.schema)

    def table(self, rows: Sequence[Row]) -> Any:
        """``rows`` as a ``pyarrow.Table``."""
        return pyarrow.table(self._columns(rows), schema=self.schema)

    def _columns(self, rows: Sequence[Row]) -> dict[str, list[Any]]:
        values = [self.values(row) for row in rows]
        columns = {name: [one[name] for one in values] for name in self.columns}
        return columns | {DAY: [f"{row.read_at.astimezone(UTC):%Y-%m-%d}" for row in rows]}


def _as_csv(row: Row) -> Mapping[str, Any]:
    cells = (None if cell is None else str(cell) for cell in csv_cells(row))
    return dict(zip(COLUMNS, cells, strict=True))


def _as_json(row: Row) -> Mapping[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(detailed(row))
    return found


FORMATS = {
    # Spark knows no timestamps of whole seconds.
    "parquet": Format(arrow_types() | {"read_at": pyarrow.timestamp("us", tz="UTC")}, typed),
    # Text throughout, so that the cells are those of the one-machine CSV. Spark's writer would
    # trim names, and escape quotes with a backslash.
    "csv": Format(
        dict.fromkeys(COLUMNS, _TEXT),
        _as_csv,
        {
            "header": "true",
            "escape": '"',
            "ignoreLeadingWhiteSpace": "false",
            "ignoreTrailingWhiteSpace": "false",
        },
    ),
    "json": Format(
        arrow_types()
        | {"read_at": _TEXT, "duplicate_of": _TEXT, "root": _TEXT, "digits": pyarrow.list_(_DIGIT)}
        | {"alternatives": pyarrow.list_(_ALTERNATIVE), "lines": pyarrow.list_(_LINE)}
        | {"box": _BOX},
        _as_json,
        {"ignoreNullFields": "false"},
    ),
}
