"""What models made of all sets → the figures that are published."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from digitbox.evaluation import metrics
from digitbox.evaluation.evaluate import Evaluation, Labelled, Outcome
from digitbox.evaluation.metrics import Reliability, RiskCoverage, RiskPoint, Share
from digitbox.records import Status
from digitbox_train.accuracy.heldout import extent, held_out
from digitbox_train.accuracy.numbers import NumberFigures, summarize_numbers
from digitbox_train.accuracy.testsets import MNIST_C, NOT_DIGITS, OF_NUMBERS, REAL

ALL, HELD_OUT, SEEN = "all", "held out", "seen"
"""The parts of ``digits.csv``: seen is what served to tune."""

POOLS = {"scans, drawings, crops": ("scan", "drawing", "crop"), "photos": ("photo",)}
"""The kinds that are looked at together, because they are about equally hard."""

ONE_DIGIT = ", digits: 1"
"""Follows the name of a model that was told that every image shows one digit."""

THRESHOLDS = (0.5, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What a model, by its label, made of every set, by name; ``arrays`` is its share on MNIST's
    test set without any pipeline before it, and ``seeds`` the same for trainings with other
    seeds."""

    label: str
    outcomes: Mapping[str, Sequence[Outcome]]
    arrays: Share
    seeds: Mapping[int, Share]


