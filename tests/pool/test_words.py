"""What C libraries say of damaged files is seen by the readings, and by nobody else. Also tried:
a fax with bad code words at a few places."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from digitbox.config import Config
from digitbox.pool.words import Words
from digitbox.records import Reason, Status
from tests.conftest import read_files
from tests.pages import encoded, sheet
from tests.pdfs import picture, seven


def damaged_fax() -> bytes:
    """The damage is in the empty paper at the foot: the digit is read all the same."""
    image = Image.fromarray(sheet(5, height=600, width=480, side=300)).convert("1")
    data = bytearray(encoded(image, "TIFF", compression="group3"))
    with Image.open(io.BytesIO(bytes(data))) as opened:
        assert isinstance(opened, TiffImageFile)
        (start,), (length,) = opened.tag_v2[273], opened.tag_v2[279]
    middle = start + length * 4 // 5
    data[middle : middle + 16] = b"\x01\x02\x04\x02" * 4
    return bytes(data)


def test_what_a_decoder_complains_of_is_damaged_and_said_by_nobody(
    tmp_path: Path, config: Config, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.tif").write_bytes(damaged_fax())
    (tmp_path / "good.png").write_bytes(encoded(sheet(5)))
    bad, good = read_files(tmp_path, ["bad.tif", "good.png"], config)
    assert [(one.status, one.reason, one.value) for one in bad.readings] == [
        (Status.REVIEW, Reason.DAMAGED, "5")
    ]
    assert Reason.DAMAGED not in good.reasons
    assert capfd.readouterr().err == ""


def flipped(data: bytes, place: float) -> bytes:
    """One bit of the scan of a JPEG is another one."""
    start = data.index(b"\xff\xda") + 12
    middle = start + round((len(data) - 2 - start) * place)
    return data[:middle] + bytes([data[middle] ^ 0x10]) + data[middle + 1 :]


KINDS = {
    "gray": {"quality": 90},
    "progressive": {"quality": 90, "progressive": True},
    "restarts": {"quality": 90, "restart_marker_blocks": 3},
}


@pytest.mark.parametrize("kind", KINDS)
def test_codes_of_a_jpeg_that_are_damaged_are_for_a_person(
    tmp_path: Path, config: Config, capfd: pytest.CaptureFixture[str], kind: str
) -> None:
    """libjpeg hears about half of all flipped bits: those that change how many codes there are."""
    whole = encoded(sheet(5), "JPEG", **KINDS[kind])
    names = [f"{number}.jpg" for number in range(24)]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(flipped(whole, (number + 1) / 25))
    (tmp_path / "whole.jpg").write_bytes(whole)
    (tmp_path / "whole.pdf").write_bytes(picture(b"/DCTDecode", encoded(seven(), "JPEG")))
    files = read_files(tmp_path, [*names, "whole.jpg", "whole.pdf"], config)
    *damaged, jpeg, pdf = [one.readings[0] for one in files]
    assert (jpeg.status, jpeg.value) == (Status.ACCEPTED, "5")
    assert (pdf.status, pdf.value) == (Status.ACCEPTED, "7")
    assert sum(one.status is not Status.ACCEPTED for one in damaged) >= 8
    assert capfd.readouterr().err == ""


def test_a_damaged_jpeg_in_a_pdf_is_for_a_person(tmp_path: Path, config: Config) -> None:
    noise = np.random.default_rng(1).normal(0, 3, (400, 400))
    pixels = np.clip(np.asarray(seven(), float) + noise, 0, 255).astype(np.uint8)
    whole = encoded(pixels, "JPEG", quality=90)
    names = [f"{number}.pdf" for number in range(8)]
    for number, name in enumerate(names):
        data = picture(b"/DCTDecode", flipped(whole, (number + 1) / 9))
        (tmp_path / name).write_bytes(data)
    found = [reason for one in read_files(tmp_path, names, config) for reason in one.reasons]
    assert Reason.DAMAGED in found


SLOPPY = {
    "bytes between its segments": lambda data: data[:20] + b"\0\0" + data[20:],
    "EXIF data that are shorter than they say": lambda data: (
        data[:2] + b"\xff\xe1\0\x20Exif\0\0" + b"\xff\xd0x" * 30 + data[2:]
    ),
    "another revision of JFIF": lambda data: data[:11] + b"\x07" + data[12:],
    "a scan that says that it is progressive": lambda data: data.replace(b"\0\x3f\0", b"\0\0\0", 1),
    "bytes behind its end": lambda data: data + b"SEFT" * 9,
    "a thumbnail behind its end": lambda data: data + encoded(sheet(3), "JPEG"),
    "no end marker": lambda data: data[:-2],
    "fill bytes before its end": lambda data: data[:-2] + b"\xff\xff\xff" + data[-2:],
    "zeros behind its end": lambda data: data + bytes(100),
}


@pytest.mark.parametrize("kind", SLOPPY)
def test_what_shows_all_of_its_picture_is_not_damaged(
    tmp_path: Path, config: Config, kind: str
) -> None:
    (tmp_path / "a.jpg").write_bytes(SLOPPY[kind](encoded(sheet(5), "JPEG")))
    (file,) = read_files(tmp_path, ["a.jpg"], config)
    assert [(one.status, one.value) for one in file.readings] == [(Status.ACCEPTED, "5")]


def test_the_process_that_starts_workers_keeps_its_standard_error() -> None:
    before = os.fstat(2)
    words = Words()
    words.catch()
    assert not words.were_said()
    assert os.fstat(2) == before
