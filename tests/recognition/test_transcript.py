import math

import numpy as np
import pytest

from digitbox.box import Box
from digitbox.recognition.card import NumberThresholds
from digitbox.recognition.ctc import Steps
from digitbox.recognition.strip import STRIP_HEIGHT
from digitbox.recognition.transcript import (
    LEAST,
    Transcript,
    calibrated,
    log_odds,
    transcribe,
)
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing
from digitbox.records import Alternative
from tests.recognition.fakes import Heard, Scripted, blocks, heard, row

LINE = Writing(150, 80, 200, 40, 0, 1)
"""Of the three blocks on PAGE."""

ROW = row(50, 250, 60, 40, 3)

PAGE = blocks(160, 300, *ROW)


def transcript(*said: list[Heard], **thresholds: float) -> Transcript:
    """What is made of LINE, of whose strips each says the next of ``said``."""
    return transcribe(PAGE, LINE, Scripted(*said, thresholds=NumberThresholds(**thresholds)))


def boxes_of(found: Transcript) -> list[Box]:
    return [digit.box for digit in found.digits]


def test_what_a_line_says_has_its_digits_its_place_and_its_probability() -> None:
    found = transcript(heard("417", 0.99))
    assert found.says == "417"
    assert found.written[0] == Alternative("417", 0.99)
    assert [digit.value for digit in found.digits] == [4, 1, 7]
    assert found.box == Box(50, 60, 200, 40)


def test_what_is_read_is_listed_the_likeliest_first() -> None:
    four_or_nine = {"4": 0.7, "9": 0.25}
    found = transcript([four_or_nine, *heard("17")])
    assert [one.value for one in found.written[:3]] == ["417", "917", "17"]
    likely = [one.probability for one in found.written]
    assert likely[:3] == pytest.approx([0.7, 0.25, 0.05], abs=0.001)
    assert likely == sorted(likely, reverse=True)
    assert all(round(one.probability, 4) == one.probability for one in found.written)


@pytest.mark.parametrize(("likely", "strips"), [(0.985, 1), (0.975, 3)])
def test_a_line_is_cut_out_in_other_ways_where_its_first_strip_leaves_a_doubt(
    likely: float, strips: int
) -> None:
    transcriber = Scripted(heard("417", likely))
    transcribe(PAGE, LINE, transcriber)
    assert len(transcriber.strips) == strips
    shown = {(pixels.shape[1], int((pixels < 130).sum())) for pixels in transcriber.strips}
    assert len(shown) == strips


def test_in_doubt_each_network_sees_the_first_strip_and_one_cut_out_otherwise() -> None:
    class Two(Scripted):
        def __init__(self) -> None:
            super().__init__(heard("417", 0.6))
            self.asked: list[int] = []

        def __len__(self) -> int:
            return 2

        def steps(self, pixels: Gray, which: int = 0) -> Steps:
            self.asked.append(which)
            return super().steps(pixels)

    both = Two()
    transcribe(PAGE, LINE, both)
    assert both.asked == [0, 1, 0, 1]
    first, second, *others = both.strips
    assert np.array_equal(first, second)
    assert all(one.shape != first.shape or not np.array_equal(one, first) for one in others)


@pytest.mark.parametrize(
    ("said", "strips"),
    [
        ([{"4": 0.6, "9": 0.4}], 1),
        ([{"4": 0.6, "9": 0.3}], 3),
        ([{"4": 0.6, "-": 0.4}], 3),
        ([{"4": 0.6, "9": 0.4}, {"1": 1.0}], 3),
    ],
    ids=["one digit", "or nothing", "or a dash", "two digits"],
)
def test_of_a_line_of_one_digit_for_sure_it_is_no_doubt_which_one_it_is(
    said: list[Heard], strips: int
) -> None:
    transcriber = Scripted(said)
    transcribe(PAGE, LINE, transcriber)
    assert len(transcriber.strips) == strips


