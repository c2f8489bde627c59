"""Looked for besides: pictures cut, emptied, overwritten in their head or middle, and of no filter
there is; with each filter that PDF has but LZW and RunLength."""

import zlib

import numpy as np
import pytest
from PIL import Image, features

from digitbox.recognition import embedded
from digitbox.recognition.pdf import sheets
from digitbox.records import Reason
from tests import pdfs

pytest.importorskip("pypdfium2")

SEVEN = pdfs.seven()
INK = np.asarray(SEVEN) < 128
RGB = b"/DeviceRGB"
FAX = b"/DecodeParms<</K -1/Columns 400/Rows 400>>"
JPEG = pdfs.encoded(SEVEN.convert("RGB"), "JPEG", quality=90)
PROGRESSIVE = pdfs.encoded(SEVEN.convert("RGB"), "JPEG", progressive=True)
FLATE = pdfs.deflated(SEVEN)
HEX = FLATE.hex().encode()
MASK = (
    b"<</Type/XObject/Subtype/Image/ImageMask true/BitsPerComponent 1/Filter/FlateDecode"
    b"/Width 400/Height 400/Length %d>>stream\n%b\nendstream"
)
DRAWN = b"144 0 0 144 0 0 cm /I Do"


def predicted(image: Image.Image) -> bytes:
    """Each row with a byte before it that says that it stands for itself."""
    return zlib.compress(b"".join(b"\0" + bytes(row) for row in np.asarray(image)))


def masked(data: bytes) -> bytes:
    return pdfs.page(DRAWN, b"/XObject<</I 5 0 R>>", [MASK % (len(data), data)])


def found(data: bytes) -> Reason | None:
    (sheet,) = sheets(data, 10**8, 600)
    assert (sheet.width, sheet.height) == (400, 400)
    if sheet.reason in (None, Reason.INCOMPLETE):
        assert sheet.gray is not None
    else:
        assert sheet.gray is None
    if sheet.reason is None:
        assert sheet.gray is not None
        assert np.mean((sheet.gray < 128) != INK) < 0.01
    return sheet.reason


WHOLE = {
    "nothing": pdfs.picture(b"", SEVEN.tobytes()),
    "Flate": pdfs.picture(b"/FlateDecode", FLATE),
    "Flate, predicted": pdfs.picture(
        b"/FlateDecode", predicted(SEVEN), b"/DecodeParms<</Predictor 15/Columns 400>>"
    ),
    "Flate, no checksum": pdfs.picture(b"/FlateDecode", FLATE[:-4]),
    "Flate, too long": pdfs.picture(b"/FlateDecode", zlib.compress(SEVEN.tobytes() + bytes(400))),
    "hexadecimal Flate": pdfs.picture(b"[/ASCIIHexDecode/FlateDecode]", HEX + b">"),
    "JPEG": pdfs.picture(b"/DCTDecode", JPEG, space=RGB),
    "JPEG, progressive": pdfs.picture(b"/DCTDecode", PROGRESSIVE, space=RGB),
    "JPEG in Flate": pdfs.picture(b"[/FlateDecode/DCTDecode]", zlib.compress(JPEG), space=RGB),
    "fax": pdfs.picture(b"/CCITTFaxDecode", pdfs.fax(INK), FAX, bits=1),
    "JBIG2": pdfs.picture(b"/JBIG2Decode", pdfs.jbig2(INK), bits=1),
    "mask": masked(pdfs.deflated(Image.fromarray(INK).convert("1").point(lambda ink: 255 - ink))),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_picture_that_is_whole_is_drawn(name: str) -> None:
    assert found(WHOLE[name]) is None


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "CMYK"])
def test_what_pillow_writes_is_whole(mode: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (400, 400), np.uint8)
    for image in (SEVEN, Image.fromarray(noise)):
        data = pdfs.encoded(image.convert(mode), "PDF", resolution=200)
        assert [sheet.reason for sheet in sheets(data, 10**8, 600)] == [None]


