from pathlib import Path

import cv2
import numpy as np
import pytest

from digitbox.forms.cells import Networks
from digitbox.forms.reading import FormReader
from digitbox.recognition.decode import Page
from digitbox.recognition.view import Gray
from digitbox.records import Reading, Reason, Status
from tests.forms import paper
from tests.forms.conftest import reader_of

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}


def read(reader: FormReader, page: Gray, form: str | None = None) -> dict[str, Reading]:
    found = reader.find(page, form)
    assert found is not None
    readings = reader.read(Page(1, page.shape[1], page.shape[0], page), found)
    return {one.field or "": one for one in readings}


def values(readings: dict[str, Reading]) -> dict[str, str | None]:
    return {name: one.value for name, one in readings.items()}


def with_template(tmp_path: Path, networks: Networks, *changes: tuple[str, str]) -> FormReader:
    template = paper.TEMPLATE
    for before, after in changes:
        assert before in template
        template = template.replace(before, after)
    return reader_of(paper.put(tmp_path / "forms", template).parent, networks)


def test_each_field_that_is_read_has_a_reading_in_the_templates_order(
    form_reader: FormReader,
) -> None:
    readings = read(form_reader, paper.filled(VALUES))
    assert list(readings) == ["student", "q1", "q2", "total", "absent", "grade"]
    assert {one.form for one in readings.values()} == {"exam"}
    assert {one.page for one in readings.values()} == {1}


@pytest.mark.parametrize("degrees", [0, 3, 90, 180, -90])
def test_a_filled_page_is_read_whichever_way_it_lies(form_reader: FormReader, degrees: int) -> None:
    page = paper.photographed(paper.filled(VALUES, ("absent", "B")), degrees)
    readings = read(form_reader, page)
    assert values(readings) == {**VALUES, "absent": "marked", "grade": "B"}
    assert {one.status for one in readings.values()} == {Status.ACCEPTED}


def test_boxes_are_those_of_the_page(form_reader: FormReader) -> None:
    box = read(form_reader, paper.filled(VALUES))["student"].box
    assert box is not None
    assert abs(box.x - 100) <= 3
    assert abs(box.y - 200) <= 3
    assert abs(box.width - 320) <= 5
    turned = read(form_reader, paper.photographed(paper.filled(VALUES), 180))["student"].box
    assert turned is not None
    assert (turned.x + turned.width, turned.y + turned.height) == pytest.approx((925, 925), abs=4)


def test_a_field_in_which_nothing_is_written_is_blank(form_reader: FormReader) -> None:
    readings = read(form_reader, paper.filled({"student": "40213"}))
    for name in ("q1", "q2", "total"):
        assert (readings[name].status, readings[name].value) == (Status.BLANK, None), name
    assert readings["grade"].status is Status.BLANK
    assert readings["absent"].value == "empty"


def test_a_field_that_has_to_be_filled_in_goes_to_review_where_it_is_blank(
    tmp_path: Path, networks: Networks
) -> None:
    one = "length: 5, cells: true}"
    reader = with_template(tmp_path, networks, (one, one.replace("}", ", required: true}")))
    blank = read(reader, paper.blank())["student"]
    assert (blank.status, blank.reason) == (Status.REVIEW, Reason.REQUIRED)


def test_leading_zeros_stay_in_an_identifier_and_go_from_a_number(form_reader: FormReader) -> None:
    readings = read(form_reader, paper.filled({"student": "00457", "q1": "07", "total": "007"}))
    assert readings["student"].value == "00457"
    assert readings["q1"].value == "7"
    assert readings["total"].value == "7"


def test_all_fields_of_a_check_that_fails_go_to_review(form_reader: FormReader) -> None:
    readings = read(form_reader, paper.filled({**VALUES, "total": "85"}))
    assert values(readings)["total"] == "85"
    for name in ("q1", "q2", "total"):
        assert (readings[name].status, readings[name].reason) == (
            Status.REVIEW,
            Reason.CHECK_FAILED,
        )
    assert readings["student"].status is Status.ACCEPTED


def test_a_list_decides_about_an_identifier(tmp_path: Path, networks: Networks) -> None:
    one = "length: 5, cells: true}"
    listed = paper.TEMPLATE.replace(one, one.replace("}", ", list: roster.csv}"), 1)
    folder = paper.put(tmp_path / "forms", listed)
    (folder / "roster.csv").write_text("student\n40213\n40218\n51111\n", "utf-8")
    reader = reader_of(folder.parent, networks)
    student = read(reader, paper.filled(VALUES))["student"]
    assert (student.value, student.status) == ("40213", Status.ACCEPTED)
    # One digit is none of those in the list: what is written is not overruled in silence.
    other = read(reader, paper.filled({**VALUES, "student": "40219"}))["student"]
    assert (other.value, other.status) == ("40219", Status.REVIEW)
    assert other.reason is Reason.NOT_POSSIBLE


