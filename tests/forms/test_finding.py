from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitbox.box import Box
from digitbox.forms import grid
from digitbox.forms.alignment import Reference
from digitbox.forms.finding import Found, around, is_on, likeliest, places_of
from digitbox.forms.form import Form, FormPage, corners
from digitbox.forms.library import FormFiles, form_of, load
from digitbox.forms.printing import printed
from digitbox.forms.questions import Number, Questions
from digitbox.recognition.view import Gray
from digitbox.records import Reason
from tests.forms import paper

TABLE = """
pages:
  - reference: sheet.png
    fields:
      - {name: marks, type: table, box: [100, 200, 320, 60], rows: 1, columns: [a, b, c, d, e]}
"""


@pytest.fixture(scope="module")
def exam(tmp_path_factory: pytest.TempPathFactory) -> Form:
    return made(tmp_path_factory.mktemp("forms"), paper.TEMPLATE, "exam")


def made(forms: Path, template: str, name: str) -> Form:
    paper.put(forms, template, name)
    return next(form_of(files) for files in load(forms) if files.name == name)


def test_the_page_of_a_form_is_found(exam: Form) -> None:
    found = likeliest(paper.photographed(paper.blank(), 90), [exam])
    assert found is not None
    assert (found.form, found.number, found.page) == (exam, 0, exam.pages[0])
    assert found.lies
    assert found.lies_well


def test_what_is_no_page_of_a_form_does_not_lie_on_it(exam: Form) -> None:
    found = likeliest(np.full((900, 700), 240, np.uint8), [exam])
    assert found is not None
    assert not found.lies


def test_of_several_forms_it_is_the_one_that_lies_best(exam: Form) -> None:
    turned = replace(exam, name="other", pages=(_mirrored(exam),))
    found = likeliest(paper.blank(), [turned, exam])
    assert found is not None
    assert found.form is exam


def asked(name: str, *labels: str, folder: str = "") -> Form:
    """The form ``name``, as it is printed, in a folder that has its name or another one."""
    questions = tuple(
        Number(name=f"q{number}", label=label, most=99, decimals=1)
        for number, label in enumerate(labels)
    )
    one = printed(Questions(title="Record", questions=questions), name)
    references = ((one.pdf, 1),)
    return form_of(FormFiles(folder or name, one.template, references, ()))


def gray(form: Form) -> Gray:
    return form.pages[0].reference.gray


EXAM, LAB = ("Question 1", "Question 2", "Question 3"), ("Weight", "Height", "Question 3")


@pytest.mark.parametrize("folder", ["", "renamed"])
def test_a_page_whose_code_is_not_that_of_the_reference_is_another(folder: str) -> None:
    exam, lab = asked("exam", *EXAM, folder=folder), asked("lab", *LAB)
    found = likeliest(gray(lab), [exam], exam.name)
    assert found is not None
    assert not found.lies
    assert not found.lies_well
    ours = likeliest(paper.photographed(gray(exam), 180), [exam], exam.name)
    assert ours is not None
    assert ours.lies_well


def test_of_forms_with_other_names_than_are_printed_the_code_says_which_it_is() -> None:
    exam, lab = asked("exam", *EXAM, folder="one"), asked("lab", *LAB, folder="two")
    for form in (exam, lab):
        found = likeliest(gray(form), [exam, lab])
        assert found is not None
        assert found.form is form


def test_a_page_whose_code_cannot_be_read_is_found_by_how_it_lies() -> None:
    exam = asked("exam", *EXAM)
    page = gray(exam).copy()
    page[100:360, 1300:] = 255
    found = likeliest(page, [exam], "exam")
    assert found is not None
    assert found.lies_well


def test_a_page_that_is_not_aligned_is_only_what_is_named(exam: Form) -> None:
    any_page = replace(exam.pages[0], align="none")
    unaligned = replace(exam, pages=(any_page,))
    assert likeliest(paper.blank(), [unaligned]) is None
    assert likeliest(paper.blank(), [unaligned], "exam") is not None
    assert likeliest(paper.blank(), [exam], "other") is None


