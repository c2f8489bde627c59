"""What a page checks before it sends a value."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digitbox.expectations import expectation
from digitbox.review.expected import Fit, of_form, of_numbers
from tests.forms import paper

LISTED = """
pages:
  - reference: sheet.png
    align: none
    fields:
      - {name: student, type: digits, length: 5, list: students.csv, box: [2, 2, 10, 10]}
      - {name: code, type: digits, length: [3, 4], cells: false, box: [2, 2, 10, 10]}
      - {name: filled, type: digits, length: 4, cells: true, filler: "#", box: [2, 2, 10, 10]}
      - {name: points, type: number, min: -5, max: 100, sign: true, decimals: 1, box: [2, 2, 9, 9]}
      - {name: free, type: number, decimals: written, box: [2, 2, 9, 9]}
      - {name: here, type: checkbox, box: [2, 2, 9, 9]}
      - name: marks
        type: table
        box: [2, 2, 9, 9]
        rows: 2
        columns: [plain, {name: short, type: digits, length: 2}]
"""


def put(folder: Path, template: str = LISTED) -> Path:
    made = paper.put(folder, template)
    (made / "students.csv").write_text("40213\n40218\n")
    return made.parent


def test_each_field_of_digits_has_what_the_template_says(tmp_path: Path) -> None:
    forms = put(tmp_path / "forms")
    assert of_form(forms, "exam") == {
        "student": Fit(5, 5, 0, values=("40213", "40218")),
        "code": Fit(3, 4, 0),
        "filled": Fit(1, 4, 0),
        "points": Fit(1, 40, 1, sign=True, smallest=-5, largest=100),
        "free": Fit(1, 40),
        "marks.1.plain": Fit(1, 40, 0),
        "marks.1.short": Fit(2, 2, 0),
        "marks.2.plain": Fit(1, 40, 0),
        "marks.2.short": Fit(2, 2, 0),
    }


@pytest.mark.parametrize("name", ["", "other", "../forms/exam", "."])
def test_nothing_is_known_of_a_form_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert of_form(put(tmp_path / "forms"), name) == {}
    assert of_form(tmp_path / "none", name) == {}


def test_nothing_is_known_of_a_form_that_is_broken(tmp_path: Path) -> None:
    forms = put(tmp_path / "forms")
    (forms / "exam" / "students.csv").unlink()
    assert of_form(forms, "exam") == {}


def test_numbers_are_expected_as_the_configuration_says() -> None:
    assert of_numbers(expectation("1-6", "written", sign=False)) == Fit(1, 6)
    assert of_numbers(expectation("any", 2, sign=True)) == Fit(1, None, 2, sign=True)


def test_the_page_is_told(pages: TestClient) -> None:
    assert pages.get("/review/expected").json() == {"": {}}
    assert pages.get("/review/expected?form=none").json() == {}
    assert pages.get("/review/expected?form=tick").json() == {}
