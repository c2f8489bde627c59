"""Rows → a workbook (XLSX): a sheet with all of them, one with what to look at first, and one with
the records of each form.

Text is written as text, always: ``0417`` keeps its zero, and nothing in a name is run as a formula
or becomes a link. Rows pass through one at a time; what is to be sorted waits in a file.
"""

import contextlib
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from digitbox.errors import DigitboxError
from digitbox.extras import how_to_install
from digitbox.output.attention import FIRST_COLUMNS, Queue
from digitbox.output.sheets import Record, records_of
from digitbox.output.tables import COLUMNS, cells, form_columns
from digitbox.records import Batch, FormFields, Row, Status
from digitbox.storage.names import printable

READINGS, FIRST = "Readings", "Look at first"
"""The sheets; where one is full, another follows: ``Readings 2``. Then come those of the forms,
each under the name of its form."""

LONGEST_TITLE = 31
"""Characters that the name of a sheet has at most (Excel's limit)."""

LONGEST_TEXT = 32_767
"""Characters of a cell, at most (Excel's limit)."""

_NO_TITLE = re.compile(r"[\[\]:*?/\\]")

_RESERVED = "history"
"""Excel keeps this name of a sheet for itself."""

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
        raise DigitboxError(f"XLSX needs XlsxWriter: {how_to_install('xlsx')}") from None


def to_xlsx(batch: Batch) -> bytes:
    """The same bytes for the same batch."""
    content = io.BytesIO()
    write(batch.rows, content, records=[(form, records_of(batch, form)) for form in batch.forms])
    return content.getvalue()


def write(
    rows: Iterable[Row],
    file: BinaryIO,
    beside: Path | None = None,
    records: Iterable[tuple[FormFields, Iterable[Record]]] = (),
) -> int:
    """Write ``rows`` to ``file``, and the ``records`` of forms; return how many rows there were.
    What takes more than memory should hold is kept meanwhile in the folder ``beside`` (default: the
    system's for temporary files). Raises :class:`DigitboxError`, and OSError where it cannot be
    written."""
    check()
    with (
        tempfile.TemporaryDirectory(prefix=".digitbox-", dir=beside) as scratch,
        _book(file, scratch) as book,
        contextlib.closing(Queue(Path(scratch))) as queue,
    ):
        titles = _Titles()
        all_rows = _Sheet(book, titles, READINGS, COLUMNS, _value(COLUMNS))
        first = _Sheet(book, titles, FIRST, FIRST_COLUMNS, _value(FIRST_COLUMNS))
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
        for form, its_records in records:
            columns = form_columns(form)
            first_field = len(columns) - 1 - len(form.fields)
            texts = range(first_field, first_field + len(form.fields))
            _add_records(_Sheet(book, titles, form.form, columns, texts), form, its_records)
        # Else it would have the time of writing, and a batch other bytes each time.
        book.set_properties({"created": latest.astimezone(UTC)})
    return number


def _value(columns: Sequence[str]) -> range:
    place = columns.index("value")
    return range(place, place + 1)


def _add_records(sheet: "_Sheet", form: FormFields, records: Iterable[Record]) -> None:
    for record in records:
        values = (record.values.get(field) for field in form.fields)
        name, look_at = printable(record.source.name), " ".join(record.look_at)[:LONGEST_TEXT]
        sheet.add((name, record.page, record.status.value, *values, look_at or None))
    sheet.finish()


class _Titles:
    """The names of the sheets of a workbook: no two the same, in whichever case."""

    def __init__(self) -> None:
        self._taken = {_RESERVED}

    def take(self, wanted: str) -> str:
        """A name like ``wanted`` that Excel allows, and that no sheet has yet."""
        plain = _NO_TITLE.sub("_", _plain(wanted)).strip("'") or "_"
        title, number = plain[:LONGEST_TITLE].strip("'"), 1
        while not title or title.casefold() in self._taken:
            number += 1
            more = f" {number}"
            title = plain[: LONGEST_TITLE - len(more)] + more
        self._taken.add(title.casefold())
        return title


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
    """Rows under a header that stays, with a filter; on further sheets where one is full. The
    columns ``texts`` hold text that may look like a number."""

    def __init__(
        self,
        book: Any,
        titles: _Titles,
        title: str,
        columns: Sequence[str],
        texts: range,
    ) -> None:
        self._book = book
        self._titles = titles
        self._title = title
        self._columns = columns
        self._texts = texts
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
        from xlsxwriter.utility import xl_range

        self._sheet = self._book.add_worksheet(self._titles.take(self._title))
        self._sheet.freeze_panes(1, 0)
        if self._texts:
            first, last = self._texts[0], self._texts[-1]
            self._sheet.ignore_errors({"number_stored_as_text": xl_range(1, first, MOST - 1, last)})
        for column, name in enumerate(self._columns):
            self._sheet.write_string(0, column, name, self._header)
        self._widths = [len(name) for name in self._columns]
        self._status = self._columns.index("status")
        self._rows = 1


def _plain(text: str) -> str:
    """``text`` as a cell can hold it. No name of a file reaches its limit of 32,767 characters."""
    text = _NO_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    # XlsxWriter would take it for markup of its own, and write it as it is.
    return f"{text} " if text.startswith("<r>") and text.endswith("</r>") else text
