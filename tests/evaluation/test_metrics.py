import math
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from digitbox.box import Box
from digitbox.evaluation.evaluate import Evaluation, Labelled, Outcome
from digitbox.evaluation.metrics import (
    BINS,
    RiskCoverage,
    RiskPoint,
    Scored,
    Share,
    reliability,
    risk_coverage,
    share_right,
)
from digitbox.ledger.decision import Decision
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.truths import Verified
from digitbox.records import Digit, Reading, Reason, Status
from digitbox.review.figures import THRESHOLDS as REPORTED
from digitbox.review.figures import figures
from digitbox_train.accuracy import summary
from digitbox_train.accuracy.heldout import SOURCES
from digitbox_train.accuracy.summary import Measurement, summarize
from digitbox_train.accuracy.testsets import MNIST_C, NOT_DIGITS, REAL
from tests.ledger.arrivals import PROVENANCE, file

ACCEPT = 0.95


def scored(confidence: float | None, right: bool = True) -> Scored:
    return Scored(confidence, right, decides=confidence is not None)


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        # R 4.3, prop.test(x, n, correct = FALSE)
        (Share(0, 10), (0.0, 0.2775)),
        (Share(5, 10), (0.2366, 0.7634)),
        (Share(97, 100), (0.9155, 0.9897)),
        (Share(10, 10), (0.7225, 1.0)),
        (Share(0, 0), (0.0, 1.0)),
    ],
)
def test_the_interval_is_wilsons(share: Share, interval: tuple[float, float]) -> None:
    assert share.interval == pytest.approx(interval, abs=1e-4)


def test_a_share_counts_what_is_not_accepted_too() -> None:
    assert share_right([scored(0.9), scored(0.1), scored(None, False)]) == Share(2, 3)
    assert share_right([]) == Share(0, 0)
    assert math.isnan(share_right([]).value)


def test_the_calibration_error_is_the_mean_gap() -> None:
    readings = [(0.9, True), (0.9, True), (0.9, False), (0.9, False), (1.0, True), (0.2, False)]
    found = reliability([scored(*one) for one in readings] + [scored(None, False)])
    # Guo et al. 2017, (3), by hand: |2/4 - 0.9|, |1 - 1| and |0 - 0.2|, of 4, 1 and 1 of 6.
    assert found.error == pytest.approx((4 * 0.4 + 0 + 0.2) / 6)
    assert found.without_value == 1
    assert [one.right.total for one in found.bins if one.right.total] == [1, 4, 1]


@pytest.mark.parametrize(
    ("confidence", "number"), [(0.0, 0), (1 / 15, 0), (0.0667, 1), (0.6, 8), (1.0, 14)]
)
def test_a_bin_holds_what_is_up_to_its_upper_end(confidence: float, number: int) -> None:
    bins = reliability([scored(confidence)]).bins
    assert len(bins) == BINS
    assert [one.right.total for one in bins].index(1) == number
    assert bins[number].low <= confidence <= bins[number].high


def test_a_confidence_that_decides_nothing_is_calibrated_too() -> None:
    assert reliability([Scored(1.0, False, decides=False)]).error == 1


def test_nothing_read_has_no_calibration_error() -> None:
    assert math.isnan(reliability([scored(None, False)]).error)


def test_what_every_threshold_gives() -> None:
    curve = risk_coverage(
        [
            scored(0.999),
            scored(0.95, False),
            scored(0.95),
            scored(0.5),
            Scored(1.0, False, decides=False),
            scored(None, False),
        ]
    )
    assert curve == RiskCoverage(
        6,
        (
            RiskPoint(0.999, Share(1, 6), Share(0, 1)),
            RiskPoint(0.95, Share(3, 6), Share(1, 3)),
            RiskPoint(0.5, Share(4, 6), Share(1, 4)),
        ),
    )
    assert curve.at(0.95) == curve.points[1]
    assert curve.at(0.1) == RiskPoint(0.1, Share(4, 6), Share(1, 4))
    assert curve.table((0.96, 1.0)) == (
        RiskPoint(0.96, Share(1, 6), Share(0, 1)),
        RiskPoint(1.0, Share(0, 6), Share(0, 0)),
    )


def test_where_nothing_can_be_accepted_the_coverage_is_zero() -> None:
    assert risk_coverage([scored(None)]).at(0.0) == RiskPoint(0.0, Share(0, 1), Share(0, 0))
    assert risk_coverage([]).at(0.9) == RiskPoint(0.9, Share(0, 0), Share(0, 0))


