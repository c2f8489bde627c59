"""Outcomes → how far their confidence can be trusted; figures → what JSON can hold."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import groupby
from typing import Any

from digitbox.evaluation.evaluate import Outcome, Share
from digitbox.records import Reading, Reason, Status

BINS = 15
"""Of equal width, as Guo et al. 2017 ("On Calibration of Modern Neural Networks") count them."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What a threshold gives: ``accepted`` of all (``right`` is their number), and ``wrong`` of
    those that are accepted (``right`` is the number of wrong ones)."""

    threshold: float
    accepted: Share
    wrong: Share


@dataclass(frozen=True, slots=True)
class Bin:
    """The readings with a confidence above ``low`` and up to ``high``: how many are right, and
    their mean confidence (NaN where there are none)."""

    low: float
    high: float
    right: Share
    confidence: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """``error`` is the expected calibration error, 0 to 1; NaN of no readings. ``without_value`` is
    how many images had no value, and so no confidence: they are left out."""

    error: float
    bins: tuple[Bin, ...]
    without_value: int


def risk_coverage(outcomes: Sequence[Outcome]) -> tuple[Risk, ...]:
    """What every threshold gives that changes anything, from the highest on. What is not accepted
    whatever the confidence, such as several marks, never is."""
    candidates = sorted(
        ((_candidate(outcome.reading), outcome.right) for outcome in outcomes), reverse=True
    )
    curve, accepted, wrong = [], 0, 0
    for confidence, equal in groupby(candidates, key=lambda candidate: candidate[0]):
        if confidence < 0:
            break
        verdicts = [right for _, right in equal]
        accepted += len(verdicts)
        wrong += len(verdicts) - sum(verdicts)
        curve.append(Risk(confidence, Share(accepted, len(outcomes)), Share(wrong, accepted)))
    return tuple(curve)


def risk_at(curve: Sequence[Risk], threshold: float) -> Risk:
    """The point of a curve of :func:`risk_coverage` that ``threshold`` gives."""
    above = [point for point in curve if point.threshold >= threshold]
    if above:
        return Risk(threshold, above[-1].accepted, above[-1].wrong)
    total = curve[0].accepted.total if curve else 0
    return Risk(threshold, Share(0, total), Share(0, 0))


def calibration(outcomes: Iterable[Outcome]) -> Reliability:
    """The expected calibration error: the mean distance between the share right and the mean
    confidence in :data:`BINS` bins, weighted by how many readings each holds."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(BINS)]
    without_value = 0
    for outcome in outcomes:
        confidence = outcome.reading.confidence
        if confidence is None:
            without_value += 1
        else:
            bins[max(0, math.ceil(confidence * BINS) - 1)].append((confidence, outcome.right))
    total = sum(map(len, bins))
    found = tuple(_bin(number, readings) for number, readings in enumerate(bins))
    gaps = [
        abs(one.right.value - one.confidence) * one.right.total for one in found if one.right.total
    ]
    return Reliability(sum(gaps) / total if total else math.nan, found, without_value)


def share_figures(share: Share) -> dict[str, Any]:
    """A share as it stands in JSON."""
    return {
        "right": share.right,
        "total": share.total,
        "share": share.value if share.total else None,
        "interval": list(share.interval),
    }


def plain(value: Any) -> Any:
    """Figures as JSON can hold them; shares by :func:`share_figures`, NaN as null."""
    if isinstance(value, Share):
        return share_figures(value)
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _candidate(reading: Reading) -> float:
    """The confidence that decides whether a reading is accepted; -1 where something else does."""
    decides = reading.status is Status.ACCEPTED or reading.reason is Reason.LOW_CONFIDENCE
    return reading.confidence if decides and reading.confidence is not None else -1.0


def _bin(number: int, readings: Sequence[tuple[float, bool]]) -> Bin:
    total = len(readings)
    return Bin(
        number / BINS,
        (number + 1) / BINS,
        Share(sum(right for _, right in readings), total),
        sum(confidence for confidence, _ in readings) / total if total else math.nan,
    )
