from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.card import DigitThresholds
from digitbox.recognition.classification import Classification, _agreed, classify
from digitbox.recognition.model import Model, Probabilities


class Told(Model):
    """Says of each frame what stands at the index that is its first pixel: a digit, how likely it
    is if it is one, and how likely it is none."""

    def __init__(self, *said: tuple[int, float, float], none: float = 0.8) -> None:
        self.thresholds = DigitThresholds(outline=0.5, none=none)
        self._said = said

    def probabilities(self, frames: Sequence[NDArray[np.uint8]]) -> Probabilities:
        found = [self._said[frame[0, 0]] for frame in frames]
        digits = np.zeros((len(found), 10))
        for row, (digit, likely, _) in zip(digits, found, strict=True):
            row[:] = (1 - likely) / 9
            row[digit] = likely
        return Probabilities(digits, np.array([none for *_, none in found]))


def frames(*indexes: int) -> NDArray[np.uint8]:
    """A candidate by what is said of each of its frames."""
    made = np.zeros((len(indexes), 28, 28), np.uint8)
    made[:, 0, 0] = indexes
    return made


def test_each_candidate_is_the_digit_that_is_likeliest() -> None:
    found = list(classify(Told((3, 0.97, 0), (7, 0.6, 0)), [frames(1), frames(0), frames(1)]))
    assert [one.value for one in found] == [7, 3, 7]
    assert [one.confidence for one in found] == pytest.approx([0.6, 0.97, 0.6], abs=1e-4)
    assert found[0] == found[2]
    assert all(sum(one.probabilities) == pytest.approx(1, abs=1e-3) for one in found)


def test_there_may_be_no_candidates() -> None:
    assert list(classify(Told((3, 0.97, 0)), [])) == []


def test_what_may_be_none_is_a_digit_less_likely() -> None:
    (found,) = classify(Told((3, 0.97, 0.5)), [frames(0)])
    assert found.confidence == pytest.approx(0.485, abs=1e-4)
    assert found.probabilities[3] == pytest.approx(0.97, abs=1e-3)
    assert not found.is_none


@pytest.mark.parametrize(("likely", "is_none"), [(0.81, True), (0.79, False)])
def test_what_is_none_from_a_probability_on_is_one(likely: float, is_none: bool) -> None:
    (found,) = classify(Told((3, 0.97, likely)), [frames(0)])
    assert found.is_none == is_none
    (other,) = classify(Told((3, 0.97, likely), none=0.5), [frames(0)])
    assert other.is_none


def test_an_outline_and_a_tone_say_it_together() -> None:
    said = (3, 0.97, 0.0), (3, 0.9, 0.0), (7, 0.97, 0.0)
    alone, agreed, apart = classify(Told(*said), [frames(0), frames(0, 1), frames(0, 2)])
    assert agreed.value == 3
    assert 0.9 < agreed.confidence < alone.confidence
    assert apart.confidence < 0.5


def test_probabilities_have_four_decimal_places() -> None:
    (found,) = classify(Told((3, 1 / 3, 1 / 7)), [frames(0)])
    assert isinstance(found, Classification)
    assert all(round(one, 4) == one for one in (found.confidence, *found.probabilities))


def test_two_frames_that_contradict_each_other_are_not_sure() -> None:
    one, other = np.full((2, 11), 1e-6)
    one[4] = other[9] = 1 - 1e-5
    agreed = _agreed(np.array([[one, one], [one, other]]), 0.4)
    assert agreed[0, 4] > 0.999
    assert agreed[1].max() < 0.99
    assert np.allclose(agreed.sum(axis=1), 1)


def test_a_probability_of_nothing_is_not_taken_at_its_word() -> None:
    one, other = np.zeros((2, 11))
    one[4] = other[9] = 1
    (agreed,) = _agreed(np.array([[one, other]]), 0.4)
    assert 0.95 < agreed[9] < 0.975
