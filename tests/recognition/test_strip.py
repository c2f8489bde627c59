import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from digitbox.recognition.strip import (
    FILL,
    MARGIN,
    STEP,
    STRIP_HEIGHT,
    WIDTHS,
    Framing,
    Strip,
    strip,
)
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing
from tests.pages import number


def around(page: Gray, slope: float = 0.0) -> Writing:
    """The line of writing on ``page``, dark on light, which slopes by so many degrees."""
    tangent, (rows, columns) = math.tan(math.radians(slope)), np.nonzero(page < 140)
    left, right = int(columns.min()), int(columns.max()) + 1
    across = rows + 0.5 - (columns + 0.5 - (left + right) / 2) * tangent
    top, bottom = float(across.min()) - 0.5, float(across.max()) + 0.5
    angle = math.radians(slope)
    length, height = (right - left) / math.cos(angle), (bottom - top) * math.cos(angle)
    return Writing((left + right) / 2, (top + bottom) / 2, length, height, angle, 1.0)


def inked(found: Strip) -> tuple[int, int, int, int]:
    """Where on it ink is: left, top, right and bottom."""
    rows, columns = np.nonzero(found.pixels < 160)
    return (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)


@pytest.mark.parametrize("height", [12, 20, 32, 48, 130, 600])
@pytest.mark.parametrize("slope", [0, -15, 10])
def test_digits_fill_their_share_of_the_height_and_stand_in_the_middle(
    height: int, slope: float
) -> None:
    page = number("4172", height=height, room=0.5, slope=slope)
    found = strip(page, around(page, slope))
    left, top, right, bottom = inked(found)
    assert bottom - top == pytest.approx(FILL * STRIP_HEIGHT, abs=3)
    assert (top + bottom) / 2 == pytest.approx(STRIP_HEIGHT / 2, abs=1.5)
    assert (left + right) / 2 == pytest.approx(found.pixels.shape[1] / 2, abs=2.5)
    assert left >= MARGIN * STRIP_HEIGHT - 2


@pytest.mark.parametrize("length", [1, 30, 100, 417, 2000])
@pytest.mark.parametrize("stretch", [0.85, 1, 1.3])
def test_a_strip_is_as_wide_as_it_has_to_be(length: int, stretch: float) -> None:
    page = np.full((100, 2200), 225, np.uint8)
    framing = Framing(stretch=stretch)
    found = strip(page, Writing(1100, 50, length, 32, 0, 1), framing)
    needed = (length + 2 * MARGIN * 40) * stretch
    assert found.pixels.shape == (STRIP_HEIGHT, min([w for w in WIDTHS if w >= needed] or [1024]))
    across = math.hypot(*found.to_page[:, 0])
    if needed <= WIDTHS[-1]:
        assert across == pytest.approx(1 / stretch)
    else:  # all of the line is on it
        assert across * WIDTHS[-1] == pytest.approx(length + 2 * MARGIN * 40)


def test_a_step_is_a_whole_part_of_every_width() -> None:
    assert all(width % STEP == 0 for width in WIDTHS)
    assert list(WIDTHS) == sorted(WIDTHS)


@pytest.mark.parametrize(("fill", "margin"), [(0.68, 0.35), (0.9, 0.2)])
def test_a_line_is_framed_as_it_was_asked_for(fill: float, margin: float) -> None:
    page = number("4172", height=32)
    found = strip(page, around(page), Framing(fill, margin))
    left, top, _, bottom = inked(found)
    assert bottom - top == pytest.approx(fill * STRIP_HEIGHT, abs=3)
    assert left >= margin * STRIP_HEIGHT - 2


def test_a_line_shown_wider_has_wider_digits() -> None:
    page = number("4172", height=32)
    widths = []
    for stretch in (1, 1.5):
        left, _, right, _ = inked(strip(page, around(page), Framing(stretch=stretch)))
        widths.append(right - left)
    assert widths[1] == pytest.approx(1.5 * widths[0], abs=3)


