"""What stands in a model folder's ``card.json``, checked against the ``model.onnx`` beside it."""

import hashlib
from pathlib import Path
from typing import TypeVar

import msgspec

from digitbox.errors import ModelError
from digitbox.records import DIGITS

PREPROCESSING = 4
"""Version of what :mod:`digitbox.recognition` makes of a page before a model sees it. A model that
was trained for another one is refused."""

INK = ("ink",)
"""What the finder of ink tells from all else."""

OTHER = "x"
"""A letter, a sign or a scrawl that is part of no number."""

CHARACTERS = (*DIGITS, ".", ",", "-", OTHER)
"""What the network of numbers tells apart."""


T = TypeVar("T", bound=msgspec.Struct)


class Threshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that belongs to one network, and how it was chosen."""

    value: float
    chosen: str


class InkThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """Likelihoods, 0 to 1, that belong to a finder. A piece of ink has a pixel above ``seed``, and
    goes on from there down to ``edge``; to ``fine_edge`` where a view shows the page reduced."""

    seed: float = 0.5
    edge: float = 0.3
    fine_edge: float = 0.08


class DigitThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a network that reads. The logits of a candidate's outline count ``outline``,
    those of its tone the rest. From the probability ``none`` on that it is no digit, it is none;
    below, a person sees it with its best guess. From the confidence ``accept`` on it is accepted,
    unless the configuration says otherwise."""

    outline: float = 0.4
    none: float = 0.8
    accept: float = 0.95


class NumberThresholds(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to the network of numbers. A line that is not read with the probability
    ``doubt`` is looked at in other ways, too. The log odds of a reading, times ``slope``, plus
    ``offset``, are those of its being right. Where there is one candidate, a line has several
    digits from the probability ``several`` on; below, the candidate is a digit of which both
    networks say which: the log odds of the other one, plus those of this one times ``weight``, plus
    ``agreed``, are those of its being right."""

    doubt: float = 0.98
    slope: float = 1.0
    offset: float = 0.0
    several: float = 0.8
    weight: float = 0.5
    agreed: float = -1.0


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``card.json`` says about the ``model.onnx`` beside it."""

    name: str
    classes: tuple[str, ...]
    input: str = "uint8 [N, 28, 28], ink 255 on background 0"
    output: str = "float32 [N, 10], probabilities"
    preprocessing: int
    model_sha256: str
    data: dict[str, str]
    """The training data's files and their SHA-256."""
    recipe: dict[str, int | float | str]
    """How it was trained: the command, the seed and the settings that count."""
    versions: dict[str, str]
    figures: dict[str, float]
    """What was measured, each between 0 and 1 unless its name says otherwise."""
    thresholds: dict[str, Threshold] = {}
    """Those of :class:`InkThresholds`, :class:`DigitThresholds` or :class:`NumberThresholds` that
    are not the defaults, which hold for models that were made before a card had any."""

    @property
    def label(self) -> str:
        """The name and the beginning of the hash: tells two trainings of one network apart."""
        return f"{self.name}-{self.model_sha256[:8]}"

    def digit_thresholds(self) -> DigitThresholds:
        """Those of a network that reads."""
        return self._thresholds(DigitThresholds)

    def ink_thresholds(self) -> InkThresholds:
        """Those of a finder."""
        return self._thresholds(InkThresholds)

    def number_thresholds(self) -> NumberThresholds:
        """Those of the network of numbers."""
        return self._thresholds(NumberThresholds)

    def _thresholds(self, kind: type[T]) -> T:
        return msgspec.convert({name: one.value for name, one in self.thresholds.items()}, kind)


def read_card(folder: Path, classes: tuple[str, ...] = DIGITS) -> Card:
    """Read the card of the model in ``folder`` and check that the pair fits each other, this
    program, and ``classes``, which it is to tell apart. Raises :class:`ModelError` otherwise. Does
    not load the model."""
    try:
        card = msgspec.json.decode((folder / "card.json").read_bytes(), type=Card)
        digest = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    except OSError as error:
        if not folder.exists():
            raise ModelError(
                f"{folder}: no such model. Give cnn, mlp, a name that `digitbox models` lists, or "
                "a model's folder."
            ) from error
        raise ModelError(
            f"{folder} is no model folder: {error.strerror}: {error.filename}"
        ) from error
    except msgspec.DecodeError as error:
        raise ModelError(f"{folder / 'card.json'}: {error}") from error
    if digest != card.model_sha256:
        raise ModelError(
            f"{folder}: model.onnx is not the file that card.json describes (its SHA-256 is "
            f"{digest}). Export the model again."
        )
    if card.classes != classes:
        raise ModelError(
            f"{folder}: tells apart {' '.join(card.classes)}, where a model is needed that tells "
            f"apart {' '.join(classes)}. `digitbox models` lists those that read."
        )
    if card.preprocessing != PREPROCESSING:
        raise ModelError(
            f"{folder}: made for preprocessing {card.preprocessing}; this version of digitbox has "
            f"preprocessing {PREPROCESSING}. Train the model again."
        )
    return card