def _mirrored(form: Form) -> FormPage:
    page = form.pages[0]
    reference = type(page.reference)(np.ascontiguousarray(page.reference.gray[:, ::-1]))
    return replace(page, reference=reference)


@pytest.mark.parametrize(("by", "moves"), [(0, False), (15, True), (64, False)])
def test_lines_that_lie_where_other_cells_are_expected_are_not_those_of_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: int, moves: bool
) -> None:
    form = made(tmp_path, TABLE, "exam")
    plain = grid.grid

    def shifted(*arguments: object) -> object:
        found = plain(*arguments)  # type: ignore[arg-type]
        assert found is not None
        return found + np.array([by, 0])

    found = likeliest(paper.blank(), [form])
    assert found is not None
    straight = places_of(paper.blank(), found)
    monkeypatch.setattr(grid, "grid", shifted)
    places = places_of(paper.blank(), found)
    away = [
        float(np.abs(one[0] - other[0]).max()) for one, other in zip(places, straight, strict=True)
    ]
    assert max(away) == pytest.approx(by if moves else 0, abs=3)


def test_a_place_is_on_a_page_but_for_a_little() -> None:
    page = np.zeros((100, 200), np.uint8)
    assert is_on(page, corners((0, 0, 200, 100)))
    assert is_on(page, corners((-2, 10, 60, 40)))
    for box in ((-9, 10, 60, 40), (150, 10, 60, 40), (10, 70, 60, 40), (10, -9, 60, 40)):
        assert not is_on(page, corners(box))


def test_a_box_is_around_all_places() -> None:
    places = [corners((10, 20, 30, 30)), corners((80, 25, 10, 10))]
    box = around(places, (100, 200))
    assert (box.x, box.y) == (9, 19)
    assert box.x + box.width >= 89
    assert around([corners((190, 90, 50, 50))], (100, 200)) == Box(189, 89, 11, 11)


def test_where_a_page_lies_says_how_well(exam: Form) -> None:
    found = likeliest(paper.blank(), [exam])
    assert found is not None
    for score, lies, well in ((0.1, False, False), (0.3, True, False), (0.6, True, True)):
        one = Found(exam, 0, replace(found.alignment, score=score))
        assert (one.lies, one.lies_well) == (lies, well)


def headed(exam: Form, title: str) -> Gray:
    page = gray(exam).copy()
    page[85:135] = 255
    cv2.putText(page, title, (100, 120), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 60, 2, cv2.LINE_AA)
    return page


def with_title(exam: Form, title: str) -> Form:
    reference = Reference(headed(exam, title))
    return replace(exam, name=title, pages=(replace(exam.pages[0], reference=reference),))


def test_a_page_with_another_title_is_in_doubt(exam: Form) -> None:
    other = headed(exam, "Laboratory record")
    found = likeliest(paper.photographed(other, 0), [exam])
    assert found is not None
    assert found.lies_well
    assert found.doubt is Reason.FORM_IN_DOUBT
    ours = likeliest(paper.photographed(paper.blank(), 0), [exam])
    assert ours is not None
    assert ours.doubt is None


def test_of_forms_of_one_layout_it_is_the_one_whose_words_are_there(exam: Form) -> None:
    other = with_title(exam, "Laboratory record")
    for form in (exam, other):
        for forms in ([exam, other], [other, exam]):
            found = likeliest(gray(form), forms)
            assert found is not None
            assert (found.form, found.doubt) == (form, None)


def test_a_page_that_fits_two_forms_as_well_is_in_doubt(exam: Form) -> None:
    found = likeliest(gray(exam), [exam, replace(exam, name="copy")])
    assert found is not None
    assert found.doubt is Reason.FORM_IN_DOUBT
