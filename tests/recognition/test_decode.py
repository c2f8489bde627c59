import io
import struct
import sys
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**8
STRIP_OFFSETS = 273  # TIFF 6.0, section 8


def only_page(data: bytes) -> Page:
    (page,) = decode(data, LIMIT)
    assert isinstance(page, Page)
    return page


def reasons(data: bytes, limit: int = LIMIT) -> list[Reason | None]:
    return [page.reason if isinstance(page, BrokenPage) else None for page in decode(data, limit)]


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
def test_every_base_format_shows_the_same_page(form: str) -> None:
    original = sheet(3)
    options = {"lossless": True} if form == "WEBP" else {}
    page = only_page(encoded(original, form, **options))
    assert (page.height, page.width) == original.shape
    assert np.abs(page.gray.astype(int) - original).mean() < 2


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I;16", "F"])
def test_every_mode_shows_the_same_page(mode: str) -> None:
    original = np.where(sheet(3) > 128, 255, 0).astype(np.uint8)
    if mode == "I;16":
        image = Image.fromarray(original.astype(np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(original.astype(np.float32) / 255)
    else:
        image = Image.fromarray(original).convert(mode)
    page = only_page(encoded(image, "TIFF"))
    assert np.abs(page.gray.astype(int) - original).max() <= 2


def test_sixteen_bits_are_scaled_and_not_saturated() -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (20, 1))
    page = only_page(encoded(Image.fromarray(ramp)))
    assert np.array_equal(page.gray[0], np.arange(256))


def test_deep_values_out_of_range_are_stretched() -> None:
    values = np.tile(np.linspace(-1000, 3000, 100).astype(np.float32), (20, 1))
    gray = only_page(encoded(Image.fromarray(values), "TIFF")).gray
    assert (gray.min(), gray.max()) == (0, 255)


@pytest.mark.parametrize("top", [255, 65535])
def test_integers_of_32_bits_have_the_range_that_holds_them(top: int) -> None:
    values = (sheet(3).astype(np.int32) * top) // 255
    values[0, 0] = top
    gray = only_page(encoded(Image.fromarray(values), "TIFF")).gray
    assert np.abs(gray[1:].astype(int) - sheet(3)[1:]).max() <= 1


def test_lab_shows_its_lightness() -> None:
    image = Image.merge("LAB", [Image.fromarray(sheet(3)), *[Image.new("L", (240, 300), 128)] * 2])
    assert np.array_equal(only_page(encoded(image, "TIFF")).gray, sheet(3))


@pytest.mark.parametrize("tag", [0x100, 0x14A, 0xA005])
def test_odd_exif_data_does_not_spoil_the_picture(tag: int) -> None:
    # Two entries: text where a number should be, and the orientation (TIFF 6.0, section 2).
    entries = struct.pack(">HHI4s", tag, 2, 4, b"odd\0") + struct.pack(">HHIHH", 0x112, 3, 1, 6, 0)
    exif = b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 2) + entries + bytes(4)
    stored = Image.fromarray(sheet(7)).transpose(Image.Transpose.ROTATE_90)
    page = only_page(encoded(stored, "JPEG", exif=exif))
    assert (page.width, page.height) == (240, 300)
    assert np.abs(page.gray.astype(int) - sheet(7)).mean() < 3


def test_an_almost_square_reduced_jpeg_keeps_its_size() -> None:
    page = only_page(encoded(Image.new("RGB", (2402, 2401), "white"), "JPEG"))
    assert (page.width, page.height) == (2402, 2401)


def test_a_deep_image_of_one_value_is_flat() -> None:
    image = Image.fromarray(np.full((20, 20), 1e9, np.float32))
    assert np.ptp(only_page(encoded(image, "TIFF")).gray) == 0


def test_transparent_is_white() -> None:
    image = Image.new("RGBA", (30, 20), (0, 0, 0, 0))
    image.putpixel((5, 5), (0, 0, 0, 255))
    gray = only_page(encoded(image)).gray
    assert gray[5, 5] == 0
    assert gray[10, 10] == 255


def test_light_ink_on_nothing_is_on_black() -> None:
    image = Image.new("LA", (30, 20), (255, 0))
    image.paste((255, 255), (5, 5, 9, 15))
    gray = only_page(encoded(image)).gray
    assert gray[7, 7] == 255
    assert gray[1, 1] == 0


