import cv2
import numpy as np
import pytest

from digitbox.forms.alignment import Reference, align
from digitbox.forms.form import corners
from digitbox.forms.wording import Wording, wording, words
from digitbox.recognition.view import Gray
from tests.forms import sheets

FIELD = (430, 60, 300, 500)


def seen(page: Gray, printed: Gray) -> Wording:
    reference = Reference(printed)
    return wording(
        page, reference, align(page, reference, "auto"), words(reference, [corners(FIELD)])
    )


@pytest.fixture(scope="module")
def form() -> Gray:
    return titled("Examination in physics")


def titled(title: str) -> Gray:
    page = sheets.form(3)
    page[:55] = sheets.PAPER
    sheets.write(page, title, 60, 40, 0.9)
    return page


@pytest.mark.parametrize(
    "made",
    [
        lambda page: page,
        lambda page: sheets.filled(page, 4),
        sheets.badly_lit,
        sheets.black_and_white,
        lambda page: sheets.grainy(page, 10, 5),
        lambda page: np.ascontiguousarray(page[::-1, ::-1]),
        lambda page: np.asarray(cv2.imdecode(cv2.imencode(".jpg", page, [1, 30])[1], 0), np.uint8),
    ],
)
def test_no_word_is_gone_from_a_page_of_the_form(form: Gray, made: object) -> None:
    found = seen(made(form), form)  # type: ignore[operator]
    assert found.gone == 0
    assert found.there >= 20


def test_other_words_at_the_same_place_are_gone(form: Gray) -> None:
    found = seen(titled("Laboratory of biology"), form)
    assert found.gone >= 3
    assert found.there >= 20


def test_words_that_are_missing_are_gone(form: Gray) -> None:
    assert seen(titled(""), form).gone >= 3


def test_words_that_are_covered_or_beyond_the_edge_are_not_gone(form: Gray) -> None:
    black = form.copy()
    black[10:54, 40:500] = 30
    assert seen(black, form).gone == 0
    assert seen(np.ascontiguousarray(form[60:]), form).gone == 0


def test_what_stands_in_fields_is_no_word(form: Gray) -> None:
    reference = Reference(form)
    everywhere = words(reference, [corners((0, 0, sheets.WIDTH, sheets.HEIGHT))])
    assert everywhere == ()
    assert len(words(reference, [])) > len(words(reference, [corners((50, 100, 500, 200))]))
