"""Chunks that are large or damaged. Also tried: an IEND with a wrong checksum."""

import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL.PngImagePlugin import PngInfo

from digitbox.recognition import png
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
        chunk(b"eXIf", b"nothing of the kind"),
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


@pytest.mark.parametrize("kind", [b"eXIf", b"tRNS"])
def test_what_may_have_changed_the_picture_is_for_a_person(kind: bytes) -> None:
    (page,) = decode(with_chunk(chunk(kind, bytes(2), is_right=False)), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is Reason.DAMAGED


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("length", [0, 2_000_000])
def test_a_text_that_says_which_way_is_up_is_heard_unless_it_is_too_long(
    length: int, is_compressed: bool
) -> None:
    info = PngInfo()
    xmp = '<x tiff:Orientation="6"/>' + " " * length
    info.add_itxt("XML:com.adobe.xmp", xmp, zip=is_compressed)
    stored = np.rot90(sheet(6)) if not length else sheet(6)
    (page,) = decode(encoded(np.ascontiguousarray(stored), pnginfo=info), LIMIT)
    assert isinstance(page, Page)
    assert np.array_equal(page.gray, sheet(6))


@pytest.mark.parametrize("rows", [1, 150, 299])
def test_rows_that_are_missing_are_for_a_person(rows: int) -> None:
    """They came out black, and the page was accepted."""
    raw = b"".join(b"\0" + row.tobytes() for row in sheet(4)[:rows])
    header = struct.pack(">IIBBBBB", 240, 300, 8, 0, 0, 0, 0)
    made = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    (page,) = decode(b"\x89PNG\r\n\x1a\n" + made, LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is Reason.DAMAGED


@pytest.mark.parametrize("place", [-1, -6, 20])
def test_missing_rows_in_damaged_data_are_for_a_person(place: int) -> None:
    """Their worker broke off, since zlib was asked a second time."""
    raw = b"".join(b"\0" + row.tobytes() for row in sheet(4)[:200])
    header = struct.pack(">IIBBBBB", 240, 300, 8, 0, 0, 0, 0)
    deflated = bytearray(zlib.compress(raw))
    deflated[place] ^= 1
    endless = struct.pack(">I", 1 << 30) + b"IDAT" + bytes(deflated) + bytes(8)
    (page,) = decode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + endless, LIMIT)
    assert isinstance(page, BrokenPage) or page.doubt is Reason.DAMAGED


def test_what_zlib_finds_damaged_lacks_rows() -> None:
    header = struct.pack(">IIBBBBB", 240, 300, 8, 0, 0, 0, 0)
    deflated = zlib.compress(bytes(241 * 200))
    made = chunk(b"IHDR", header) + chunk(b"IDAT", deflated[:-1] + b"\0")
    assert png.lacks_rows(b"\x89PNG\r\n\x1a\n" + made)


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 4), (8, 8), (33, 17)])
def test_a_black_page_has_all_of_its_rows(size: tuple[int, int], interlace: bool) -> None:
    width, height = size
    passes = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2)]
    passes = [*passes, (0, 1, 1, 2)] if interlace else [(0, 1, 0, 1)]
    sizes = ((len(range(a, width, b)), len(range(c, height, d))) for a, b, c, d in passes)
    raw = b"".join(bytes(1 + columns) * rows for columns, rows in sizes if columns)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, interlace)
    made = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    (page,) = decode(b"\x89PNG\r\n\x1a\n" + made, LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("count", [3, 4])
def test_colours_of_16_bits_of_which_few_are_used_are_not_black(bits: int, count: int) -> None:
    white = 2**bits - 1
    pixels = np.rint(sheet(4) / 255 * white).astype(np.uint16)
    colours = np.repeat(pixels[..., None], count, axis=2)
    if count == 4:
        colours[..., 3] = 65535
    (page,) = decode(cv2.imencode(".png", colours)[1].tobytes(), LIMIT)
    assert isinstance(page, Page)
    assert np.abs(page.gray.astype(int) - sheet(4)).max() <= 4


def test_a_page_that_is_dark_all_over_keeps_what_is_light_on_it() -> None:
    dark = np.repeat(((255 - sheet(4)).astype(np.uint16) * 50)[..., None], 3, axis=2)
    (page,) = decode(cv2.imencode(".png", dark)[1].tobytes(), LIMIT)
    assert isinstance(page, Page)
    assert np.corrcoef(page.gray.ravel(), 255 - sheet(4).ravel())[0, 1] > 0.99
