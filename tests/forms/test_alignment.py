import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.forms.alignment import Reference, align, evenly_lit
from digitbox.forms.features import Sight
from digitbox.forms.perspective import projected, reduced
from tests.forms import sheets
from tests.forms.sheets import HEIGHT, WIDTH, Gray, extent, filled, form, grainy, turned, warped

FOUND, NOT_FOUND = 0.12, 0.1
"""Scores of pages that are the form, at least, and of others, at most."""

PLACES = sheets.places()


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(form(1))


@pytest.fixture(scope="module")
def with_marks() -> Reference:
    """A form on which hardly anything but corner marks is printed."""
    return Reference(sheets.blank(marks=True))


def error(
    page: Gray, reference: Reference, matrix: NDArray[np.float64], by: str = "auto"
) -> tuple[float, float]:
    """The score of ``page``, and how far places on it are from where ``matrix`` moved them to, in
    the mean and in pixels of the reference."""
    found = align(page, reference, by)
    scale = np.sqrt(abs(np.linalg.det(matrix[:2, :2])))
    away = np.linalg.norm(found.on_page(PLACES) - projected(matrix, PLACES), axis=1) / scale
    return found.score, float(away.mean())


def seen(page: Gray, matrix: NDArray[np.float64], level: int = 90) -> Gray:
    """``page`` as a scanner sees it that moves it by ``matrix``."""
    return grainy(warped(page, matrix, extent(matrix), level), 4, 1)


def test_a_form_lies_on_itself(reference: Reference) -> None:
    found = align(reference.gray, reference, "auto")
    assert found.score == pytest.approx(1)
    assert found.on_page(PLACES) == pytest.approx(PLACES, abs=0.01)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 7, -7, 97, 187])
def test_a_filled_form_is_found_however_it_is_turned(reference: Reference, degrees: float) -> None:
    matrix = turned(degrees)
    score, away = error(seen(filled(reference.gray, 3), matrix), reference, matrix)
    assert score > 2 * FOUND
    assert away < 0.1


@pytest.mark.parametrize("degrees", [0, 184])
@pytest.mark.parametrize(("scale", "within"), [(0.5, 0.5), (0.7, 0.2), (1.4, 0.2), (2.0, 0.5)])
def test_a_form_is_found_at_any_resolution(
    reference: Reference, degrees: float, scale: float, within: float
) -> None:
    matrix = turned(degrees, scale)
    score, away = error(seen(filled(reference.gray, 3), matrix), reference, matrix)
    assert score > FOUND
    assert away < within


def test_a_form_is_found_in_a_photo(reference: Reference) -> None:
    corners = np.array([[0, 0], [WIDTH, 0], [WIDTH, HEIGHT], [0, HEIGHT]], np.float32)
    there = np.array([[100, 80], [800, 150], [900, 1300], [40, 1200]], np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(corners, there), np.float64)
    photo = grainy(warped(filled(reference.gray, 3), matrix, (1400, 1000)), 4, 1)
    score, away = error(photo, reference, matrix)
    assert score > 2 * FOUND
    assert away < 0.2


def test_a_form_is_found_in_bad_light(reference: Reference) -> None:
    page = grainy(sheets.badly_lit(filled(reference.gray, 3)), 4, 1)
    score, away = error(page, reference, np.eye(3))
    assert score > FOUND
    assert away < 0.2


def test_a_form_is_found_in_black_and_white(reference: Reference) -> None:
    matrix = turned(3)
    page = warped(filled(reference.gray, 3), matrix, extent(matrix), 235)
    score, away = error(sheets.black_and_white(page), reference, matrix)
    assert score > 2 * FOUND
    assert away < 0.2


@pytest.mark.parametrize(
    ("top", "bottom", "right"), [(0, 700, WIDTH), (500, HEIGHT, WIDTH), (0, HEIGHT, 600)]
)
def test_a_form_is_found_that_is_cut_off(
    reference: Reference, top: int, bottom: int, right: int
) -> None:
    page = np.ascontiguousarray(filled(reference.gray, 3)[top:bottom, :right])
    matrix = np.eye(3)
    matrix[1, 2] = -top
    score, away = error(page, reference, matrix)
    assert score > 0.2
    assert away < 0.1


def test_a_form_is_found_that_is_stamped_and_struck_through(reference: Reference) -> None:
    page = grainy(sheets.stamped(filled(reference.gray, 3)), 4, 1)
    score, away = error(page, reference, np.eye(3))
    assert score > 2 * FOUND
    assert away < 0.1


def test_where_paper_is_bent_points_move_what_is_near(reference: Reference) -> None:
    page, by = sheets.bent(reference.gray, 2)
    there = PLACES + np.array([by[int(y), int(x)] for x, y in PLACES])
    found = align(page, reference, "auto")
    plane = np.linalg.norm(projected(found.to_page, PLACES) - there, axis=1)
    away = np.linalg.norm(found.on_page(PLACES) - there, axis=1)
    assert plane.mean() > 0.8
    assert away.mean() < 0.65
    assert away.mean() < 0.7 * plane.mean()