def test_a_value_out_of_its_range_goes_to_review_as_it_is_written(
    tmp_path: Path, networks: Networks
) -> None:
    q1 = "box: [100, 320, 120, 60], length: 2, cells: true}"
    reader = with_template(tmp_path, networks, (q1, q1.replace("}", ", max: 10}")))
    readings = read(reader, paper.filled({**VALUES, "q1": "47", "total": "59"}))
    q1_read = readings["q1"]
    assert (q1_read.value, q1_read.reason) == ("47", Reason.NOT_POSSIBLE)
    assert q1_read.status is Status.REVIEW


def test_a_list_decides_about_a_number_without_cells(tmp_path: Path, networks: Networks) -> None:
    one = "length: 5, cells: true}"
    listed = paper.TEMPLATE.replace(one, "length: 5, list: roster.csv}", 1)
    folder = paper.put(tmp_path / "forms", listed)
    (folder / "roster.csv").write_text("40213\n40218\n51111\n", "utf-8")
    reader = reader_of(folder.parent, networks)
    assert read(reader, paper.filled(VALUES))["student"].value == "40213"
    other = read(reader, paper.filled({**VALUES, "student": "40219"}))["student"]
    assert other.status is Status.REVIEW


def test_what_there_is_more_of_than_one_goes_to_review(form_reader: FormReader) -> None:
    both = read(form_reader, paper.filled(VALUES, ("A", "B")))["grade"]
    assert both.status is Status.REVIEW


@pytest.mark.parametrize(
    ("rows", "columns", "gone"),
    [
        (slice(0, 480), slice(0, None), {"total"}),
        (slice(300, None), slice(0, None), {"student"}),
        (slice(0, None), slice(0, 360), {"student", "absent", "grade"}),
    ],
)
def test_a_field_that_was_cut_off_is_not_blank(
    form_reader: FormReader, rows: slice, columns: slice, gone: set[str]
) -> None:
    page = np.ascontiguousarray(paper.filled(VALUES)[rows, columns])
    readings = read(form_reader, page)
    misaligned = {name for name, one in readings.items() if one.reason is Reason.MISALIGNED}
    assert misaligned == gone
    assert all(readings[name].status is Status.REVIEW for name in gone)
    assert readings["q1"].value == "7"


def test_what_is_struck_out_is_no_empty_cell(tmp_path: Path, networks: Networks) -> None:
    total = "box: [100, 520, 180, 60], length: 3, cells: true"
    changes = (total, total + ", filler: x"), ("checks:\n  - total == q1 + q2\n", "")
    reader = with_template(tmp_path, networks, *changes)
    crossed = paper.filled({**VALUES, "total": " 19"})
    struck = paper.filled({**VALUES, "total": "719"})
    for page in (crossed, struck):
        for ends in ((108, 530, 152, 570), (108, 570, 152, 530)):
            cv2.line(page, ends[:2], ends[2:], 30, 2, cv2.LINE_AA)
    assert read(reader, crossed)["total"].value == "19"
    assert read(reader, crossed)["total"].status is Status.ACCEPTED
    assert read(reader, struck)["total"].status is Status.REVIEW


def test_what_is_filled_beside_crosses_was_struck_out(form_reader: FormReader) -> None:
    page = paper.filled(VALUES, ("absent", "A"))
    left, top = paper.BOXES["B"]
    page[top + 2 : top + 28, left + 2 : left + 28] = 40
    grade = read(form_reader, page)["grade"]
    assert (grade.value, grade.status, grade.reason) == ("A", Status.REVIEW, Reason.STRUCK_OUT)
    assert read(form_reader, page)["absent"].status is Status.ACCEPTED


def test_where_boxes_are_filled_to_mark_them_they_are_marked(form_reader: FormReader) -> None:
    page = paper.filled(VALUES)
    for name in ("absent", "B"):
        left, top = paper.BOXES[name]
        page[top + 2 : top + 28, left + 2 : left + 28] = 40
    readings = read(form_reader, page)
    assert (readings["absent"].value, readings["grade"].value) == ("marked", "B")
    assert {readings[name].status for name in ("absent", "grade")} == {Status.ACCEPTED}


@pytest.mark.parametrize("kind", ["blank", "noise", "words", "lines", "small"])
def test_a_page_that_is_no_form_is_found_to_be_none(form_reader: FormReader, kind: str) -> None:
    random = np.random.default_rng(0)
    page = np.full((900, 700), 240, np.uint8)
    if kind == "noise":
        page = random.integers(0, 256, (900, 700)).astype(np.uint8)
    elif kind == "words":
        page[100:160] = paper.blank()[100:160]
        page[600:660] = paper.blank()[100:160, ::-1]
    elif kind == "lines":
        page[::40] = 60
        page[:, ::70] = 60
    elif kind == "small":
        page = page[:1, :1]
    assert form_reader.find(page) is None


def test_the_form_that_is_named_is_the_only_one_that_is_looked_for(
    form_reader: FormReader,
) -> None:
    page = paper.filled(VALUES)
    assert form_reader.find(page, "exam") is not None
    assert form_reader.find(page, "other") is None


def test_confidences_are_those_of_the_values(form_reader: FormReader) -> None:
    for one in read(form_reader, paper.filled(VALUES)).values():
        if one.value is not None and one.confidence is not None:
            assert 0 <= one.confidence <= 1
            assert one.alternatives[0].value == one.value
            assert one.alternatives[0].probability == one.confidence
