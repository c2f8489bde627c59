import math
from collections.abc import Sequence

import numpy as np
import pytest

from digitbox.box import Box
from digitbox.recognition.finder import InkMap
from digitbox.recognition.writing import Writing, writing

Bar = tuple[int, int, int, int]

DIGIT = (10, 40, 20, 80)
"""40 pixels high."""


def drawn(bars: Sequence[Bar], height: int = 128, width: int = 256) -> InkMap:
    """Ink in some rectangles, each given by its left, top, right and bottom."""
    ink = np.zeros((height, width), np.float32)
    for left, top, right, bottom in bars:
        ink[top:bottom, left:right] = 1
    return ink


def found(*bars: Bar, spread: float | None = None) -> list[Writing]:
    return writing(drawn(bars), 0.3, 0.5, *([] if spread is None else [spread]))


def extent(line: Writing) -> tuple[float, float, float, float]:
    """The rectangle of a level line."""
    assert line.slope == 0
    return (
        line.x - line.length / 2,
        line.y - line.height / 2,
        line.x + line.length / 2,
        line.y + line.height / 2,
    )


def row(count: int, step: int, degrees: float, height: int = 20, width: int = 6) -> list[Bar]:
    """Digits side by side along a slope, down to the right."""
    tangent = math.tan(math.radians(degrees))
    tops = [round(54 + (index - (count - 1) / 2) * step * tangent) for index in range(count)]
    return [(10 + n * step, top, 10 + n * step + width, top + height) for n, top in enumerate(tops)]


def test_digits_of_a_height_are_one_line_around_them() -> None:
    (line,) = found(DIGIT, (30, 42, 50, 82), (60, 38, 64, 78))
    assert extent(line) == (10, 38, 64, 82)
    assert line.mass == 10 * 40 + 20 * 40 + 4 * 40


def test_nothing_is_written_where_there_is_no_ink() -> None:
    assert found() == []
    assert found((40, 30, 43, 33)) == []  # dust
    assert writing(np.full((128, 128), 0.4, np.float32), 0.3, 0.5) == []


def test_ink_goes_on_down_to_the_edge() -> None:
    ink = drawn([DIGIT])
    ink[80:90, 10:20] = 0.4
    assert [extent(line)[3] for line in writing(ink, 0.3, 0.5)] == [90]
    assert [extent(line)[3] for line in writing(ink, 0.45, 0.5)] == [80]


def test_the_heaviest_line_is_the_first() -> None:
    heavy, light = (10, 80, 60, 110), (10, 10, 30, 40)
    assert [extent(line)[1] for line in found(light, heavy)] == [80, 10]


@pytest.mark.parametrize(("lower", "count"), [(20, 1), (28, 2)])
def test_what_shares_two_fifths_of_its_height_is_on_the_line(lower: int, count: int) -> None:
    assert len(found(DIGIT, (40, 40 + lower, 50, 80 + lower))) == count


@pytest.mark.parametrize(("height", "bottom"), [(14, 80), (24, 92)])
def test_what_is_lower_than_half_of_a_digit_does_not_change_the_height(
    height: int, bottom: int
) -> None:
    (line,) = found(DIGIT, (40, 68, 46, 68 + height))
    assert extent(line) == (10, 40, 46, bottom)


def test_points_commas_and_dashes_belong_to_the_line_and_do_not_change_its_height() -> None:
    point, comma, dash = (26, 74, 32, 80), (60, 74, 66, 90), (90, 58, 110, 62)
    (line,) = found(DIGIT, point, (40, 40, 50, 80), comma, (72, 40, 80, 80), dash)
    assert extent(line) == (10, 40, 110, 80)


@pytest.mark.parametrize(("below", "right"), [(6, 44), (13, 20)])
def test_a_comma_stands_a_little_below_the_digits(below: int, right: int) -> None:
    line = found(DIGIT, (36, 80 + below, 44, 90 + below))[0]
    assert extent(line) == (10, 40, right, 80)


