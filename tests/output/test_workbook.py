import dataclasses
import io
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digitbox.output import workbook
from digitbox.output.attention import FIRST_COLUMNS
from digitbox.output.tables import COLUMNS, cells
from digitbox.output.workbook import COLOURS, FIRST, WIDEST, to_xlsx
from digitbox.output.workbook import READINGS as ALL
from digitbox.records import Alternative, Reading, Reason, Row, Status
from tests.conftest import ROOT
from tests.output.test_tables import MOMENT, NUMBERS, READINGS, batch, number
from tests.spreadsheets import opened, read

pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")


def markup(content: bytes) -> str:
    """All that is in the file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


def written(rows: list[Row], **options: Any) -> bytes:
    content = io.BytesIO()
    assert workbook.write(rows, content, **options) == len(rows)
    return content.getvalue()


def row(name: str, reading: Reading, replaces: str | None = None) -> Row:
    return dataclasses.replace(batch(reading, name=name).rows[0], id=name, replaces=replaces)


def doubted(confidence: float) -> Reading:
    return dataclasses.replace(number("7"), confidence=confidence)


def test_it_has_the_columns_of_the_csv() -> None:
    whole = batch(*READINGS)
    rows = read(to_xlsx(whole))
    assert [tuple(one) for one in rows] == [COLUMNS] * len(READINGS)
    assert [tuple(one.values()) for one in rows] == [cells(one) for one in whole.rows]


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("title", [ALL, FIRST])
def test_a_value_is_text_and_stays_text_when_it_is_edited(value: str, title: str) -> None:
    sheet = opened(to_xlsx(batch(number(value))))[title]
    header, (*found,) = sheet.iter_rows()
    (cell,) = (cell for name, cell in zip(header, found, strict=True) if name.value == "value")
    assert (cell.value, cell.data_type, cell.number_format) == (value, "s", "@")
    empty = sheet.column_dimensions[cell.column_letter]
    assert empty.number_format == "@"


DANGEROUS = [
    "=1+1",
    "{=1+1}",
    "+1",
    "-1",
    "@SUM(A1)",
    '=HYPERLINK("http://example.org")',
    "http://example.org/a.png",
    "mailto:a@example.org",
    "internal:Readings!A1",
    "external:c:/a.xlsx",
    "<r></is></c><c><f>1+1</f></c></r>",
    "&lt;f>",
    "a\tb\nc",
    " a ",
    "1E5",
    "TRUE",
]


@pytest.mark.parametrize("name", DANGEROUS)
def test_no_name_is_run_or_becomes_a_link(name: str) -> None:
    content = to_xlsx(batch(number("7"), name=name))
    found = markup(content)
    assert not re.search("<f>|<f |hyperlink|externalLink", found)
    for title in (ALL, FIRST):
        (line,) = read(content, title)
        assert line["file"].rstrip(" ") == name.rstrip(" ")
    assert {cell.data_type for cell in opened(content)[ALL]["B"]} == {"s"}


@pytest.mark.parametrize("name", ["a\x00b", "a\x1bb", "a\rb", "a\ufffeb", "a\uffffb", "_x0041_"])
def test_no_name_makes_a_file_that_cannot_be_opened(name: str) -> None:
    (line,) = read(to_xlsx(batch(READINGS[0], name=name)))
    assert line["file"]


def test_the_header_stays_and_has_a_filter() -> None:
    book = opened(to_xlsx(batch(*READINGS)))
    assert book.sheetnames == [ALL, FIRST]
    sheet = book[ALL]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:O{len(READINGS) + 1}"
    assert book[FIRST].freeze_panes == "A2"
    assert book[FIRST].auto_filter.ref.startswith("A1:H")
    assert book.active.title == ALL


def test_columns_are_as_wide_as_what_is_in_them() -> None:
    long = "a" * 500
    sheet = opened(to_xlsx(batch(number("1234567890123456"), name=long)))[ALL]
    widths = {name: sheet.column_dimensions[name].width for name in "BD"}
    assert WIDEST < widths["B"] < 2 * WIDEST
    assert 16 < widths["D"] < 25


def test_the_status_is_a_word_on_a_colour_of_its_own() -> None:
    sheet = opened(to_xlsx(batch(*READINGS)))[ALL]
    found = {cell.value: cell.fill.fgColor.rgb for cell in list(sheet["F"])[1:]}
    assert set(found) == set(Status)
    assert len(set(found.values())) == len(Status)


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("status", Status)
def test_the_status_can_be_read_on_its_colour(status: Status) -> None:
    background, text = map(luminance, COLOURS[status])
    assert (background + 0.05) / (text + 0.05) >= 4.5


def test_what_to_look_at_comes_the_least_certain_first() -> None:
    rows = [
        row("letter", Reading(1, Status.NOT_DIGIT)),
        row("sure", READINGS[0]),
        row("broken", Reading.failed(Reason.CORRUPT)),
        row("fair", doubted(0.9)),
        row("blank", Reading(1, Status.BLANK)),
        row("poor", doubted(0.0)),
        row("as poor", doubted(0.0)),
        row("seen", Reading(1, Status.NOT_DIGIT, Reason.REVIEWED)),
    ]
    listed = read(written(rows), FIRST)
    assert [tuple(one) for one in listed] == [FIRST_COLUMNS] * 5
    assert [one["file"] for one in listed] == ["poor", "as poor", "fair", "broken", "letter"]


def test_what_was_replaced_since_needs_no_look() -> None:
    rows = [row("a", doubted(0.5)), row("b", doubted(0.6)), row("c", doubted(0.7), replaces="b")]
    rows.append(row("d", READINGS[0], replaces="a"))
    assert [one["file"] for one in read(written(rows), FIRST)] == ["c"]


def test_what_else_it_may_be_is_listed() -> None:
    alternatives = (Alternative("7,300", 0.6), Alternative("1,300", 0.25), Alternative("73", 0.01))
    (one,) = read(
        written([row("a", dataclasses.replace(number("7,300"), alternatives=alternatives))]), FIRST
    )
    assert one["alternatives"] == "1,300: 0.2500; 73: 0.0100"


def test_what_does_not_fit_on_a_sheet_stands_on_further_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "MOST", 4)
    rows = [row(f"{count}", doubted(count / 10)) for count in range(8)]
    content = written(rows)
    book = opened(content)
    assert book.sheetnames == [ALL, FIRST, f"{ALL} 2", f"{ALL} 3", f"{FIRST} 2", f"{FIRST} 3"]
    for title in (ALL, FIRST):
        sheets = [title, f"{title} 2", f"{title} 3"]
        found = [one["file"] for sheet in sheets for one in read(content, sheet)]
        assert found == [one.id for one in rows]
        assert [book[sheet].auto_filter.ref[-1] for sheet in sheets] == ["4", "4", "3"]
        assert {book[sheet].freeze_panes for sheet in sheets} == {"A2"}


def test_no_rows_make_a_workbook() -> None:
    content = written([])
    assert read(content) == read(content, FIRST) == []


def test_it_is_dated_by_its_rows() -> None:
    later = MOMENT + timedelta(days=1)
    content = written(
        [row("a", READINGS[0]), dataclasses.replace(row("b", READINGS[0]), read_at=later)]
    )
    created = opened(content).properties.created
    assert created == later.replace(microsecond=0, tzinfo=None)


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def rows(count: int) -> Iterator[Row]:
        for each in range(count):
            yield row(f"{each}.png", doubted(each % 10 / 10))

    def peak(count: int) -> int:
        with (tmp_path / "out").open("wb") as file:
            tracemalloc.start()
            try:
                assert workbook.write(rows(count), file, tmp_path) == count
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    peak(10)  # what is imported stays
    assert peak(1500) < peak(300) + 200_000
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


FULL_DISK = """
import sys
from pathlib import Path
from digitbox.errors import OutboxError
from digitbox.output.exports import write
from tests.spreadsheets import opened, read
from tests.output.test_tables import batch, number

folder = Path(sys.argv[1])
rows = batch(number("0417")).rows
for count in (1, 300, 1_000, 3_000, 10_000):
    try:
        write(rows * count, "xlsx", folder / f"{count}.xlsx")
    except OutboxError as error:
        print(error)
print(sorted(path.name for path in folder.iterdir()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces")
def test_a_full_disk_is_named_and_leaves_nothing_behind(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    mount = f'mount -t tmpfs -o size=512k tmpfs {tmp_path} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", FULL_DISK, tmp_path],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")
    *messages, left = done.stdout.splitlines()
    assert messages
    assert all(re.search("No space left on device|disk is full", one) for one in messages)
    assert left == "['1.xlsx']", done.stdout
    assert not done.stderr
