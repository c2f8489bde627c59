"""The training stage: data → network → fit → model folder."""

import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np
from platformdirs import user_cache_path

from digitbox import recognition
from digitbox.config import FINDER
from digitbox.pool.pool import cores
from digitbox.recognition.card import INK, Card, DigitThresholds, read_card
from digitbox_train import data, destinations, finding, reading, transcribing
from digitbox_train.calibrate import Calibration, calibrate, loss
from digitbox_train.data import Mnist
from digitbox_train.dataset import Arrays, FrameDataset, ViewDataset, kept
from digitbox_train.drawing import fonts
from digitbox_train.drawing.writers import NOT_DIGIT as OTHER
from digitbox_train.drawing.writers import Writers
from digitbox_train.export import calibrated, export, export_finder, export_numbers, plain
from digitbox_train.fit import BATCH, EPOCHS, fit
from digitbox_train.transcribing import StripDataset

log = logging.getLogger(__name__)

HERE, RECOGNITION = Path(__file__).parent, Path(recognition.__file__).parent

PIECE, PIECES, HELD_BACK_PIECES = 1_000, 150, 10
"""Frames are drawn so many scans at a time; so many pieces to train on, and, by writers that
were not trained on, to calibrate with."""

STRIPS, COMPARED = 2_000, 200
"""Strips by writers that the network of numbers was not trained on, of which is counted how many it
reads right; and how many of them its export is checked on."""

SHARED = ("card.py", "strip.py", "stroke.py")
"""What drawing strips takes from serving; nothing is read for it."""

REAL = 0.82
"""How much lower the temperature is than drawn pages make it, which are harder than real ones on
which the network is as sure: with it, ``cnn`` is about as sure as it is right on the real digits
that are not held out (docs/accuracy.md)."""

OTHERS = 0.04
"""The share of what people give to digitbox that is no digit: a guess. Of what is drawn it is a
quarter, and the offset is changed by the ratio of the two odds (Saerens, Latinne, Decaestecker:
Adjusting the Outputs of a Classifier to New a Priori Probabilities, 2002)."""


def run(
    network: str,
    scans: bool,
    output: Path,
    folder: Path | None,
    seed: int,
    save_keras: Path | None,
) -> Card:
    """Train ``network`` (``mlp``, ``cnn``, ``finder`` or ``numbers``) on the MNIST in ``folder``
    (see :func:`digitbox_train.data.load`), write the model folder ``output`` and return its card.
    ``mlp`` follows the plain recipe unless ``scans`` are asked for. ``save_keras`` also keeps the
    Keras model there, in the format that its suffix names.

    Raises :class:`TrainingError` where the data is not to be had or not MNIST, where the suffix is
    unknown, where nothing can be written, or where the exported model does not agree with Keras.
    """
    destinations.check(output, save_keras)
    mnist = data.load(folder)
    if network == "finder":
        model, card = _finder(mnist, output, seed)
    elif network == "numbers":
        model, card = _numbers(mnist, output, seed)
    elif network == "mlp" and not scans:
        model, card = _plain(mnist, output, seed)
    else:
        model, card = _reader(network, mnist, output, seed)
    if save_keras is not None:
        model.save(save_keras)
    return card


def _plain(mnist: Mnist, output: Path, seed: int) -> tuple[keras.Model, Card]:
    model = fit(mnist, seed)
    recipe = {
        "command": f"digitbox train mlp --seed {seed}",
        "parameters": model.count_params(),
        "epochs": EPOCHS,
        "batch": BATCH,
        "seed": seed,
    }
    return model, export(model.name, plain(model), output, mnist, recipe)


