"""A labelled folder → how well it is read. Works without the ``train`` extra."""

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from digitbox.config import Config
from digitbox.engine.setup import Setup
from digitbox.errors import InputError
from digitbox.evaluation.metrics import Scored, Share, share_right
from digitbox.pool.pool import Pool
from digitbox.records import DIGITS, Reading, Reason, Source, Status


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image, by its path below some folder, and what is known of it."""

    path: str
    label: str
    kind: str = "all"
    source: str = "all"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A labelled image and what was read from its first page."""

    path: str
    label: str
    kind: str
    source: str
    reading: Reading

    @property
    def right(self) -> bool:
        return self.reading.value == self.label

    @property
    def scored(self) -> Scored:
        reading = self.reading
        decides = reading.status is Status.ACCEPTED or reading.reason is Reason.LOW_CONFIDENCE
        return Scored(reading.confidence, self.right, decides)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All outcomes, in the order of the labels, and the model that read them."""

    model: str
    outcomes: tuple[Outcome, ...]

    def share(self) -> Share:
        return share(self.outcomes)

    def by(self, group: str) -> dict[str, Share]:
        """The share in each ``kind`` or each ``source``, by name."""
        names = sorted({getattr(outcome, group) for outcome in self.outcomes})
        return {
            name: share(outcome for outcome in self.outcomes if getattr(outcome, group) == name)
            for name in names
        }

    def accepted(self) -> Share:
        """Among the ``accepted`` ones: how many there are, and how many of them are right."""
        return share(
            outcome for outcome in self.outcomes if outcome.reading.status is Status.ACCEPTED
        )

    def confusion(self) -> list[list[int]]:
        """Ten rows, one a label; in each how often every digit was read, and last no digit."""
        matrix = [[0] * 11 for _ in range(10)]
        for outcome in self.outcomes:
            value = outcome.reading.value
            matrix[int(outcome.label)][10 if value is None else int(value)] += 1
        return matrix

    def worst(self, count: int) -> list[Outcome]:
        """The wrong ones, the most confident first."""
        wrong = [outcome for outcome in self.outcomes if not outcome.right]
        return sorted(wrong, key=lambda outcome: -(outcome.reading.confidence or 0))[:count]


def evaluate(folder: Path, labels: Path, config: Config) -> Evaluation:
    """Read every image that ``labels`` names: a CSV with the columns ``path`` (below ``folder``),
    ``label`` (a digit) and optionally ``kind`` and ``source``.

    Raises :class:`InputError` where the CSV is not of that form or an image is not there.
    """
    setup = Setup.of(config)
    images = read_labels(labels, folder)
    with setup.pool() as pool:
        outcomes = read(pool, folder, images)
    return Evaluation(setup.card.label, outcomes)


def read(pool: Pool, folder: Path, images: Iterable[Labelled]) -> tuple[Outcome, ...]:
    """Read ``images``, whose paths are below ``folder``. Takes from them only as fast as it reads,
    so that they may show progress; the outcomes are in their order."""
    root = str(folder)
    taken: list[Labelled] = []

    def sources() -> Iterator[Source]:
        for image in images:
            taken.append(image)
            yield Source(root, image.path)

    readings = {file.source.name: file.readings[0] for file in pool.read(sources())}
    return tuple(
        Outcome(image.path, image.label, image.kind, image.source, readings[image.path])
        for image in taken
    )


def read_labels(
    labels: Path, folder: Path, allowed: Collection[str] = DIGITS
) -> tuple[Labelled, ...]:
    """The lines of the CSV ``labels``, as :func:`evaluate` takes it; its labels are ``allowed``
    ones. Raises :class:`InputError` as that does."""
    rows = _rows(labels)
    for number, row in enumerate(rows, start=2):
        if row["label"] not in allowed:
            expected = "a digit" if allowed is DIGITS else " or ".join(allowed)
            raise InputError(f"{labels}, line {number}: {row['label']!r} is not {expected}.")
        if not (folder / row["path"]).is_file():
            raise InputError(
                f"{labels}, line {number}: {row['path']} is not in {folder}. "
                "Paths in the labels are relative to the folder that is given."
            )
    return tuple(
        Labelled(row["path"], row["label"], row.get("kind") or "all", row.get("source") or "all")
        for row in rows
    )


def share(outcomes: Iterable[Outcome]) -> Share:
    """How many of them were read right."""
    return share_right(outcome.scored for outcome in outcomes)


def _rows(labels: Path) -> Sequence[dict[str, str]]:
    try:
        with labels.open(encoding="utf-8-sig", newline="") as file:  # with the BOM that Excel puts
            reader = csv.DictReader(file, restval="")
            if not {"path", "label"} <= set(reader.fieldnames or ()):
                raise InputError(f"{labels}: needs the columns path and label.")
            rows = list(reader)
    except UnicodeDecodeError as error:
        raise InputError(f"{labels}: not UTF-8: {error}. Save it as UTF-8.") from error
    if not rows:
        raise InputError(f"{labels}: no line below the header.")
    return rows
