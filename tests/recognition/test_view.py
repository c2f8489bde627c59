import cv2
import numpy as np
import pytest

from digitbox.box import Box
from digitbox.recognition.view import VIEW_SIDE, Window, on_page, view, whole


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (28, 28), (300, 200), (200, 300)])
def test_the_whole_page_is_in_the_middle_of_its_view(shape: tuple[int, int]) -> None:
    window = whole(np.zeros(shape, np.uint8))
    assert window.side == max(shape)
    assert abs(2 * window.left + window.side - shape[1]) <= 1
    assert abs(2 * window.top + window.side - shape[0]) <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (28, 28), (700, 300)])
def test_a_view_has_one_size_whatever_the_page_has(shape: tuple[int, int]) -> None:
    page = np.full(shape, 77, np.uint8)
    for window in (whole(page), Window(-5, -9, 30), Window(shape[1] - 1, shape[0] - 1, 400)):
        shown = view(page, window)
        assert shown.shape == (VIEW_SIDE, VIEW_SIDE)
        assert shown.dtype == np.uint8
        assert (shown == 77).all()


def test_beyond_the_edge_the_page_goes_on() -> None:
    page = np.zeros((100, 50), np.uint8)
    page[:, -10:] = 200
    shown = view(page, whole(page))
    assert (shown[:, -1] == 200).all()
    assert (shown[:, 0] == 0).all()


def test_a_window_shows_its_part_of_the_page() -> None:
    page = np.zeros((400, 400), np.uint8)
    page[100:200, 300:400] = 255
    assert (view(page, Window(300, 100, 100)) == 255).all()
    assert (view(page, Window(0, 100, 100)) == 0).all()


def test_a_box_is_found_again_on_the_page() -> None:
    window = Window(300, 100, 2 * VIEW_SIDE)
    assert window.box(Box(10, 20, 30, 40)) == Box(320, 140, 60, 80)


def test_boxes_are_cut_at_the_pages_edge() -> None:
    assert Box(-5, 90, 20, 20).clamped((100, 200)) == Box(0, 90, 15, 10)
    assert Box(500, 500, 20, 20).clamped((100, 200)) == Box(199, 99, 1, 1)


@pytest.mark.parametrize(("x", "y", "held"), [(25, 40, True), (10, 20, True), (40, 60, False)])
def test_a_box_holds_its_first_pixel_and_not_its_end(x: int, y: int, held: bool) -> None:
    assert Box(10, 20, 30, 40).holds(x, y) == held


def test_the_middle_of_a_box_is_in_it() -> None:
    assert Box(10, 20, 30, 40).middle == (25, 40)


@pytest.mark.parametrize("shape", [(256, 256), (500, 371), (1201, 1600)])
def test_a_large_page_is_shown_where_it_is(shape: tuple[int, int]) -> None:
    page = np.full(shape, 230, np.uint8)
    height, width = shape
    page[height // 2 :, width // 2 :] = 30
    shown = view(page, whole(page))
    expected = cv2.resize(page, None, fx=VIEW_SIDE / max(shape), fy=VIEW_SIDE / max(shape))
    part = shown[on_page(shape, whole(page))]
    assert np.mean(np.abs(part.astype(int) - cv2.resize(expected, part.shape[::-1])) > 40) < 0.02
