import math
from dataclasses import astuple

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.crop import Overview
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.lines import further, lines
from digitbox.recognition.strip import FILL, STRIP_HEIGHT, WIDTHS, strip
from digitbox.recognition.view import VIEW_SIDE, Gray
from digitbox.recognition.writing import Writing
from tests.pages import clouded, lit, number, sheet
from tests.recognition.fakes import Dark, blocks, row


def sides(page: Gray) -> tuple[int, int, int, int]:
    """Where the ink on ``page`` begins and ends: left, top, right, bottom."""
    rows, columns = np.nonzero(page < 140)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def assert_around(line: Writing, page: Gray, room: float = 0.15) -> None:
    """``line`` is the level extent of all ink on ``page``, give or take some of its height."""
    left, top, right, bottom = sides(page)
    within = room * (bottom - top)
    assert line.height == pytest.approx(bottom - top, abs=within)
    assert line.y == pytest.approx((top + bottom) / 2, abs=within)
    assert line.x - line.length / 2 == pytest.approx(left, abs=within)
    assert line.x + line.length / 2 == pytest.approx(right, abs=within)


@pytest.mark.parametrize(
    ("text", "height"),
    [
        *[(text, height) for text in ("25", "0417") for height in (12, 24, 48, 200)],
        *[("2901748365", height) for height in (24, 48, 200)],
    ],
)
def test_a_number_is_one_line_around_its_digits(finder: Finder, text: str, height: int) -> None:
    page = number(text, height=height)
    (line,) = lines(page, finder)
    assert_around(line, page, 0.25)
    assert abs(math.degrees(line.slope)) < 1


def test_a_number_1500_pixels_high_is_one_line(finder: Finder) -> None:
    page = number("417", height=1500, room=0.3)
    (line,) = lines(page, finder)
    assert_around(line, page)


def test_light_on_dark_is_a_line_too(finder: Finder) -> None:
    page = number("0417")
    (line,) = lines(255 - page, finder)
    assert_around(line, page, 0.2)


@pytest.mark.parametrize("height", [20, 48])
def test_digits_that_touch_the_border_are_on_the_line(finder: Finder, height: int) -> None:
    page = number("417", height=height, room=0)
    page = page[: sides(page)[3]]
    (line,) = lines(page, finder)
    assert_around(line, page)


@pytest.mark.parametrize("text", ["12.5", "7,300", "3.14", "0,5"])
def test_points_and_commas_do_not_change_the_height(finder: Finder, text: str) -> None:
    page, bare = number(text), number(text.replace(",", ".").replace(".", ""))
    (line,), (expected,) = lines(page, finder), lines(bare, finder)
    assert line.height == pytest.approx(expected.height, rel=0.12)
    assert line.length > expected.length


@pytest.mark.parametrize("gap", [2, 4, 7])
def test_on_a_wide_page_digits_are_one_line_however_far_apart(finder: Finder, gap: float) -> None:
    page = number("417", gap=gap)
    (line,) = lines(page, finder)
    assert_around(line, page)


@pytest.mark.parametrize("slope", [-15, -10, -5, 0, 5, 10, 15])
@pytest.mark.parametrize("text", ["40172963", "2901748365", "553108"])
def test_a_slope_is_found(finder: Finder, text: str, slope: float) -> None:
    page = number(text, gap=0.8, slope=slope)
    (line,) = lines(page, finder)
    assert math.degrees(line.slope) == pytest.approx(slope, abs=2)
    # Across the slope, the digits' height.
    assert 45 < line.height < 75


@pytest.mark.parametrize("change", [lit, lambda page: clouded(page, 3, 12, 1)])
def test_paper_and_light_do_not_change_the_place(finder: Finder, change: object) -> None:
    page = number("0417")
    (line,) = lines(change(page), finder)  # type: ignore[operator]
    assert_around(line, page, 0.25)


@pytest.mark.parametrize("texts", [("0417", "253"), ("12", "34")])
def test_several_lines_are_found_one_by_one(finder: Finder, texts: tuple[str, ...]) -> None:
    page = number(*texts, room=0.7)
    found = sorted(lines(page, finder), key=lambda line: line.y)
    middles = [48 * 0.7 + 24, 48 * 0.7 + 64 + 48 * 0.7 + 24]
    assert [line.y for line in found] == pytest.approx(middles, abs=12)


