"""HEIC: turned once, by its properties, by its EXIF data, or by both."""

import io

import numpy as np
import pytest
from PIL import Image

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import sheet

pillow_heif = pytest.importorskip("pillow_heif")

LIMIT = 10**6
TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
ENTRY = b"\x01\x12\x00\x03\x00\x00\x00\x01\x00"


def heic(orientation: int, has_property: bool, has_exif: bool = True) -> bytes:
    """A page that is stored as EXIF calls ``orientation``, and that says so by a property, by EXIF
    data, or by both."""
    stored = Image.fromarray(sheet(6)).convert("RGB").transpose(TURN[orientation])
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + ENTRY + b"\x01\0\0" + bytes(4)
    at_first = exif.replace(ENTRY + b"\x01", ENTRY + bytes([orientation]))
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(stored)
    file.save(buffer, exif=at_first if has_property else exif)
    said = orientation if has_exif else 1
    data = buffer.getvalue()
    start = data.index(ENTRY) + len(ENTRY)
    return data[:start] + bytes([said]) + data[start + 1 :]


@pytest.mark.parametrize("orientation", TURN)
@pytest.mark.parametrize(("has_property", "has_exif"), [(True, True), (True, False), (False, True)])
def test_a_page_is_turned_once(orientation: int, has_property: bool, has_exif: bool) -> None:
    data = heic(orientation, has_property, has_exif)
    assert (b"irot" in data or b"imir" in data) == has_property
    (page,) = decode(data, LIMIT)
    assert isinstance(page, Page)
    assert (page.width, page.height) == (240, 300)
    assert np.abs(page.gray.astype(int) - sheet(6)).mean() < 5


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9])
def test_a_file_that_ends_too_early_is_truncated(share: float) -> None:
    data = heic(6, has_property=True)
    cut = data[: int(len(data) * share)]
    assert list(decode(cut, LIMIT)) == [BrokenPage(1, Reason.TRUNCATED)]


def test_a_file_of_nothing_but_its_type_is_corrupt() -> None:
    data = heic(6, has_property=True)
    size = int.from_bytes(data[:4], "big")
    assert list(decode(data[:size], LIMIT)) == [BrokenPage(1, Reason.CORRUPT)]
