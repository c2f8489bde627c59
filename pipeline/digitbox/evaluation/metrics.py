"""Scored readings → shares with their intervals, calibration, risk and coverage. The one place that
computes them: pure functions, of which ``digitbox evaluate``, the page ``/report`` and ``make
accuracy`` are made."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

Z = 1.959964
"""The normal distribution's 97.5 % quantile, for intervals of 95 %."""

BINS = 15
"""Of equal width, as Guo et al. 2017 ("On Calibration of Modern Neural Networks") count them."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A reading of which the truth is known. ``confidence``, 0 to 1, is None where nothing was read
    as a digit. ``decides`` says whether the confidence decides about acceptance: with several
    marks, say, it does not, and the reading is never accepted."""

    confidence: float | None
    right: bool
    decides: bool


@dataclass(frozen=True, slots=True)
class Share:
    """``right`` of ``total``."""

    right: int
    total: int

    @property
    def value(self) -> float:
        """0 to 1; NaN of none."""
        return self.right / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """See :func:`wilson_interval`."""
        return wilson_interval(self.right, self.total)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The readings with a confidence above ``low`` and up to ``high``: how many are right, and
    their mean confidence (NaN where there are none)."""

    low: float
    high: float
    right: Share
    confidence: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """``error`` is the :func:`expected_calibration_error` of all ``bins``, empty ones included;
    ``without_value`` is how many readings had no confidence: they are left out."""

    error: float
    bins: tuple[ReliabilityBin, ...]
    without_value: int


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What a threshold gives: ``accepted`` of all (``right`` is their number), which is the
    coverage, and ``wrong`` of those that are accepted (``right`` is the number of wrong ones),
    which is the risk."""

    threshold: float
    accepted: Share
    wrong: Share


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """A risk–coverage curve of ``total`` readings: a point for every threshold that changes
    anything, from the highest on."""

    total: int
    points: tuple[RiskPoint, ...]

    def at(self, threshold: float) -> RiskPoint:
        """What ``threshold`` gives, be it one of the curve's or not."""
        above = bisect_right(self.points, -threshold, key=lambda point: -point.threshold)
        if not above:
            return RiskPoint(threshold, Share(0, self.total), Share(0, 0))
        point = self.points[above - 1]
        return RiskPoint(threshold, point.accepted, point.wrong)

    def table(self, thresholds: Iterable[float]) -> tuple[RiskPoint, ...]:
        """The same for several."""
        return tuple(map(self.at, thresholds))


def wilson_interval(right: int, total: int) -> tuple[float, float]:
    """95 % interval of the share ``right`` of ``total`` by Wilson's score (Wilson 1927, JASA
    22:209)."""
    if not total:
        return 0.0, 1.0
    share = right / total
    spread = Z * Z / total
    centre = (share + spread / 2) / (1 + spread)
    half = Z * math.sqrt(share * (1 - share) / total + spread / (4 * total)) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def share_right(scored: Iterable[Scored]) -> Share:
    """How many of them are right, whatever is accepted of them."""
    verdicts = [one.right for one in scored]
    return Share(sum(verdicts), len(verdicts))


def reliability(scored: Iterable[Scored]) -> Reliability:
    """How far the confidence can be trusted, in :data:`BINS` bins. A confidence that decides
    nothing counts, too."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    without_value = 0
    for one in scored:
        if one.confidence is None:
            without_value += 1
        else:
            number = max(0, math.ceil(one.confidence * BINS) - 1)
            bins[number].append((one.confidence, one.right))
    found = tuple(_bin(number, readings) for number, readings in enumerate(bins))
    return Reliability(expected_calibration_error(found), found, without_value)


def expected_calibration_error(bins: Sequence[ReliabilityBin]) -> float:
    """ECE: the mean distance between the share right and the mean confidence in a bin, weighted by
    how many readings each holds. 0 to 1; NaN of no readings."""
    filled = [one for one in bins if one.right.total]
    total = sum(one.right.total for one in filled)
    gaps = [abs(one.right.value - one.confidence) * one.right.total for one in filled]
    return sum(gaps) / total if total else math.nan


def risk_coverage(scored: Iterable[Scored]) -> RiskCoverage:
    """What every threshold gives. Equal confidences are accepted together, and what the confidence
    does not decide about never is."""
    readings = list(scored)
    candidates = [
        (one.confidence, one.right)
        for one in readings
        if one.decides and one.confidence is not None
    ]
    candidates.sort(reverse=True)
    points, accepted, wrong = [], 0, 0
    for confidence, equal in groupby(candidates, key=lambda candidate: candidate[0]):
        verdicts = [right for _, right in equal]
        accepted += len(verdicts)
        wrong += len(verdicts) - sum(verdicts)
        points.append(RiskPoint(confidence, Share(accepted, len(readings)), Share(wrong, accepted)))
    return RiskCoverage(len(readings), tuple(points))


def _bin(number: int, readings: Sequence[tuple[float, bool]]) -> ReliabilityBin:
    total = len(readings)
    return ReliabilityBin(
        number / BINS,
        (number + 1) / BINS,
        Share(sum(right for _, right in readings), total),
        sum(confidence for confidence, _ in readings) / total if total else math.nan,
    )