def outcome(number: int, label: str, guess: int, confidence: float, is_none: bool) -> Outcome:
    """A photo with one candidate, of a source that is held out."""
    candidate = Digit(guess, confidence, (0.1,) * 10, Box(0, 0, 9, 9))
    if is_none:
        reading = Reading(1, Status.NOT_DIGIT, digits=(candidate,))
    else:
        accepted = confidence >= ACCEPT
        reading = Reading(
            1,
            Status.ACCEPTED if accepted else Status.REVIEW,
            None if accepted else Reason.LOW_CONFIDENCE,
            str(guess),
            confidence,
            digits=(candidate,),
        )
    return Outcome(f"{number:03}.png", label, "photo", min(SOURCES), reading)


@pytest.fixture
def outcomes() -> tuple[Outcome, ...]:
    """Right and wrong ones, some alike in confidence, some at the ends of bins and at thresholds,
    some taken for no digit."""
    random = np.random.default_rng(1)
    confidences = [0.0, 1 / 15, 0.2, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, ACCEPT, 0.98, 0.99, 1.0]
    confidences += random.random(40).round(4).tolist()
    found = []
    for number, confidence in enumerate(2 * confidences):
        label = int(random.integers(10))
        guess = label if random.random() < confidence else (label + 1) % 10
        found.append(outcome(number, str(label), guess, confidence, number % 11 == 5))
    return tuple(found)


def reviewed(outcomes: tuple[Outcome, ...], folder: Path) -> list[Verified]:
    """The same readings in a ledger, once a person has said the label of each. They all went
    to review, as with a higher threshold: what is accepted is not in the report's figures."""
    folder.mkdir()
    ledger = Ledger(folder)
    readings = [
        replace(one.reading, status=Status.REVIEW, reason=Reason.LOW_CONFIDENCE)
        if one.reading.status is Status.ACCEPTED
        else one.reading
        for one in outcomes
    ]
    files = [file(one.path, one.path, read) for one, read in zip(outcomes, readings, strict=True)]
    assert ledger.record(files, PROVENANCE, "today") is not None
    for number, one in enumerate(outcomes, start=1):
        ledger.request(REVIEW, Decision(number, one.label, "Ada"))
    ledger.decide("today", list)
    ledger.close()
    with History(folder) as history:
        return history.verified()


def test_evaluate_accuracy_and_report_give_the_same_figures(
    outcomes: tuple[Outcome, ...], tmp_path: Path
) -> None:
    evaluation = Evaluation(PROVENANCE.model, outcomes)
    lines = [Labelled(one.path, one.label, one.kind, one.source) for one in outcomes]
    sets = {REAL: outcomes, MNIST_C: outcomes, NOT_DIGITS: ()}
    published = summarize({"cnn": Measurement("cnn-1", sets, Share(0, 0), {})}, lines, ACCEPT)
    (curve,) = {
        curves["photos"]
        for curves in summary.risk_curves(outcomes, {one.path for one in outcomes}).values()
    }
    report = figures(reviewed(outcomes, tmp_path / "state"), ACCEPT)

    # shares
    kinds = published.models["cnn"].kinds[summary.HELD_OUT]
    assert evaluation.share() == kinds[summary.ALL] == report.right
    assert [*report.by_day.values()] == [*evaluation.by("source").values()] == [report.right]
    assert 0 < report.right.right < report.right.total == len(outcomes)

    # calibration
    bins = reliability(one.scored for one in evaluation.outcomes)
    assert bins == published.calibration[summary.HELD_OUT] == report.reliability
    assert len(bins.bins) == BINS
    assert bins.without_value == 10

    # risk and coverage
    assert risk_coverage(one.scored for one in evaluation.outcomes) == curve == report.curve
    assert published.accepted[summary.HELD_OUT]["photos"] == report.accept
    accepted, wrong = report.accept.accepted.right, report.accept.wrong.right
    assert evaluation.accepted() == Share(accepted - wrong, accepted)
    tabled = {one.threshold: one for one in published.thresholds[summary.HELD_OUT]["photos"]}
    common = tabled.keys() & set(REPORTED)
    assert common >= {0.5, 0.9, 0.95, 0.98, 0.99}
    assert {one.threshold: one for one in report.thresholds if one.threshold in common} == {
        threshold: tabled[threshold] for threshold in common
    }

    # confusion
    names = [*map(str, range(10)), "none"]
    matrix = {
        (names[label], names[value]): count
        for label, row in enumerate(evaluation.confusion())
        for value, count in enumerate(row)
        if count
    }
    assert matrix == report.confusion
    assert Counter(matrix).total() == len(outcomes)
