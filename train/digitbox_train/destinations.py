"""Where a training writes → whether it can, told before TensorFlow is loaded, not after hours."""

import tempfile
from pathlib import Path

from digitbox.errors import TrainingError

KERAS_SUFFIXES = (".keras", ".h5")


def check(output: Path, save_keras: Path | None) -> None:
    """Make the folder ``output``, and that of ``save_keras``, and see that both can be written.
    Raises :class:`TrainingError` where they cannot, or the suffix of ``save_keras`` is unknown."""
    if save_keras is not None and save_keras.suffix not in KERAS_SUFFIXES:
        raise TrainingError(
            f"--save-keras {save_keras}: the name has to end in {' or '.join(KERAS_SUFFIXES)}."
        )
    _try_to_write(output)
    if save_keras is not None:
        _try_to_write(save_keras.parent)


def _try_to_write(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise TrainingError(f"{folder}: cannot be written: {error.strerror}.") from error
