"""What people said of readings → how good the readings were, and what other thresholds would do."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitbox.evaluation.metrics import (
    Reliability,
    RiskCoverage,
    RiskPoint,
    Scored,
    Share,
    reliability,
    risk_coverage,
    share_right,
)
from digitbox.ledger.history import Verified

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""From lower on than ``make accuracy`` has them: people see what is below ``accept``."""

NO_DIGIT = "none"


@dataclass(frozen=True, slots=True)
class Figures:
    """``confusion`` has how often what is a digit, or :data:`NO_DIGIT`, was guessed to be which,
    or none; ``accept`` what the threshold in force gives."""

    right: Share
    by_day: dict[tuple[str, str], Share]
    confusion: dict[tuple[str, str], int]
    reliability: Reliability
    curve: RiskCoverage
    thresholds: tuple[RiskPoint, ...]
    accept: RiskPoint


def figures(verified: Sequence[Verified], accept: float) -> Figures:
    """``by_day`` is by day and model, the newest day first; the rest is of all models. ``accept``
    is the threshold in force."""
    days: dict[tuple[str, str], list[Verified]] = {}
    for one in verified:
        days.setdefault((one.day, one.model), []).append(one)
    curve = risk_coverage(map(scored, verified))
    return Figures(
        _right(verified),
        {key: _right(days[key]) for key in sorted(days, reverse=True)},
        dict(Counter((one.truth or NO_DIGIT, one.guess or NO_DIGIT) for one in verified)),
        reliability(map(scored, verified)),
        curve,
        curve.table(THRESHOLDS),
        curve.at(accept),
    )


def scored(one: Verified) -> Scored:
    """The page has one candidate: if that may be a digit, its confidence decides."""
    return Scored(one.confidence, one.guess == one.truth, decides=one.guess is not None)


def _right(verified: Iterable[Verified]) -> Share:
    return share_right(map(scored, verified))
