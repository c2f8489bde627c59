import math
from dataclasses import replace

import pytest

from digitbox.evaluation.metrics import RiskPoint, Share
from digitbox.ledger.spots import SpotCheck
from digitbox.ledger.truths import Verified
from digitbox.review.figures import NO_DIGIT, errors, figures


def verified(
    guess: str | None, confidence: float | None, truth: str | None, day: str = "2026-01-31"
) -> Verified:
    return Verified(day, "cnn-1", guess, confidence, truth)


FOUR = [
    verified("7", 0.9, "7"),
    verified("1", 0.9, "7"),
    verified("4", 0.5, "4", "2026-02-01"),
    verified("5", 0.25, None),
]


def test_what_people_confirmed_was_right() -> None:
    found = figures(FOUR, 0.95)
    assert found.right == Share(2, 4)
    assert [(day, share) for (day, _), share in found.by_day.items()] == [
        ("2026-02-01", Share(1, 1)),
        ("2026-01-31", Share(1, 3)),
    ]
    assert found.confusion == {
        ("7", "7"): 1,
        ("7", "1"): 1,
        ("4", "4"): 1,
        (NO_DIGIT, "5"): 1,
    }


def test_a_confidence_is_compared_with_how_many_were_right() -> None:
    found = figures(FOUR, 1).reliability
    filled = [one for one in found.bins if one.right.total]
    assert [(one.confidence, one.right) for one in filled] == [
        (0.25, Share(0, 1)),
        (0.5, Share(1, 1)),
        (pytest.approx(0.9), Share(1, 2)),
    ]
    assert found.error == pytest.approx((0.25 + 0.5 + 2 * 0.4) / 4)


def test_each_threshold_has_its_cost_and_what_it_saves() -> None:
    found = figures(FOUR, 0.95)
    costs = {one.threshold: (one.accepted.right, one.wrong.right) for one in found.thresholds}
    assert (costs[0.3], costs[0.5], costs[0.9], costs[0.95]) == ((3, 1), (3, 1), (2, 1), (0, 0))
    assert found.accept == RiskPoint(0.95, Share(0, 4), Share(0, 0))


def test_equal_confidences_are_accepted_together() -> None:
    points = figures(FOUR, 1).curve.points
    assert [(point.accepted, point.wrong) for point in points] == [
        (Share(2, 4), Share(1, 2)),
        (Share(3, 4), Share(1, 3)),
        (Share(4, 4), Share(2, 4)),
    ]


def test_what_was_taken_for_none_is_never_accepted() -> None:
    found = figures([*FOUR, verified(None, None, "3"), verified(None, None, None)], 0)
    assert found.right == Share(3, 6)
    assert found.accept.accepted == Share(4, 6)
    assert found.reliability.without_value == 2
    assert found.confusion["3", NO_DIGIT] == found.confusion[NO_DIGIT, NO_DIGIT] == 1


def test_of_nothing_there_is_nothing() -> None:
    found = figures([], 0.95)
    assert (found.right, found.by_day, found.curve.points) == (Share(0, 0), {}, ())
    assert math.isnan(found.reliability.error)


def test_a_number_is_right_as_a_whole_and_compared_digit_by_digit() -> None:
    numbers = [
        verified("0417", 0.9, "0417"),
        verified("0417", 0.9, "0477"),
        verified("12.5", 0.8, "1,25"),  # the digits are right
        verified("417", 0.7, "0417"),
        verified("12", 0.7, None),
        verified("1", 0.7, "12"),
        verified(None, None, "12"),
    ]
    found = figures(numbers, 0.85)
    assert found.right == Share(1, 7)
    assert found.accept.wrong == Share(1, 2)
    assert found.uncompared == 4
    assert found.confusion == {
        ("0", "0"): 2,
        ("4", "4"): 2,
        ("1", "1"): 2,
        ("7", "1"): 1,
        ("7", "7"): 2,
        ("2", "2"): 1,
        ("5", "5"): 1,
    }


@pytest.mark.parametrize(
    ("reason", "accepted"),
    [(None, 1), ("low_confidence", 1), ("reviewed", 1), ("several_lines", 0), ("turned", 0)],
)
def test_no_threshold_accepts_what_goes_to_review_for_another_reason(
    reason: str | None, accepted: int
) -> None:
    one = Verified("2026-01-31", "cnn-1", "12", 0.99, "12", reason)
    found = figures([one], 0.95)
    assert found.accept.accepted == Share(accepted, 1)
    assert found.right == Share(1, 1)


def test_who_corrects_what_was_accepted_says_nothing_of_the_rest() -> None:
    accepted = [replace(one, accepted=True) for one in FOUR]
    assert figures([*FOUR, *accepted], 0.95) == figures(FOUR, 0.95)


def test_errors_of_spot_checks_are_those_of_what_was_checked() -> None:
    checks = [SpotCheck(1, "2026-01-31", 50, 40, 2, 8), SpotCheck(2, "2026-02-01", 50, 9, 1, 39)]
    assert errors(checks) == Share(3, 52)
    assert errors([]) == Share(0, 0)
