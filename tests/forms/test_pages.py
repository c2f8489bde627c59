import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitbox.form_pages import is_page_field
from digitbox.forms.cells import Networks
from digitbox.forms.completeness import readings_of
from digitbox.forms.pages import PageReader
from digitbox.forms.reading import FormReader
from digitbox.recognition.decode import Page
from digitbox.recognition.view import Gray
from digitbox.records import AUTO, Reading, Reason, Status
from tests import pdfs
from tests.forms import paper
from tests.forms.conftest import reader_of

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}


@pytest.fixture(scope="module")
def pages(form_reader: FormReader, networks: Networks) -> PageReader:
    return PageReader(form_reader, networks.finder, 10**8, 3)


def said(readings: tuple[Reading, ...], page: int) -> dict[str | None, str | None]:
    return {one.field: one.value for one in readings if one.page == page}


def words() -> Gray:
    page = np.full((900, 700), 255, np.uint8)
    page[300:360] = paper.blank()[100:160]
    return page


@pytest.mark.parametrize("form", ["exam", AUTO])
def test_the_pages_of_a_document_are_read_one_by_one(pages: PageReader, form: str) -> None:
    other = {**VALUES, "student": "51987"}
    readings = pages.read(paper.document(paper.filled(VALUES), paper.filled(other, which=1)), form)
    assert said(readings, 1)["student"] == "40213"
    assert said(readings, 2)["student"] == "51987"
    assert {one.form for one in readings} == {"exam"}


def test_a_page_that_is_none_of_the_forms_has_one_row_and_shifts_nothing(
    pages: PageReader,
) -> None:
    readings = pages.read(
        paper.document(paper.filled(VALUES), words(), paper.filled(VALUES)), "exam"
    )
    (only,) = (one for one in readings if one.page == 2)
    assert (only.status, only.reason) == (Status.NOT_DIGIT, Reason.OTHER_PAGE)
    assert (only.form, only.field, only.value) == ("exam", None, None)
    assert said(readings, 1) == said(readings, 3)


def test_a_page_with_nothing_on_it_is_blank(pages: PageReader) -> None:
    (only,) = pages.read(paper.encoded(np.full((900, 700), 250, np.uint8)), "exam")
    assert (only.status, only.reason, only.field) == (Status.BLANK, None, None)


def test_a_page_of_one_pixel_costs_nothing(pages: PageReader) -> None:
    (only,) = pages.read(paper.encoded(np.full((1, 1), 250, np.uint8)), AUTO)
    assert only.status in (Status.BLANK, Status.NOT_DIGIT)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", Reason.EMPTY), (b"no image", Reason.NOT_AN_IMAGE)],
)
def test_what_is_no_image_has_failed(pages: PageReader, content: bytes, reason: Reason) -> None:
    (only,) = pages.read(content, "exam")
    assert (only.status, only.reason) == (Status.FAILED, reason)


def test_a_cut_off_file_keeps_the_pages_before(pages: PageReader) -> None:
    whole = paper.document(paper.filled(VALUES), paper.filled(VALUES))
    readings = pages.read(whole[: int(0.8 * len(whole))], "exam")
    assert any(one.status is Status.FAILED for one in readings)


def test_pages_beyond_the_limit_are_not_read(pages: PageReader) -> None:
    readings = pages.read(paper.document(*[paper.filled(VALUES)] * 4), "exam")
    assert {one.page for one in readings} == {1, 2, 3, 4}
    (last,) = (one for one in readings if one.page == 4)
    assert last.reason is Reason.TOO_MANY_PAGES


def test_what_takes_too_long_says_at_which_page_it_ended(
    form_reader: FormReader, networks: Networks
) -> None:
    late = PageReader(form_reader, networks.finder, 10**8, 9, expired=lambda: True)
    readings = late.read(paper.document(paper.filled(VALUES), paper.filled(VALUES)), "exam")
    assert said(readings, 1)["q2"] == "12"
    (last,) = (one for one in readings if one.page == 2)
    assert last.reason is Reason.TIMEOUT


