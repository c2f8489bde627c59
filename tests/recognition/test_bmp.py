"""BMPs of which something was put amid their data. Also tried: one row, four bytes, 100 bytes."""

import struct

import pytest
from PIL import Image

from digitbox.recognition.decode import Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
WHOLE = encoded(sheet(4), "BMP")
MIDDLE = len(WHOLE) // 2


def doubt(data: bytes) -> Reason | None:
    (page,) = decode(data, LIMIT)
    assert isinstance(page, Page)
    return page.doubt


@pytest.mark.parametrize("size", [1, 40, 3000])
def test_bytes_amid_the_picture_are_damage(size: int) -> None:
    assert doubt(WHOLE[:MIDDLE] + bytes(size) + WHOLE[MIDDLE:]) is Reason.DAMAGED


@pytest.mark.parametrize("place", [18, 22])
def test_a_picture_that_is_smaller_than_its_data_is_damage_where_the_file_is_longer(
    place: int,
) -> None:
    data = bytearray(WHOLE)
    data[place : place + 4] = struct.pack("<i", 200)
    data[2:6] = struct.pack("<I", len(data) - 100)
    assert doubt(bytes(data)) is Reason.DAMAGED


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1"])
@pytest.mark.parametrize("width", [31, 240])
def test_a_whole_picture_is_no_damage(mode: str, width: int) -> None:
    assert (
        doubt(encoded(Image.fromarray(sheet(4, width=width, side=30)).convert(mode), "BMP")) is None
    )


@pytest.mark.parametrize("length", [0, 54, len(WHOLE) + 2])
def test_a_wrong_length_is_no_damage(length: int) -> None:
    assert doubt(WHOLE[:2] + struct.pack("<I", length) + WHOLE[6:]) is None


def test_zeros_behind_the_picture_are_no_damage() -> None:
    assert doubt(WHOLE + bytes(512)) is None


def test_what_the_file_counts_as_its_own_may_follow_the_picture() -> None:
    data = WHOLE + b"a profile"
    assert doubt(data[:2] + struct.pack("<I", len(data)) + data[6:]) is None
