"""What people decided → a candidate that has learned it, promoted where it reads better."""

import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import keras
import msgspec
import numpy as np

from digitbox.config import FINDER, Config
from digitbox.engine.setup import Setup
from digitbox.errors import TrainingError
from digitbox.evaluation.metrics import Share
from digitbox.models.registry import LEARNED_FROM, NETWORKS, folder, keep, promote, used
from digitbox.recognition.card import INK, Card, read_card
from digitbox.recognition.classification import classify
from digitbox.recognition.model import Model
from digitbox.storage.files import make_folder
from digitbox_train import data, reviewed, stage
from digitbox_train.data import Mnist
from digitbox_train.drawing.writers import NOT_DIGIT
from digitbox_train.export import calibrated, export, write_card
from digitbox_train.reviewed import Examples
from digitbox_train.tuning import EPOCHS, tune
from digitbox_train.weights import restored

PIECES = 10
"""So many pieces of drawn frames (see :mod:`digitbox_train.stage`) are learned beside."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many were read right: of MNIST's test set, and of the reviewed images held out."""

    mnist: Share
    reviewed: Share

    def is_no_worse(self, before: "Figures") -> bool:
        return (
            self.mnist.right >= before.mnist.right and self.reviewed.right >= before.reviewed.right
        )


def learn(config: Config, mnist_folder: Path | None, seed: int) -> str:
    """Have the model that ``config`` reads with learn from what people decided, keep what comes of
    it in the state folder, and promote that where it is no worse on MNIST's test set and on the
    reviewed images that are held out, and better on one of them. Returns what there is to say.

    Raises :class:`TrainingError` where there is too little to learn from, or where training or
    export cannot be done.
    """
    setup = Setup.of(config)
    begun_with, former = setup.model, setup.card
    examples = reviewed.load(config)  # first: it fetches nothing, and may be too little
    network = restored(begun_with)
    mnist = data.load(mnist_folder)
    check_restored(network, Model(begun_with), mnist)
    finder = read_card(FINDER, INK)
    drawn = stage.drawn_frames(mnist, finder, held_back=False, pieces=PIECES)
    held_back = stage.drawn_frames(mnist, finder, held_back=True)
    tune(network, mnist, drawn, examples.learned, seed)
    calibration = stage.calibration_of(network, held_back)
    recipe: dict[str, int | float | str] = {
        "command": f"digitbox train --reviewed --seed {seed}",
        LEARNED_FROM: former.label,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "parameters": network.count_params(),
        "finder": finder.label,
        "epochs": EPOCHS,
        "reviewed_images": len(examples.learned),
        "held_out_images": len(examples.held_out),
        "seed": seed,
        "temperature": round(calibration.temperature, 4),
        "offset": round(calibration.offset, 4),
    }
    make_folder(folder(config))
    with tempfile.TemporaryDirectory(dir=folder(config), prefix=".candidate-") as scratch:
        draft = Path(scratch) / "model"
        card = export(former.name, calibrated(network, calibration), draft, mnist, recipe)
        before, after = (
            measure(Model(one), mnist, examples.held_out) for one in (begun_with, draft)
        )
        figures = card.figures | {
            "reviewed_accuracy": after.reviewed.value,
            "reviewed_accuracy_before": before.reviewed.value,
        }
        card = msgspec.structs.replace(card, figures=figures)
        write_card(draft, card)
        kept = keep(config, draft, card.label)
    lines = [
        f"{len(examples.learned)} reviewed images were learned from, "
        f"{len(examples.held_out)} are held out"
        + (f", {examples.lost} are not to be had any more." if examples.lost else "."),
        "",
        table(former, before, card, after),
        "",
        _settled(config, begun_with, card, kept, is_better(before, after)),
    ]
    return "\n".join(lines)


def check_restored(network: keras.Model, model: Model, mnist: Mnist) -> None:
    """Raise :class:`TrainingError` unless the network reads as the ``model`` that it is of."""
    some = mnist.x_test[:500]
    logits = network.predict(some.astype(np.float32) / np.float32(255), verbose=0)
    if not np.array_equal(logits.argmax(1), model.probabilities(list(some)).digits.argmax(1)):
        raise TrainingError(
            f"{model.card.label} cannot go on learning: its graph was not made by this program."
        )


def measure(model: Model, mnist: Mnist, held_out: Examples) -> Figures:
    """How ``model`` reads MNIST's test digits, as they are, and ``held_out`` candidates, as the
    service does: what is hardly a digit has to be one of those that are none."""
    values = model.probabilities(list(mnist.x_test)).digits.argmax(axis=1)
    said = [
        NOT_DIGIT if one.is_none else one.value
        for one in classify(model, list(held_out.candidates))
    ]
    right = sum(one == label for one, label in zip(said, held_out.labels, strict=True))
    return Figures(Share(int(np.sum(values == mnist.y_test)), len(values)), Share(right, len(said)))


def is_better(before: Figures, after: Figures) -> bool:
    """Whether ``after`` is no worse in both, and better in one."""
    return after.is_no_worse(before) and after != before


def table(former: Card, before: Figures, card: Card, after: Figures) -> str:
    """Both models side by side, for people."""
    rows = [("read right", former.label, card.label)]
    for name, one, other in (
        ("MNIST's test set", before.mnist, after.mnist),
        ("reviewed, held out", before.reviewed, after.reviewed),
    ):
        rows.append((f"{name} ({one.total:,})", _share(one), _share(other)))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        f"{name:{widths[0]}}  {one:>{widths[1]}}  {other:>{widths[2]}}" for name, one, other in rows
    )


def _share(share: Share) -> str:
    return f"{share.right:,} ({share.value:.2%})"


def _settled(config: Config, begun_with: Path, card: Card, kept: Path, better: bool) -> str:
    """Promote the candidate where that is due, and say what was decided."""
    if not better:
        return (
            f"Kept beside as {card.label}, and not used: it is not better. "
            f"(`digitbox models use {card.label}` would use it.)"
        )
    if config.model not in NETWORKS:
        return (
            f"Better, and kept as {card.label}. The configuration names {config.model}, which "
            f"stays in use: set `model: {kept}` there to use it."
        )
    if used(config).absolute() != begun_with:
        return (
            f"Kept beside as {card.label}, and not used: another model was promoted meanwhile. "
            f"(`digitbox models use {card.label}` would use it.)"
        )
    promote(config, card.label)
    return f"Promoted: {card.label} is used from now on. `digitbox models back` goes back."
