import cv2
import numpy as np
import pytest

from digitbox.recognition.plain import all_ink, shape_ink
from tests.pages import ruled, sheet

GROUND, PEN = 230, 60


def ring(side: int = 100) -> np.ndarray:
    """A circle of a pen's width in the middle of an even page."""
    page = np.full((side, side), GROUND, np.uint8)
    cv2.circle(page, (side // 2, side // 2), side // 4, PEN, 5, cv2.LINE_AA)
    return page


@pytest.mark.parametrize("inverted", [False, True])
def test_one_clean_shape_is_all_ink(inverted: bool) -> None:
    page = ring()
    found = shape_ink(255 - page if inverted else page)
    assert found is not None
    ink, box = found
    assert ink.shape == page.shape
    assert ink.dtype == np.float32
    assert ink[page == PEN].min() == 1
    assert ink[page == GROUND].max() == 0
    assert box.x <= 25 - 2 < box.x + 3
    assert 53 <= box.width == box.height <= 57


def test_a_little_grain_is_even() -> None:
    page = ring() + np.random.default_rng(1).normal(0, 3, (100, 100))
    assert shape_ink(page.astype(np.uint8)) is not None


def framed() -> np.ndarray:
    """A printed cell, which the shape in it touches."""
    page = ring()
    cv2.rectangle(page, (23, 15), (85, 85), PEN, 2)
    return page


def reaching_the_edge() -> np.ndarray:
    page = ring()
    page[50:54, 70:] = PEN
    return page


def shaded() -> np.ndarray:
    shade = np.tile(np.linspace(0, 90, 100).astype(np.uint8), (100, 1))
    page: np.ndarray = cv2.subtract(ring(), shade)
    return page


def two() -> np.ndarray:
    page = ring()
    page[10:20, 10:14] = PEN
    return page


def faint() -> np.ndarray:
    page: np.ndarray = np.where(ring() < 150, GROUND - 30, GROUND).astype(np.uint8)
    return page


def lighter() -> np.ndarray:
    """Another thing, lighter than the background."""
    page: np.ndarray = np.minimum(ring(), 190)
    page[10:20, 10:20] = 255
    return page


def small() -> np.ndarray:
    page = np.full((100, 100), GROUND, np.uint8)
    page[50:60, 50:53] = PEN
    return page


@pytest.mark.parametrize(
    "page",
    [framed(), reaching_the_edge(), shaded(), two(), faint(), lighter(), small(), ruled(sheet(2))],
    ids=["framed", "edge", "shaded", "two", "faint", "lighter", "small", "ruled"],
)
def test_anything_else_is_left_to_the_finder(page: np.ndarray) -> None:
    assert shape_ink(page) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 128), (128, 1), (3, 2), (28, 28)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_view_has_no_ink(shape: tuple[int, int], level: int) -> None:
    page = np.full(shape, level, np.uint8)
    assert shape_ink(page) is None
    assert not all_ink(page).any()


def test_all_that_stands_out_is_ink_on_a_tiny_page() -> None:
    page = np.zeros((8, 8), np.uint8)
    page[1:7, 3] = 200
    page[1, 3:6] = 90
    ink = all_ink(page)
    assert ink[4, 3] == 1
    assert 0.4 < ink[1, 5] < 0.5
    assert ink[6, 6] == 0


def bars(*strengths: int, thickness: int = 10) -> np.ndarray:
    """A stem on a block of bars that touch, each darker than an even page by so many levels, the
    stem as the first."""
    page = np.full((120, 120), GROUND, np.uint8)
    page[20:40, 30:36] = GROUND - strengths[0]
    for number, strength in enumerate(strengths):
        page[40 + number * thickness : 40 + (number + 1) * thickness, 30:70] = GROUND - strength
    return page


@pytest.mark.parametrize(("levels", "is_seen"), [(30, False), (50, True)])
def test_ink_that_hardly_stands_out_is_left_to_the_finder(levels: int, is_seen: bool) -> None:
    assert (shape_ink(bars(levels)) is not None) is is_seen


@pytest.mark.parametrize(("levels", "is_even"), [(9, True), (24, False)])
def test_a_page_is_even_where_all_else_has_a_fifth_of_the_ink_s_strength(
    levels: int, is_even: bool
) -> None:
    page = np.minimum(bars(100), 200)
    page[10:20, 10:20] = 200 + levels
    assert (shape_ink(page) is not None) is is_even


def test_a_shape_goes_on_where_the_pen_was_lighter_and_not_where_the_paper_is_grey() -> None:
    lighter, grey = bars(100), bars(100)
    lighter[44:50, 70:90] = GROUND - 35
    grey[44:50, 70:90] = GROUND - 15
    widths = [found[1].width for page in (lighter, grey) if (found := shape_ink(page))]
    assert widths == [60, 40]


def test_full_strength_is_what_a_third_of_the_strong_pixels_have() -> None:
    for strengths, expected in (((170, 170, 100, 100, 100), 100 / 170), ((170, *[100] * 6), 1.0)):
        found = shape_ink(bars(*strengths, thickness=6))
        assert found is not None
        assert found[0][40 + 6 * len(strengths) - 3, 50] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("side", "is_seen"), [(11, False), (17, True)])
def test_a_shape_of_few_pixels_is_left_to_the_finder(side: int, is_seen: bool) -> None:
    page = np.full((100, 100), GROUND, np.uint8)
    page[40 : 40 + side, 50:53] = PEN
    page[37 + side : 40 + side, 50:58] = PEN
    assert (shape_ink(page) is not None) is is_seen


def bracket(foot: float, lift: int = 0) -> np.ndarray:
    """A stem and a roof, 100 pixels each, and a foot of that share of them, so many pixels above
    the stem's end."""
    page = np.full((128, 128), GROUND, np.uint8)
    page[14:114, 14:17] = PEN
    page[14:17, 14:114] = PEN
    page[111 - lift : 114 - lift, 14 : 14 + round(100 * foot)] = PEN
    return page


def test_what_covers_most_of_three_sides_may_be_a_printed_cell() -> None:
    assert shape_ink(bracket(0.7)) is not None
    assert shape_ink(bracket(0.95)) is None


def test_a_side_is_about_a_tenth_of_the_box() -> None:
    assert shape_ink(bracket(1.0, lift=7)) is None
    assert shape_ink(bracket(1.0, lift=18)) is not None


@pytest.mark.parametrize(("levels", "is_ink"), [(18, False), (30, True)])
def test_on_a_tiny_page_what_hardly_stands_out_is_no_ink(levels: int, is_ink: bool) -> None:
    page = np.full((8, 8), GROUND, np.uint8)
    page[1:7, 3] = GROUND - levels
    assert bool(all_ink(page).any()) is is_ink
