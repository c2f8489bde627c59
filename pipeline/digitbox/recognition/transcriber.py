"""The model folder of the network of numbers → what it says of each step of a strip."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS, read_card
from digitbox.recognition.ctc import Steps
from digitbox.recognition.session import session


class Transcriber:
    """The loaded network. One thread computes; run one :class:`Transcriber` a process."""

    def __init__(self, folder: Path) -> None:
        """Load the network in ``folder``. Raises :class:`ModelError` where it does not fit."""
        self.card = read_card(folder, CHARACTERS)
        self.thresholds = self.card.number_thresholds()
        self._session = session(folder / "model.onnx")
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def steps(self, pixels: NDArray[np.uint8]) -> Steps:
        """The probabilities of CHARACTERS, and of none, at each step of a strip (uint8
        ``[STRIP_HEIGHT, W]``, dark on light or light on dark): float64 ``[W / STEP, 15]``."""
        (found,) = self._session.run([self._output], {self._input: pixels[None]})
        return np.asarray(found[0], np.float64)
