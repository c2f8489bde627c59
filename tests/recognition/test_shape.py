import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.shape import HOLES, goes_on, is_unusual
from tests.pages import digits

Ink = NDArray[np.float32]
SIDE = 128


def boxes(across: int, down: int, gap: int = 0) -> Ink:
    """So many boxes in a view, as large as there is room for."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    side = 110 // max(across, down)
    for row in range(down):
        for column in range(across):
            left, top = 8 + column * side, 8 + row * side
            cv2.rectangle(ink, (left, top), (left + side - gap, top + side - gap), 1.0, 2)
    return ink


def stroke(length: int, width: int, lean: int = 0, bow: float = 0.0) -> Ink:
    """A stroke from above to below that ``lean``s to the right at its foot; its middle is ``bow``
    pixels away from a straight line."""
    rows = np.arange(length + 1)
    share = rows / length
    middles = 50 + lean * share + bow * np.sin(np.pi * share)
    points = np.stack([middles, rows + 8], axis=1)
    ink = np.zeros((SIDE, SIDE), np.uint8)
    cv2.polylines(ink, [np.rint(points * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
    return np.asarray(ink / 255, np.float32)


@pytest.mark.parametrize(
    ("across", "down", "gap"), [(1, 3, 0), (1, 8, 0), (1, 5, 4), (4, 1, 0), (2, 2, 0), (3, 4, 3)]
)
def test_boxes_are_printed_lines(across: int, down: int, gap: int) -> None:
    assert is_unusual(boxes(across, down, gap))


@pytest.mark.parametrize("lean", [-6, -2, 0, 1, 8])
@pytest.mark.parametrize(("length", "width"), [(60, 1), (110, 3)])
def test_a_long_thin_straight_stroke_is_a_printed_line(length: int, width: int, lean: int) -> None:
    assert is_unusual(stroke(length, width, lean))


def test_a_stroke_that_is_thick_or_bent_or_short_may_be_a_1() -> None:
    assert is_unusual(stroke(110, 4))
    assert not is_unusual(stroke(110, 8))
    assert is_unusual(stroke(110, 3, bow=0.3))
    assert not is_unusual(stroke(110, 3, bow=1.5))
    assert is_unusual(stroke(40, 1))
    assert not is_unusual(stroke(28, 1))


@pytest.mark.parametrize(("closed", "expected"), [(HOLES - 1, False), (HOLES, True)])
def test_what_encloses_more_paper_than_an_8_is_no_digit(closed: int, expected: bool) -> None:
    ink = boxes(1, closed)
    ink[10:14, 100:120] = 1  # and a speck
    assert is_unusual(ink) is expected


def test_specks_of_paper_in_a_digit_are_no_holes() -> None:
    ink = np.zeros((SIDE, SIDE), np.float32)
    ink[20:108, 40:88] = 1
    ink[30:100:8, 50:80:8] = 0
    assert not is_unusual(ink)


@pytest.mark.parametrize("enlarged", [28, 64, 128])
def test_no_written_digit_is_a_printed_line(enlarged: int) -> None:
    shapes, _ = digits()
    for shape in shapes:
        large = cv2.resize(shape, (enlarged, enlarged), interpolation=cv2.INTER_CUBIC)
        assert not is_unusual(np.asarray(large / np.float32(255), np.float32))


def test_nothing_is_no_printed_line() -> None:
    assert not is_unusual(np.zeros((SIDE, SIDE), np.float32))


def rule(width: int, until: int, tone: int = 60) -> NDArray[np.uint8]:
    """A page with a rule from its head down."""
    page = np.full((200, 120), 230, np.uint8)
    page[:until, 50 : 50 + width] = tone
    return page


@pytest.mark.parametrize(("top", "until", "expected"), [(140, 180, True), (20, 60, False)])
def test_a_piece_of_a_rule_goes_on_above_it(top: int, until: int, expected: bool) -> None:
    page = rule(4, until)
    if not expected:
        page[:top] = 230
    assert goes_on(page, Box(49, top, 6, until - top)) is expected


def test_a_piece_of_a_rule_goes_on_below_it_and_a_fainter_one_is_another_line() -> None:
    page = rule(4, 160)
    assert goes_on(page, Box(49, 0, 6, 40))
    page[40:] = np.where(page[40:] < 200, 190, 230)
    assert not goes_on(page, Box(49, 0, 6, 40))


def test_what_is_broad_is_no_piece_of_a_rule() -> None:
    page = rule(20, 200)
    assert not goes_on(page, Box(48, 100, 24, 40))


def test_a_1_that_stands_on_a_line_of_the_page_does_not_go_on() -> None:
    page = rule(4, 100)
    page[:60] = 230
    page[100:103] = 60
    assert not goes_on(page, Box(49, 60, 6, 40))
