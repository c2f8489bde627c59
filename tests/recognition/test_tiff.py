"""Every kind of pixels is shown as it is, or refused by its name.

Also tried by hand, from the same writer: both byte orders × no compression, Deflate and PackBits ×
samples together and apart × 8, 16 and 32 bits with and without a sign, half, single and double
floats × gray of both photometrics, gray and RGB with each kind of extra sample, CMYK × strips of
different heights: 1,872 files.
"""

import io
import struct
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import sheet
from tests.recognition.tiffs import DEFLATE, PACK_BITS, Kind, Plane, tiff

LIMIT = 10**6
PAPER = np.full((40, 30), 0.9)
PAPER[8:32, 10:20] = 0.1
PAPER[0, :] = 1.0
PAPER[1, :] = 0.0
OPAQUE, CLEAR = np.ones_like(PAPER), np.zeros_like(PAPER)


def shown(planes: Sequence[Plane], kind: Kind) -> np.ndarray:
    (page,) = decode(tiff(planes, kind), LIMIT)
    assert isinstance(page, Page), page
    return page.gray


def is_paper(gray: np.ndarray) -> bool:
    return bool(np.abs(gray - 255 * PAPER).max() <= 2)


TYPES = ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("is_planar", [False, True])
@pytest.mark.parametrize("compression", [1, DEFLATE, PACK_BITS])
@pytest.mark.parametrize("dtype", TYPES)
def test_a_type_of_sample_is_shown_in_colour(
    dtype: str, compression: int, is_planar: bool, order: str
) -> None:
    kind = Kind(dtype, 2, (), is_planar, compression, order)
    assert is_paper(shown([PAPER] * 3, kind))


@pytest.mark.parametrize("dtype", TYPES)
def test_a_type_of_sample_is_shown_in_gray(dtype: str) -> None:
    assert is_paper(shown([PAPER], Kind(dtype)))
    assert is_paper(shown([1 - PAPER], Kind(dtype, 0)))


@pytest.mark.parametrize("extra", [0, 1, 2])
@pytest.mark.parametrize("is_planar", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
def test_a_sample_beyond_the_colours_is_none(dtype: str, is_planar: bool, extra: int) -> None:
    beyond = [OPAQUE, CLEAR][extra == 0]
    assert is_paper(shown([PAPER, beyond], Kind(dtype, 1, (extra,), is_planar)))
    assert is_paper(shown([PAPER] * 3 + [beyond], Kind(dtype, 2, (extra,), is_planar)))


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_deep_ink_on_nothing_is_on_white(dtype: str) -> None:
    ink = np.where(PAPER < 0.5, 1.0, 0.0)
    gray = shown([CLEAR, ink], Kind(dtype, 1, (2,)))
    assert np.array_equal(gray, 255 - 255 * ink)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("is_planar", [False, True])
def test_inks_are_dark(dtype: str, is_planar: bool) -> None:
    assert is_paper(shown([CLEAR] * 3 + [1 - PAPER], Kind(dtype, 5, (), is_planar)))


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_colours_of_few_bits_in_many_are_scaled(bits: int) -> None:
    assert is_paper(shown([PAPER] * 3, Kind("u2", 2, white=2**bits - 1)))


@pytest.mark.parametrize("predictor", [1, 2])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "u4"])
@pytest.mark.parametrize("is_planar", [False, True])
def test_tiles_and_differences_are_undone(dtype: str, predictor: int, is_planar: bool) -> None:
    kind = Kind(dtype, 2, (), is_planar, DEFLATE, is_tiled=True, predictor=predictor)
    assert is_paper(shown([PAPER] * 3, kind))


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({259: 50001}, Reason.UNSUPPORTED_COMPRESSION),
        ({259: 34712}, Reason.UNSUPPORTED_COMPRESSION),
        ({262: 32845}, Reason.UNSUPPORTED_PIXELS),
        ({317: 7}, Reason.UNSUPPORTED_PIXELS),
        ({339: 4}, Reason.UNSUPPORTED_PIXELS),
        ({339: 6}, Reason.UNSUPPORTED_PIXELS),
    ],
)
def test_a_kind_that_is_not_read_has_its_reason(tags: dict[int, int], reason: Reason) -> None:
    (page,) = decode(tiff([PAPER] * 3, Kind("u4", 2), tags), LIMIT)
    assert isinstance(page, BrokenPage)
    assert page.reason is reason