@pytest.mark.parametrize(("gap", "mass"), [(8, 460), (15, 400)])
def test_a_mark_that_is_near_belongs_to_its_digit(gap: int, mass: float) -> None:
    assert found(DIGIT, (10, 34 - gap, 20, 40 - gap))[0].mass == mass


@pytest.mark.parametrize(("gap", "count"), [(92, 1), (108, 2)])
def test_digits_of_a_line_are_at_most_two_and_a_half_heights_apart(gap: int, count: int) -> None:
    bars = DIGIT, (20 + gap, 40, 30 + gap, 80)
    assert len(found(*bars)) == count
    assert len(found(*bars, spread=math.inf)) == 1


def test_from_a_mark_a_line_does_not_go_on() -> None:
    mark, far = (70, 60, 76, 66), (140, 40, 150, 80)
    assert [extent(line) for line in found(DIGIT, mark, far)] == [
        (10, 40, 76, 80),
        (140, 40, 150, 80),
    ]


@pytest.mark.parametrize(("height", "count"), [(13, 1), (19, 2)])
def test_another_line_is_some_two_fifths_as_high_as_the_first(height: int, count: int) -> None:
    assert len(found(DIGIT, (10, 100, 40, 100 + height))) == count


def test_some_eight_lines_are_reported_however_many_there_are() -> None:
    bars = [(10, y, 30, y + 8) for y in range(2, 250, 16)]
    assert 6 <= len(writing(drawn(bars, 256), 0.3, 0.5)) <= 10


@pytest.mark.parametrize(("step", "is_level"), [(15, True), (24, False)])
def test_what_is_three_times_longer_than_high_has_a_slope(step: int, is_level: bool) -> None:
    (line,) = found(*row(4, step, 10))
    assert (line.slope == 0) == is_level


def test_two_digits_far_apart_have_no_slope() -> None:
    (line,) = found((10, 40, 20, 60), (100, 48, 110, 68), spread=math.inf)
    assert line.slope == 0


@pytest.mark.parametrize("degrees", [-18, -15, -8, -3, 3, 8, 15, 18])
def test_a_slope_is_that_of_the_digits_down_to_the_right(degrees: float) -> None:
    (line,) = found(*row(8, 12, degrees))
    assert math.degrees(line.slope) == pytest.approx(degrees, abs=1)
    assert [line.x, line.y] == pytest.approx([55, 64], abs=1)
    # Along the slope, the digits' own height and little more.
    assert 19 <= line.height <= 25
    assert line.length == pytest.approx(90 / math.cos(line.slope), abs=1)


@pytest.mark.parametrize("degrees", [-30, 30])
def test_no_line_is_steeper_than_about_20_degrees(degrees: float) -> None:
    (line,) = found(*row(9, 10, degrees))
    assert math.degrees(abs(line.slope)) == pytest.approx(20, abs=1)
    assert line.slope * degrees > 0


def test_marks_do_not_change_the_slope() -> None:
    (line,) = found(*row(6, 16, 0), (18, 70, 24, 76), (66, 44, 72, 50))
    assert line.slope == pytest.approx(0, abs=1e-6)


def test_a_line_is_found_again_on_the_page() -> None:
    line = Writing(10, 20, 30, 40, 0.1, 99)
    found = line.scaled(2, 100, 200)
    assert (found.x, found.y) == (120, 240)
    assert (found.length, found.height, found.slope, found.mass) == (60, 80, 0.1, 99)


def test_what_fills_a_box_is_a_level_line() -> None:
    line = Writing.around(Box(10, 20, 30, 40))
    assert extent(line) == (10, 20, 40, 60)
    assert line.mass == 1200


def test_many_pieces_of_noise_are_lines_of_positive_extent() -> None:
    random = np.random.default_rng(2)
    for share in (0.01, 0.1, 0.3, 0.6):
        ink = (random.random((128, 300)) < share).astype(np.float32)
        for line in writing(ink, 0.3, 0.5):
            assert line.length > 0
            assert line.height > 0
            assert 0 <= line.x <= 300