@pytest.mark.parametrize(("doubt", "strips"), [(0.5, 1), (0.7, 3)])
def test_what_is_a_doubt_belongs_to_the_network(doubt: float, strips: int) -> None:
    transcriber = Scripted(heard("417", 0.6), thresholds=NumberThresholds(doubt=doubt))
    transcribe(PAGE, LINE, transcriber)
    assert len(transcriber.strips) == strips


def test_what_several_strips_say_is_as_likely_as_their_geometric_mean() -> None:
    first, other = [{"4": 0.6, "9": 0.4}], [{"4": 0.1, "9": 0.9}]
    found = transcript([*first, *heard("17")], [*other, *heard("17")])
    assert [one.value for one in found.written[:2]] == ["917", "417"]
    expected = [(0.4 * 0.9**2) ** (1 / 3), (0.6 * 0.1**2) ** (1 / 3)]
    assert [one.probability for one in found.written[:2]] == pytest.approx(expected, abs=1e-3)


def test_digits_that_stand_on_blocks_have_their_boxes_there_from_left_to_right() -> None:
    found = transcript(heard("417", 0.99))
    for index, box in enumerate(boxes_of(found)):
        held = [
            box.holds((across.start + across.stop) / 2, (down.start + down.stop) / 2)
            for down, across in ROW
        ]
        assert held == [other == index for other in range(3)]
    lefts = [box.x for box in boxes_of(found)]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("slope", [-0.2, 0.0, 0.2])
@pytest.mark.parametrize("text", ["1", "25", "1.5", "40172963", "11111111111111111111"])
def test_boxes_lie_in_the_line_and_on_the_page(text: str, slope: float) -> None:
    for page in (PAGE, np.full((60, 170), 225, np.uint8)):
        found = transcribe(page, Writing(120, 50, 160, 30, slope, 1), Scripted(heard(text)))
        assert len(found.digits) == len(text.replace(".", ""))
        line = found.box
        for box in (line, *boxes_of(found)):
            assert box.width >= 1
            assert box.height >= 1
            assert 0 <= line.x <= box.x < box.x + box.width <= line.x + line.width <= page.shape[1]
            assert (
                0 <= line.y <= box.y < box.y + box.height <= line.y + line.height <= page.shape[0]
            )
        lefts = [box.x for box in boxes_of(found)]
        assert lefts == sorted(lefts)


def test_a_digit_that_was_not_found_with_its_line_has_its_place() -> None:
    page = blocks(160, 300, *row(90, 250, 60, 40, 2), np.s_[60:100, 62:76])
    found = transcribe(page, Writing(170, 80, 160, 40, 0, 1), Scripted(heard("417")))
    box = found.digits[0].box
    assert box.x <= 66
    assert box.x + box.width >= 72
    assert found.box.x <= box.x


def test_a_digit_is_as_sure_as_the_readings_that_have_it_in_its_place() -> None:
    four_or_nine, one_or_seven = {"4": 0.7, "9": 0.3}, {"1": 0.8, "7": 0.2}
    found = transcript([four_or_nine, one_or_seven, {"5": 1.0}])
    assert found.says == "415"
    assert [one.confidence for one in found.digits] == pytest.approx([0.7, 0.8, 1], abs=0.001)
    first, second, third = (one.probabilities for one in found.digits)
    assert (first[4], first[9]) == pytest.approx((0.7, 0.3))
    assert (second[1], second[7]) == pytest.approx((0.8, 0.2))
    assert third == (0, 0, 0, 0, 0, 1, 0, 0, 0, 0)


def test_a_digit_that_may_be_missing_is_not_sure() -> None:
    found = transcript([{"4": 1.0}, {"1": 0.9}, {"7": 1.0}])
    assert found.says == "417"
    assert [one.confidence for one in found.digits] == pytest.approx([0.9] * 3, abs=0.001)


