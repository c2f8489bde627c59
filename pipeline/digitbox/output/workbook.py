"""Rows → a workbook (XLSX): a sheet with all of them, and one with what to look at first.

Text is written as text, always: ``0417`` keeps its zero, and nothing in a name is run as a formula
or becomes a link. Rows pass through one at a time; what is to be sorted waits in a file.
"""

import contextlib
import io
import re
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from digitbox.errors import DigitboxError, OutboxError
from digitbox.output.tables import COLUMNS, cells
from digitbox.records import Batch, Reading, Reason, Row, Status

READINGS, FIRST = "Readings", "Look at first"
"""The sheets; where one is full, another follows: ``Readings 2``."""

FIRST_COLUMNS = ("file", "page", "value", "confidence", "status", "reason", "alternatives", "id")

ORDER = (Status.REVIEW, Status.FAILED, Status.NOT_DIGIT)
"""What is to be looked at, and what of it comes first."""

MOST = 1_048_576
"""Rows of one sheet with its header, at most (Excel's limit)."""

WIDEST = 60
"""Characters that a column shows, at most."""

COLOURS = {
    Status.ACCEPTED: ("#C6EFCE", "#0B5320"),
    Status.REVIEW: ("#FFEB9C", "#7A4A00"),
    Status.BLANK: ("#EDEDED", "#404040"),
    Status.NOT_DIGIT: ("#DDEBF7", "#1F3864"),
    Status.FAILED: ("#FFC7CE", "#8B0012"),
}
"""Background and text. The status is a word, too: nobody has to tell the colours apart."""

_TEXT = 49
"""The number of the format ``@``, text."""

_NO_XML = re.compile("[\ufffe\uffff\ud800-\udfff]")


def check() -> None:
    """Raise :class:`DigitboxError` where the package that writes workbooks is missing."""
    try:
        import xlsxwriter  # noqa: F401
    except ImportError:
        raise DigitboxError("XLSX needs XlsxWriter: pip install 'digitbox[xlsx]'") from None


def to_xlsx(batch: Batch) -> bytes:
    """The same bytes for the same batch."""
    content = io.BytesIO()
    write(batch.rows, content)
    return content.getvalue()


def write(rows: Iterable[Row], file: BinaryIO, beside: Path | None = None) -> int:
    """Write ``rows`` to ``file``; return how many there were. What takes more than memory should
    hold is kept meanwhile in the folder ``beside`` (default: the system's for temporary files).
    Raises :class:`DigitboxError`, and OSError where it cannot be written."""
    check()
    with (
        tempfile.TemporaryDirectory(prefix=".digitbox-", dir=beside) as scratch,
        _book(file, scratch) as book,
        contextlib.closing(_Queue(Path(scratch))) as queue,
    ):
        all_rows, first = _Sheet(book, READINGS, COLUMNS), _Sheet(book, FIRST, FIRST_COLUMNS)
        number, latest = 0, datetime.fromtimestamp(0, UTC)
        for row in rows:
            number += 1
            all_rows.add(cells(row))
            queue.add(row)
            latest = max(latest, row.read_at)
        for found in queue:
            first.add(found)
        for sheet in (all_rows, first):
            sheet.finish()
        # Else it would have the time of writing, and a batch other bytes each time.
        book.set_properties({"created": latest.astimezone(UTC)})
    return number


class _Target:
    """``file``, until it is released. Where writing fails, XlsxWriter leaves its archive open, and
    that still writes its end when it is collected: too late for ``file``."""

    def __init__(self, file: BinaryIO) -> None:
        self._file: BinaryIO | None = file
        self._place = 0

    def write(self, content: bytes) -> None:
        if self._file is not None:
            self._file.write(content)
        self._place += len(content)

    def seek(self, place: int) -> None:
        if self._file is not None:
            self._file.seek(place)
        self._place = place

    def tell(self) -> int:
        return self._place

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def release(self) -> None:
        """Write nothing from now on."""
        self._file = None


@contextlib.contextmanager
def _book(file: BinaryIO, scratch: str) -> Iterator[Any]:
    """A workbook of XlsxWriter, written to ``file`` in the end."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    target = _Target(file)
    options = {"constant_memory": True, "tmpdir": scratch, "use_zip64": True}
    book = xlsxwriter.Workbook(target, options)
    try:
        yield book
        book.close()
    except FileCreateError as error:
        raise error.args[0] from None  # the OSError that it was
    finally:
        target.release()
        for sheet in book.worksheets():
            sheet._opt_close()


class _Sheet:
    """Rows under a header that stays, with a filter; on further sheets where one is full."""

    def __init__(self, book: Any, title: str, columns: Sequence[str]) -> None:
        self._book = book
        self._title = title
        self._columns = columns
        self._sheets = 0
        # Text as a format, too: else what is typed into such a cell would be a number again.
        self._text = book.add_format({"num_format": _TEXT})
        self._header = book.add_format({"num_format": _TEXT, "bold": True, "bottom": 1})
        self._whole = book.add_format({"num_format": "0"})
        self._real = book.add_format({"num_format": "0.0000"})
        self._statuses = {
            status: book.add_format(
                {"num_format": _TEXT, "bg_color": background, "font_color": text}
            )
            for status, (background, text) in COLOURS.items()
        }
        self._begin()

    def add(self, values: Sequence[Any]) -> None:
        """Add a row with those values in its columns: text, numbers, and None for nothing."""
        if self._rows == MOST:
            self.finish()
            self._begin()
        for column, value in enumerate(values):
            if isinstance(value, str):
                text = _plain(value)
                form = self._statuses[Status(value)] if column == self._status else self._text
                self._sheet.write_string(self._rows, column, text, form)
                self._widths[column] = max(self._widths[column], len(text))
            elif value is not None:
                form = self._real if isinstance(value, float) else self._whole
                self._sheet.write_number(self._rows, column, value, form)
        self._rows += 1

    def finish(self) -> None:
        """Set what depends on all rows."""
        last = len(self._columns) - 1
        self._sheet.autofilter(0, 0, self._rows - 1, last)
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, min(width, WIDEST) + 3, self._text)

    def _begin(self) -> None:
        self._sheets += 1
        more = f" {self._sheets}" if self._sheets > 1 else ""
        self._sheet = self._book.add_worksheet(self._title + more)
        self._sheet.freeze_panes(1, 0)
        value = self._columns.index("value")
        self._sheet.ignore_errors({"number_stored_as_text": _range(value)})
        for column, name in enumerate(self._columns):
            self._sheet.write_string(0, column, name, self._header)
        self._widths = [len(name) for name in self._columns]
        self._status = self._columns.index("status")
        self._rows = 1


class _Queue:
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
            if reading.status not in ORDER or reading.reason == Reason.REVIEWED:
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


def _plain(text: str) -> str:
    """``text`` as a cell can hold it. No name of a file reaches its limit of 32,767 characters."""
    text = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # XlsxWriter would take it for markup of its own, and write it as it is.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text


def _range(column: int) -> str:
    letter = chr(ord("A") + column)
    return f"{letter}2:{letter}{MOST}"


@contextlib.contextmanager
def _reporting() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutboxError(
            f"What is to be looked at first cannot be sorted: {error}. Make room on that disk."
        ) from error
