"""What people said of readings → how good the readings were, and what other thresholds would do."""

from collections import Counter
from collections.abc import Iterable
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
from digitbox.ledger.spots import SpotCheck
from digitbox.ledger.truths import Verified
from digitbox.records import DIGITS, Reason

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
"""From lower on than ``make accuracy`` has them: people see what is below ``accept``."""

NO_DIGIT = "none"

DECIDED_BY_CONFIDENCE = (Reason.LOW_CONFIDENCE, Reason.REVIEWED)
"""Reasons of readings that another threshold could have accepted: of what was decided about before,
the ledger does not say in one place why that was."""


@dataclass(frozen=True, slots=True)
class Figures:
    """``confusion`` has how often what is a digit, or :data:`NO_DIGIT`, was guessed to be which,
    or none: the digits of a number one by one, where as many were guessed as there are.
    ``uncompared`` is how many readings it leaves out, as they were not. ``accept`` is what the
    threshold in force gives."""

    right: Share
    by_day: dict[tuple[str, str], Share]
    confusion: dict[tuple[str, str], int]
    uncompared: int
    reliability: Reliability
    curve: RiskCoverage
    thresholds: tuple[RiskPoint, ...]
    accept: RiskPoint


def figures(decided: Iterable[Verified], accept: float) -> Figures:
    """``by_day`` is by day and model, the newest day first; the rest is of all models. ``accept``
    is the threshold in force. What was accepted before is left out: who corrects it has looked for
    it, so that it says nothing of the rest. That is what spot checks are for."""
    verified = [one for one in decided if not one.accepted]
    days: dict[tuple[str, str], list[Verified]] = {}
    for one in verified:
        days.setdefault((one.day, one.model), []).append(one)
    curve = risk_coverage(map(scored, verified))
    pairs = [compared(one) for one in verified]
    return Figures(
        _right(verified),
        {key: _right(days[key]) for key in sorted(days, reverse=True)},
        dict(Counter(pair for some in pairs for pair in some)),
        sum(not some for some in pairs),
        reliability(map(scored, verified)),
        curve,
        curve.table(sorted({*THRESHOLDS, accept})),
        curve.at(accept),
    )


def errors(checks: Iterable[SpotCheck]) -> Share:
    """How many of what was checked are wrong: ``right`` of the share is their number."""
    checked = list(checks)
    return Share(sum(one.wrong for one in checked), sum(one.checked for one in checked))


def compared(one: Verified) -> list[tuple[str, str]]:
    """Each digit that there is with the one that was guessed, separators left out; nothing where
    their numbers differ, since nobody knows then which was taken for which."""
    truth, guess = (_digits(value) for value in (one.truth, one.guess))
    return list(zip(truth, guess, strict=True)) if len(truth) == len(guess) else []


def _digits(value: str | None) -> list[str]:
    return [NO_DIGIT] if value is None else [one for one in value if one in DIGITS]


def scored(one: Verified) -> Scored:
    """A value is right as a whole or not at all, separators included. Its confidence decides,
    unless it goes to review for another reason in any case."""
    decides = one.guess is not None and one.reason in (None, *DECIDED_BY_CONFIDENCE)
    return Scored(one.confidence, one.guess == one.truth, decides)


def _right(verified: Iterable[Verified]) -> Share:
    return share_right(map(scored, verified))