def test_deep_pages_keep_to_the_limit() -> None:
    (page,) = decode(tiff([PAPER] * 3, Kind("f4", 2)), 1000)
    assert page == BrokenPage(1, Reason.TOO_MANY_PIXELS, 30, 40)


def test_a_deep_page_is_turned_upright() -> None:
    data = tiff([np.rot90(PAPER)] * 3, Kind("f4", 2), {274: 6})
    (page,) = decode(data, LIMIT)
    assert isinstance(page, Page)
    assert (page.width, page.height) == (30, 40)
    assert is_paper(page.gray)


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("is_planar", [False, True])
def test_missing_strips_are_never_shown_as_black(dtype: str, is_planar: bool) -> None:
    data = bytearray(tiff([PAPER] * 3, Kind(dtype, 2, (), is_planar, DEFLATE)))
    place = data.index((273).to_bytes(2, "little") + b"\x04\0")
    data[place + 4] -= 1  # one strip less, of the offsets
    (page,) = decode(bytes(data), LIMIT)
    assert isinstance(page, BrokenPage) or is_paper(page.gray)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_bits_in_reverse_are_turned_round(dtype: str) -> None:
    data = tiff([PAPER] * 3, Kind(dtype, 2), {266: 2})
    start = int.from_bytes(data[4:8], "little")
    bits = np.unpackbits(np.frombuffer(data[8:start], np.uint8), bitorder="little")
    (page,) = decode(data[:8] + np.packbits(bits).tobytes() + data[start:], LIMIT)
    assert isinstance(page, Page)
    assert is_paper(page.gray)


def test_a_plane_beyond_the_colours_may_be_missing() -> None:
    data = bytearray(tiff([PAPER, CLEAR], Kind("u2", 1, (0,), True, DEFLATE, rows=40)))
    directory = int.from_bytes(data[4:8], "little")
    place = data.index((273).to_bytes(2, "little") + b"\x04\0", directory)
    offsets = int.from_bytes(data[place + 8 : place + 12], "little")
    data[offsets + 4 : offsets + 8] = bytes(4)
    (page,) = decode(bytes(data), LIMIT)
    assert isinstance(page, Page)
    assert is_paper(page.gray)


def test_a_chain_of_pages_that_goes_round_ends() -> None:
    data = bytearray(tiff([PAPER] * 3, Kind("f4", 2)))
    start = int.from_bytes(data[4:8], "little")
    end = start + 2 + 12 * int.from_bytes(data[start : start + 2], "little")
    data[end : end + 4] = data[4:8]
    assert len(list(decode(bytes(data), LIMIT))) == 1


@pytest.mark.parametrize("there", [2, 5, 6])
def test_a_page_with_too_few_strips_is_for_a_person(there: int) -> None:
    """The rows of the others were black."""
    buffer = io.BytesIO()
    Image.fromarray(sheet(3)).save(buffer, "TIFF", tiffinfo={278: 50})
    data = bytearray(buffer.getvalue())
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    for place in range(start + 2, start + 2 + 12 * entries, 12):
        (tag,) = struct.unpack_from("<H", data, place)
        if tag in (273, 279):
            struct.pack_into("<I", data, place + 4, there)
    (page,) = decode(bytes(data), 10**6)
    assert isinstance(page, Page)
    assert page.doubt is (None if there == 6 else Reason.DAMAGED)