@pytest.fixture(scope="module")
def of_two(networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> PageReader:
    """Reads a form of two pages, of 9 pages at most."""
    forms = paper.put_two_pages(tmp_path_factory.mktemp("two")).parent
    return PageReader(reader_of(forms, networks), networks.finder, 10**8, 9)


FRONT = paper.filled(VALUES)
OTHER_FRONT = paper.filled({**VALUES, "student": "51987"}, which=1)
BACK, OTHER_BACK = paper.filled_back("15", "8"), paper.filled_back("4", "11", 1)
UPSIDE_DOWN = np.ascontiguousarray(OTHER_BACK[::-1, ::-1])


def on_pages(readings: tuple[Reading, ...]) -> list[tuple[int, str | None, Reason | None]]:
    """What is said of whole pages."""
    return [(one.page, one.field, one.reason) for one in readings if is_page_field(one.field)]


def test_sheets_of_two_pages_are_read_in_any_order_and_upside_down(of_two: PageReader) -> None:
    readings = of_two.read(paper.document(FRONT, BACK, UPSIDE_DOWN, OTHER_FRONT), AUTO)
    assert on_pages(readings) == []
    assert [said(readings, page).get("student") for page in range(1, 5)] == [
        "40213", None, None, "51987"
    ]  # fmt: skip
    assert [said(readings, page).get("q4") for page in range(1, 5)] == [None, "8", "11", None]


def test_a_missing_page_is_said_after_the_fields_of_the_sheets_last_page(
    of_two: PageReader,
) -> None:
    readings = of_two.read(paper.document(FRONT, words(), OTHER_FRONT, OTHER_BACK), "exam")
    assert on_pages(readings) == [(1, "page.2", Reason.PAGE_MISSING)]
    (one,) = (one for one in readings if one.field == "page.2")
    assert (one.status, one.value, one.width, one.height, one.box) == (
        Status.REVIEW, "", 700, 900, None
    )  # fmt: skip
    assert [one.page for one in readings] == sorted(one.page for one in readings)
    assert [one.field for one in readings if one.page == 1][-1] == "page.2"


def test_a_page_that_was_scanned_twice_is_doubled(of_two: PageReader) -> None:
    readings = of_two.read(paper.document(FRONT, FRONT, BACK), "exam")
    assert on_pages(readings) == [(2, "page.1", Reason.PAGE_DOUBLED)]
    assert said(readings, 2)["student"] == "40213"


def test_one_image_says_nothing_of_the_other_pages(of_two: PageReader) -> None:
    assert on_pages(of_two.read(paper.encoded(FRONT), "exam")) == []


def test_beyond_a_limit_no_page_is_missing(networks: Networks, tmp_path: Path) -> None:
    forms = reader_of(paper.put_two_pages(tmp_path).parent, networks)
    reader = PageReader(forms, networks.finder, 10**8, 1)
    assert on_pages(reader.read(paper.document(FRONT, BACK), "exam")) == []


def test_pages_that_are_not_looked_for_are_not_told_apart(
    networks: Networks, tmp_path: Path
) -> None:
    folder = paper.put_two_pages(tmp_path)
    text = (folder / "form.yaml").read_text("utf-8")
    (folder / "form.yaml").write_text(text.replace(".png", ".png\n    align: none"), "utf-8")
    reader = PageReader(reader_of(tmp_path, networks), networks.finder, 10**8, 9)
    readings = reader.read(paper.document(FRONT, BACK, FRONT), "exam")
    assert said(readings, 3)["student"] == "40213"
    assert on_pages(readings) == []


SHADES = {200: ("exam", 1), 150: ("exam", 2), 100: ("note", 1)}
"""Pages that are all of one gray, and which page of which form each stands for."""


class Shades:
    """Stands in for what reads forms."""

    def find(self, page: Gray, _: str | None = None) -> Any:
        name, number = SHADES[min(SHADES, key=lambda gray: abs(gray - int(page[0, 0])))]
        pages = [SimpleNamespace(align="auto")] * (2 if name == "exam" else 1)
        return SimpleNamespace(form=SimpleNamespace(name=name, pages=pages), number=number - 1)

    def read(self, page: Page, found: Any) -> list[Reading]:
        form, field, value = found.form.name, f"p{found.number + 1}", f"{page.number:04}"
        return [Reading(page.number, Status.ACCEPTED, None, value, 0.99, form=form, field=field)]


def test_a_pdf_of_300_pages_of_two_forms_loses_nothing(networks: Networks) -> None:
    pytest.importorskip("pypdfium2")
    order = ([200, 150] * 20 + [100]) * 7 + [200, 150, 150, 200] * 3 + [200, 100]
    del order[150]  # the second page of a sheet
    pages = [Image.fromarray(np.full((20, 20), gray, np.uint8)) for gray in order]
    file = io.BytesIO()
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=200)
    reader = PageReader(Shades(), networks.finder, 10**8, 300)  # type: ignore[arg-type]
    readings = reader.read(file.getvalue(), AUTO)
    fields = [one for one in readings if not is_page_field(one.field)]
    assert [one.value for one in fields] == [f"{number:04}" for number in range(1, 301)]
    assert [(one.form, one.field) for one in fields] == [
        (name, f"p{which}") for name, which in (SHADES[gray] for gray in order)
    ]
    assert on_pages(readings) == [
        (150, "page.2", Reason.PAGE_MISSING),
        (299, "page.2", Reason.PAGE_MISSING),
    ]


