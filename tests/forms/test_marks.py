import cv2
import numpy as np
import pytest

from digitbox.forms.marks import CORNER, PER_CORNER, Marks, marks
from tests.forms.sheets import (
    HEIGHT,
    PAPER,
    WIDTH,
    Gray,
    blank,
    extent,
    form,
    grainy,
    marked,
    projected_by,
    turned,
    warped,
)

MIDDLES = np.array([[40, 40], [WIDTH - 40, 40], [WIDTH - 40, HEIGHT - 40], [40, HEIGHT - 40]]) - 0.5


def nearest(found: Marks) -> list[list[float]]:
    return [corner[0].tolist() for corner in found.corners]


@pytest.mark.parametrize("page", [blank(marks=True), form(1, marks=True)], ids=["blank", "form"])
@pytest.mark.parametrize("degrees", [0, 7, -10])
@pytest.mark.parametrize("scale", [0.5, 1, 2.3])
def test_marks_are_found_to_a_fraction_of_a_pixel(page: Gray, degrees: float, scale: float) -> None:
    matrix = turned(degrees, scale)
    seen = grainy(warped(page, matrix, extent(matrix), PAPER), 4, 2)
    found = marks(seen)
    assert found is not None
    there = projected_by(matrix, MIDDLES)
    assert np.array(nearest(found)) == pytest.approx(there, abs=0.2 * max(1, scale))


@pytest.mark.parametrize("side", [8, 20, 55])
def test_marks_have_a_least_and_a_largest_size(side: int) -> None:
    page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    marked(page, side)
    assert marks(page) is not None
    for wrong in (4, 70):
        page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
        marked(page, wrong)
        assert marks(page) is None


@pytest.mark.parametrize("shape", ["disc", "bar", "ring", "cross", "triangle"])
def test_what_is_no_square_is_no_mark(shape: str) -> None:
    page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    for x in (60, WIDTH - 60):
        for y in (60, HEIGHT - 60):
            if shape == "disc":
                cv2.circle(page, (x, y), 14, 30, -1)
            elif shape == "bar":
                cv2.rectangle(page, (x - 20, y - 6), (x + 20, y + 6), 30, -1)
            elif shape == "ring":
                cv2.rectangle(page, (x - 12, y - 12), (x + 12, y + 12), 30, 3)
            elif shape == "cross":
                cv2.line(page, (x - 14, y), (x + 14, y), 30, 6)
                cv2.line(page, (x, y - 14), (x, y + 14), 30, 6)
            else:
                corners = np.array([[x - 14, y + 14], [x + 14, y + 14], [x, y - 14]])
                cv2.fillPoly(page, [corners], 30)
    assert marks(page) is None


@pytest.mark.parametrize("missing", range(4))
def test_where_a_corner_has_none_there_are_none(missing: int) -> None:
    page = blank(marks=True)
    x, y = MIDDLES[missing].round().astype(int)
    page[y - 20 : y + 20, x - 20 : x + 20] = PAPER
    assert marks(page) is None


def test_marks_stand_near_the_corners() -> None:
    page = np.full((HEIGHT, WIDTH), PAPER, np.uint8)
    marked(page, away=round((CORNER + 0.02) * HEIGHT))
    assert marks(page) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (8, 8), (300, 200)])
@pytest.mark.parametrize("level", [0, 130, 255])
def test_an_even_page_has_none(shape: tuple[int, int], level: int) -> None:
    assert marks(np.full(shape, level, np.uint8)) is None


def test_noise_has_none() -> None:
    assert marks(np.random.default_rng(1).integers(0, 256, (900, 700), np.uint8)) is None


def test_the_nearest_candidates_of_a_corner_are_kept() -> None:
    page = blank(marks=True)
    for away in (90, 130, 170):
        page[away : away + 20, 60:80] = 30
    found = marks(page)
    assert found is not None
    assert [len(corner) for corner in found.corners] == [PER_CORNER, 1, 1, 1]
    assert nearest(found)[0] == pytest.approx([39.5, 39.5], abs=0.2)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_marks_may_lie_on_those_of_a_page_that_is_turned(degrees: float) -> None:
    ours = marks(blank(marks=True))
    matrix = turned(degrees, 1.5)
    theirs = marks(warped(blank(marks=True), matrix, extent(matrix), PAPER))
    assert ours is not None
    assert theirs is not None
    ways = [projected_by(way, MIDDLES) for way in ours.fitted(theirs)]
    there = projected_by(matrix, MIDDLES)
    assert min(np.abs(way - there).max() for way in ways) < 0.3


def test_a_blot_before_a_mark_does_not_hide_it() -> None:
    ours = marks(blank(marks=True))
    page = blank(marks=True)
    page[8:26, 8:26] = 30  # nearer to the corner than the mark
    theirs = marks(page)
    assert ours is not None
    assert theirs is not None
    assert nearest(theirs)[0] == pytest.approx([16.5, 16.5], abs=0.5)
    ways = [projected_by(way, MIDDLES) for way in ours.fitted(theirs)]
    assert min(np.abs(way - MIDDLES).max() for way in ways) < 0.3
