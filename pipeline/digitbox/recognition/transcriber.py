"""The model folders of the networks of numbers → what each says of each step of a strip."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS, read_card
from digitbox.recognition.ctc import Steps
from digitbox.recognition.session import session


class Transcriber:
    """The loaded networks, which were trained alike but for their seeds: they err in different
    places. One thread computes; run one :class:`Transcriber` a process."""

    def __init__(self, folders: Sequence[Path]) -> None:
        """Load the networks in ``folders``, at least one. Raises :class:`ModelError` where one does
        not fit."""
        self.cards = tuple(read_card(folder, CHARACTERS) for folder in folders)
        self.thresholds = self.cards[0].number_thresholds()
        self._sessions = [session(folder / "model.onnx") for folder in folders]

    def __len__(self) -> int:
        return len(self._sessions)

    def steps(self, pixels: NDArray[np.uint8], which: int = 0) -> Steps:
        """The probabilities of CHARACTERS, and of none, at each step of a strip (uint8
        ``[STRIP_HEIGHT, W]``, dark on light or light on dark) by one of the networks, which are
        counted from 0 on, over and over: float64 ``[W / STEP, 15]``."""
        loaded = self._sessions[which % len(self._sessions)]
        (found,) = loaded.run(None, {loaded.get_inputs()[0].name: pixels[None]})
        return np.asarray(found[0], np.float64)
