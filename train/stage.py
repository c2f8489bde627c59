"""The training stage: data → network → fit → model folder."""

import tempfile
from pathlib import Path

from pipeline.errors import TrainingError
from pipeline.recognition.card import Card
from train import data
from train.export import export
from train.fit import RECIPES, fit

KERAS_SUFFIXES = (".keras", ".h5")


def run(
    network: str, output: Path, folder: Path | None, seed: int, save_keras: Path | None
) -> Card:
    """Train ``network`` on the MNIST in ``folder`` (see :func:`train.data.load`), write the model
    folder ``output`` and return its card. ``save_keras`` also keeps the Keras model there, in the
    format that its suffix names.

    Raises :class:`TrainingError` where the data is not to be had or not MNIST, where the suffix is
    unknown, where nothing can be written, or where the exported model does not agree with Keras.
    """
    if save_keras is not None and save_keras.suffix not in KERAS_SUFFIXES:
        raise TrainingError(
            f"--save-keras {save_keras}: the name has to end in {' or '.join(KERAS_SUFFIXES)}."
        )
    _try_to_write(output)
    if save_keras is not None:
        _try_to_write(save_keras.parent)
    recipe = RECIPES[network]
    mnist = data.load(folder)
    model = fit(recipe, mnist, seed)
    if save_keras is not None:
        model.save(save_keras)
    return export(
        model,
        output,
        mnist,
        {
            "command": f"digitbox train {network} --seed {seed}",
            "network": network,
            "parameters": model.count_params(),
            "epochs": recipe.epochs,
            "batch": recipe.batch,
            "seed": seed,
        },
    )


def _try_to_write(folder: Path) -> None:
    """Make ``folder`` and see that it can be written: before the training, not after it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror}.") from error
