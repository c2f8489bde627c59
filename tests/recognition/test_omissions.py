"""Looked for besides: pictures in groups and annotations, fonts that are not embedded, hidden and
empty annotations."""

import pytest

from digitbox.recognition import omissions
from digitbox.recognition.pdf import sheets
from digitbox.records import Reason
from tests import pdfs

pytest.importorskip("pypdfium2")

PLACE = b"/Type/Annot/P 3 0 R/Rect[20 20 100 130]/F 4"
STROKE = b"10 w 70 20 m 70 120 l S "
CUT = pdfs.stream(
    b"/Type/XObject/Subtype/Image/Width 400/Height 400/ColorSpace/DeviceGray/BitsPerComponent 8"
    b"/Filter/FlateDecode",
    pdfs.deflated(pdfs.seven())[:2000],
)
GROUP = b"/Type/XObject/Subtype/Form/BBox[0 0 144 144]/Resources<<%b>>"
IN_GROUP = b"/XObject<</I 6 0 R>>"


def reason(data: bytes) -> Reason | None:
    (sheet,) = sheets(data, 10**8, 600)
    return sheet.reason


def annotated(entries: bytes, *objects: bytes) -> bytes:
    """A page with a stroke, and an annotation with those ``entries``."""
    return pdfs.page(STROKE, entries=b"/Annots[<<%b%b>>]" % (PLACE, entries), objects=objects)


def test_a_damaged_picture_in_a_group_or_an_annotation_is_found() -> None:
    group = pdfs.stream(GROUP % IN_GROUP, b"/I Do")
    assert reason(pdfs.page(b"/G Do", b"/XObject<</G 5 0 R>>", [group, CUT])) is Reason.TRUNCATED
    assert reason(annotated(b"/Subtype/Stamp/AP<</N 5 0 R>>", group, CUT)) is Reason.TRUNCATED


@pytest.mark.parametrize(
    "entries",
    [
        b"/Subtype/Stamp/Name/Approved",
        b"/Subtype/Line/L[30 30 80 120]/C[0 0 0]",
        b"/Subtype/PolyLine/Vertices[30 30 80 120]/C[0 0 0]",
        b"/Subtype/Polygon/Vertices[30 30 80 120 20 90]/C[0 0 0]",
    ],
)
def test_an_annotation_that_cannot_be_drawn_is_missing(entries: bytes) -> None:
    assert reason(annotated(entries)) is Reason.INCOMPLETE
    assert reason(annotated(entries + b"/F 2")) is None  # hidden
    look = pdfs.stream(GROUP % b"", STROKE)
    assert reason(annotated(entries + b"/AP<</N 5 0 R>>", look)) is None


@pytest.mark.parametrize("entries", [b"/Subtype/Link", b"/Subtype/Popup"])
def test_what_is_not_drawn_is_not_missing(entries: bytes) -> None:
    assert reason(annotated(entries)) is None


@pytest.mark.parametrize(
    ("mode", "name", "expected"),
    [
        (0, b"Helvetica", None),
        (0, b"Arial", None),
        (0, b"ABCDEF+Arial", Reason.INCOMPLETE),
        (3, b"ABCDEF+Arial", None),
    ],
)
def test_a_font_of_few_characters_that_is_not_there_is_missing(
    mode: int, name: bytes, expected: Reason | None
) -> None:
    font = b"<</Type/Font/Subtype/TrueType/BaseFont/%b>>" % name
    text = b"BT %d Tr /F 90 Tf 40 40 Td (7) Tj ET" % mode
    assert reason(pdfs.page(text, b"/Font<</F 5 0 R>>", [font])) is expected


def test_a_page_with_more_things_than_are_looked_at_is_seen_by_a_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(omissions, "MOST_OBJECTS", 5)
    assert reason(pdfs.page(STROKE * 5)) is None
    assert reason(pdfs.page(STROKE * 6)) is Reason.INCOMPLETE
    nested = [
        pdfs.stream(GROUP % b"/XObject<</G %d 0 R>>" % (6 + depth), b"/G Do " * 10)
        for depth in range(2)
    ]
    last = pdfs.stream(GROUP % b"", STROKE)
    assert reason(pdfs.page(b"/G Do", b"/XObject<</G 5 0 R>>", [*nested, last])) is (
        Reason.INCOMPLETE
    )
