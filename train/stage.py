"""The training stage: data → network → fit → model folder."""

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
    unknown, or where the exported model does not agree with Keras.
    """
    if save_keras is not None and save_keras.suffix not in KERAS_SUFFIXES:
        raise TrainingError(
            f"--save-keras {save_keras}: the name has to end in {' or '.join(KERAS_SUFFIXES)}."
        )
    recipe = RECIPES[network]
    mnist = data.load(folder)
    model = fit(recipe, mnist, seed)
    if save_keras is not None:
        save_keras.parent.mkdir(parents=True, exist_ok=True)
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