def test_a_light_page_with_clear_corners_is_on_white() -> None:
    image = Image.new("LA", (30, 20), (240, 255))
    image.paste((0, 0), (0, 0, 4, 4))
    image.paste((10, 255), (10, 5, 14, 15))
    gray = only_page(encoded(image)).gray
    assert (gray[1, 1], gray[10, 12], gray[18, 20]) == (255, 10, 240)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_deep_values_are_scaled_by_the_bits_that_they_have(bits: int) -> None:
    white = 2**bits - 1
    values = np.full((60, 60), 0.8 * white).astype(np.uint16)
    values[20:40, 20:30] = 0.5 * white
    gray = only_page(encoded(Image.fromarray(values))).gray
    assert np.abs(np.array([gray[5, 5], gray[30, 25]]) - [204, 127]).max() <= 2


@pytest.mark.parametrize("stray", [-9999, 1.01, 1e9])
def test_a_stray_value_does_not_change_the_scale(stray: float) -> None:
    values = np.full((60, 60), 0.9, np.float32)
    values[20:40, 20:30] = 0.2
    values[3, 3] = stray
    gray = only_page(encoded(Image.fromarray(values), "TIFF")).gray
    assert np.abs(np.array([gray[5, 5], gray[30, 25]], float) - [230, 51]).max() <= 2


def test_a_few_values_in_a_thousand_are_no_stray_ones() -> None:
    values = np.full((60, 60), 200, np.uint16)
    values[3, 3:7] = 60_000
    gray = only_page(encoded(Image.fromarray(values))).gray
    assert (gray[5, 5], gray[3, 3]) == (1, 233)


@pytest.mark.parametrize(("top", "expected"), [(1.01, 255), (1.05, 1)])
def test_what_lies_a_little_beyond_white_is_white(top: float, expected: int) -> None:
    values = np.full((60, 60), top, np.float32)
    values[20:40, 20:30] = 0.2
    assert only_page(encoded(Image.fromarray(values), "TIFF")).gray[5, 5] == expected


def test_a_small_copy_of_a_page_is_no_page() -> None:
    thumbnail = Image.fromarray(sheet(3)).resize((24, 30))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    other = Image.fromarray(sheet(4))
    data = encoded(
        Image.fromarray(sheet(3)), "TIFF", save_all=True, append_images=[thumbnail, other]
    )
    pages = list(decode(data, LIMIT))
    assert [page.number for page in pages] == [1, 2]
    assert [(page.width, page.height) for page in pages] == [(240, 300), (240, 300)]


def test_a_transparent_palette_colour_is_white() -> None:
    image = Image.new("P", (30, 20), 3)
    image.putpalette([value for colour in range(256) for value in (colour, 0, 0)])
    assert only_page(encoded(image, transparency=3)).gray.min() == 255


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone(form: str, orientation: int) -> None:
    upright = Image.fromarray(sheet(7))
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    stored = upright.transpose(undo) if undo is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = only_page(encoded(stored, form, exif=exif))
    assert (page.width, page.height) == upright.size
    assert np.abs(page.gray.astype(int) - np.asarray(upright)).mean() < 3


def test_a_large_jpeg_is_decoded_smaller_and_keeps_its_size() -> None:
    page = only_page(encoded(Image.new("RGB", (4000, 3000), "white"), "JPEG"))
    assert (page.width, page.height) == (4000, 3000)
    assert page.gray.shape == (750, 1000)


def test_every_page_of_a_tiff_is_shown() -> None:
    first, *others = (Image.fromarray(sheet(value)) for value in (1, 2, 3))
    pages = list(decode(encoded(first, "TIFF", save_all=True, append_images=others), LIMIT))
    assert [page.number for page in pages] == [1, 2, 3]


def test_an_animation_shows_its_first_frame() -> None:
    first, *others = (Image.fromarray(sheet(value)) for value in (1, 2, 3))
    page = only_page(encoded(first, "GIF", save_all=True, append_images=others))
    assert np.abs(page.gray.astype(int) - np.asarray(first)).mean() < 2


