"""Rows → one file: CSV, JSON lines within an array, Parquet or XLSX. There whole or not at all."""

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from digitbox.errors import DigitboxError, InputError, OutboxError
from digitbox.extras import how_to_install
from digitbox.output import workbook
from digitbox.output.tables import COLUMNS, csv_lines, detailed
from digitbox.records import Row
from digitbox.storage.files import writing_whole

AT_ONCE = 5_000
"""Rows in memory at a time."""


STREAMS = (Path("/dev"), Path("/dev/fd"))
"""Where the names of streams lie, as ``/dev/stdout``: to rename a file to one would replace it."""


def moment(text: str) -> datetime:
    """The day or time that ``text`` names in ISO 8601; UTC unless it says otherwise. Raises
    :class:`InputError`."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"--since {text}: no day or time. Give one like 2026-01-31 or 2026-01-31T12:00:00Z."
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def kind_of(output: Path, asked: str | None = None) -> str:
    """What a file of that name holds, one of :data:`KINDS`: what was ``asked`` for, or else what
    its ending says; CSV where it has none. Raises :class:`InputError` where it ends in what is none
    of them, or in another one than was asked for."""
    ending = output.suffix.lower().removeprefix(".")
    endings = ", ".join(f".{kind}" for kind in KINDS)
    if ending in KINDS and asked not in (None, ending):
        raise InputError(
            f"{output}: a file of that name holds {ending.upper()}, and --format says {asked}. "
            "Leave --format out, or give another name."
        )
    if asked is None and ending and ending not in KINDS:
        raise InputError(
            f"{output}: what ends in .{ending} is not written. Give a name with one of the endings "
            f"{endings}, or say with --format what it shall hold."
        )
    return asked or ending or "csv"


def write(rows: Iterable[Row], kind: str, output: Path) -> int:
    """Write ``rows`` to ``output`` as one of :data:`KINDS`; return how many there were. What is no
    file, as a device or a pipe, is written into. Raises :class:`OutboxError` where that cannot be
    done."""
    if output.absolute().parent in STREAMS or (output.exists() and not output.is_file()):
        with _reporting(output), output.open("wb") as opened:
            return stream(rows, kind, opened)
    with _reporting(output), writing_whole(output) as file:
        return _WRITERS[kind](_parts(rows), file)


def stream(rows: Iterable[Row], kind: str, output: BinaryIO) -> int:
    """The same into an open stream, which gets nothing before all can be had."""
    with _reporting(Path("-")), tempfile.NamedTemporaryFile(prefix="digitbox-") as file:
        number = _WRITERS[kind](_parts(rows), cast(BinaryIO, file))
        file.seek(0)
        shutil.copyfileobj(file, output)
        output.flush()
        return number


@contextlib.contextmanager
def _reporting(output: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever read it has seen enough
        raise
    except OSError as error:
        raise OutboxError(f"{output}: cannot be written: {error.strerror}.") from error


def _parts(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    stream = iter(rows)
    while part := list(itertools.islice(stream, AT_ONCE)):
        yield part


def _csv(parts: Iterator[Sequence[Row]], file: BinaryIO) -> int:
    file.write((",".join(COLUMNS) + "\n").encode())
    number = 0
    for part in parts:
        file.write(csv_lines(part).encode())
        number += len(part)
    return number


def _json(parts: Iterator[Sequence[Row]], file: BinaryIO) -> int:
    number = 0
    for row in itertools.chain.from_iterable(parts):
        file.write(b",\n" if number else b"[\n")
        file.write(msgspec.json.encode(detailed(row)))
        number += 1
    file.write(b"\n]\n" if number else b"[]\n")
    return number


def _parquet(parts: Iterator[Sequence[Row]], file: BinaryIO) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise DigitboxError(f"Parquet needs pyarrow: {how_to_install('parquet')}") from None
    schema = pyarrow.schema(list(arrow_types().items()))
    number = 0
    with parquet.ParquetWriter(file, schema) as writer:
        for part in parts:
            rows = [typed(row) for row in part]
            columns = {name: [row[name] for row in rows] for name in COLUMNS}
            writer.write_table(pyarrow.table(columns, schema=schema))
            number += len(part)
    return number


def _xlsx(parts: Iterator[Sequence[Row]], file: BinaryIO) -> int:
    return workbook.write(itertools.chain.from_iterable(parts), file, Path(file.name).parent)


_WRITERS: dict[str, Callable[[Iterator[Sequence[Row]], BinaryIO], int]] = {
    "csv": _csv,
    "json": _json,
    "parquet": _parquet,
    "xlsx": _xlsx,
}

KINDS = tuple(_WRITERS)
"""The formats, by the endings of the names of their files."""


def arrow_types() -> dict[str, Any]:
    """The columns in their order, with the types that they have in Parquet."""
    import pyarrow

    text, whole = pyarrow.string(), pyarrow.int64()
    types = {"page": whole, "width": whole, "height": whole, "confidence": pyarrow.float64()}
    types["read_at"] = pyarrow.timestamp("s", tz="UTC")
    return {name: types.get(name, text) for name in COLUMNS}


def typed(row: Row) -> dict[str, Any]:
    """What stands in Parquet of ``row``, and more."""
    return detailed(row) | {"read_at": row.read_at}
