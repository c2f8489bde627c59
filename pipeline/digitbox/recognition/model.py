"""A model folder (``model.onnx`` and ``card.json``) → probabilities for 28×28 frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import read_card
from digitbox.recognition.normalize import FRAME_SIDE
from digitbox.recognition.session import session
from digitbox.records import DIGITS

BATCH_SHAPES = (2, 16)
"""The numbers of frames that onnxruntime is run with, ascending. Runs of varying size make its
memory arena grow without end; a few fixed ones do not. Larger ones gain nothing, and what a batch
lacks to be full is computed for nothing."""


class Model:
    """A loaded model. One thread computes; run one :class:`Model` a process."""

    def __init__(self, folder: Path) -> None:
        """Load the model in ``folder``. Raises :class:`ModelError` where it does not fit."""
        self.card = read_card(folder)
        self.thresholds = self.card.digit_thresholds()
        self._session = session(folder / "model.onnx")
        self._input = self._session.get_inputs()[0].name
        self._outputs = [output.name for output in self._session.get_outputs()]

    def probabilities(self, frames: Sequence[NDArray[np.uint8]]) -> "Probabilities":
        """Classify ``frames``: N arrays (N may be 0), uint8 ``[28, 28]``, ink 255 on background
        0."""
        digits = np.empty((len(frames), len(DIGITS)))
        not_digit = np.zeros(len(frames))
        largest = BATCH_SHAPES[-1]
        for start in range(0, len(frames), largest):
            chunk = frames[start : start + largest]
            shape = next(size for size in BATCH_SHAPES if size >= len(chunk))
            padded = np.zeros((shape, FRAME_SIDE, FRAME_SIDE), np.uint8)
            padded[: len(chunk)] = chunk
            first, *others = self._session.run(self._outputs, {self._input: padded})
            digits[start : start + len(chunk)] = first[: len(chunk)]
            if others:  # the plain recipe knows nothing but digits
                not_digit[start : start + len(chunk)] = others[0][: len(chunk)]
        return Probabilities(digits, not_digit)


@dataclass(frozen=True, slots=True)
class Probabilities:
    """What a model says about N frames: ``digits``, float64 ``[N, 10]``, each row summing to 1, is
    which digit it is if it is one; ``not_digit``, float64 ``[N]`` in [0, 1], that it is none."""

    digits: NDArray[np.float64]
    not_digit: NDArray[np.float64]
