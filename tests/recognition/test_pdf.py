"""Looked for besides: forms with and without a list of their fields, fields without a font or a
size, lists, combs, radio buttons, signatures; ink, stamps, free text; AES beside RC4."""

import numpy as np
import pytest

from digitbox.recognition.pdf import Sheet, sheets
from digitbox.recognition.reader import Reader
from digitbox.records import Reason, Status
from tests import pdfs

pytest.importorskip("pypdfium2")

PLACE = b"/Type/Annot/P 3 0 R/Rect[20 20 120 124]/F 4"
WIDGET = PLACE + b"/Subtype/Widget/T(mark)"
FONTS = b"/Font<</Helv<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
LARGE = b"/DA(/Helv 90 Tf 0 g)"
FORM = b"/AcroForm<</DA(/Helv 0 Tf 0 g)/DR<<" + FONTS + b">>/Fields[%b]%b>>"
CROSS = b"10 w 10 10 m 90 90 l 10 90 m 90 10 l S"


def only(data: bytes, max_pixels: int = 10**8, side: int | None = 600) -> Sheet:
    (sheet,) = sheets(data, max_pixels, side)
    return sheet


def ink(data: bytes) -> float:
    """The share of a page that is dark."""
    sheet = only(data)
    assert sheet.reason is None
    assert sheet.gray is not None
    return float(np.mean(sheet.gray < 128))


def look(content: bytes) -> bytes:
    about = b"/Type/XObject/Subtype/Form/BBox[0 0 100 104]/Resources<<" + FONTS + b">>"
    return pdfs.stream(about, content)


def field(
    entries: bytes, content: bytes | None = None, form: bytes = FORM % (b"5 0 R", b"")
) -> bytes:
    """A page with a field, whose appearance is ``content``."""
    objects = [b"<<" + WIDGET + entries + b">>"]
    if content is not None:
        objects[0] = objects[0][:-2] + b"/AP<</N 6 0 R>>>>"
        objects.append(look(content))
    return pdfs.page(objects=objects, entries=b"/Annots[5 0 R]", catalogue=form)


SEVEN = b"BT /Helv 90 Tf 20 20 Td (7) Tj ET"
NEEDED = FORM % (b"5 0 R", b"/NeedAppearances true")
FIELDS = {
    "text": field(b"/FT/Tx/V(7)" + LARGE),
    "text, as UTF-16": field(b"/FT/Tx/V<FEFF0037>" + LARGE),
    "text, appearance needed": field(b"/FT/Tx/V(7)" + LARGE, form=NEEDED),
    "text, old appearance": field(b"/FT/Tx/V(7)" + LARGE, b"", form=NEEDED),
    "text, no size": field(b"/FT/Tx/V(7)"),
    "text, read only": field(b"/FT/Tx/Ff 1/V(7)" + LARGE),
    "text with appearance": field(b"/FT/Tx/V(7)" + LARGE, SEVEN),
    "text that no form lists": field(b"/FT/Tx/V(7)" + LARGE, SEVEN, FORM % (b"", b"")),
    "text without a form": field(b"/FT/Tx/V(7)" + LARGE, SEVEN, b""),
    "comb": field(b"/FT/Tx/Ff 16777216/MaxLen 1/V(7)" + LARGE),
    "choice": field(b"/FT/Ch/Ff 131072/Opt[(7)(4)]/V(7)" + LARGE),
    "signature": field(b"/FT/Sig", CROSS),
}


@pytest.mark.parametrize("name", FIELDS)
def test_what_a_field_says_is_drawn(name: str) -> None:
    assert ink(FIELDS[name]) > 0.02


def test_a_field_that_is_empty_or_hidden_is_not_drawn() -> None:
    assert ink(field(b"/FT/Tx" + LARGE)) == 0
    assert ink(field(b"/FT/Tx/V(7)/F 2" + LARGE, SEVEN)) == 0


@pytest.mark.parametrize("kind", [b"", b"/Ff 32768"], ids=["box", "radio"])
def test_a_mark_is_drawn_where_it_is_set(kind: bytes) -> None:
    def box(state: bytes, has_look: bool = True) -> bytes:
        looks = b"/AP<</N<</Yes 6 0 R/Off 7 0 R>>>>" if has_look else b""
        objects = [
            b"<<%b/FT/Btn%b/V/%b/AS/%b%b>>" % (WIDGET, kind, state, state, looks),
            look(CROSS),
            look(b""),
        ]
        form = FORM % (b"5 0 R", b"")
        return pdfs.page(objects=objects, entries=b"/Annots[5 0 R]", catalogue=form)

    assert ink(box(b"Yes")) > 0.05
    assert ink(box(b"Yes", has_look=False)) > 0.02
    assert ink(box(b"Off")) == 0


