"""Looked for besides: streams cut, emptied and overwritten; pictures, groups, patterns, shadings
and fonts that are named and not there; a table of objects that is wrong."""

import zlib

import pytest

from digitbox.recognition.pdf import sheets
from digitbox.records import Reason
from tests import pdfs

pytest.importorskip("pypdfium2")

STROKE = b"10 w 70 20 m 70 120 l S "
PACKED = zlib.compress(STROKE * 3 + b"20 20 m 99 99 l S")
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def reason(data: bytes) -> Reason | None:
    (sheet,) = sheets(data, 10**8, 600)
    return sheet.reason


def packed(content: bytes) -> bytes:
    """A page whose content is in a second stream, packed."""
    page = pdfs.page(STROKE, objects=[pdfs.stream(b"/Filter/FlateDecode", content)])
    return page.replace(b"/Contents 4 0 R", b"/Contents[4 0 R 5 0 R]")


def test_content_that_is_whole_is_drawn() -> None:
    assert reason(packed(PACKED)) is None
    assert reason(packed(b"")) is None
    assert reason(pdfs.page()) is None
    assert reason(pdfs.page(b"q Q BT () Tj ET")) is None


@pytest.mark.parametrize(
    "content", [PACKED[:25], b"\0" + PACKED[1:], PACKED[:20] + bytes(4) + PACKED[24:]]
)
def test_content_that_is_damaged_is_missing(content: bytes) -> None:
    assert reason(packed(content)) is Reason.INCOMPLETE


@pytest.mark.parametrize(
    "content",
    [
        b"/I Do",
        b"/S sh",
        b"/Pattern cs /P scn 20 20 99 99 re f",
        b"BT /F 90 Tf 40 40 Td (7) Tj ET",
    ],
)
def test_what_is_named_and_not_there_is_missing(content: bytes) -> None:
    assert reason(pdfs.page(STROKE + content)) is Reason.INCOMPLETE
    assert reason(pdfs.page(content, b"/XObject<</I 9 0 R>>/Font<</F 9 0 R>>")) is Reason.INCOMPLETE


def test_a_blank_page_whose_content_is_not_there_is_not_whole() -> None:
    page = pdfs.page()
    for named in (b"/Contents 9 0 R", b"/Contents[9 0 R]"):
        assert reason(page.replace(b"/Contents 4 0 R", named)) is Reason.INCOMPLETE
    assert reason(page.replace(b"/Contents 4 0 R", b"/Contents[4 0 R]")) is None
    assert reason(page.replace(b"/Contents 4 0 R", b" " * 15)) is None


def test_what_is_named_and_there_is_drawn() -> None:
    text = pdfs.page(b"BT /F 90 Tf 40 40 Td (7) Tj ET", b"/Font<</F 5 0 R>>", [FONT])
    assert reason(text) is None
    assert reason(text.replace(b"/F 5 0 R", b"/F" + FONT)) is None


def test_a_picture_between_other_content_that_is_cut_is_missing() -> None:
    cut = b"q 99 0 0 99 0 0 cm BI /W 100 /H 100 /CS /G /BPC 8 ID " + bytes(500) + b" EI Q"
    assert reason(pdfs.page(cut)) is Reason.INCOMPLETE


def test_a_font_that_is_damaged_is_missing() -> None:
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/Arial/FontDescriptor 6 0 R>>"
    about = b"<</Type/FontDescriptor/FontName/Arial/Flags 32/FontFile2 7 0 R>>"
    file = pdfs.stream(b"/Length1 400/Filter/FlateDecode", zlib.compress(bytes(range(200)))[:99])
    text = pdfs.page(b"BT /F 90 Tf 40 40 Td (7) Tj ET", b"/Font<</F 5 0 R>>", [font, about, file])
    assert reason(text) is Reason.INCOMPLETE
