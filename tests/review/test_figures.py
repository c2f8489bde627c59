import pytest

from digitbox.ledger.history import Verified
from digitbox.review.figures import NO_DIGIT, Threshold, figures


def verified(guess: str, confidence: float, truth: str | None, day: str = "2026-01-31") -> Verified:
    return Verified(day, "cnn-1", guess, confidence, truth)


FOUR = [
    verified("7", 0.9, "7"),
    verified("1", 0.9, "7"),
    verified("4", 0.5, "4", "2026-02-01"),
    verified("5", 0.25, None),
]


def test_what_people_confirmed_was_right() -> None:
    found = figures(FOUR, 0.95)
    assert (found.right.right, found.right.number) == (2, 4)
    assert [(day, share.right, share.number) for (day, _), share in found.by_day.items()] == [
        ("2026-02-01", 1, 1),
        ("2026-01-31", 1, 3),
    ]
    assert found.confusion == {
        ("7", "7"): 1,
        ("7", "1"): 1,
        ("4", "4"): 1,
        (NO_DIGIT, "5"): 1,
    }


def test_a_confidence_is_compared_with_how_many_were_right() -> None:
    found = [
        (one.confidence, one.right.value, one.right.number) for one in figures(FOUR, 1).calibration
    ]
    assert found == [(0.25, 0.0, 1), (0.5, 1.0, 1), (pytest.approx(0.9), 0.5, 2)]


def test_each_threshold_has_its_cost_and_what_it_saves() -> None:
    found = figures(FOUR, 0.95)
    costs = {one.confidence: (one.accepted, one.wrong) for one in found.thresholds}
    assert (costs[0.3], costs[0.5], costs[0.9], costs[0.95]) == ((3, 1), (3, 1), (2, 1), (0, 0))
    assert found.accept == Threshold(0.95, 0, 0)


def test_equal_confidences_are_accepted_together() -> None:
    assert figures(FOUR, 1).curve == [(0.5, 0.5), (0.75, 1 / 3), (1.0, 0.5)]


def test_of_nothing_there_is_nothing() -> None:
    found = figures([], 0.95)
    assert (found.right.value, found.by_day, found.calibration, found.curve) == (0.0, {}, [], [])
