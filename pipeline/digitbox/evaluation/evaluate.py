"""A labelled folder → how well it is read. Works without the ``train`` extra."""

import csv
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from digitbox.config import Config
from digitbox.delimited import decoded, rows
from digitbox.engine.setup import Setup
from digitbox.errors import InputError
from digitbox.evaluation.alignment import aligned, distance
from digitbox.evaluation.metrics import Scored, Share, share_right
from digitbox.pool.pool import Pool
from digitbox.records import DIGITS, Reading, Reason, Source, Status, is_value
from digitbox.storage.lookup import look_up

NO_DIGIT = "none"
"""The label of what is no digit; in a CSV it may be empty, too."""

_MARKS = str.maketrans("", "", ".,-")
"""What ``digits_only`` leaves out. A space stays: one line is not two."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image, by its path below some folder, and what is known of it. ``label`` is a value as
    :func:`digitbox.records.is_value` has it, or :data:`NO_DIGIT`."""

    path: str
    label: str
    kind: str = "all"
    source: str = "all"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A labelled image and what was read from its first page. ``digits_only`` leaves points, commas
    and minus signs out of the comparison."""

    path: str
    label: str
    kind: str
    source: str
    reading: Reading
    digits_only: bool = False

    @property
    def right(self) -> bool:
        """Whether the whole value is right; of what is no digit: whether none was read."""
        if self.label == NO_DIGIT:
            return self.reading.value is None and self.reading.status is not Status.FAILED
        return self._agrees(self.reading.value)

    @property
    def among_alternatives(self) -> bool:
        """Whether what is right is the value or one of the alternatives for it."""
        return self.right or any(self._agrees(one.value) for one in self.reading.alternatives)

    @property
    def scored(self) -> Scored:
        reading = self.reading
        decides = reading.status is Status.ACCEPTED or reading.reason is Reason.LOW_CONFIDENCE
        return Scored(reading.confidence, self.right, decides)

    @property
    def length(self) -> int:
        """How many digits the label has."""
        return len(_digits(self.label))

    @property
    def digits(self) -> Share:
        """How many of the label's digits were read: their number less the edit distance, but not
        below 0."""
        wrong = distance(_digits(self.label), _digits(self.reading.value))
        return Share(max(0, self.length - wrong), self.length)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each digit of the label and what was read for it, see :func:`aligned`."""
        return aligned(_digits(self.label), _digits(self.reading.value))

    def _agrees(self, value: str | None) -> bool:
        if self.digits_only and value is not None:
            return value.translate(_MARKS) == self.label.translate(_MARKS)
        return value == self.label


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All outcomes, in the order of the labels, and the model that read them."""

    model: str
    outcomes: tuple[Outcome, ...]

    @property
    def single(self) -> bool:
        """Whether every image shows one digit."""
        return all(outcome.label in DIGITS for outcome in self.outcomes)

    def share(self) -> Share:
        return share(self.outcomes)

    def by(self, group: str) -> dict[str, Share]:
        """The share in each ``kind``, each ``source`` or each ``length``, by name."""
        return {name: share(found) for name, found in self._groups(group).items()}

    def digits(self) -> Share:
        """How many digits were read, see :attr:`Outcome.digits`."""
        return share_of_digits(self.outcomes)

    def digits_by(self, group: str) -> dict[str, Share]:
        """The same in each group, as :meth:`by` has them."""
        return {name: share_of_digits(found) for name, found in self._groups(group).items()}

    def accepted(self) -> Share:
        """Among the ``accepted`` ones: how many there are, and how many of them are right."""
        return share(
            outcome for outcome in self.outcomes if outcome.reading.status is Status.ACCEPTED
        )

    def confusion(self) -> list[list[int]]:
        """Ten rows, one a digit of the labels; in each how often every digit was read for it, and
        last no digit. An eleventh row, if there is anything in it, has what was read where there is
        no digit."""
        matrix = [[0] * 11 for _ in range(11)]
        for outcome in self.outcomes:
            for label, value in outcome.pairs or [("", "")]:
                matrix[int(label or 10)][int(value or 10)] += 1
        return matrix if any(matrix[10]) else matrix[:10]

    def worst(self, count: int) -> list[Outcome]:
        """The wrong ones, the most confident first."""
        wrong = [outcome for outcome in self.outcomes if not outcome.right]
        return sorted(wrong, key=lambda outcome: -(outcome.reading.confidence or 0))[:count]

    def _groups(self, group: str) -> dict[str, list[Outcome]]:
        found: dict[Any, list[Outcome]] = {}
        for outcome in self.outcomes:
            found.setdefault(getattr(outcome, group), []).append(outcome)
        return {str(name): found[name] for name in sorted(found)}


def evaluate(folder: Path, labels: Path, config: Config, digits_only: bool = False) -> Evaluation:
    """Read every image that ``labels`` names: a CSV with the columns ``path`` (below ``folder``),
    ``label`` (a value; empty or ``none`` for what is no digit) and optionally ``kind`` and
    ``source``. ``digits_only`` is explained at :class:`Outcome`.

    Raises :class:`InputError` where the CSV is not of that form or an image is not there.
    """
    setup = replace(Setup.of(config), forms=())  # a label is that of a page
    images = read_labels(labels, folder)
    with setup.pool() as pool:
        outcomes = read(pool, folder, images, digits_only)
    return Evaluation(setup.card.label, outcomes)


def read(
    pool: Pool, folder: Path, images: Iterable[Labelled], digits_only: bool = False
) -> tuple[Outcome, ...]:
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
        Outcome(
            image.path, image.label, image.kind, image.source, readings[image.path], digits_only
        )
        for image in taken
    )


def read_labels(
    labels: Path, folder: Path, allowed: Collection[str] | None = None, lines: str = " "
) -> tuple[Labelled, ...]:
    """The lines of the CSV ``labels``, as :func:`evaluate` takes it; its labels are ``allowed``
    ones where these are given. ``lines`` is what that file has between several lines of a page.
    Raises :class:`InputError` as that does."""
    images = []
    for number, row in _rows(labels):
        said = row["label"]
        label = said.replace(lines, " ") if said.lower() not in ("", NO_DIGIT) else NO_DIGIT
        if not (is_value(label) or label == NO_DIGIT if allowed is None else label in allowed):
            raise InputError(f"{labels}, line {number}: {said!r} is not {_named(allowed)}.")
        path = look_up(folder, row["path"]) if row["path"] else None
        if path is None:
            raise InputError(
                f"{labels}, line {number}: {row['path'] or 'an empty path'} is not in {folder}. "
                "Paths in the labels are relative to the folder that is given."
            )
        kind, source = row.get("kind") or "all", row.get("source") or "all"
        images.append(Labelled(path, label, kind, source))
    return tuple(images)


def share(outcomes: Iterable[Outcome]) -> Share:
    """How many of them were read right."""
    return share_right(outcome.scored for outcome in outcomes)


def share_of_digits(outcomes: Iterable[Outcome]) -> Share:
    """How many of their digits were read, see :attr:`Outcome.digits`."""
    shares = [outcome.digits for outcome in outcomes]
    return Share(sum(one.right for one in shares), sum(one.total for one in shares))


def _digits(text: str | None) -> str:
    """Those of a label or of a value, in their order."""
    return "".join(character for character in text or "" if character in DIGITS)


def _named(allowed: Collection[str] | None) -> str:
    if allowed is None:
        return f"a number or {NO_DIGIT}"
    return "a digit" if allowed is DIGITS else " or ".join(allowed)


def _rows(labels: Path) -> Sequence[tuple[int, dict[str, str]]]:
    """The rows below the header by its names, each with the number of its line."""
    try:
        (_, header), *found = rows(decoded(labels.read_bytes())) or [(1, [])]
    except UnicodeDecodeError as error:
        raise InputError(f"{labels}: not UTF-8: {error}. Save it as UTF-8.") from error
    except csv.Error as error:
        raise InputError(f"{labels}: is no CSV: {error}.") from None
    columns = [name.lower() for name in header]
    if not {"path", "label"} <= set(columns):
        raise InputError(f"{labels}: needs the columns path and label.")
    for number, cells in found:
        if any(cells[len(columns) :]):
            raise InputError(
                f"{labels}, line {number}: more fields than columns. A label or a path with the "
                "character in it that separates fields has to be in quotes."
            )
    if not found:
        raise InputError(f"{labels}: no line below the header.")
    return [
        (number, dict(itertools.zip_longest(columns, cells[: len(columns)], fillvalue="")))
        for number, cells in found
    ]
