"""A model folder (``model.onnx`` and ``card.json``) → probabilities for 28×28 frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelError
from pipeline.recognition.card import CLASSES, read_card
from pipeline.recognition.normalize import FRAME_SIDE

BATCH_SHAPES = (1, 64)
"""The numbers of frames that onnxruntime is run with, ascending. Runs of varying size make its
memory arena grow without end; a few fixed ones do not."""


class Model:
    """A loaded model. One thread computes; run one :class:`Model` a process."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder``. Raises :class:`ModelError` where it does not fit."""
        self.card = read_card(folder)
        self._session = _session(folder / "model.onnx")
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def probabilities(self, frames: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Return float64 ``[N, 10]``, each row summing to 1, for ``frames``: N arrays, uint8
        ``[28, 28]``, ink 255 on ground 0. N may be 0."""
        probabilities = np.empty((len(frames), len(CLASSES)))
        largest = BATCH_SHAPES[-1]
        for start in range(0, len(frames), largest):
            chunk = frames[start : start + largest]
            shape = next(size for size in BATCH_SHAPES if size >= len(chunk))
            padded = np.zeros((shape, FRAME_SIDE, FRAME_SIDE), np.uint8)
            padded[: len(chunk)] = chunk
            (result,) = self._session.run([self._output], {self._input: padded})
            probabilities[start : start + len(chunk)] = result[: len(chunk)]
        return probabilities


def _session(file: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no common base
        raise ModelError(f"{file} cannot be loaded: {error}") from error
