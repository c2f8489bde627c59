"""What people said of readings → how good the readings were, and what other thresholds would do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from digitbox.ledger.history import Verified

BINS = 10

THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)

NO_DIGIT = "none"


@dataclass(frozen=True, slots=True)
class Share:
    """How many of ``number`` were ``right``."""

    right: int
    number: int

    @property
    def value(self) -> float:
        return self.right / self.number if self.number else 0.0


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings of about the same ``confidence``, which is their mean."""

    confidence: float
    right: Share


@dataclass(frozen=True, slots=True)
class Threshold:
    """What would have come of ``accept`` at ``confidence``: so many readings ``accepted`` without a
    look, ``wrong`` ones among them."""

    confidence: float
    accepted: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Figures:
    """``confusion`` has how often what is a digit, or :data:`NO_DIGIT`, was guessed to be which;
    ``curve`` the share accepted and the share of errors among it, from no threshold on."""

    right: Share
    by_day: dict[tuple[str, str], Share]
    confusion: dict[tuple[str, str], int]
    calibration: list[Bin]
    thresholds: list[Threshold]
    curve: list[tuple[float, float]]
    accept: Threshold


def figures(verified: Sequence[Verified], accept: float) -> Figures:
    """``by_day`` is by day and model, the newest day first; the rest is of all models. ``accept``
    is the threshold in force."""
    days: dict[tuple[str, str], list[Verified]] = {}
    bins: dict[int, list[Verified]] = {}
    for one in verified:
        days.setdefault((one.day, one.model), []).append(one)
        bins.setdefault(min(BINS - 1, int(one.confidence * BINS)), []).append(one)
    return Figures(
        _right(verified),
        {key: _right(days[key]) for key in sorted(days, reverse=True)},
        dict(Counter((one.truth or NO_DIGIT, one.guess) for one in verified)),
        [_bin(bins[number]) for number in sorted(bins)],
        [_threshold(verified, confidence) for confidence in THRESHOLDS],
        _curve(verified),
        _threshold(verified, accept),
    )


def _right(verified: Sequence[Verified]) -> Share:
    return Share(sum(one.truth == one.guess for one in verified), len(verified))


def _bin(verified: Sequence[Verified]) -> Bin:
    return Bin(sum(one.confidence for one in verified) / len(verified), _right(verified))


def _threshold(verified: Sequence[Verified], confidence: float) -> Threshold:
    right = _right([one for one in verified if one.confidence >= confidence])
    return Threshold(confidence, right.number, right.number - right.right)


def _curve(verified: Sequence[Verified]) -> list[tuple[float, float]]:
    """Points at which the confidence changes: equal ones are accepted together."""
    ordered = sorted(verified, key=lambda one: -one.confidence)
    points, wrong = [], 0
    for number, one in enumerate(ordered, 1):
        wrong += one.truth != one.guess
        if number == len(ordered) or ordered[number].confidence != one.confidence:
            points.append((number / len(ordered), wrong / number))
    return points
