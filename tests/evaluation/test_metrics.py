import math

import pytest

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
