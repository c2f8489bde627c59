import numpy as np

from digitbox.recognition.finder import Finder
from digitbox.recognition.preprocess import preprocess, preprocess_page
from tests.pages import encoded, ruled, sheet


def test_a_clean_digit_has_one_frame_and_a_place(finder: Finder) -> None:
    (candidate,) = preprocess(sheet(3, 900, 1200, side=200, top=500, left=800), finder)
    assert candidate.frames.dtype == np.uint8
    assert candidate.frames.shape == (1, 28, 28)
    assert candidate.frames.max() == 255
    assert candidate.box.holds(900, 600)


def test_a_digit_on_rules_has_an_outline_and_a_tone(finder: Finder) -> None:
    (candidate,) = preprocess(ruled(sheet(3)), finder)
    assert candidate.frames.shape == (2, 28, 28)


def test_a_blank_page_has_no_candidates(finder: Finder) -> None:
    assert preprocess(np.full((300, 400), 222, np.uint8), finder) == ()


def test_a_page_of_a_file_is_preprocessed_as_it_is_by_itself(finder: Finder) -> None:
    page = ruled(sheet(3))
    found = preprocess_page(encoded(page), 1, finder, 10**8)
    assert found is not None
    assert np.array_equal(found.gray, page)
    expected = [(one.box, one.frames.tobytes()) for one in preprocess(page, finder)]
    assert [(one.box, one.frames.tobytes()) for one in found.candidates] == expected


def test_a_page_that_is_not_there_or_not_decoded_is_none(finder: Finder) -> None:
    content = encoded(sheet(3))
    assert preprocess_page(content, 2, finder, 10**8) is None
    assert preprocess_page(content, 1, finder, 100) is None
    assert preprocess_page(b"no image", 1, finder, 10**8) is None
