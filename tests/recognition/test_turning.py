from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.card import CHARACTERS, NumberThresholds
from digitbox.recognition.ctc import Steps
from digitbox.recognition.reader import Reader
from digitbox.recognition.strip import STEP
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.transcript import Transcript
from digitbox.recognition.turning import on_its_side, upside_down
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing
from digitbox.records import Alternative, Digit, Reading, Reason, Status
from tests.pages import encoded, number
from tests.recognition.fakes import Dark

Said = tuple[str, float]
"""A text, and how likely it is."""

EVEN = (0.1,) * 10


class Told(Transcriber):
    """Reads every block on a strip as one character of what it was told to say where more of what
    is dark is on the left, or on the right."""

    def __init__(self, left: Said, right: Said) -> None:
        self.thresholds = NumberThresholds()
        self.asked = 0
        self._left, self._right = left, right

    def __len__(self) -> int:
        return 1

    def steps(self, pixels: NDArray[np.uint8], _which: int = 0) -> Steps:
        self.asked += 1
        dark = pixels < 130
        left, right = (part.sum() for part in np.array_split(dark, 2, axis=1))
        text, likely = self._left if left > right else self._right
        ends = np.flatnonzero(np.diff(np.pad(dark.any(axis=0).astype(int), 1)))
        steps = np.zeros((pixels.shape[1] // STEP, len(CHARACTERS) + 1))
        steps[:, -1] = 1
        for index, (character, (start, end)) in enumerate(
            zip(text, ends.reshape(-1, 2).tolist(), strict=False)
        ):
            step = steps[(start + end) // 2 // STEP]
            step[:] = 0
            # Of the first digit it is unsure.
            step[:10] = (1 - likely) / 9 if index == 0 else 0
            step[CHARACTERS.index(character)] = likely if index == 0 else 1
        return steps


def told(left: Said, right: Said = ("11", 0.3)) -> Told:
    return Told(left, right)


BLOCKS = (Box(60, 20, 60, 40), Box(60, 110, 60, 26), Box(60, 190, 60, 26))
"""Three digits that lie on their side above each other; the first is the broadest."""


def page_of(boxes: Sequence[Box], height: int = 240, width: int = 180) -> Gray:
    page = np.full((height, width), 225, np.uint8)
    for box in boxes:
        page[box.y : box.y + box.height, box.x : box.x + box.width] = 20
    return page


def read(text: str, likely: float, box: Box = BLOCKS[0]) -> Transcript:
    """A line that was read so."""
    values = [int(character) for character in text if character.isdigit()]
    digits = tuple(Digit(value, likely, EVEN, box) for value in values)
    return Transcript((Alternative(text, likely),), digits, box)


def stacked(likely: float = 0.3) -> list[Transcript]:
    """What may be read of the blocks one by one."""
    return [read("1", likely, box) for box in BLOCKS]


def assert_on(digits: Sequence[Digit], boxes: Sequence[Box]) -> None:
    """Each digit is on its block, and on no other."""
    assert len(digits) == len(boxes)
    for index, digit in enumerate(digits):
        held = [digit.box.holds(*box.middle) for box in boxes]
        assert held == [other == index for other in range(len(boxes))]


def test_a_number_on_its_side_is_read_with_its_places_on_the_page_as_it_lies() -> None:
    found = on_its_side(page_of(BLOCKS), stacked(), Dark(), told(("417", 0.99)))
    assert found is not None
    assert found.says == "417"
    assert found.written[0].probability == pytest.approx(0.99, abs=0.001)
    assert_on(found.digits, BLOCKS)
    assert found.box.holds(61, 21)
    assert found.box.holds(119, 215)
    assert [found.box.width, found.box.height] == pytest.approx([60, 196], abs=10)


def test_it_may_lie_on_its_other_side() -> None:
    boxes = [Box(box.x, 240 - box.y - box.height, box.width, box.height) for box in BLOCKS]
    found = on_its_side(page_of(boxes), stacked(), Dark(), told(("417", 0.99)))
    assert found is not None
    assert found.says == "417"
    assert_on(found.digits, boxes)


def test_of_the_two_sides_the_likelier_one_counts() -> None:
    for left, right in ((0.8, 0.9), (0.9, 0.8)):
        transcriber = told(("417", left), ("253", right))
        found = on_its_side(page_of(BLOCKS), stacked(), Dark(), transcriber)
        assert found is not None
        assert found.says == ("417" if left > right else "253")


@pytest.mark.parametrize(("likely", "is_turned"), [(0.6, False), (0.66, True)])
def test_a_page_is_turned_where_it_reads_better_by_a_fifth(likely: float, is_turned: bool) -> None:
    # In the mean, these lines are read with 0.43.
    transcripts = [*stacked(0.3)[:2], read("1", 0.7, BLOCKS[2])]
    found = on_its_side(page_of(BLOCKS), transcripts, Dark(), told(("417", likely)))
    assert bool(found) == is_turned


@pytest.mark.parametrize(
    "transcripts",
    [
        [],
        [read("1", 0.3)],
        [read("417", 0.3), read("1", 0.3, BLOCKS[1])],
        [read("1", 0.3, Box(0, 0, 50, 50)), read("1", 0.3, Box(90, 80, 50, 50))],
    ],
    ids=["blank", "one line", "a line of three digits", "side by side"],
)
def test_what_is_not_one_digit_above_another_stands(transcripts: list[Transcript]) -> None:
    transcriber = told(("417", 0.99))
    assert on_its_side(page_of(BLOCKS), transcripts, Dark(), transcriber) is None
    assert transcriber.asked == 0


@pytest.mark.parametrize(("shared", "is_turned"), [(18, False), (32, True)])
def test_lines_above_each_other_share_two_fifths_of_their_width(
    shared: int, is_turned: bool
) -> None:
    transcripts = [read("1", 0.3), read("1", 0.3, Box(120 - shared, 110, 60, 26))]
    found = on_its_side(page_of(BLOCKS), transcripts, Dark(), told(("417", 0.99)))
    assert bool(found) == is_turned


def test_lines_of_two_digits_may_lie_on_their_side_too() -> None:
    transcripts = [read("11", 0.3, box) for box in BLOCKS]
    assert on_its_side(page_of(BLOCKS), transcripts, Dark(), told(("417", 0.99)))


@pytest.mark.parametrize(("height", "is_turned"), [(94, False), (98, True)])
def test_what_is_higher_than_wide_by_three_fifths_may_lie_on_its_side(
    height: int, is_turned: bool
) -> None:
    transcriber = told(("417", 0.99))
    one = read("1", 0.3, Box(60, 20, 60, height))
    assert bool(on_its_side(page_of(BLOCKS), [one], Dark(), transcriber)) == is_turned
    assert (transcriber.asked > 0) == is_turned


@pytest.mark.parametrize(("likely", "is_turned"), [(0.52, False), (0.48, True)])
@pytest.mark.parametrize("text", ["417", "1"])
def test_what_is_high_and_can_be_read_stands(text: str, likely: float, is_turned: bool) -> None:
    transcriber = told(("417", 0.99))
    one = read(text, likely, Box(60, 20, 60, 196))
    assert bool(on_its_side(page_of(BLOCKS), [one], Dark(), transcriber)) == is_turned
    assert (transcriber.asked > 0) == is_turned


def test_what_is_high_and_says_no_digit_may_lie_on_its_side() -> None:
    one = read("-", 0.99, Box(60, 20, 60, 196))
    assert on_its_side(page_of(BLOCKS), [one], Dark(), told(("417", 0.99)))


@pytest.mark.parametrize("text", ["4", "", ",-"])
def test_what_reads_as_less_than_two_digits_is_not_turned(text: str) -> None:
    transcriber = told((text, 0.99), (text, 0.99))
    assert on_its_side(page_of(BLOCKS), stacked(), Dark(), transcriber) is None


def test_what_reads_as_several_lines_is_not_turned() -> None:
    # Beside each other they are two numbers below each other.
    boxes = [*BLOCKS, *(Box(box.x + 150, box.y, box.width, box.height) for box in BLOCKS)]
    page = page_of(boxes, 240, 300)
    assert on_its_side(page, stacked(), Dark(), told(("417", 0.99))) is None


ROW = (Box(40, 60, 50, 70), Box(140, 60, 20, 70), Box(220, 60, 20, 70))
LINE = Writing(140, 95, 200, 70, 0, 1)


def upside_down_of(text: str, likely: float, other: Said) -> Transcript | None:
    """What is said of a line that was read so, and is the other turned by half: then the broadest
    block is on the right."""
    return upside_down(page_of(ROW, 200, 300), read(text, likely), LINE, told(("4", 1), other))


def test_a_line_that_is_upside_down_is_read_with_its_places_on_the_page_as_it_lies() -> None:
    found = upside_down_of("168", 0.001, ("253", 0.99))
    assert found is not None
    assert found.says == "253"
    assert_on(found.digits, ROW[::-1])
    assert found.box == Box(40, 60, 200, 70)


@pytest.mark.parametrize("text", ["10", "689", "234", "8.0", "-69"])
@pytest.mark.parametrize(("likely", "is_turned"), [(0.018, False), (0.014, True)])
def test_a_line_is_upside_down_where_that_is_fifty_times_likelier(
    text: str, likely: float, is_turned: bool
) -> None:
    assert (upside_down_of(text, likely, ("253", 0.8)) is not None) == is_turned


@pytest.mark.parametrize(("likely", "asked"), [(0.021, 0), (0.019, 1)])
def test_what_cannot_be_fifty_times_likelier_is_not_read_again(likely: float, asked: int) -> None:
    transcriber = told(("4", 1), ("253", 0.99))
    upside_down(page_of(ROW, 200, 300), read("689", likely), LINE, transcriber)
    assert transcriber.asked == asked


@pytest.mark.parametrize(("other", "is_turned"), [(0.45, False), (0.55, True)])
def test_what_is_illegible_both_ways_stands(other: float, is_turned: bool) -> None:
    assert (upside_down_of("234", 0.001, ("253", other)) is not None) == is_turned


@pytest.mark.parametrize("text", ["6", "", "-8"])
def test_a_single_digit_stands(text: str) -> None:
    assert upside_down_of(text, 0.001, ("253", 0.99)) is None


def test_a_slope_is_the_same_upside_down() -> None:
    boxes = [
        Box(box.x, box.y + move, box.width, box.height)
        for box, move in zip(ROW, (0, 14, 28), strict=True)
    ]
    line = Writing(140, 109, 205, 70, 0.16, 1)
    page = page_of(boxes, 240, 300)
    found = upside_down(page, read("168", 0.001), line, told(("4", 1), ("253", 0.99)))
    assert found is not None
    assert_on(found.digits, boxes[::-1])


def turned(reader: Reader, text: str, quarters: int) -> Reading:
    page = np.ascontiguousarray(np.rot90(number(text), quarters))
    ((reading,),) = reader.read([encoded(page)])
    return reading


@pytest.mark.parametrize("text", ["0417", "35", "869", "12.5"])
def test_a_drawn_number_is_accepted_as_it_stands(reader: Reader, text: str) -> None:
    reading = turned(reader, text, 0)
    assert (reading.status, reading.value) == (Status.ACCEPTED, text)


@pytest.mark.parametrize("text", ["0417", "35", "869", "253", "12.5", "40172963"])
def test_a_number_upside_down_is_not_accepted(reader: Reader, text: str) -> None:
    reading = turned(reader, text, 2)
    assert reading.status is Status.REVIEW
    assert reading.reason is not Reason.TURNED or reading.value == text


def test_a_number_that_is_known_to_be_turned_has_its_value_and_goes_to_review(
    reader: Reader,
) -> None:
    for quarters in (1, 3):
        reading = turned(reader, "12.5", quarters)
        assert (reading.status, reading.reason) == (Status.REVIEW, Reason.TURNED)
        assert reading.value == "12.5"
        assert (reading.width, reading.height) == number("12.5").shape


@pytest.mark.parametrize("quarters", [1, 3])
@pytest.mark.parametrize("text", ["0417", "35", "869", "253", "40172963", "188", "3472"])
def test_a_number_on_its_side_is_not_accepted_as_another(
    reader: Reader, text: str, quarters: int
) -> None:
    reading = turned(reader, text, quarters)
    assert reading.status is not Status.ACCEPTED
    assert reading.reason is not Reason.TURNED or reading.value == text
