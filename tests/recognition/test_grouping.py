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


STEM = (60, 10, 66, 110)
"""100 pixels high, a mass of 600."""


@pytest.mark.parametrize(("gap", "belongs"), [(22, True), (34, False)])
def test_a_piece_belongs_to_what_is_about_a_quarter_of_its_size_away(
    gap: int, belongs: bool
) -> None:
    left = 66 + gap
    right = left + 6 if belongs else 66
    assert extents(drawn(STEM, (left, 40, left + 6, 50))) == [(60, 10, right, 110)]


@pytest.mark.parametrize(("gap", "belongs"), [(4, True), (9, False)])
def test_a_speck_belongs_to_what_is_nearly_touched(gap: int, belongs: bool) -> None:
    left = 66 + gap
    right = left + 4 if belongs else 66
    assert extents(drawn(STEM, (left, 40, left + 4, 44))) == [(60, 10, right, 110)]


@pytest.mark.parametrize(("height", "belongs"), [(3, False), (9, True)])
def test_a_speck_is_some_hundredths_of_the_rest(height: int, belongs: bool) -> None:
    right = 90 if belongs else 66
    assert extents(drawn(STEM, (86, 40, 90, 40 + height))) == [(60, 10, right, 110)]


@pytest.mark.parametrize(("height", "count"), [(60, 1), (80, 2)])
def test_two_are_abreast_from_about_two_thirds_of_a_height_on(height: int, count: int) -> None:
    assert len(extents(drawn(STEM, (76, 20, 82, 20 + height)))) == count


@pytest.mark.parametrize(("side", "count"), [(3, 0), (4, 1)])
def test_what_has_hardly_more_ink_than_dust_is_seen(side: int, count: int) -> None:
    assert len(extents(drawn((40, 30, 40 + side, 30 + side)))) == count


@pytest.mark.parametrize(("height", "count"), [(35, 1), (60, 2)])
def test_a_second_one_is_seen_from_about_half_the_size_of_the_first_on(
    height: int, count: int
) -> None:
    assert len(extents(drawn((10, 10, 16, 110), (100, 10, 106, 10 + height)))) == count


def test_only_some_dozens_of_pieces_are_looked_at() -> None:
    bars = [(x, y, x + 2, y + 2) for x in range(0, 120, 12) for y in range(0, 120, 12)]
    assert 40 <= len(pieces(drawn(*bars), EDGE, 0.5)) <= 60
