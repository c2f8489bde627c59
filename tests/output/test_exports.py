import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from digitbox.errors import DigitboxError, InputError, OutboxError
from digitbox.extras import how_to_install
from digitbox.output import exports
from digitbox.output.exports import kind_of, moment, stream, write
from digitbox.output.tables import COLUMNS, detailed, to_csv
from digitbox.records import Row, Source
from tests.conftest import ROOT
from tests.output.test_tables import MOMENT, NUMBERS, READINGS, batch, number, parsed
from tests.spreadsheets import read

ROWS = batch(*READINGS).rows
KINDS = ["csv", "json", "parquet", "xlsx"]
PACKAGES = {"parquet": "pyarrow", "xlsx": "xlsxwriter"}


def parquet(file: Path) -> list[dict[str, object]]:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    from pyarrow.parquet import read_table

    rows: list[dict[str, object]] = read_table(file).to_pylist()
    return rows


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name in PACKAGES:
        pytest.importorskip(PACKAGES[name], reason=f"{name} needs {PACKAGES[name]}")
    return name


def column(name: str, kind: str, file: Path) -> list[object]:
    """What stands in a column of an export."""
    rows: Sequence[Mapping[str, object]]
    if kind == "csv":
        rows = parsed(file.read_bytes())
    elif kind == "json":
        rows = json.loads(file.read_bytes())
    elif kind == "xlsx":
        rows = read(file.read_bytes())
    else:
        rows = parquet(file)
    return [row[name] for row in rows]


def ids(kind: str, file: Path) -> list[object]:
    return column("id", kind, file)


def test_csv_is_that_of_a_batch(tmp_path: Path) -> None:
    assert write(ROWS, "csv", tmp_path / "out") == len(ROWS)
    assert (tmp_path / "out").read_bytes() == to_csv(batch(*READINGS))


def test_json_is_an_array_with_a_row_a_line(tmp_path: Path) -> None:
    assert write(ROWS, "json", tmp_path / "out") == len(ROWS)
    content = (tmp_path / "out").read_bytes()
    expected = json.loads(msgspec.json.encode([detailed(row) for row in ROWS]))
    assert json.loads(content) == expected
    assert content.count(b"\n") == len(ROWS) + 2


def test_parquet_has_the_columns_of_the_csv_with_types(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    assert write(ROWS, "parquet", tmp_path / "out") == len(ROWS)
    rows = parquet(tmp_path / "out")
    assert [list(row) for row in rows] == [list(COLUMNS)] * len(ROWS)
    second = MOMENT.replace(microsecond=0)
    for found, row in zip(rows, ROWS, strict=True):
        expected = {name: detailed(row)[name] for name in COLUMNS}
        assert found == expected | {"read_at": second}


def test_no_rows_make_a_whole_file(tmp_path: Path, kind: str) -> None:
    assert write([], kind, tmp_path / "out") == 0
    assert ids(kind, tmp_path / "out") == []


def test_rows_are_taken_part_by_part(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    rows = [replace(ROWS[0], id=f"r-{count}") for count in range(10)]
    assert write(iter(rows), kind, tmp_path / "out") == 10
    assert ids(kind, tmp_path / "out") == [row.id for row in rows]


def test_names_that_are_not_utf_8_can_be_exported(tmp_path: Path, kind: str) -> None:
    write([replace(ROWS[0], source=Source("in\udcff", "caf\udce9"))], kind, tmp_path / "out")
    assert column("file", kind, tmp_path / "out") == ["caf\\xe9"]


def test_numbers_are_exported_as_they_were_written(tmp_path: Path, kind: str) -> None:
    write(batch(*map(number, NUMBERS)).rows, kind, tmp_path / "out")
    assert column("value", kind, tmp_path / "out") == NUMBERS


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.xlsx", "xlsx"),
        ("a.XLSX", "xlsx"),
        ("a.json", "json"),
        ("a.parquet", "parquet"),
        ("a.csv", "csv"),
        ("a", "csv"),
        ("-", "csv"),
    ],
)
def test_the_ending_says_the_kind(name: str, expected: str) -> None:
    assert kind_of(Path(name)) == expected


