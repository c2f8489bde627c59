import re
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import yaml

from digitbox.errors import ConfigError, DigitboxError
from digitbox.extras import how_to_install
from digitbox.forms.alignment import Reference, align
from digitbox.forms.codes import Code, code
from digitbox.forms.library import FormFiles, form_of
from digitbox.forms.marks import marks
from digitbox.forms.printing import Printed, printed
from digitbox.forms.questions import Checkbox, Choice, Digits, Number, Question, Questions
from digitbox.forms.template import Digits as DigitsField
from digitbox.forms.template import Field, boxes, rendered
from digitbox.forms.template import Number as NumberField
from digitbox.forms.template import parse as parse_template
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.view import Gray

MILLIMETRE = 200 / 25.4

ALL: tuple[Question, ...] = (
    Digits(name="student", label="Student number", length=8, required=True, unique=True),
    Number(name="q1", label="Question 1", most=10, least=0),
    Number(name="q2", label="Question 2", most=10, decimals=1),
    Checkbox(name="absent", label="Absent"),
    Choice(name="grade", label="Grade", options=("good", "fair", "bad")),
)


def form(*questions: Question, title: str = "Exam", text: str = "", name: str = "exam") -> Printed:
    return printed(Questions(title=title, text=text, questions=questions or ALL), name)


def pages(one: Printed) -> list[Gray]:
    """Its pages as they are read."""
    found = list(decode(one.pdf, 10**8, side=None))
    assert all(isinstance(page, Page) for page in found)
    return [page.gray for page in found if isinstance(page, Page)]


def only(one: Printed) -> Field:
    ((field,),) = (page.fields for page in one.template.pages)
    return field


def line(page: Gray, at: float, start: float, stop: float, upright: bool) -> bool:
    """Whether there is a line at ``at`` from ``start`` to ``stop`` on ``page``, give or take two
    pixels."""
    along = page.T if upright else page
    near = along[round(at) - 2 : round(at) + 3, round(start) + 3 : round(stop) - 3]
    return bool((near.min(axis=0) < 215).all())


@pytest.mark.parametrize("place", range(len(ALL)))
def test_boxes_are_where_they_are_printed(place: int) -> None:
    one = form()
    (page,) = pages(one)
    field = one.template.pages[0].fields[place]
    is_inset = isinstance(field, NumberField) and not field.cells
    for x, y, wide, high in boxes(field).values():
        if is_inset:
            inner = page[round(y) : round(y + high), round(x) : round(x + wide)]
            assert inner.min() > 250  # it is read without its line
            aside = 0.5 * MILLIMETRE
            x, y, wide, high = x - aside, y - aside, wide + 2 * aside, high + 2 * aside
        assert line(page, y, x, x + wide, upright=False)
        assert line(page, y + high, x, x + wide, upright=False)
        assert line(page, x, y, y + high, upright=True)
        assert line(page, x + wide, y, y + high, upright=True)


def test_cells_have_the_size_of_written_digits() -> None:
    one = form(Digits(name="id", label="Number", length=8))
    (page,), field = pages(one), only(one)
    assert isinstance(field, DigitsField)
    assert field.cells
    assert field.length == 8
    x, y, wide, high = field.box
    assert wide / 8 == pytest.approx(8 * MILLIMETRE, abs=0.2)
    assert high == pytest.approx(10 * MILLIMETRE, abs=0.2)
    for cell in range(1, 8):
        assert line(page, x + cell * wide / 8, y, y + high, upright=True)
    between = page[round(y) + 4 : round(y + high) - 4, round(x + wide / 16)]
    assert between.min() > 250


def test_checkboxes_are_5_mm() -> None:
    ((_, _, wide, high),) = boxes(only(form(Checkbox(name="absent", label="Absent")))).values()
    assert (wide, high) == pytest.approx((5 * MILLIMETRE, 5 * MILLIMETRE), abs=0.2)


def test_what_is_known_of_a_question_is_known_of_its_field() -> None:
    one = form(
        Number(name="q", label="Q", most=50, least=-5, decimals=1, required=True),
        Digits(name="id", label="Number", length=(4, 6), values="ids.csv", unique=True),
        Choice(name="grade", label="Grade", options=("A", "B"), required=True),
    )
    number, digits, choice = one.template.pages[0].fields
    assert isinstance(number, NumberField)
    assert (number.least, number.most, number.decimals, number.sign) == (-5, 50, 1, True)
    assert (number.length, number.cells, number.required) == (3, False, True)
    assert isinstance(digits, DigitsField)
    assert (digits.length, digits.cells, digits.values, digits.unique) == (
        (4, 6), False, "ids.csv", True,
    )  # fmt: skip
    assert list(boxes(choice)) == ["boxes.A", "boxes.B"]
    assert getattr(choice, "required", None) is True


def test_a_number_of_unknown_length_has_a_box_without_cells() -> None:
    field = only(form(Number(name="q", label="Q")))
    assert isinstance(field, NumberField)
    assert (field.length, field.cells) == (None, False)


def test_the_template_is_that_of_a_form_that_is_read() -> None:
    one = form()
    assert parse_template(yaml.safe_load(rendered(one.template)), "form.yaml") == one.template
    files = FormFiles("exam", one.template, ((one.pdf, 1),), ())
    fields = [field.name for page in form_of(files).pages for field in page.fields]
    assert fields == ["student", "q1", "q2", "absent", "grade"]