def dotted(shape: tuple[int, int], place: NDArray[np.float64], radius: float) -> Gray:
    """A page with a dark disc at ``place``, in its pixels, the first of which has its middle at
    0.5, 0.5."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    away = np.hypot(columns - place[0], rows - place[1])
    return np.asarray(np.rint(225 - 200 * np.clip(radius + 0.5 - away, 0, 1)), np.uint8)


def middle(pixels: Gray) -> NDArray[np.float64]:
    """The middle of what is dark."""
    ink = 225 - pixels.astype(float)
    rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]] + 0.5
    return np.asarray([(ink * columns).sum(), (ink * rows).sum()] / ink.sum())


@pytest.mark.parametrize("slope", [-15, 0, 9])
@pytest.mark.parametrize("height", [12, 40, 90, 300])
@pytest.mark.parametrize("along", [-0.45, 0.1, 0.45])
def test_a_place_on_the_strip_is_found_again_on_the_page(
    height: int, slope: float, along: float
) -> None:
    angle = math.radians(slope)
    shape = 3 * height, round(4.3 * height)
    line = Writing(shape[1] / 2, shape[0] / 2, 4 * height, height, angle, 1)
    direction = np.array([math.cos(angle), math.sin(angle)])
    place = np.array([line.x, line.y]) + direction * along * line.length
    found = strip(dotted(shape, place, 0.12 * height), line)
    x, y = middle(found.pixels)
    # A pixel of the strip, or one of the page where that is larger.
    assert found.to_page @ (x, y, 1) == pytest.approx(place, abs=max(1, 0.5 * height / 32))
    assert y == pytest.approx(STRIP_HEIGHT / 2, abs=0.6)


def test_beyond_the_edges_the_page_goes_on() -> None:
    page = np.full((40, 60), 225, np.uint8)
    page[:, :3] = 40
    found = strip(page, Writing(0, 20, 40, 32, 0, 1))
    assert (found.pixels[:, : found.pixels.shape[1] // 2] <= 45).all()
    assert (found.pixels[:, -4:] >= 220).all()


def test_what_is_small_is_enlarged_smoothly_and_what_is_large_is_averaged() -> None:
    grain = np.random.default_rng(1).integers(0, 256, (800, 1600)).astype(np.uint8)
    found = strip(grain, Writing(800, 400, 1000, 600, 0, 1))
    assert found.pixels.std() < 10
    step = np.full((12, 60), 225, np.uint8)
    step[:, 30:] = 40
    found = strip(step, Writing(30, 6, 30, 10, 0, 1))
    levels = found.pixels[20].astype(int)
    assert ((levels > 70) & (levels < 195)).sum() >= 2


@settings(deadline=None, max_examples=100)
@given(
    st.tuples(st.integers(1, 80), st.integers(1, 80))
    | st.sampled_from([(1, 40_000), (40_000, 2), (1500, 700)]),
    st.floats(-20, 20),
    st.data(),
)
def test_any_line_on_any_page_has_a_strip(
    shape: tuple[int, int], degrees: float, data: st.DataObject
) -> None:
    page = np.random.default_rng(3).integers(0, 256, shape, np.uint8)
    height, width = shape
    extents = st.floats(0.1, 4000)
    places = st.floats(-0.5, 1.5)
    line = Writing(
        data.draw(places) * width,
        data.draw(places) * height,
        data.draw(extents),
        data.draw(extents),
        math.radians(degrees),
        0,
    )
    for framing in (Framing(), Framing(0.8, 0.28, 0.85)):
        found = strip(page, line, framing)
        assert found.pixels.dtype == np.uint8
        assert found.pixels.shape[0] == STRIP_HEIGHT
        assert found.pixels.shape[1] in WIDTHS
        middle_of_strip = found.to_page @ (found.pixels.shape[1] / 2, STRIP_HEIGHT / 2, 1)
        assert middle_of_strip == pytest.approx((line.x, line.y), abs=1e-6)


def test_a_page_reduced_beforehand_looks_the_same() -> None:
    page = number("4172", height=400)
    resized = cv2.resize(page, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    smaller = np.asarray(resized, np.uint8)
    large, small = strip(page, around(page)), strip(smaller, around(smaller))
    assert large.pixels.shape == small.pixels.shape
    assert np.abs(large.pixels.astype(int) - small.pixels).mean() < 6


@pytest.mark.parametrize(("height", "shown"), [(1, 5), (3, 5), (6, 7.5)])
def test_what_is_lower_than_a_few_pixels_is_enlarged_no_further(height: int, shown: float) -> None:
    found = strip(np.zeros((30, 30), np.uint8), Writing(15, 15, 10, height, 0, 1))
    assert found.to_page[1, 1] * STRIP_HEIGHT == pytest.approx(shown)
