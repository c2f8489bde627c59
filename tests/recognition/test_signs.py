import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.reader import Reader
from digitbox.recognition.signs import may_hold_sign
from digitbox.records import Reason, Status
from tests.pages import Gray, digit, encoded

HEIGHT = 48
TOP, BOTTOM = 8, 32


def strip(lean: float, longer: float = 0.0, bend: float = 0.0, slant: float = 0.0) -> Gray:
    """Two 0s with a stroke between them that leans by ``lean`` degrees, is ``longer`` by that share
    of the 0s' height, and whose middle is ``bend`` pixels beside a straight line. The 0s lean by
    ``slant`` degrees."""
    page = np.full((40, 112), 230, np.uint8)
    turn = np.linspace(0, 2 * np.pi, 40)
    for x in (26, 80):
        down = 20 + (BOTTOM - TOP - 2) / 2 * np.sin(turn)
        across = x + 7 * np.cos(turn) - np.tan(np.radians(slant)) * (down - 20)
        line(page, list(zip(across, down, strict=True)))
    beyond = longer * (BOTTOM - TOP) / 2
    down = np.linspace(TOP + 1 - beyond, BOTTOM - 1 + beyond, 20)
    share = (down - down[0]) / (down[-1] - down[0])
    across = 54 - np.tan(np.radians(lean)) * (down - 20) + bend * np.sin(np.pi * share)
    line(page, list(zip(across, down, strict=True)))
    return page


def line(page: Gray, points: list[tuple[float, float]]) -> None:
    exact = np.rint(np.array(points) * 16).astype(np.int32)
    cv2.polylines(page, [exact], False, 40, 2, cv2.LINE_AA, 4)


def may_be(page: Gray) -> bool:
    return may_hold_sign(page, (0, 1, 0), (26.0, 54.0, 80.0))


@pytest.mark.parametrize("slant", [0.0, 15.0])
def test_a_stroke_that_leans_more_than_its_neighbours_may_be_a_slash(slant: float) -> None:
    upright = strip(slant, slant=slant)
    assert not may_be(upright)
    assert may_be(strip(slant + 20, slant=slant))
    assert may_be(255 - strip(slant + 20, slant=slant))
    assert may_be(strip(slant - 20, slant=slant))


def test_a_stroke_that_is_longer_than_its_neighbours_are_high_may_be_a_slash() -> None:
    assert may_be(strip(0, longer=0.3))
    assert not may_be(strip(0, longer=-0.2))


@pytest.mark.parametrize(("longer", "is_bar"), [(-0.1, False), (0.0, False), (0.3, True)])
def test_a_stroke_at_the_end_that_is_longer_above_and_below_may_be_a_bar(
    longer: float, is_bar: bool
) -> None:
    page = strip(0, longer=longer)
    assert may_hold_sign(page[:, :66], (0, 1), (26.0, 54.0)) == is_bar


def test_a_bent_stroke_and_the_first_and_the_last_digit_are_none() -> None:
    assert not may_be(strip(25, bend=6))
    leaning = strip(30)
    assert not may_hold_sign(leaning, (0, 0, 1), (26.0, 54.0, 80.0))
    assert not may_hold_sign(leaning, (1, 1), (54.0, 80.0))
    assert not may_hold_sign(leaning, (), ())
    assert not may_hold_sign(np.full((40, 112), 230, np.uint8), (0, 1, 0), (26.0, 54.0, 80.0))


def fraction(above: str, below: str, lean: float, longer: float) -> Gray:
    """Two numbers with a slash between them, in dark ink on light paper."""
    high = round(HEIGHT * (1 + longer))
    wide = max(4, round(high * np.tan(np.radians(lean))))
    slash = np.zeros((high, wide + 6), np.uint8)
    cv2.line(slash, (wide + 2, 2), (3, high - 3), 255, 5, cv2.LINE_AA)
    parts = [*map(shape, above), slash, *map(shape, below)]
    ink = np.zeros((2 * HEIGHT, sum(part.shape[1] + 8 for part in parts)), np.uint8)
    x = 0
    for part in parts:
        top = HEIGHT - part.shape[0] // 2
        ink[top : top + part.shape[0], x : x + part.shape[1]] = part
        x += part.shape[1] + 8
    padded = np.pad(ink, 30) / 255
    return np.rint(225 - 185 * np.clip((padded - 0.3) * 3, 0, 1)).astype(np.uint8)


def shape(value: str) -> NDArray[np.uint8]:
    found = digit(int(value))
    rows, columns = np.nonzero(found > 76)
    cut = found[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    size = max(2, round(HEIGHT * cut.shape[1] / cut.shape[0])), HEIGHT
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize(("lean", "longer"), [(25, 0.0), (20, 0.3), (32, 0.2)])
@pytest.mark.parametrize(("above", "below"), [("15", "20"), ("3", "4"), ("08", "50"), ("7", "9")])
def test_a_fraction_is_not_accepted_as_one_number(
    reader: Reader, above: str, below: str, lean: float, longer: float
) -> None:
    ((reading,),) = reader.read([encoded(fraction(above, below, lean, longer))])
    assert reading.status is Status.REVIEW
    if reading.value == f"{above}1{below}":
        assert reading.reason is Reason.SIGN


def closed(number: str, bow: float) -> Gray:
    """A number and a bracket that bows to the right by that share of its height, in dark ink on
    light paper."""
    high = round(1.3 * HEIGHT)
    wide = max(1, round(bow * high))
    bracket = np.zeros((high, wide + 8), np.uint8)
    cv2.ellipse(bracket, (3, high // 2), (wide, high // 2 - 3), 0, -85, 85, 255, 4, cv2.LINE_AA)
    ink = np.zeros((2 * HEIGHT, 0), np.uint8)
    for part in [*map(shape, number), bracket]:
        top = HEIGHT - part.shape[0] // 2
        below = len(ink) - top - len(part)
        ink = np.hstack([ink, np.pad(part, ((top, below), (0, 10)))])
    padded = np.pad(ink, 30) / 255
    return np.rint(225 - 185 * np.clip((padded - 0.3) * 3, 0, 1)).astype(np.uint8)


@pytest.mark.parametrize("bow", [0.13, 0.16, 0.2])
@pytest.mark.parametrize("number", ["3", "43", "207"])
def test_a_bracket_behind_a_number_is_not_accepted_as_its_last_digit(
    reader: Reader, number: str, bow: float
) -> None:
    ((reading,),) = reader.read([encoded(closed(number, bow))])
    assert reading.status is Status.REVIEW


def test_a_1_at_the_end_is_a_digit(reader: Reader) -> None:
    for number in ("31", "451", "2091"):
        ((reading,),) = reader.read([encoded(fraction(number[:-1], "", 0, -0.1))])
        assert (reading.value, reading.status) == (number, Status.ACCEPTED)