def _finder(mnist: Mnist, output: Path, seed: int) -> tuple[keras.Model, Card]:
    writers = Writers.of(mnist, fonts.load(), held_back=False)
    schedule = (finding.EPOCHS, finding.STEPS, finding.BATCH)
    backup = _backup(f"finder-{seed}-{_code()}", schedule)
    model = finding.fit(writers, seed, max(1, cores() // 2), backup)
    pages, inks = ViewDataset(Writers.of(mnist, fonts.load(), held_back=True), 200, seed + 1)(0)
    found = finding.overlap(reading.scaled(inks), model.predict(reading.scaled(pages), verbose=0))
    recipe = {
        "command": f"digitbox train finder --seed {seed}",
        "parameters": model.count_params(),
        "epochs": finding.EPOCHS,
        "steps": finding.STEPS,
        "batch": finding.BATCH,
        "seed": seed,
    }
    figures = {"drawn_ink_overlap": float(np.mean(found))}
    return model, export_finder(model, output, pages, recipe, figures)


def _numbers(mnist: Mnist, output: Path, seed: int) -> tuple[keras.Model, Card]:
    writers = Writers.of(mnist, fonts.load(), held_back=False)
    schedule = (transcribing.EPOCHS, transcribing.STEPS, transcribing.PIXELS)
    backup = _backup(f"numbers-{seed}-{_strip_code()}", schedule)
    model = transcribing.fit(writers, seed, max(1, cores() // 2), backup)
    return model, export_of_numbers(model, mnist, output, seed)


def export_of_numbers(model: keras.Model, mnist: Mnist, output: Path, seed: int) -> Card:
    """Write ``model``, which :func:`digitbox_train.transcribing.fit` made with that ``seed``, to
    the folder ``output``, and return its card: with what it reads of strips that are drawn, by
    writers that it was not trained on."""
    held_back = Writers.of(mnist, fonts.load(), held_back=True)
    strips = StripDataset(held_back, STRIPS, seed + 1)(0)
    right = transcribing.digits_right(model, strips)
    recipe = {
        "command": f"digitbox train numbers --seed {seed}",
        "parameters": model.count_params(),
        "epochs": transcribing.EPOCHS,
        "steps": transcribing.STEPS,
        "seed": seed,
    }
    figures = {"drawn_digits_right": float(np.mean(right))}
    compared = [strip.pixels for strip in strips[:COMPARED]]
    return export_numbers(model, output, compared, recipe, figures)


def _reader(network: str, mnist: Mnist, output: Path, seed: int) -> tuple[keras.Model, Card]:
    finder = read_card(FINDER, INK)
    recipe = reading.RECIPES[network]
    drawn = drawn_frames(mnist, finder, held_back=False)
    schedule = (recipe.epochs, recipe.batch, recipe.drawn, len(drawn[0]))
    backup = _backup(f"{network}-{seed}-{finder.label}-{_code()}", schedule)
    model = reading.fit(recipe, mnist, drawn, seed, backup)
    calibration = calibration_of(model, drawn_frames(mnist, finder, held_back=True))
    described = {
        "command": f"digitbox train {network} --scans --seed {seed}",
        "parameters": model.count_params(),
        "finder": finder.label,
        "epochs": recipe.epochs,
        "batch": recipe.batch,
        "drawn_frames": len(drawn[0]),
        "seed": seed,
        "temperature": round(calibration.temperature, 4),
        "offset": round(calibration.offset, 4),
    }
    return model, export(network, calibrated(model, calibration), output, mnist, described)


def calibration_of(model: keras.Model, held_back: Arrays) -> Calibration:
    """The calibration of a network that gives logits, fitted to pairs of frames that are drawn, by
    writers that it was not trained on, and brought to what is real."""
    pairs, labels = held_back
    flat = reading.scaled(pairs.reshape(-1, *pairs.shape[2:]))
    logits = model.predict(flat, batch_size=512, verbose=0).reshape(len(pairs), 2, -1)
    outline = DigitThresholds().outline
    agreed, said = np.tensordot(logits, (outline, 1 - outline), axes=(1, 0)), labels.min(axis=1)
    drawn_fit = calibrate(agreed, said)
    # What trainings are compared by: see docs/design.md.
    log.info("loss on what other writers drew: %.4f", loss(agreed, said, drawn_fit))
    return Calibration(
        REAL * drawn_fit.temperature,
        drawn_fit.offset / REAL + _odds(OTHERS) - _odds(float(np.mean(said == OTHER))),
    )


def _odds(share: float) -> float:
    """The logarithm of the odds of what has this share."""
    return float(np.log(share / (1 - share)))


def drawn_frames(mnist: Mnist, finder: Card, held_back: bool, pieces: int | None = None) -> Arrays:
    """Frames of drawn scans, as that finder finds them: drawn once, and kept in the user's
    cache for as long as the finder and the code that draws them are the same. ``pieces``: the first
    ones only."""
    kind, count, seed = ("held-back", HELD_BACK_PIECES, 2) if held_back else ("frames", PIECES, 1)
    count = count if pieces is None else min(count, pieces)
    work = FrameDataset(Writers.of(mnist, fonts.load(), held_back), FINDER, PIECE, seed)
    folder = user_cache_path("digitbox") / f"{kind}-{finder.label}-{_code()}"
    return kept(work, count, folder, cores())


def _code() -> str:
    """Is another where the code is that makes dataset: that draws scans, and that reads them."""
    return _hash([HERE / "dataset.py", *sorted(RECOGNITION.glob("*.py"))])


def _strip_code() -> str:
    """Is another where the code is that draws strips."""
    return _hash([HERE / "transcribing.py", *(RECOGNITION / name for name in SHARED)])


def _hash(modules: Iterable[Path]) -> str:
    """Of ``modules``, and of what draws."""
    drawing = HERE / "drawing"
    draws = [*sorted(drawing.glob("*.py")), *sorted((drawing / "shapes").glob("*.txt"))]
    code = b"".join(module.read_bytes() for module in (*modules, *draws))
    return hashlib.sha256(code).hexdigest()[:8]


def _backup(name: str, schedule: tuple[int, ...]) -> Path:
    """Where a long training leaves its state after each epoch, to go on from if interrupted: by
    the same dataset and the same ``schedule``, since it is by the epoch that the rate falls."""
    numbers = "-".join(map(str, schedule))
    folder = user_cache_path("digitbox") / "training" / f"{name}-{numbers}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
