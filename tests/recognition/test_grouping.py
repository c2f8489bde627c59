import numpy as np
import pytest

from digitbox.recognition.grouping import groups, pieces

EDGE = 0.3


def drawn(*bars: tuple[int, int, int, int]) -> np.ndarray:
    """Ink in some rectangles, each given by its left, top, right and bottom."""
    ink = np.zeros((128, 128), np.float32)
    for left, top, right, bottom in bars:
        ink[top:bottom, left:right] = 1
    return ink


def extents(ink: np.ndarray) -> list[tuple[int, int, int, int]]:
    return [(one.left, one.top, one.right, one.bottom) for one in groups(ink, EDGE, 0.5)]


def test_pieces_come_by_their_mass_with_their_extent() -> None:
    large, small = pieces(drawn((10, 20, 14, 40), (50, 50, 60, 90)), EDGE, 0.5)
    assert (large.left, large.top, large.right, large.bottom) == (50, 50, 60, 90)
    assert (large.mass, large.size) == (400, 40)
    assert (small.mass, small.size) == (80, 20)
    assert small.gap(large) == pytest.approx(np.hypot(36, 10))
    assert (large + small).size == 70
    assert np.array_equal(large.mask(np.s_[49:51, 49:61]).sum(axis=1), [0, 10])


def test_a_piece_needs_some_ink_that_is_certain_and_goes_on_down_to_the_edge() -> None:
    ink = drawn((10, 10, 20, 20))
    ink[20:30, 10:20] = 0.4
    ink[60:80, 60:80] = 0.4
    assert extents(ink) == [(10, 10, 20, 30)]


def test_what_is_near_belongs_to_it_and_what_is_far_and_light_does_not() -> None:
    stem, bar, far = (60, 40, 66, 100), (40, 30, 62, 34), (5, 5, 15, 9)
    assert extents(drawn(stem, bar, far)) == [(40, 30, 66, 100)]


def test_a_heavy_bar_belongs_to_the_larger_rest_of_a_digit() -> None:
    bar, rest = (40, 20, 64, 40), (40, 52, 44, 110)
    assert extents(drawn(bar, rest)) == [(40, 20, 64, 110)]


def test_two_of_a_height_side_by_side_are_two() -> None:
    assert len(extents(drawn((40, 30, 46, 100), (52, 30, 58, 98)))) == 2
    assert len(extents(drawn((40, 30, 46, 60), (52, 30, 58, 98)))) == 1


def test_dirt_is_nothing() -> None:
    assert extents(drawn((40, 30, 43, 33))) == []
    assert extents(np.zeros((128, 128), np.float32)) == []
