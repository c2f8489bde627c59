import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.card import InkThresholds
from digitbox.recognition.crop import Crop, Overview
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.view import VIEW_SIDE, Window, view
from tests.pages import number, ruled, sheet


class Everywhere(Finder):
    """Finds ink everywhere, and counts what it was asked."""

    def __init__(self) -> None:
        self.thresholds = InkThresholds(seed=0.6, edge=0.4, fine_edge=0.2)
        self.asked = 0

    def ink(self, view: NDArray[np.uint8]) -> InkMap:
        self.asked += 1
        return np.ones(view.shape, np.float32)


def test_a_crop_has_the_view_of_its_window_and_the_ink_in_it(finder: Finder) -> None:
    page, window = sheet(3, 400, 300), Window(50, 100, 200)
    crop = Crop.at(page, window, finder)
    assert crop.window == window
    assert np.array_equal(crop.view, view(page, window))
    assert np.array_equal(crop.ink, finder.ink(crop.view))


@pytest.mark.parametrize("window", [Window(-64, 0, 128), Window(-10, -64, 128)])
def test_there_is_no_ink_beyond_the_edges_of_the_page(window: Window) -> None:
    crop = Crop.at(np.zeros((300, 300), np.uint8), window, Everywhere())
    assert crop.ink.sum() == (window.side + window.left) * (window.side + window.top)
    assert crop.ink[-1, -1] == 1
    assert crop.ink[0, 0] == 0


@pytest.mark.parametrize(("side", "edge"), [(120, 0.4), (128, 0.4), (136, 0.2)])
def test_ink_goes_on_further_where_the_page_is_shown_reduced(side: int, edge: float) -> None:
    crop = Crop.at(np.zeros((300, 300), np.uint8), Window(0, 0, side), Everywhere())
    assert (crop.edge, crop.seed) == (edge, 0.6)


def test_an_overview_looks_once_and_only_when_it_is_asked() -> None:
    finder = Everywhere()
    overview = Overview(ruled(number("417")), finder)
    assert overview.shape is None
    assert finder.asked == 0
    assert overview.crop is overview.crop
    assert finder.asked == 1


@pytest.mark.parametrize("shape", [(100, 128), (128, 60), (100, 129), (700, 300)])
def test_what_is_no_larger_than_a_view_is_taken_as_it_is(shape: tuple[int, int]) -> None:
    page = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    overview = Overview(page, Everywhere())
    assert (overview.shown is page) == (max(shape) <= VIEW_SIDE)
    assert overview.crop.view.shape == (VIEW_SIDE, VIEW_SIDE)
    assert np.array_equal(overview.crop.view, view(page, overview.window))
    # All of the page, and nothing else.
    shares = np.array(shape) / max(shape) * VIEW_SIDE
    assert overview.crop.ink.sum() == np.prod(shares.round())


def test_one_clean_shape_is_seen_without_the_finder() -> None:
    finder = Everywhere()
    overview = Overview(sheet(3), finder)
    assert overview.shape is not None
    ink, box = overview.shape
    assert ink.shape == overview.shown.shape
    # Of the page's 300 pixels there are 128 in the view.
    assert box.height == pytest.approx(0.62 * 160 * 128 / 300, abs=3)
    assert finder.asked == 0