DRAWN = {
    "ink": b"/Subtype/Ink/InkList[[30 30 80 120]]/BS<</W 10>>/C[0 0 0]",
    "free text": b"/Subtype/FreeText/Contents(7)" + LARGE,
    "square": b"/Subtype/Square/C[0 0 0]/BS<</W 10>>",
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_annotation_is_drawn(name: str) -> None:
    made = b"<<" + PLACE + DRAWN[name] + b">>"
    assert ink(pdfs.page(entries=b"/Annots[" + made + b"]")) > 0.02


@pytest.mark.parametrize("kind", [b"Ink", b"Stamp", b"FreeText", b"Line"])
def test_an_annotation_looks_as_it_says(kind: bytes) -> None:
    made = b"<<" + PLACE + b"/Subtype/" + kind + b"/AP<</N 5 0 R>>>>"
    assert ink(pdfs.page(objects=[look(CROSS)], entries=b"/Annots[" + made + b"]")) > 0.05


def test_what_was_filled_in_is_read(reader: Reader) -> None:
    ((reading,),) = reader.read([FIELDS["text"]])
    assert (reading.status, reading.value) == (Status.ACCEPTED, "7")


def encrypted(user: str | None) -> bytes:
    fpdf = pytest.importorskip("fpdf")
    made = fpdf.FPDF(unit="pt", format=(144, 144))
    made.set_encryption(owner_password="owner", user_password=user)
    made.add_page()
    made.set_font("Helvetica", size=90)
    made.text(40, 110, "7")
    return bytes(made.output())


def test_a_pdf_that_asks_for_a_password_has_its_reason() -> None:
    assert only(encrypted("user")).reason is Reason.PASSWORD


def test_a_pdf_that_only_its_owner_may_change_is_drawn() -> None:
    assert ink(encrypted(None)) > 0.02


def test_a_pdf_that_a_certificate_opens_has_its_reason() -> None:
    data = pdfs.page(objects=[b"<</Filter/Adobe.PubSec/SubFilter/adbe.pkcs7.s4/V 2/Length 128>>"])
    locked = data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Encrypt 5 0 R/ID[(x)(x)]")
    assert only(locked).reason is Reason.PASSWORD


def test_a_page_that_would_be_too_large_is_drawn_smaller() -> None:
    data = pdfs.picture(b"/FlateDecode", pdfs.deflated(pdfs.seven()))
    large = data.replace(b"[0 0 144 144]", b"[0 0 288 144]")
    sheet = only(large, max_pixels=80_000, side=200)
    assert sheet.gray is not None
    assert (sheet.width, sheet.height) == (800, 400)
    assert sheet.gray.shape == (200, 400)
    for most, side in ((79_000, 200), (80_000, None)):
        sheet = only(large, most, side)
        assert (sheet.reason, sheet.width) == (Reason.TOO_MANY_PIXELS, 800)
        assert sheet.gray is None


def test_what_is_found_on_a_page_that_was_drawn_smaller_lies_where_it_is(reader: Reader) -> None:
    data = pdfs.picture(b"/FlateDecode", pdfs.deflated(pdfs.seven()))
    large = data.replace(b"[0 0 144 144]", b"[0 0 720 720]").replace(
        b"144 0 0 144 0 0 cm", b"720 0 0 720 0 0 cm"
    )
    ((whole,),) = reader.read([large])
    small = Reader(reader.finder, reader._model, 0.9, 10**6, max_pages=1)
    ((reduced,),) = small.read([large])
    assert (reduced.value, reduced.width, reduced.height) == ("7", 2000, 2000)
    for one, other in zip(whole.digits, reduced.digits, strict=True):
        assert abs(one.box.x - other.box.x) < 20
        assert abs(one.box.height - other.box.height) < 40


def test_a_page_that_is_not_whole_is_not_blank_and_never_accepted(reader: Reader) -> None:
    def with_line(content: bytes) -> bytes:
        line = b"<<" + PLACE + b"/Subtype/Line/L[30 30 80 120]>>"
        return pdfs.page(content, FONTS, entries=b"/Annots[" + line + b"]")

    ((empty,), (written,)) = reader.read([with_line(b""), with_line(SEVEN)])
    assert (empty.status, empty.reason) == (Status.FAILED, Reason.INCOMPLETE)
    assert (written.status, written.reason, written.value) == (
        Status.REVIEW, Reason.INCOMPLETE, "7",
    )  # fmt: skip


def test_the_other_pages_of_a_document_go_on() -> None:
    first = pdfs.picture(b"/FlateDecode", pdfs.deflated(pdfs.seven())[:2000])
    data = first.replace(b"/Kids[3 0 R]/Count 1", b"/Kids[3 0 R 9 0 R 3 0 R]/Count 3")
    reasons = [sheet.reason for sheet in sheets(data, 10**8, 600)]
    assert reasons == [Reason.TRUNCATED, Reason.CORRUPT, Reason.TRUNCATED]


def test_a_document_whose_table_of_objects_is_lost_may_lack_what_is_on_a_blank_page() -> None:
    def cut(data: bytes) -> bytes:
        return data.replace(b"xref\n", b"xxxx\n")

    assert only(cut(pdfs.page())).reason is Reason.INCOMPLETE
    assert only(cut(pdfs.page(CROSS))).reason is None
