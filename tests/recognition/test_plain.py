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
