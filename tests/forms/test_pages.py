import io

import numpy as np
import pytest
from PIL import Image

from digitbox.forms.cells import Networks
from digitbox.forms.pages import PageReader
from digitbox.forms.reading import FormReader
from digitbox.recognition.view import Gray
from digitbox.records import AUTO, Reading, Reason, Status
from tests.forms import paper

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}


@pytest.fixture(scope="module")
def pages(form_reader: FormReader, networks: Networks) -> PageReader:
    return PageReader(form_reader, networks.finder, 10**8, 3)


def document(*sheets: Gray) -> bytes:
    """A TIFF of several pages."""
    first, *others = map(Image.fromarray, sheets)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def said(readings: tuple[Reading, ...], page: int) -> dict[str | None, str | None]:
    return {one.field: one.value for one in readings if one.page == page}


def words() -> Gray:
    page = np.full((900, 700), 255, np.uint8)
    page[300:360] = paper.blank()[100:160]
    return page


@pytest.mark.parametrize("form", ["exam", AUTO])
def test_the_pages_of_a_document_are_read_one_by_one(pages: PageReader, form: str) -> None:
    other = {**VALUES, "student": "51987"}
    readings = pages.read(document(paper.filled(VALUES), paper.filled(other, which=1)), form)
    assert said(readings, 1)["student"] == "40213"
    assert said(readings, 2)["student"] == "51987"
    assert {one.form for one in readings} == {"exam"}


def test_a_page_that_is_none_of_the_forms_has_one_row_and_shifts_nothing(
    pages: PageReader,
) -> None:
    readings = pages.read(document(paper.filled(VALUES), words(), paper.filled(VALUES)), "exam")
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
    whole = document(paper.filled(VALUES), paper.filled(VALUES))
    readings = pages.read(whole[: int(0.8 * len(whole))], "exam")
    assert any(one.status is Status.FAILED for one in readings)


def test_pages_beyond_the_limit_are_not_read(pages: PageReader) -> None:
    readings = pages.read(document(*[paper.filled(VALUES)] * 4), "exam")
    assert {one.page for one in readings} == {1, 2, 3, 4}
    (last,) = (one for one in readings if one.page == 4)
    assert last.reason is Reason.TOO_MANY_PAGES


def test_what_takes_too_long_says_at_which_page_it_ended(
    form_reader: FormReader, networks: Networks
) -> None:
    late = PageReader(form_reader, networks.finder, 10**8, 9, expired=lambda: True)
    readings = late.read(document(paper.filled(VALUES), paper.filled(VALUES)), "exam")
    assert said(readings, 1)["q2"] == "12"
    (last,) = (one for one in readings if one.page == 2)
    assert last.reason is Reason.TIMEOUT
