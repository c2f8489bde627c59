import pytest

from digitbox.box import Box
from digitbox.recognition.gaps import APART, TWO_APART, UNEVEN, are_apart

HEIGHT = 400


def boxes(gaps: tuple[float, ...], down: int = 0) -> list[Box]:
    """Digits with these ``gaps`` between their middles, in heights, each ``down`` pixels below the
    one before."""
    found, x = [Box(0, 0, 200, HEIGHT)], 0.0
    for place, gap in enumerate(gaps, 1):
        x += ((HEIGHT * gap) ** 2 - down**2) ** 0.5
        found.append(Box(round(x), place * down, 200, HEIGHT))
    return found


@pytest.mark.parametrize("down", [0, 100])
@pytest.mark.parametrize(
    ("gaps", "apart"),
    [
        ((TWO_APART - 0.05,), False),
        ((TWO_APART + 0.05,), True),
        ((0.7, 0.7 + UNEVEN - 0.05), False),
        ((0.7, 0.7 + UNEVEN + 0.05), True),
        ((0.7 + UNEVEN + 0.05, 0.7), True),
        ((0.7, 0.7 + UNEVEN + 0.05, 0.7), True),
        ((0.7, 0.6, 0.8, 1.9, 0.7), True),
        ((APART - 0.05, APART - 0.05), False),
        ((APART + 0.05, APART + 0.05), True),
    ],
)
def test_digits_far_apart_may_be_those_of_two_numbers(
    gaps: tuple[float, ...], apart: bool, down: int
) -> None:
    assert are_apart(boxes(gaps, down)) == apart


def test_digits_in_a_comb_are_one_number() -> None:
    assert not are_apart(boxes((2.4, 2.5, 2.3)))


def test_one_digit_is_not_apart() -> None:
    assert not are_apart(boxes(()))
    assert not are_apart([])
