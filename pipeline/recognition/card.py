"""What stands in a model folder's ``card.json``, checked against the ``model.onnx`` beside it."""

import hashlib
from pathlib import Path

import msgspec

from pipeline.errors import ModelError

PREPROCESSING = 4
"""Version of what :mod:`pipeline.recognition` makes of a page before a model sees it. A model that
was trained for another one is refused."""

CLASSES = tuple("0123456789")
"""What a network that reads tells apart."""

INK = ("ink",)
"""What the finder of ink tells from all else."""


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What ``card.json`` says about the ``model.onnx`` beside it."""

    name: str
    classes: tuple[str, ...]
    input: str = "uint8 [N, 28, 28], ink 255 on ground 0"
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

    @property
    def label(self) -> str:
        """The name and the beginning of the hash: tells two trainings of one network apart."""
        return f"{self.name}-{self.model_sha256[:8]}"


def read_card(folder: Path, classes: tuple[str, ...] = CLASSES) -> Card:
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
    if card.preprocessing != PREPROCESSING or card.classes != classes:
        raise ModelError(
            f"{folder}: made for preprocessing {card.preprocessing} and classes "
            f"{' '.join(card.classes)}; this version of digitbox has preprocessing "
            f"{PREPROCESSING} and classes {' '.join(classes)}. Train the model again."
        )
    return card
