"""Chunks that are large or damaged. Also tried: an IEND with a wrong checksum."""

import struct
import zlib

import numpy as np
import pytest

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
HEADER = 33
"""Bytes of the signature and the chunk IHDR."""


def chunk(kind: bytes, content: bytes, is_right: bool = True) -> bytes:
    checksum = zlib.crc32(kind + content) ^ (not is_right)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def with_chunk(made: bytes) -> bytes:
    data = encoded(sheet(4))
    return data[:HEADER] + made + data[HEADER:]


LARGE = zlib.compress(bytes(3_000_000))


@pytest.mark.parametrize(
    "made",
    [
        chunk(b"zTXt", b"k\0\0" + LARGE),
        chunk(b"iCCP", b"k\0\0" + LARGE),
        chunk(b"iTXt", b"k\0\1\0\0\0" + LARGE),
        chunk(b"tEXt", b"k\0" + bytes(3_000_000)),
        chunk(b"tEXt", b"k\0v", is_right=False),
        chunk(b"pHYs", bytes(9), is_right=False),
        chunk(b"eXIf", b"nothing of the kind", is_right=False),
    ],
)
def test_what_does_not_show_the_picture_does_not_spoil_it(made: bytes) -> None:
    (page,) = decode(with_chunk(made), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None
    assert np.array_equal(page.gray, sheet(4))


@pytest.mark.parametrize("cut", [12, 5])
def test_a_picture_without_its_end_is_read(cut: int) -> None:
    (page,) = decode(encoded(sheet(4))[:-cut], LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


def test_a_wrong_checksum_of_the_picture_is_damage() -> None:
    data = bytearray(encoded(sheet(4)))
    start = data.index(b"IDAT")
    (length,) = struct.unpack_from(">I", data, start - 4)
    data[start + 4 + length] ^= 1
    (page,) = decode(bytes(data), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is Reason.DAMAGED


def test_a_wrong_checksum_of_the_header_is_damage() -> None:
    data = bytearray(encoded(sheet(4)))
    data[HEADER - 1] ^= 1
    assert list(decode(bytes(data), LIMIT)) == [BrokenPage(1, Reason.CORRUPT)]