@pytest.mark.parametrize("shape", [(1, 300), (21, 21), (28, 28), (300, 200), (60, 900), (900, 60)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_page_has_no_lines(finder: Finder, shape: tuple[int, int], level: int) -> None:
    assert lines(np.full(shape, level, np.uint8), finder) == ()


def test_grain_and_light_alone_are_no_lines(finder: Finder) -> None:
    random = np.random.default_rng(3)
    for shape in ((600, 450), (90, 700), (40, 90)):
        page = np.clip(190 + random.normal(0, 3, shape), 0, 255).astype(np.uint8)
        assert lines(lit(page), finder) == ()


def test_any_page_gets_lines_that_have_strips(finder: Finder) -> None:
    random = np.random.default_rng(4)
    count = 0
    for shape in [(1, 1), (1, 300), (300, 1), (2, 700), (21, 5), (28, 28), (64, 3000), (333, 377)]:
        coarse = cv2.resize(random.integers(0, 256, (6, 9), np.uint8), shape[::-1])
        for page in (random.integers(0, 256, shape, np.uint8), np.asarray(coarse, np.uint8)):
            for line in lines(page, finder):
                assert line.length > 0
                assert line.height > 0
                found = strip(page, line).pixels
                assert found.shape[0] == STRIP_HEIGHT
                assert found.shape[1] in WIDTHS
                count += 1
    assert count > 5


@pytest.mark.parametrize("height", [12, 48, 300])
@pytest.mark.parametrize("slope", [0, 10])
def test_the_digits_of_a_line_fill_its_strip(finder: Finder, height: int, slope: float) -> None:
    page = number("4017296", height=height, gap=0.8, slope=slope)
    (line,) = lines(page, finder)
    rows = np.flatnonzero((strip(page, line).pixels < 160).any(axis=1))
    assert np.ptp(rows) + 1 == pytest.approx(FILL * STRIP_HEIGHT, rel=0.25)


def test_an_overview_that_there_is_is_not_made_again() -> None:
    page = blocks(180, 180, *row(20, 160, 60, 40))
    finder = Dark()
    overview = Overview(page, finder)
    _ = overview.crop
    (line,), (expected,) = lines(page, finder, overview), lines(page, Dark())
    assert len(finder.views) == 1
    assert astuple(line) == astuple(expected)


@pytest.mark.parametrize("shape", [(16, 12), (20, 20)])
def test_on_a_tiny_page_all_is_one_line(shape: tuple[int, int]) -> None:
    finder = Dark()
    (line,) = lines(np.full(shape, 90, np.uint8), finder)
    assert (line.x, line.y) == (shape[1] / 2, shape[0] / 2)
    assert (line.length, line.height, line.slope) == (shape[1], shape[0], 0)
    assert finder.views == []
    lines(blocks(24, 24, *row(4, 20, 4, 12, 2)), finder)
    assert len(finder.views) == 1


@pytest.mark.parametrize("side", [60, 300])
def test_one_clean_shape_is_a_line_without_the_finder(side: int) -> None:
    page, finder = sheet(3, 2 * side, 2 * side, side), Dark()
    (line,) = lines(page, finder)
    assert_around(line, page)
    assert finder.views == []


@pytest.mark.parametrize(("width", "count"), [(476, 2), (530, 1)])
def test_a_page_that_is_a_quarter_wider_than_high_is_one_field(width: int, count: int) -> None:
    page = blocks(400, width, *row(20, 130, 150, 100, 2), *row(width - 80, width - 20, 150, 100, 2))
    assert len(lines(page, Dark())) == count


@pytest.mark.parametrize(("length", "views"), [(96, 2), (120, 1)])
def test_what_fills_less_than_three_fifths_of_the_view_is_looked_at_from_near(
    length: int, views: int
) -> None:
    finder = Dark()
    page = blocks(180, 180, *row(20, 20 + length, 60, 36))
    (line,) = lines(page, finder)
    assert len(finder.views) == views
    assert_around(line, page)


def test_from_near_a_line_has_some_room_around_it() -> None:
    finder = Dark()
    lines(blocks(600, 600, *row(100, 300, 300, 120, 3)), finder)
    columns = np.flatnonzero((finder.views[-1] < 100).any(axis=0))
    assert np.ptp(columns) + 1 == pytest.approx(VIEW_SIDE / 1.5, abs=6)


def test_from_near_a_heavier_neighbour_does_not_take_its_place() -> None:
    class NearSighted(Dark):
        def ink(self, view: NDArray[np.uint8]) -> InkMap:
            found = super().ink(view)
            if len(self.views) == 1:
                found[VIEW_SIDE // 2 :] = 0
            return found

    line, neighbour = row(40, 90, 50, 24, 3), np.s_[92:118, 20:100]
    (found,) = lines(blocks(180, 180, *line, neighbour), NearSighted())
    assert_around(found, blocks(180, 180, *line))


@pytest.mark.parametrize(
    ("side", "height", "in_parts"),
    [(400, 64, True), (400, 92, False), (180, 25, False), (210, 30, True)],
)
def test_what_is_low_in_a_view_that_reduces_the_page_is_looked_at_in_parts(
    side: int, height: int, in_parts: bool
) -> None:
    finder = Dark()
    page = blocks(side, side, *row(side // 8, side * 7 // 8, side // 3, height))
    (line,) = lines(page, finder)
    assert (len(finder.views) > 1) == in_parts
    assert_around(line, page, 0.1)


def test_a_part_is_some_times_wider_than_the_line_is_high() -> None:
    finder = Dark()
    page = blocks(1000, 1000, *row(200, 480, 300, 60))
    (line,) = lines(page, finder)
    assert_around(line, page, 0.1)
    heights = [np.ptp(np.nonzero(view < 100)[0]) + 1 for view in finder.views[1:]]
    assert heights
    assert VIEW_SIDE / 4.5 < max(heights) < VIEW_SIDE / 3.3


def test_there_are_some_six_parts_at_most() -> None:
    finder = Dark()
    page = blocks(1600, 1600, *row(100, 1500, 300, 30, 40))
    (line,) = lines(page, finder)
    assert 5 <= len(finder.views) - 1 <= 9
    assert_around(line, page, 0.2)


def stairs(
    height: int, width: int, starts: range, top: int, slope: float, size: int
) -> NDArray[np.uint8]:
    """A page with blocks ``size`` pixels high along a slope."""
    tangent = math.tan(math.radians(slope))
    tops = [top + round((start - starts[0]) * tangent) for start in starts]
    places = (
        np.s_[top : top + size, start : start + size * 3 // 5]
        for start, top in zip(starts, tops, strict=True)
    )
    return blocks(height, width, *places)


@pytest.mark.parametrize(("slope", "top"), [(-12, 1100), (12, 400)])
def test_parts_follow_the_slope(slope: float, top: int) -> None:
    finder = Dark()
    starts = range(100, 1500, 60)
    (line,) = lines(stairs(1600, 1600, starts, top, slope, 36), finder)
    assert len(finder.views) > 2
    assert math.degrees(line.slope) == pytest.approx(slope, abs=1)
    assert line.x == pytest.approx((100 + starts[-1] + 21) / 2, abs=6)
    assert 36 <= line.height < 52


def test_in_parts_a_line_is_followed_some_heights_beyond_what_the_whole_shows() -> None:
    class Narrow(Dark):
        def ink(self, view: NDArray[np.uint8]) -> InkMap:
            found = super().ink(view)
            if len(self.views) == 1:
                found[:, :44] = found[:, 90:] = 0
            return found

    page = blocks(400, 400, *row(100, 316, 150, 40, 6))
    (line,) = lines(page, Narrow())
    assert_around(line, page)


@pytest.mark.parametrize("slope", [-14, 14])
@pytest.mark.parametrize("left", [30, 1900])
def test_on_a_field_a_line_is_followed_along_its_slope(slope: float, left: int) -> None:
    starts = range(left, left + 460, 90)
    page = stairs(1600, 2600, starts, 620, slope, 60)
    (line,) = lines(page, Dark())
    assert math.degrees(line.slope) == pytest.approx(slope, abs=1.5)
    assert line.x == pytest.approx(left + 243, abs=10)
    assert 60 <= line.height < 85


@pytest.mark.parametrize("shape", [(60, 1600), (1600, 60)])
def test_along_a_narrow_page_is_found_what_the_whole_does_not_show(shape: tuple[int, int]) -> None:
    class Near(Dark):
        def ink(self, view: NDArray[np.uint8]) -> InkMap:
            found = super().ink(view)
            return found if len(self.views) > 1 else np.zeros_like(found)

    for start in (10, 700, 1500):
        places = row(start, start + 80, 15, 30, 3) if shape[1] == 1600 else row(5, 55, start, 30, 3)
        page = blocks(*shape, *places)
        (line,) = lines(page, Near())
        assert_around(line, page, 0.3)


def test_a_page_that_is_about_square_is_not_looked_through() -> None:
    finder = Dark()
    assert lines(np.full((500, 600), 225, np.uint8), finder) == ()
    assert len(finder.views) == 1


def level(left: int, right: int, top: int, height: int) -> Writing:
    """A level line that was found there."""
    return Writing((left + right) / 2, top + height / 2, right - left, height, 0, 1)


@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_second_line_that_the_finder_left_out_is_found(
    finder: Finder, light_on_dark: bool
) -> None:
    page = number("0417", "253", room=0.7)
    seen = 255 - page if light_on_dark else page
    found = sorted(lines(page, finder), key=lambda line: line.y)
    for index, line in enumerate(found):
        (other,) = further(seen, [line], finder)
        assert other.y == pytest.approx(found[1 - index].y, abs=12)
    assert further(seen, found, finder) == ()


@pytest.mark.parametrize("beside", [False, True])
def test_a_line_below_or_beside_a_found_one_is_found(beside: bool) -> None:
    place = (300, 380, 60) if beside else (100, 240, 250)
    page = blocks(400, 400, *row(40, 200, 60, 50), *row(*place, 40, 3))
    (found,) = further(page, [level(40, 200, 60, 50)], Dark())
    assert_around(found, blocks(400, 400, *row(*place, 40, 3)))


def test_a_line_that_slopes_is_covered_along_its_slope() -> None:
    starts = range(60, 360, 40)
    page = stairs(400, 420, starts, 100, 12, 30)
    line = Writing((60 + 358) / 2, 115 + 29.8, 305, 32, math.radians(12), 1)
    assert further(page, [line], Dark()) == ()
    # A level one leaves both ends.
    assert further(page, [level(60, 358, 130, 32)], Dark()) != ()


def test_nothing_more_is_found_where_the_rest_is_blank() -> None:
    finder = Dark()
    page = blocks(400, 400, *row(40, 200, 60, 50))
    assert further(page, [level(40, 200, 60, 50)], finder) == ()
    assert len(finder.views) == 1


def test_uneven_light_shows_no_line_where_one_was_painted_over(finder: Finder) -> None:
    page = lit(number("0417"))
    assert further(page, lines(page, finder), finder) == ()


@pytest.mark.parametrize(("height", "count"), [(17, 0), (24, 1)])
def test_what_is_much_lower_than_the_found_lines_is_no_line(height: int, count: int) -> None:
    page = blocks(200, 200, *row(20, 120, 30, 50), *row(20, 120, 140, height))
    assert len(further(page, [level(20, 120, 30, 50)], Dark())) == count


def test_the_rest_of_a_found_line_is_no_further_one() -> None:
    page = blocks(200, 200, *row(20, 180, 80, 50))
    assert further(page, [level(55, 145, 80, 50)], Dark()) == ()


@pytest.mark.parametrize(("right", "looks"), [(745, True), (800, False)])
def test_nothing_is_looked_for_where_lines_cover_more_than_four_fifths_of_a_page(
    right: int, looks: bool
) -> None:
    finder = Dark()
    page = blocks(100, 1000, *row(0, right, 10, 80), np.s_[20:80, 900:950])
    found = further(page, [level(0, right, 10, 80)], finder)
    assert len(found) == len(finder.views) == looks


def test_the_page_stays_as_it_is() -> None:
    page = blocks(200, 200, *row(20, 120, 30, 50))
    before = page.copy()
    further(page, [level(20, 120, 30, 50)], Dark())
    assert np.array_equal(page, before)