def test_two_forms_in_one_file_are_told_apart(networks: Networks, tmp_path: Path) -> None:
    paper.put(tmp_path)
    essay = tmp_path / "essay"
    essay.mkdir()
    (essay / "form.yaml").write_text("pages:\n" + paper.BACK.strip("\n"), "utf-8")
    (essay / "back.png").write_bytes(paper.encoded(paper.blank_back()))
    reader = PageReader(reader_of(tmp_path, networks), networks.finder, 10**8, 9)
    readings = reader.read(paper.document(BACK, FRONT, UPSIDE_DOWN), AUTO)
    assert [{one.form for one in readings if one.page == page} for page in (1, 2, 3)] == [
        {"essay"}, {"exam"}, {"essay"}
    ]  # fmt: skip
    assert (said(readings, 1)["q3"], said(readings, 3)["q4"]) == ("15", "11")
    assert on_pages(readings) == []


def test_a_document_that_is_read_in_parts_says_the_same(networks: Networks, tmp_path: Path) -> None:
    forms = reader_of(paper.put_two_pages(tmp_path).parent, networks)
    reader = PageReader(forms, networks.finder, 10**8, 9)
    content = paper.document(FRONT, BACK, FRONT, words(), BACK, FRONT)
    parts = [reader.see(content, "exam", first, 2) for first in (1, 3, 5, 7)]
    assert [[page.number for page in part] for part in parts] == [[1, 2], [3, 4], [5, 6], []]
    assert readings_of([page for part in parts for page in part]) == reader.read(content, "exam")


def test_a_page_of_a_pdf_that_is_not_whole_is_seen_by_a_person(pages: PageReader) -> None:
    pytest.importorskip("pypdfium2")
    for sheet, status in ((paper.filled(VALUES), Status.REVIEW), (words(), Status.FAILED)):
        high, wide = sheet.shape
        about = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (wide, high)
        about += b"/ColorSpace/DeviceGray/BitsPerComponent 8"
        size = wide * 72 // 200, high * 72 // 200
        content = pdfs.page(
            b"q %d 0 0 %d 0 0 cm /I Do Q /J Do" % size,
            b"/XObject<</I 5 0 R/J 6 0 R>>",
            [pdfs.stream(about, sheet.tobytes())],
            size=size,
        )
        readings = pages.read(content, "exam")
        assert {(one.status, one.reason) for one in readings} == {(status, Reason.INCOMPLETE)}
