import cv2
import numpy as np
import pytest

from digitbox.forms.cutting import (
    LARGEST,
    cut,
    part,
    printed,
    seen,
    size,
    to_page,
    without_print,
)
from digitbox.forms.form import corners
from tests.forms.sheets import Gray, projected_by, turned, warped

PAPER = 235


def soft(height: int = 300, width: int = 200) -> Gray:
    """A page of soft clouds, in which each place is another."""
    coarse = np.random.default_rng(1).integers(60, 240, (12, 9), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def test_a_box_shows_its_pixels() -> None:
    page = soft()
    assert (cut(page, corners((10, 20, 50, 30))) == page[20:50, 10:60]).all()
    assert (cut(page, corners((0, 0, 200, 300))) == page).all()


@pytest.mark.parametrize("degrees", [0, 30, 90, 180, 250])
@pytest.mark.parametrize("scale", [1, 2])
def test_a_place_is_shown_upright_however_the_page_is_turned(degrees: float, scale: int) -> None:
    page = soft()
    matrix = turned(degrees, scale, page.shape)
    place = projected_by(matrix, corners((60, 120, 80, 50)))
    found = cut(warped(page, matrix, (700, 700)), place)
    assert found.shape == (50 * scale, 80 * scale)
    shape = (80 * scale, 50 * scale)
    expected = cv2.resize(page[120:170, 60:140], shape, interpolation=cv2.INTER_LINEAR)
    assert np.abs(found.astype(int) - expected).mean() < 2


@pytest.mark.parametrize(
    ("box", "shape"),
    [
        ((-50, -50, 20, 20), (20, 20)),
        ((190, 290, 50, 60), (60, 50)),
        ((10_000, 10_000, 5, 5), (5, 5)),
        ((5, 5, 0.2, 0.2), (1, 1)),
        ((0, 0, 90_000, 1), (1, LARGEST)),
    ],
)
def test_any_place_has_a_picture(box: tuple[float, float, float, float], shape: object) -> None:
    found = cut(soft(), corners(box))
    assert found.shape == shape
    assert found.dtype == np.uint8


@pytest.mark.parametrize("place", [np.zeros((4, 2)), corners((10, 20, 50, 30))[::-1]])
def test_a_place_that_is_folded_has_a_picture(
    place: np.ndarray[tuple[int, int], np.dtype[np.float64]],
) -> None:
    assert cut(soft(), place).ndim == 2


def test_beyond_the_edges_the_outermost_pixels_go_on() -> None:
    page = soft()
    found = cut(page, corners((180, 100, 40, 10)))
    assert (found[:, 20:] == page[100:110, -1:]).all()


def test_places_on_a_picture_are_places_on_the_page() -> None:
    place = np.array([[10, 20], [60, 25], [62, 50], [8, 48]], np.float64)
    wide, high = size(place)
    edges = np.array([[0, 0], [wide, 0], [wide, high], [0, high]]) - 0.5
    assert projected_by(to_page(place), edges) == pytest.approx(place, abs=1e-4)


def test_a_part_of_a_place_is_that_share_of_it() -> None:
    place = corners((10, 20, 50, 30))
    assert part(place, 0, 0, 1, 1) == pytest.approx(place)
    assert part(place, 0.2, 0, 0.4, 0.5) == pytest.approx(corners((20, 20, 10, 15)))
    assert part(place, -0.1, 0, 1.1, 1) == pytest.approx(corners((5, 20, 60, 30)))


def comb(count: int, level: int = 120, ones: bool = False) -> Gray:
    """A field of so many cells, 40 pixels wide and 60 high, with a margin of a cell on both sides;
    with ``ones``, each holds an upright stroke."""
    page = np.full((60, (count + 2) * 40), PAPER, np.uint8)
    cv2.rectangle(page, (40, 1), (40 + count * 40, 58), level, 2)
    for number in range(1, count):
        cv2.line(page, (40 + number * 40, 0), (40 + number * 40, 59), level, 2)
    if ones:
        for number in range(count):
            cv2.line(page, (60 + number * 40, 6), (60 + number * 40, 53), 60, 4)
    return page


@pytest.mark.parametrize("count", [1, 3, 8])
def test_the_lines_between_cells_are_print(count: int) -> None:
    found = printed(comb(count), count, (1 / count, 0))
    assert set(np.unique(found)) == {0, 255}
    for number in range(count + 1):
        assert found[30, 40 + number * 40] == 255
    for number in range(count):
        assert not found[10:50, 50 + number * 40 : 70 + number * 40].any()


def test_a_one_in_the_middle_of_a_cell_is_no_print() -> None:
    assert (printed(comb(3, ones=True), 3, (1 / 3, 0)) == printed(comb(3), 3, (1 / 3, 0))).all()


def test_what_is_printed_is_taken_away_and_what_is_written_stays() -> None:
    page = comb(3, ones=True)
    clean = without_print(page, printed(page, 3, (1 / 3, 0)))
    assert clean[30, [40, 80, 120, 160]].min() > 200
    assert clean[30, [60, 100, 140]].max() < 80
    # What is printed may have been seen on a picture of another size.
    half = cv2.resize(comb(3), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    clean = without_print(page, printed(np.asarray(half, np.uint8), 3, (1 / 3, 0)))
    assert clean[30, [40, 80, 120, 160]].min() > 150
    assert clean[30, [60, 100, 140]].max() < 80


@pytest.mark.parametrize("level", [0, 255])
def test_where_nothing_or_all_is_print_a_picture_stays_as_it_is(level: int) -> None:
    page = soft(40, 90)
    assert without_print(page, np.full((20, 45), level, np.uint8)) is page


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 50), (1, 300), (300, 1), (40, 400)])
@pytest.mark.parametrize("cells", [1, 3, 40])
@pytest.mark.parametrize("margin", [(0, 0), (0.04, 0), (0, 0.3)])
def test_any_picture_has_print_of_its_shape(
    shape: tuple[int, int], cells: int, margin: tuple[float, float]
) -> None:
    for level in (0, 128, 255):
        found = printed(np.full(shape, level, np.uint8), cells, margin)
        assert found.shape == shape
        assert found.dtype == np.uint8
        assert without_print(np.full((9, 30), 200, np.uint8), found).shape == (9, 30)


def test_an_empty_field_has_no_print() -> None:
    assert not printed(np.full((60, 300), PAPER, np.uint8), 5, (0.04, 0)).any()


def test_light_lines_are_seen_on_a_reference_and_not_on_a_page() -> None:
    light = np.where(comb(3) < PAPER, 182, comb(3)).astype(np.uint8)
    on_reference = printed(light, 3, (1 / 3, 0))
    assert (on_reference == printed(comb(3), 3, (1 / 3, 0))).mean() > 0.99
    assert not seen(light, 3, (1 / 3, 0)).any()