def test_a_broken_second_page_leaves_the_others() -> None:
    pages = [Image.fromarray(sheet(value)) for value in (1, 2, 3)]
    data = bytearray(
        encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    )
    with Image.open(io.BytesIO(data)) as image:
        assert isinstance(image, TiffImageFile)
        image.seek(1)
        start = image.tag_v2[STRIP_OFFSETS][0]
    data[start : start + 200] = b"\xff" * 200
    assert [reason is None for reason in reasons(bytes(data))] == [True, False, True]


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
def test_a_tiff_that_ends_in_its_second_page_shows_the_first() -> None:
    first, second = (Image.fromarray(sheet(value)) for value in (1, 2))
    whole = encoded(first, "TIFF", save_all=True, append_images=[second])
    assert reasons(whole[: len(whole) * 3 // 4]) == [None, Reason.TRUNCATED]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", Reason.EMPTY),
        (b"hello, world\n" * 20, Reason.NOT_AN_IMAGE),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Reason.NOT_AN_IMAGE),
        (encoded(sheet(1))[:1500], Reason.TRUNCATED),
        (encoded(sheet(1), "JPEG")[:1500], Reason.TRUNCATED),
    ],
)
def test_bad_data_has_its_reason(data: bytes, reason: Reason) -> None:
    assert reasons(data) == [reason]


def test_a_page_over_the_limit_is_not_decompressed() -> None:
    (page,) = decode(encoded(sheet(1)), 1000)
    assert page == BrokenPage(1, Reason.TOO_MANY_PIXELS, 240, 300)


@pytest.mark.filterwarnings("ignore")  # Pillow's, about the damage
def test_random_damage_never_raises() -> None:
    random = np.random.default_rng(1)
    for form in ("PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"):
        data = np.frombuffer(encoded(sheet(2), form), np.uint8)
        for _ in range(30):
            damaged = data.copy()
            damaged[random.integers(0, len(data), 8)] = random.integers(0, 256, 8)
            assert list(decode(damaged.tobytes(), LIMIT))


def test_pdf_pages_are_rendered() -> None:
    pytest.importorskip("pypdfium2")
    first, second = (Image.fromarray(sheet(value)) for value in (4, 5))
    buffer = io.BytesIO()
    first.save(buffer, "PDF", save_all=True, append_images=[second], resolution=100)
    pages = list(decode(buffer.getvalue(), LIMIT))
    assert [page.number for page in pages] == [1, 2]
    for page in pages:
        assert isinstance(page, Page)
        assert (page.width, page.height) == (481, 600)


def test_a_damaged_pdf_is_corrupt() -> None:
    pytest.importorskip("pypdfium2")
    assert reasons(b"%PDF-1.7\nnothing of the kind") == [Reason.CORRUPT]


def test_heic_is_decoded() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(sheet(6)).convert("RGB")).save(buffer)
    page = only_page(buffer.getvalue())
    assert np.abs(page.gray.astype(int) - sheet(6)).mean() < 5


def test_a_heic_of_several_images_shows_its_primary_one() -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    images = [Image.fromarray(sheet(value)).convert("RGB") for value in (1, 2, 3)]
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(images[0])
    for image in images[1:]:
        file.add_from_pillow(image)
    file.save(buffer, primary_index=1)
    page = only_page(buffer.getvalue())
    assert np.abs(page.gray.astype(int) - sheet(2)).mean() < 5


@pytest.mark.parametrize(
    ("module", "data"),
    [("pypdfium2", b"%PDF-1.7\n"), ("pillow_heif", b"\0\0\0\x18ftypheic" + bytes(20))],
)
def test_without_the_extra_the_reason_says_so(
    module: str, data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert reasons(data) == [Reason.FORMATS_EXTRA_MISSING]


COUNTED = pytest.mark.parametrize(
    ("form", "options"),
    [
        ("GIF", {}),
        ("GIF", {"interlace": 1}),
        ("WEBP", {}),
        ("WEBP", {"quality": 10}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
    ],
)
"""Ways to keep a picture of which the data are looked at for damage."""


@COUNTED
@pytest.mark.parametrize("noise", [0, 3, 30])
def test_a_whole_picture_is_no_damage(form: str, options: dict[str, Any], noise: float) -> None:
    grain = np.random.default_rng(1).normal(0, noise, (300, 240))
    picture = np.clip(sheet(5) + grain, 0, 255).astype(np.uint8)
    assert only_page(encoded(picture, form, **options)).doubt is None


@COUNTED
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (33, 17), (256, 8)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_small_or_empty_picture_is_no_damage(
    form: str, options: dict[str, Any], level: int, size: tuple[int, int]
) -> None:
    picture = np.full(size, level, np.uint8)
    assert only_page(encoded(picture, form, **options)).doubt is None