def test_which_separator_it_is_makes_no_digit_less_sure() -> None:
    found = transcript([{"1": 1.0}, {".": 0.55, ",": 0.4}, {"5": 1.0}])
    assert [one.value for one in found.written[:3]] == ["1.5", "1,5", "15"]
    likely = [one.probability for one in found.written[:3]]
    assert likely == pytest.approx([0.55, 0.4, 0.05], abs=0.001)
    assert [one.confidence for one in found.digits] == pytest.approx([1, 1], abs=0.001)


def test_marks_share_the_probability_of_the_digits() -> None:
    found = transcript([{"4": 0.8}, {"-": 0.5}, {"1": 1.0}])
    digits = [one for one in found.written if one.value.replace("-", "") == "41"]
    assert sum(one.probability for one in digits) == pytest.approx(0.8, abs=0.001)


@pytest.mark.parametrize("text", ["-", "x", ".,"])
def test_a_line_without_a_digit_has_what_it_says_and_no_digits(text: str) -> None:
    found = transcript(heard(text))
    assert found.says == text
    assert found.digits == ()


def test_a_line_that_says_nothing_says_so_at_once() -> None:
    transcriber = Scripted([])
    found = transcribe(PAGE, LINE, transcriber)
    assert (found.says, found.digits) == ("", ())
    assert found.written[0].probability == 1
    assert len(transcriber.strips) == 1


def test_nothing_written_says_nothing() -> None:
    assert Transcript((), (), Box(0, 0, 1, 1)).says == ""


def test_what_is_read_is_calibrated() -> None:
    plain, other = (
        transcript([{"4": 0.9, "9": 0.1}], doubt=0.5, slope=slope, offset=offset)
        for slope, offset in ((1.0, 0.0), (0.5, -1.0))
    )
    assert [one.probability for one in plain.written[:2]] == pytest.approx([0.9, 0.1], abs=1e-4)
    expected = [1 / (1 + math.exp(1 - sign * math.log(9) / 2)) for sign in (1, -1)]
    assert [one.probability for one in other.written[:2]] == pytest.approx(expected, abs=1e-4)


def test_calibration_keeps_the_order_and_stays_between_0_and_1() -> None:
    likely = np.linspace(0, 1, 101).tolist()
    for slope, offset in ((1.0, 0.0), (0.4, -2.0), (2.5, 1.5)):
        found = [calibrated(one, slope, offset) for one in likely]
        assert found == sorted(found)
        assert 0 < found[0] < found[-1] < 1
    assert [calibrated(one, 1, 0) for one in likely[1:-1]] == pytest.approx(likely[1:-1])


def test_log_odds_are_bounded() -> None:
    assert log_odds(0.5) == 0
    assert log_odds(0.9) == pytest.approx(math.log(9))
    assert log_odds(0.1) == pytest.approx(-math.log(9))
    assert log_odds(0) == log_odds(LEAST) == pytest.approx(-log_odds(1))


def test_a_line_on_a_larger_page_is_as_much_larger() -> None:
    found = transcript(heard("417", 0.99))
    larger = found.scaled(2, 3)
    assert larger.written == found.written
    assert larger.box == Box(100, 180, 400, 120)
    assert boxes_of(larger) == [
        Box(2 * box.x, 3 * box.y, 2 * box.width, 3 * box.height) for box in boxes_of(found)
    ]
    assert [one.probabilities for one in larger.digits] == [
        one.probabilities for one in found.digits
    ]


def test_the_network_sees_strips_of_the_line() -> None:
    transcriber = Scripted(heard("417"))
    page: Gray = blocks(400, 300, *ROW, np.s_[200:380, 20:280])
    transcribe(page, LINE, transcriber)
    (pixels,) = transcriber.strips
    assert pixels.shape[0] == STRIP_HEIGHT
    assert (pixels[:3] > 200).all()
    assert (pixels[-3:] > 200).all()