def other_pages() -> dict[str, Gray]:
    random = np.random.default_rng(0)
    empty = np.full((HEIGHT, WIDTH), 235, np.uint8)
    text = empty.copy()
    for y in range(40, 1150, 24):
        sheets.write(text, " ".join(random.choice(sheets.WORDS, 7)), 40, y, 0.55)
    return {
        "another form": form(2),
        "another filled form": filled(form(4), 3),
        "a mirrored form": np.ascontiguousarray(form(1)[:, ::-1]),
        "blank": empty,
        "black": np.zeros((500, 400), np.uint8),
        "text": text,
        "writing": filled(empty, 3),
        "noise": random.integers(0, 256, (HEIGHT, WIDTH), np.uint8),
        "grain": grainy(empty, 6, 1),
        "1x1": np.full((1, 1), 9, np.uint8),
        "a line": np.zeros((1, 3000), np.uint8),
        "far too small": reduced(form(1), 80)[0],
    }


@pytest.mark.parametrize("by", ["auto", "markers"])
@pytest.mark.parametrize("what", other_pages())
def test_another_page_is_not_found(reference: Reference, what: str, by: str) -> None:
    found = align(other_pages()[what], reference, by)
    assert found.score <= NOT_FOUND
    assert np.isfinite(found.on_page(PLACES)).all()


@pytest.mark.parametrize("by", ["auto", "markers", "none"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (3, 3), (400, 500)])
def test_a_reference_without_anything_on_it_is_found_nowhere(
    by: str, shape: tuple[int, int]
) -> None:
    empty = Reference(np.full(shape, 235, np.uint8))
    found = align(form(1), empty, by)
    assert found.score == (1 if by == "none" else 0)


def test_features_that_were_seen_before_give_the_same(reference: Reference) -> None:
    page = seen(filled(reference.gray, 3), turned(7))
    alone = align(page, reference, "auto")
    again = align(page, reference, "auto", Sight(page))
    assert again.to_page == pytest.approx(alone.to_page)
    assert again.score == alone.score


@pytest.mark.parametrize("shape", [(HEIGHT, WIDTH), (2 * HEIGHT, 2 * WIDTH), (500, 900)])
def test_by_none_the_whole_reference_is_the_whole_page(
    reference: Reference, shape: tuple[int, int]
) -> None:
    found = align(np.full(shape, 200, np.uint8), reference, "none")
    # Edges lie half a pixel beyond the middles of the outermost pixels.
    edges = np.array([[0, 0], [WIDTH, HEIGHT], [WIDTH / 2, HEIGHT / 4]]) - 0.5
    there = np.array([[0, 0], shape[::-1], [shape[1] / 2, shape[0] / 4]]) - 0.5
    assert found.score == 1
    assert found.on_page(edges) == pytest.approx(there, abs=1e-6)


MOVES = [(0, 1), (7, 1), (-9, 1.3), (90, 0.7), (180, 2), (270, 0.5), (184, 0.8)]


@pytest.mark.parametrize("by", ["auto", "markers"])
@pytest.mark.parametrize(("degrees", "scale"), MOVES)
def test_corner_marks_find_a_form_on_which_little_is_printed(
    with_marks: Reference, by: str, degrees: float, scale: float
) -> None:
    matrix = turned(degrees, scale)
    page = seen(with_marks.gray, matrix, 235)
    score, away = error(page, with_marks, matrix, by)
    assert score > 0.5
    assert away < 0.25
    plain = Reference(sheets.blank())
    assert align(seen(plain.gray, matrix, 235), plain, by).score == 0


@pytest.mark.parametrize(("degrees", "scale"), MOVES)
def test_by_markers_only_the_marks_say_where_a_form_lies(degrees: float, scale: float) -> None:
    reference = Reference(form(1, marks=True))
    matrix = turned(degrees, scale)
    page = seen(filled(reference.gray, 3), matrix, 235)
    found = align(page, reference, "markers")
    assert not len(found.moved)
    score, away = error(page, reference, matrix, "markers")
    assert score > 0.1
    assert away < 0.25


def test_by_markers_a_page_without_marks_is_found_nowhere(with_marks: Reference) -> None:
    assert align(form(1), with_marks, "markers").score == 0
    assert align(form(1, marks=True), Reference(form(1)), "markers").score == 0


def test_an_even_light_leaves_what_is_printed() -> None:
    page = form(1)
    dark = evenly_lit(sheets.badly_lit(page)) < 150
    assert (dark == (evenly_lit(page) < 150)).mean() > 0.99
    assert evenly_lit(np.zeros((5, 5), np.uint8)).shape == (5, 5)


def test_a_reduced_page_keeps_its_shape_and_is_never_empty() -> None:
    small, scale = reduced(np.zeros((100, 400), np.uint8), 200)
    assert (small.shape, scale) == ((50, 200), 0.5)
    assert reduced(np.zeros((1, 4000), np.uint8), 100)[0].shape == (1, 100)
    page = np.zeros((100, 400), np.uint8)
    assert reduced(page, 400)[0] is page
