"""What was read of numbers of several digits → the figures about them that are published."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from digitbox.evaluation import metrics
from digitbox.evaluation.evaluate import Outcome, share, share_of_digits
from digitbox.evaluation.metrics import Reliability, RiskCoverage, RiskPoint, Share
from digitbox.records import DIGITS, Status
from digitbox_train.accuracy.testsets import FIELDS, NUMBERS, PAIRS, SEVERAL_LINES

SOURCES = ("logbook", "cheque", "ten", "register", FIELDS)
"""The sources of numbers, in the order in which they are shown."""

ALL = "all"

UNSEPARATED = frozenset(("cheque",))
"""The sources of which the labels have no separators though there are some on the images."""

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class NumberShares:
    """What was read of some numbers. ``right`` are whole numbers, ``as_written`` those that have
    their separators right, too (but in :data:`UNSEPARATED`), ``digits`` single ones less
    the edit distance, ``alternatives`` numbers that are among the alternatives. ``accepted`` are
    those that its reader accepted, ``wrong`` and ``wrong_as_written`` what of these is wrong, and
    ``as_digit`` numbers of two digits and more that were accepted as one digit."""

    right: Share
    as_written: Share
    digits: Share
    alternatives: Share
    accepted: Share
    wrong: Share
    wrong_as_written: Share
    as_digit: Share


@dataclass(frozen=True, slots=True)
class NumberFigures:
    """Shares by source, :data:`ALL` among them, and by length, and those of the drawn ``pairs``.
    ``several_lines`` is what became of pages that have them: how often each status was given, or
    each reason for ``review``. ``calibration`` is by source, ``thresholds`` what others would give
    on all. ``left_out`` is how many images are left out because their labels are wrong."""

    sources: Mapping[str, NumberShares]
    lengths: Mapping[int, NumberShares]
    pairs: NumberShares
    several_lines: Mapping[str, int]
    calibration: Mapping[str, Reliability]
    thresholds: tuple[RiskPoint, ...]
    left_out: int


def summarize_numbers(
    outcomes: Mapping[str, Sequence[Outcome]], accept: float, left_out: int
) -> NumberFigures | None:
    """The figures of what was read of each set, by name; None where there are no numbers.
    ``left_out`` is explained at :class:`NumberFigures`."""
    if NUMBERS not in outcomes:
        return None
    found = outcomes[NUMBERS]
    sources = by_source(found)
    lengths = sorted({one.length for one in found})
    return NumberFigures(
        sources={name: shares(group) for name, group in sources.items()},
        lengths={
            length: shares(one for one in found if one.length == length) for length in lengths
        },
        pairs=shares(outcomes[PAIRS]),
        several_lines=_verdicts(outcomes[SEVERAL_LINES]),
        calibration={
            name: metrics.reliability(one.scored for one in group)
            for name, group in sources.items()
        },
        thresholds=risk_curves(found)[ALL].table(sorted({*THRESHOLDS, accept})),
        left_out=left_out,
    )


def by_source(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """The numbers of each source, in the order of :data:`SOURCES`, and last all of them."""
    found = list(outcomes)
    groups = {name: [one for one in found if one.source == name] for name in SOURCES}
    return {**{name: group for name, group in groups.items() if group}, ALL: found}


def risk_curves(outcomes: Iterable[Outcome]) -> dict[str, RiskCoverage]:
    """What every threshold gives on numbers, by source and on all."""
    return {
        name: metrics.risk_coverage(one.scored for one in group)
        for name, group in by_source(outcomes).items()
    }


def shares(outcomes: Iterable[Outcome]) -> NumberShares:
    """The shares of the given ones."""
    found = list(outcomes)
    numbers = [one for one in found if one.length > 1]
    accepted = [one for one in found if one.reading.status is Status.ACCEPTED]
    return NumberShares(
        right=share(found),
        as_written=_count(map(_as_written, found), found),
        digits=share_of_digits(found),
        alternatives=_count((one.among_alternatives for one in found), found),
        accepted=Share(len(accepted), len(found)),
        wrong=_count((not one.right for one in accepted), accepted),
        wrong_as_written=_count((not _as_written(one) for one in accepted), accepted),
        as_digit=_count(map(_accepted_as_digit, numbers), numbers),
    )


def _accepted_as_digit(outcome: Outcome) -> bool:
    reading = outcome.reading
    return reading.status is Status.ACCEPTED and reading.value in DIGITS


def _as_written(outcome: Outcome) -> bool:
    if outcome.source in UNSEPARATED:
        return outcome.right
    return outcome.reading.value == outcome.label


def _count(are: Iterable[bool], outcomes: Sequence[Outcome]) -> Share:
    return Share(sum(are), len(outcomes))


def _verdicts(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How often each status was given, and for ``review`` each reason."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        status, reason = outcome.reading.status, outcome.reading.reason
        counts[reason if status is Status.REVIEW and reason else status] += 1
    return {str(name): counts[name] for name in sorted(counts)}
