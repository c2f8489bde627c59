import cv2
import numpy as np
import pytest

from digitbox.forms.filler import DOUBTED, SURE, likely_filler
from digitbox.recognition.view import Gray
from tests.forms import paper


def blank(side: int = 60) -> Gray:
    return np.full((side, side), 240, np.uint8)


def cross(cell: Gray, thick: int = 2, reach: float = 0.75) -> Gray:
    side = len(cell)
    low, high = round((1 - reach) / 2 * side), round((1 + reach) / 2 * side)
    cv2.line(cell, (low, low), (high, high - 3), 40, thick, cv2.LINE_AA)
    cv2.line(cell, (low, high), (high, low), 40, thick, cv2.LINE_AA)
    return cell


def digit(value: int, which: int = 0) -> Gray:
    cell = blank()
    paper.write(cell, (0, 0, 60, 60), paper.mnist(value, which))
    return cell


@pytest.mark.parametrize("side", [26, 60, 200])
@pytest.mark.parametrize("reach", [0.4, 0.75])
def test_a_cross_is_one(side: int, reach: float) -> None:
    thick = max(1, side // 30)
    assert likely_filler(cross(blank(side), thick, reach), "x") == SURE


@pytest.mark.parametrize("edge", [np.s_[:, :2], np.s_[:, -2:], np.s_[:2], np.s_[-2:]])
def test_a_line_along_the_edge_of_the_cell_is_no_part_of_it(edge: tuple[slice, ...]) -> None:
    cell = cross(blank())
    cell[edge] = 60
    assert likely_filler(cell, "x") == SURE


def test_a_cross_of_a_broad_pen_is_doubted() -> None:
    assert likely_filler(cross(blank(), 4), "x") == DOUBTED


@pytest.mark.parametrize("value", range(10))
def test_a_digit_that_was_crossed_out_is_hardly_taken_for_a_cross(value: int) -> None:
    found = [likely_filler(cross(digit(value, which), 3), "x") for which in range(8)]
    assert sum(one > DOUBTED for one in found) <= 2


def test_a_scribble_is_no_filler() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        cell = blank()
        points = np.column_stack([random.integers(8, 52, 16), np.arange(16) % 2 * 36 + 12])
        cv2.polylines(cell, [points.astype(np.int32)], False, 40, 3, cv2.LINE_AA)
        assert likely_filler(cell, "x") <= DOUBTED


def test_what_is_blackened_is_no_filler() -> None:
    cell = blank()
    cell[12:48, 12:48] = 30
    assert likely_filler(cell, "x-") == 0.0


def test_a_dash_is_a_filler_where_dashes_are_and_no_cross() -> None:
    cell = blank()
    cv2.line(cell, (14, 31), (46, 29), 40, 2, cv2.LINE_AA)
    assert likely_filler(cell, "-") == SURE
    assert likely_filler(cross(blank()), "-") <= DOUBTED
    assert likely_filler(cross(blank()), "x-") == SURE


def test_of_other_fillers_the_shape_is_not_known() -> None:
    assert likely_filler(cross(blank()), "N") == DOUBTED


def test_a_cell_in_which_nothing_is_seen_may_be_a_filler() -> None:
    assert likely_filler(blank(), "x") == SURE
