"""The list of labels that are wrong, ``mislabelled.csv`` → what is left out of the figures.

Its columns: ``path`` below the data folder; ``label`` as it stands there; ``shows``, which is what
the image says instead, or ``unknown`` where nobody could tell; and ``why`` that is so sure. A label
that the data no longer has was corrected there: then the image counts again.
"""

import csv
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from digitbox.errors import InputError
from digitbox.evaluation.evaluate import Labelled

FILE = Path(__file__).with_name("mislabelled.csv")

COLUMNS = ["path", "label", "shows", "why"]

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Mislabelled:
    """A line of the list."""

    path: str
    label: str
    shows: str
    why: str


def listed(file: Path = FILE) -> tuple[Mislabelled, ...]:
    """All lines of the list. Raises :class:`InputError` where it is not in order: other columns, an
    empty field, an image twice, or a label that is said to be wrong and to be what is shown."""
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, restval="")
        if reader.fieldnames != COLUMNS:
            raise InputError(f"{file}: the columns have to be {', '.join(COLUMNS)}.")
        found: dict[str, Mislabelled] = {}
        for number, row in enumerate(reader, start=2):
            if not all(row[name].strip() for name in COLUMNS):
                raise InputError(f"{file}, line {number}: a field is empty.")
            if row["shows"] == row["label"] or row["path"] in found:
                raise InputError(f"{file}, line {number}: nothing is wrong, or it is said twice.")
            found[row["path"]] = Mislabelled(*(row[name] for name in COLUMNS))
    return tuple(found.values())


def without(images: Iterable[Labelled], wrong: Collection[Mislabelled]) -> tuple[Labelled, ...]:
    """``images``, whose paths are below the data folder, without those whose label is ``wrong``."""
    left_out = {(one.path, one.label) for one in wrong}
    return tuple(image for image in images if (image.path, image.label) not in left_out)