@dataclass(frozen=True, slots=True)
class Origin:
    """A source of ``digits.csv``, its kinds, and how much of it is held out: all, half or none."""

    name: str
    kinds: tuple[str, ...]
    held_out: str


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """What a model reads right: ``kinds`` by part of ``digits.csv`` and then by kind, ``all`` among
    them; ``accepted`` what it accepted of each part, and what of that is wrong; ``sets`` by name;
    ``corruptions`` of MNIST-C by name, and ``corrupted`` all of them
    together, which is their mean. ``label``, ``arrays`` and ``seeds`` are a
    :class:`Measurement`'s."""

    label: str
    kinds: Mapping[str, Mapping[str, Share]]
    accepted: Mapping[str, RiskPoint]
    sources: Mapping[str, Share]
    arrays: Share
    seeds: Mapping[int, Share]
    sets: Mapping[str, Share]
    corruptions: Mapping[str, Share]
    corrupted: Share


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is published. ``models`` is by name; the one called ``one_digit`` is the default one
    again, where the setting ``digits`` says that there is one digit (None: it was not measured).
    The rest is about the ``default`` one:
    ``accepted`` is what ``accept`` gives, by part and by pool or kind; ``thresholds`` what others
    give, by part and pool; ``not_digits`` how often each status was given, by kind; ``numbers`` is
    None where there were none. ``missing`` are sentences about what was not measured."""

    default: str
    accept: float
    one_digit: str | None
    models: Mapping[str, ModelFigures]
    origins: tuple[Origin, ...]
    accepted: Mapping[str, Mapping[str, RiskPoint]]
    thresholds: Mapping[str, Mapping[str, tuple[RiskPoint, ...]]]
    calibration: Mapping[str, Reliability]
    not_digits: Mapping[str, Mapping[str, int]]
    numbers: NumberFigures | None
    missing: tuple[str, ...]


def summarize(
    measurements: Mapping[str, Measurement],
    lines: Sequence[Labelled],
    accept: float,
    missing: Sequence[str] = (),
    left_out: int = 0,
) -> Figures:
    """The figures of ``measurements``, by model, the default one first. ``lines`` are those of
    ``digits.csv``, all of them, whatever was read; ``accept`` is the default, and ``left_out`` how
    many numbers are left out because their labels are wrong."""
    held = held_out(lines)
    default = next(iter(measurements))
    outcomes = measurements[default].outcomes
    curves = risk_curves(outcomes[REAL], held)
    hidden = parts(outcomes[REAL], held)[HELD_OUT]
    return Figures(
        default=default,
        accept=accept,
        one_digit=default + ONE_DIGIT if default + ONE_DIGIT in measurements else None,
        models={name: _of_model(one, held, accept) for name, one in measurements.items()},
        origins=_origins(lines, held),
        accepted={
            part: {name: curve.at(accept) for name, curve in of_part.items()}
            for part, of_part in curves.items()
        },
        thresholds={
            part: {pool: of_part[pool].table(sorted({*THRESHOLDS, accept})) for pool in POOLS}
            for part, of_part in curves.items()
        },
        calibration={
            f"{HELD_OUT} and {MNIST_C}": _reliability((*hidden, *outcomes[MNIST_C])),
            HELD_OUT: _reliability(hidden),
            MNIST_C: _reliability(outcomes[MNIST_C]),
        },
        not_digits=_statuses(outcomes[NOT_DIGITS]),
        numbers=summarize_numbers(outcomes, accept, left_out),
        missing=tuple(missing),
    )


def parts(outcomes: Iterable[Outcome], held: Collection[str]) -> dict[str, list[Outcome]]:
    """``digits.csv`` as a whole, what of it is held out, and what was seen."""
    whole = list(outcomes)
    return {
        ALL: whole,
        HELD_OUT: [outcome for outcome in whole if outcome.path in held],
        SEEN: [outcome for outcome in whole if outcome.path not in held],
    }


def risk_curves(
    outcomes: Iterable[Outcome], held: Collection[str]
) -> dict[str, dict[str, RiskCoverage]]:
    """What every threshold gives on ``digits.csv``: held out and as a whole, then by pool and by
    kind."""
    found = parts(outcomes, held)
    kinds = sorted({outcome.kind for outcome in found[ALL]})
    groups = {**POOLS, **{kind: (kind,) for kind in kinds}}
    return {
        part: {
            name: metrics.risk_coverage(one.scored for one in found[part] if one.kind in group)
            for name, group in groups.items()
        }
        for part in (HELD_OUT, ALL)
    }


def _reliability(outcomes: Iterable[Outcome]) -> Reliability:
    return metrics.reliability(outcome.scored for outcome in outcomes)


def _of_model(measurement: Measurement, held: Collection[str], accept: float) -> ModelFigures:
    sets = {name: Evaluation("", tuple(found)) for name, found in measurement.outcomes.items()}
    digits = parts(measurement.outcomes[REAL], held)
    return ModelFigures(
        label=measurement.label,
        kinds={part: _by_kind(found) for part, found in digits.items()},
        accepted={part: _accepted(found, accept) for part, found in digits.items()},
        sources=sets[REAL].by("source"),
        arrays=measurement.arrays,
        seeds=measurement.seeds,
        sets={
            name: found.share()
            for name, found in sets.items()
            if name not in (REAL, NOT_DIGITS, MNIST_C, *OF_NUMBERS)
        },
        corruptions=sets[MNIST_C].by("kind"),
        corrupted=sets[MNIST_C].share(),
    )


def _by_kind(outcomes: Iterable[Outcome]) -> dict[str, Share]:
    evaluation = Evaluation("", tuple(outcomes))
    return {**evaluation.by("kind"), ALL: evaluation.share()}


def _accepted(outcomes: Iterable[Outcome], accept: float) -> RiskPoint:
    """What the reader accepted, whatever decided."""
    evaluation = Evaluation("", tuple(outcomes))
    right = evaluation.accepted()
    return RiskPoint(
        accept,
        Share(right.total, len(evaluation.outcomes)),
        Share(right.total - right.right, right.total),
    )


def _origins(lines: Sequence[Labelled], held: Collection[str]) -> tuple[Origin, ...]:
    groups: dict[str, list[Labelled]] = {}
    for line in lines:
        groups.setdefault(line.source, []).append(line)
    return tuple(
        Origin(name, tuple(sorted({image.kind for image in group})), extent(group, held))
        for name, group in groups.items()
    )


def _statuses(outcomes: Iterable[Outcome]) -> dict[str, dict[str, int]]:
    """How often each status was given, by kind, and last for ``all``."""
    counts: dict[str, Counter[str]] = {}
    together: Counter[str] = Counter()
    for outcome in outcomes:
        counts.setdefault(outcome.kind, Counter())[outcome.reading.status] += 1
        together[outcome.reading.status] += 1
    return {
        kind: {status.value: count[status] for status in Status}
        for kind, count in [*sorted(counts.items()), ("all", together)]
    }
