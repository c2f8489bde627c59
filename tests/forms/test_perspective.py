import cv2
import numpy as np
import pytest

from digitbox.forms.perspective import enlarging, farthest, is_sane, projected, reduced, scale_of


def test_a_place_on_a_reduced_page_is_the_same_on_the_page() -> None:
    # 101 x 1999 becomes 51 x 1000 pixels, which is not by as much each way.
    page = np.zeros((1999, 101), np.uint8)
    cv2.circle(page, (90, 1900), 4, 255, -1)
    small, _ = reduced(page, 1000)
    ys, xs = np.nonzero(small > 0)
    weights = small[ys, xs].astype(float)
    middle = np.array([[xs @ weights, ys @ weights]]) / weights.sum()
    there = projected(enlarging(small.shape, page.shape), middle)
    assert there[0] == pytest.approx([90, 1900], abs=0.05)


def test_sides_and_corners_tell_how_a_perspective_moves() -> None:
    twice = np.diag([2.0, 2.0, 1.0])
    assert scale_of(twice, (10, 30)) == pytest.approx(2)
    assert farthest(np.eye(3), (10, 30)) == 0
    shifted = np.array([[1.0, 0, 3], [0, 1, 4], [0, 0, 1]])
    assert farthest(shifted, (10, 30)) == pytest.approx(5)


@pytest.mark.parametrize(
    ("matrix", "sane"),
    [
        (np.eye(3), True),
        (np.diag([-1.0, 1.0, 1.0]), False),  # mirrored
        (np.diag([20.0, 20.0, 1.0]), False),  # too large
        (np.diag([5.0, 1.0, 1.0]), False),  # along its surface
        (np.array([[1.0, 0, 0], [0, 1, 0], [-0.05, 0, 1]]), False),  # at infinity
    ],
)
def test_a_camera_sees_a_page_from_its_front(matrix: np.ndarray, sane: bool) -> None:
    assert is_sane(matrix, (40, 30)) == sane
