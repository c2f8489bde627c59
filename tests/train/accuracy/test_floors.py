"""The shipped default reads real numbers no worse than before."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from digitbox.config import load
from digitbox.engine.setup import Setup
from digitbox.evaluation.evaluate import Outcome, read, read_labels
from digitbox.records import Status
from digitbox_train import data as mnist_data
from digitbox_train.accuracy import numbers, testsets
from digitbox_train.accuracy.mislabelled import listed
from digitbox_train.accuracy.numbers import ALL, SOURCES, shares
from digitbox_train.accuracy.testsets import NUMBERS, SEVERAL_LINES, TestSet
from tests.conftest import data


@dataclass(frozen=True)
class Floor:
    """Shares of all numbers of a source, at least; and at most what is wrong among the accepted."""

    right: float
    digits: float
    alternatives: float
    accepted: float
    wrong: float


# A little below (above) what docs/accuracy.md has.
FLOORS = {
    "logbook": Floor(right=0.9, digits=0.95, alternatives=0.955, accepted=0.4, wrong=0.008),
    "cheque": Floor(right=0.8, digits=0.935, alternatives=0.915, accepted=0.21, wrong=0.02),
    "ten": Floor(right=0.82, digits=0.965, alternatives=0.92, accepted=0.255, wrong=0.01),
    "register": Floor(right=0.835, digits=0.875, alternatives=0.9, accepted=0.485, wrong=0.008),
    "fields": Floor(right=0.97, digits=0.99, alternatives=0.98, accepted=0.55, wrong=0.01),
    ALL: Floor(right=0.865, digits=0.945, alternatives=0.935, accepted=0.37, wrong=0.005),
}
"""By source, and all together."""

PAIRS_AS_DIGIT = 0.0
"""At most so many drawn pages with two digits are accepted as one digit."""

NOT_DIGITS_ACCEPTED = 0.08
"""At most so many images of letters, other scripts, text and blank paper."""

SEVERAL_LINES_ACCEPTED = 0.0
"""A page of several lines always goes to review."""


@pytest.fixture(scope="module")
def sets() -> dict[str, TestSet]:
    folder = data("numbers").parent
    return {each.name: each for each in testsets.numbers(folder, listed())}


@pytest.fixture(scope="module")
def sources(sets: dict[str, TestSet]) -> dict[str, list[Outcome]]:
    return numbers.by_source(outcomes(sets[NUMBERS]))


def outcomes(images: TestSet) -> tuple[Outcome, ...]:
    with Setup.of(load(environment={})).pool() as pool:
        return read(pool, images.folder, images.images, images.digits_only)


def accepted(found: tuple[Outcome, ...]) -> float:
    return sum(one.reading.status is Status.ACCEPTED for one in found) / len(found)


def test_every_source_has_its_floor() -> None:
    assert FLOORS.keys() == {*SOURCES, ALL}


@pytest.mark.parametrize("source", FLOORS)
def test_numbers_are_read_no_worse_than_before(
    source: str, sources: dict[str, list[Outcome]]
) -> None:
    found, floor = shares(sources[source]), FLOORS[source]
    assert found.right.total > 70
    assert found.right.value >= floor.right
    assert found.digits.value >= floor.digits
    assert found.alternatives.value >= floor.alternatives
    assert found.accepted.value >= floor.accepted
    assert found.wrong.right <= floor.wrong * found.wrong.total


def test_pages_of_several_lines_are_not_accepted(sets: dict[str, TestSet]) -> None:
    found = outcomes(sets[SEVERAL_LINES])
    assert len(found) == 8
    assert accepted(found) <= SEVERAL_LINES_ACCEPTED


def test_no_number_is_taken_for_a_digit(tmp_path: Path) -> None:
    pairs = testsets.drawn_pairs(mnist_data.load(data("mnist")), tmp_path)
    found = shares(outcomes(pairs))
    assert found.as_digit.total == testsets.DRAWN_PAIRS
    assert found.as_digit.value <= PAIRS_AS_DIGIT


def test_what_is_no_digit_is_not_accepted() -> None:
    folder = data("scans/dev")
    images = read_labels(folder / "not_digits.csv", folder, ("none",))
    assert accepted(outcomes(TestSet("not digits", folder, images))) <= NOT_DIGITS_ACCEPTED