@pytest.mark.parametrize("name", ["a.xlsx.txt", "a.xls", "a.ods", "a.tsv", "a.csv.gz", "a.2026-01"])
def test_an_ending_of_no_format_is_refused_unless_one_is_asked_for(name: str) -> None:
    with pytest.raises(InputError, match=r"Give a name with .*\.xlsx.* or say with --format"):
        kind_of(Path(name))
    assert kind_of(Path(name), "json") == "json"


@pytest.mark.parametrize("asked", KINDS)
@pytest.mark.parametrize("ending", KINDS)
def test_a_name_of_another_format_is_refused(ending: str, asked: str) -> None:
    output = Path(f"a.{ending}")
    if ending == asked:
        assert kind_of(output, asked) == asked
        return
    with pytest.raises(InputError, match=f"holds {ending.upper()}, and --format says {asked}"):
        kind_of(output, asked)


def test_a_stream_gets_the_same_as_a_file(tmp_path: Path, kind: str) -> None:
    streamed = io.BytesIO()
    assert stream(ROWS, kind, streamed) == len(ROWS)
    (tmp_path / "out").write_bytes(streamed.getvalue())
    assert ids(kind, tmp_path / "out") == [row.id for row in ROWS]


def test_what_the_system_calls_a_stream_stays_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As ``/dev/stdout`` is one, to a file where the output goes to one."""
    monkeypatch.setattr(exports, "STREAMS", (tmp_path,))
    (tmp_path / "stdout").symlink_to(tmp_path / "file")
    (tmp_path / "file").write_bytes(b"")
    write(ROWS, "csv", tmp_path / "stdout")
    assert (tmp_path / "stdout").is_symlink()
    assert len(parsed((tmp_path / "file").read_bytes())) == len(ROWS)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    write_end = threading.Thread(target=write, args=(ROWS, "csv", tmp_path / "pipe"))
    write_end.start()
    assert parsed((tmp_path / "pipe").read_bytes())[0]["id"] == ROWS[0].id
    write_end.join()
    assert (tmp_path / "pipe").is_fifo()


def test_what_was_there_is_replaced_only_by_a_whole_file(tmp_path: Path, kind: str) -> None:
    def broken() -> Iterator[Row]:
        yield from ROWS
        raise DigitboxError("the ledger is damaged")

    (tmp_path / "out").write_bytes(b"old")
    with pytest.raises(DigitboxError, match="damaged"):
        write(broken(), kind, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
    write(ROWS, kind, tmp_path / "out")
    assert len(ids(kind, tmp_path / "out")) == len(ROWS)


@pytest.mark.parametrize("where", ["none/out", "file/out", "folder"])
def test_a_file_that_cannot_be_written_is_named(tmp_path: Path, kind: str, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutboxError, match=rf"{where}: cannot be written"):
        write(ROWS, kind, tmp_path / where)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize(
    ("extra", "package", "said"),
    [
        ("parquet", "pyarrow", "Parquet needs pyarrow"),
        ("xlsx", "xlsxwriter", "XLSX needs XlsxWriter"),
    ],
)
def test_without_a_package_it_is_said_what_to_install(
    tmp_path: Path, extra: str, package: str, said: str
) -> None:
    script = (
        f"import sys; sys.modules['{package}'] = None\n"
        "from pathlib import Path\n"
        "from digitbox.errors import DigitboxError\n"
        "from digitbox.output.exports import write\n"
        f"try: write([], '{extra}', Path(sys.argv[1]))\n"
        "except DigitboxError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "out"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout == f"{said}: {how_to_install(extra)}\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T12:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:01Z", datetime(2026, 1, 31, 12, 0, 1, tzinfo=UTC)),
        ("2026-01-31T12:00+02:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_a_day_or_time_is_utc_unless_it_says_otherwise(text: str, expected: datetime) -> None:
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["", "yesterday", "31.1.2026", "2026-13-01", "2026-01-31T25:00"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no day or time"):
        moment(text)