@pytest.mark.skipif(not features.check("jpg_2000"), reason="Pillow writes no JPEG 2000 here")
def test_jpeg_2000_is_drawn_where_it_is_whole() -> None:
    content = pdfs.encoded(SEVEN.convert("RGB"), "JPEG2000")
    assert found(pdfs.picture(b"/JPXDecode", content, space=RGB)) is None
    cut = content[: len(content) // 2]
    assert found(pdfs.picture(b"/JPXDecode", cut, space=RGB)) is Reason.CORRUPT


BROKEN = {
    "nothing, cut": (pdfs.picture(b"", SEVEN.tobytes()[:80_000]), Reason.TRUNCATED),
    "empty": (pdfs.picture(b"/FlateDecode", b""), Reason.CORRUPT),
    "Flate, cut": (pdfs.picture(b"/FlateDecode", FLATE[: len(FLATE) // 2]), Reason.TRUNCATED),
    "Flate, of half the rows": (
        pdfs.picture(b"/FlateDecode", zlib.compress(SEVEN.tobytes()[:80_000])),
        Reason.TRUNCATED,
    ),
    "Flate, head damaged": (pdfs.picture(b"/FlateDecode", b"\0" + FLATE[1:]), Reason.CORRUPT),
    "Flate, middle damaged": (
        pdfs.picture(b"/FlateDecode", FLATE[:300] + bytes(40) + FLATE[340:]),
        Reason.CORRUPT,
    ),
    "hexadecimal Flate, cut": (
        pdfs.picture(b"[/ASCIIHexDecode/FlateDecode]", HEX[: len(HEX) // 2] + b">"),
        Reason.TRUNCATED,
    ),
    "JPEG, empty": (pdfs.picture(b"/DCTDecode", b"", space=RGB), Reason.CORRUPT),
    "JPEG, of zeros": (pdfs.picture(b"/DCTDecode", bytes(5000), space=RGB), Reason.CORRUPT),
    "JPEG, in its head": (pdfs.picture(b"/DCTDecode", JPEG[:300], space=RGB), Reason.CORRUPT),
    "JPEG, cut": (pdfs.picture(b"/DCTDecode", JPEG[:2500], space=RGB), Reason.TRUNCATED),
    "JPEG, no table": (
        pdfs.picture(b"/DCTDecode", JPEG.replace(b"\xff\xc4", b"\xff\xc9", 1), space=RGB),
        Reason.CORRUPT,
    ),
    "JPEG, progressive, cut": (
        pdfs.picture(b"/DCTDecode", PROGRESSIVE[:2000], space=RGB),
        Reason.TRUNCATED,
    ),
    "fax, empty": (pdfs.picture(b"/CCITTFaxDecode", b"", FAX, bits=1), Reason.CORRUPT),
    "fax, cut": (
        pdfs.picture(b"/CCITTFaxDecode", pdfs.fax(INK)[:100], FAX, bits=1),
        Reason.INCOMPLETE,
    ),
    "JBIG2, cut": (pdfs.picture(b"/JBIG2Decode", pdfs.jbig2(INK)[:150], bits=1), Reason.TRUNCATED),
    "JBIG2, of zeros": (pdfs.picture(b"/JBIG2Decode", bytes(500), bits=1), Reason.CORRUPT),
    "mask, cut": (masked(zlib.compress(bytes(20_000))[:-20]), Reason.TRUNCATED),
    "a filter that does not exist": (pdfs.picture(b"/FooDecode", FLATE), Reason.CORRUPT),
    "a colour space that is not there": (
        pdfs.picture(b"/FlateDecode", FLATE, space=b"[/ICCBased 9 0 R]"),
        Reason.CORRUPT,
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_picture_that_is_not_whole_has_its_reason(name: str) -> None:
    data, reason = BROKEN[name]
    assert found(data) is reason


@pytest.mark.parametrize("name", ["nothing", "Flate"])
def test_more_than_pdfium_unpacks_is_too_large(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MOST_BYTES", 100_000)
    assert found(WHOLE[name]) is Reason.TOO_MANY_PIXELS