def test_checks_go_into_the_template() -> None:
    asked = Questions(title="Exam", questions=ALL, checks=("q1 <= q2",), wrong_sums=0.1)
    made = printed(asked, "exam").template
    assert (made.checks, made.wrong_sums) == (("q1 <= q2",), 0.1)


def test_a_page_is_found_by_its_marks_alone() -> None:
    (page,) = pages(form())
    found = marks(page)
    assert found is not None
    near, far = 12.5 * MILLIMETRE, np.array([210 - 12.5, 297 - 12.5]) * MILLIMETRE
    there = [(near, near), (far[0], near), (far[0], far[1]), (near, far[1])]
    for corner, expected in zip(found.corners, there, strict=True):
        assert corner[0] == pytest.approx(expected, abs=1.5)
    turned = np.ascontiguousarray(np.rot90(page, 2))
    assert align(turned, Reference(page), "markers").score > 0.9


def test_many_questions_take_several_pages() -> None:
    one = form(*(Number(name=f"q{n}", label=f"Question {n}", most=10) for n in range(40)))
    seen = pages(one)
    assert [page.reference for page in one.template.pages] == [
        "exam.pdf", "exam.pdf#2", "exam.pdf#3",
    ]  # fmt: skip
    assert len(seen) == 3
    assert list(one.template.names()) == [f"q{n}" for n in range(40)]
    for number, (page, made) in enumerate(zip(seen, one.template.pages, strict=True), 1):
        assert code(page) == Code("exam", number)
        assert marks(page) is not None
        for field in made.fields:
            ((_, y, _, high),) = boxes(field).values()
            assert y + high <= 278.1 * MILLIMETRE


def test_what_does_not_fit_beside_its_label_stands_below_it() -> None:
    short = boxes(only(form(Digits(name="id", label="Number", length=12))))["box"]
    long = boxes(only(form(Digits(name="id", label="Number", length=20))))["box"]
    assert short[0] > 90 * MILLIMETRE
    assert long[0] == pytest.approx(20 * MILLIMETRE, abs=0.5)
    assert long[0] + long[2] <= 190 * MILLIMETRE
    assert long[1] > short[1]


def test_many_options_take_several_rows_that_do_not_overlap() -> None:
    options = tuple(f"option number {n} of twenty-four" for n in range(24))
    one = form(Choice(name="c", label="Choose " * 20, options=options))
    (page,), found = pages(one), list(boxes(only(one)).values())
    assert len({y for _, y, _, _ in found}) > 5
    for x, y, wide, high in found:
        assert x >= 20 * MILLIMETRE - 1
        assert y + high < 278 * MILLIMETRE
        inner = page[round(y) + 4 : round(y + high) - 4, round(x) + 4 : round(x + wide) - 4]
        assert inner.min() > 250


def test_the_same_questions_make_the_same_file() -> None:
    assert form() == form()
    assert len(form().pdf) < 10_000


def test_text_is_printed_above_the_questions() -> None:
    bare, with_text = form(), form(text="Write one digit in each cell.\nNothing else.\n" * 6)
    first = [one.template.pages[0].fields[0] for one in (bare, with_text)]
    tops = [boxes(field)["box"][1] for field in first]
    assert tops[1] > tops[0]
    (page,) = pages(with_text)
    assert page[round(35 * MILLIMETRE) : round(tops[0]), : round(150 * MILLIMETRE)].min() < 100


def test_text_that_fills_the_page_moves_the_questions_to_the_next() -> None:
    one = form(text="\n" * 52)
    assert [len(page.fields) for page in one.template.pages] == [0, len(ALL)]
    with pytest.raises(ConfigError, match="does not fit on the page"):
        form(text="\n" * 70)


def test_characters_that_the_font_does_not_have_are_refused() -> None:
    with pytest.raises(ConfigError, match="'Prüfung Łódź': Helvetica has no 'Ł'"):
        form(title="Prüfung Łódź")
    with pytest.raises(ConfigError, match=r"has no '\\n'"):
        form(Checkbox(name="q", label="two\nlines"))
    assert form(title="Prüfung – Übung".replace("–", "-")).pdf


def test_a_font_of_ones_own_has_other_characters(tmp_path: Path) -> None:
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        pytest.skip("matplotlib, which brings a font, is not installed")
    font = Path(found.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    asked = Questions(title="Экзамен, Łódź", questions=ALL)
    one = printed(asked, "exam", font)
    assert one == printed(asked, "exam", font)
    assert pages(one)[0][160:220, 160:900].min() < 100
    with pytest.raises(ConfigError, match="has no '漢'"):
        printed(Questions(title="漢", questions=ALL), "exam", font)
    other = tmp_path / "other.txt"
    other.write_text("no font")
    for file in (other, tmp_path / "missing.ttf"):
        with pytest.raises(ConfigError, match="cannot be used as a font"):
            printed(asked, "exam", file)


@pytest.mark.parametrize("name", ["", "a b", "exam.pdf", "../exam", "prüfung", "-a", "a" * 33])
def test_a_name_that_no_code_can_have_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="name a form to print"):
        form(name=name)


def test_the_longest_name_is_printed_and_read() -> None:
    name = "a" * 32
    (page,) = pages(form(name=name))
    assert code(page) == Code(name, 1)


@pytest.mark.parametrize("package", ["fpdf", "segno"])
def test_without_the_packages_it_says_what_to_install(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DigitboxError, match=re.escape(how_to_install("forms"))):
        form()
