"""Every kind of bad input gets its row, or is skipped and counted, and the rest goes on."""

import csv
import json
import os
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from digitbox.config import load
from digitbox.records import FileReading, Reading, Reason, Status
from tests import pdfs
from tests.conftest import ROOT, Command, read_files
from tests.pages import encoded, sheet
from tests.rights import bound

Read = Callable[..., FileReading]


def write(folder: Path, name: str | bytes, content: bytes) -> Path:
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    with open(path, "wb") as file:  # noqa: PTH123  # pathlib has no byte names
        file.write(content)
    return Path(os.fsdecode(path))


def only(file: FileReading) -> Reading:
    (reading,) = file.readings
    return reading


def rows(outbox: Path) -> list[dict[str, str]]:
    (table,) = outbox.glob("*.csv")
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def failed(file: FileReading) -> Reason | None:
    reading = only(file)
    assert reading.status is Status.FAILED
    assert reading.value is None
    return reading.reason


def test_an_empty_file(tmp_path: Path, read_file: Read) -> None:
    assert failed(read_file(write(tmp_path, "empty.png", b""))) is Reason.EMPTY


def test_text_named_png(tmp_path: Path, read_file: Read) -> None:
    file = write(tmp_path, "text.png", b"this is no picture\n" * 50)
    assert failed(read_file(file)) is Reason.NOT_AN_IMAGE


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_an_image_cut_in_half(tmp_path: Path, read_file: Read, form: str) -> None:
    content = encoded(sheet(3), form)
    file = write(tmp_path, f"half.{form.lower()}", content[: len(content) // 2])
    assert failed(read_file(file)) is Reason.TRUNCATED


def png_of_one_colour(width: int, height: int) -> bytes:
    """A valid grayscale PNG, deflated without ever being held in memory."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    # Blocks that end in a full flush stand for themselves: one serves for all.
    deflate = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = deflate.compress(bytes(100 * (width + 1))) + deflate.flush(zlib.Z_FULL_FLUSH)
    size = height * (width + 1)
    checksum = struct.pack(">HH", size % 65_521, 1)  # Adler's, of so many zeros
    assert height % 100 == 0
    body = b"\x78\xda" + block * (height // 100) + deflate.flush() + checksum
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


def test_a_zip_bomb_of_a_png(tmp_path: Path, read_file: Read) -> None:
    file = write(tmp_path, "bomb.png", png_of_one_colour(50_000, 50_000))
    assert file.stat().st_size < 3_000_000
    reading = read_file(file)
    assert failed(reading) is Reason.TOO_MANY_PIXELS
    assert (only(reading).width, only(reading).height) == (50_000, 50_000)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_a_page_that_does_not_fit_into_memory(tmp_path: Path, read_file: Read) -> None:
    file = write(tmp_path, "bomb.png", png_of_one_colour(20_000, 20_000))
    limits = {"limits.pixels": 10**9, "limits.memory": 200_000_000}
    assert failed(read_file(file, **limits)) is Reason.MEMORY
    good = write(tmp_path, "good.png", encoded(sheet(3)))
    assert only(read_file(good, **limits)).value == "3"


def test_a_file_over_the_limit_of_bytes(tmp_path: Path, read_file: Read) -> None:
    file = write(tmp_path, "large.png", encoded(sheet(3)))
    assert failed(read_file(file, **{"limits.bytes": 100})) is Reason.TOO_MANY_BYTES


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1)])
def test_an_image_of_hardly_any_size(
    tmp_path: Path, read_file: Read, size: tuple[int, int]
) -> None:
    reading = only(read_file(write(tmp_path, "thin.png", encoded(Image.new("L", size, 200)))))
    assert reading == Reading(1, Status.BLANK, width=size[0], height=size[1])


def test_an_animated_gif_is_read_once(tmp_path: Path, read_file: Read) -> None:
    first, *others = (Image.fromarray(sheet(value)) for value in (4, 5, 6))
    content = encoded(first, "GIF", save_all=True, append_images=others)
    reading = only(read_file(write(tmp_path, "moving.gif", content)))
    assert (reading.value, reading.status) == ("4", Status.ACCEPTED)


def test_a_tiff_with_a_broken_second_page(tmp_path: Path, read_file: Read) -> None:
    first, second = (Image.fromarray(sheet(value)) for value in (1, 2))
    whole = encoded(first, "TIFF", save_all=True, append_images=[second])
    readings = read_file(write(tmp_path, "two.tiff", whole[: len(whole) * 3 // 4])).readings
    assert [(reading.page, reading.value) for reading in readings] == [(1, "1"), (2, None)]
    assert readings[1].reason is Reason.TRUNCATED


def test_a_file_without_read_permission(tmp_path: Path) -> None:
    file = write(tmp_path, "secret.png", encoded(sheet(3)))
    write(tmp_path, "open.png", encoded(sheet(4)))
    file.chmod(0)
    command = [sys.executable, "-m", "digitbox", "batch", str(tmp_path), "--outbox", "out"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(bound(command), env=environment, check=True, capture_output=True)
    found = {row["file"]: (row["status"], row["reason"]) for row in rows(Path("out"))}
    assert found == {"open.png": ("accepted", ""), "secret.png": ("failed", "no_permission")}


def test_a_file_that_vanishes_after_it_was_listed(tmp_path: Path) -> None:
    write(tmp_path, "there.png", encoded(sheet(3)))
    there, gone = read_files(tmp_path, ["there.png", "gone.png"], load())
    assert only(there).value == "3"
    assert failed(gone) is Reason.VANISHED
    assert gone.sha256 is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no such names")
@pytest.mark.parametrize(
    ("name", "in_csv", "in_json"),
    [
        (b"line\nbreak.png", "line\nbreak.png", "line\nbreak.png"),
        (b'quo"te.png', 'quo"te.png', 'quo"te.png'),
        (b"com,ma.png", "com,ma.png", "com,ma.png"),
        (b"caf\xe9-\xff.png", "caf\\xe9-\\xff.png", "caf\\xe9-\\xff.png"),
        ("größe-数字.png".encode(), "größe-数字.png", "größe-数字.png"),
        (b"n" * 246 + b".png", "n" * 246 + ".png", "n" * 246 + ".png"),
        (b"=cmd", "'=cmd", "=cmd"),
        (b"=cmd|' calc'!A0.png", "'=cmd|' calc'!A0.png", "=cmd|' calc'!A0.png"),
        (b"@sum.png", "'@sum.png", "@sum.png"),
        (b"-1.png", "'-1.png", "-1.png"),
    ],
)
def test_an_awkward_name(
    tmp_path: Path, digitbox: Command, name: bytes, in_csv: str, in_json: str
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder, name, encoded(sheet(7)))
    done = digitbox("batch", folder, "--outbox", "out")
    assert done.returncode == 0, done.stderr
    (row,) = rows(Path("out"))
    assert (row["file"], row["value"]) == (in_csv, "7")
    (document,) = Path("out").glob("*.json")
    assert json.loads(document.read_text("utf-8"))["readings"][0]["file"] == in_json


def test_a_folder_named_png_is_a_folder(tmp_path: Path, digitbox: Command) -> None:
    folder = tmp_path / "in" / "x.png"
    folder.mkdir(parents=True)
    write(folder, "y.png", encoded(sheet(1)))
    assert digitbox("batch", tmp_path / "in", "--outbox", "out").returncode == 0
    assert [row["file"] for row in rows(Path("out"))] == ["x.png/y.png"]


def test_a_blank_page(tmp_path: Path, read_file: Read) -> None:
    reading = only(read_file(write(tmp_path, "b.png", encoded(Image.new("L", (400, 300), 222)))))
    assert (reading.status, reading.value) == (Status.BLANK, None)


def test_all_of_them_at_once_leave_the_good_ones_alone(tmp_path: Path, digitbox: Command) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for value in range(10):
        write(folder, f"good-{value}.png", encoded(sheet(value)))
    for number, content in enumerate(
        [b"", b"text", encoded(sheet(1))[:900], png_of_one_colour(30_000, 30_000), b"%PDF-1.7\nx"]
    ):
        write(folder, f"bad-{number}.png", content)
    done = digitbox("batch", folder, "--outbox", "out", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = rows(Path("out"))
    assert [row["value"] for row in found if row["status"] == "accepted"] == list("0123456789")
    assert sum(row["status"] == "failed" for row in found) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
def test_a_picture_in_a_pdf_that_does_not_fit_into_memory(tmp_path: Path, read_file: Read) -> None:
    pytest.importorskip("pypdfium2")
    side = 12_000
    packed = zlib.compress(b"\xfa" * (3 * side * side), 1)
    data = pdfs.picture(b"/FlateDecode", packed, space=b"/DeviceRGB", side=side)
    reading = read_file(write(tmp_path, "large.pdf", data), **{"limits.memory": 200_000_000})
    assert failed(reading) is Reason.MEMORY
