"""The finder's model folder → which pixels of a view are ink."""

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import INK, read_card
from digitbox.recognition.session import session
from digitbox.recognition.view import Gray

InkMap: TypeAlias = NDArray[np.float32]
"""``[VIEW_SIDE, VIEW_SIDE]``: how likely each pixel of a view is ink of what the page is about, 0
to 1."""


class Finder:
    """A loaded finder. One thread computes; run one :class:`Finder` a process."""

    def __init__(self, folder: Path) -> None:
        """Load the finder in ``folder``. Raises :class:`ModelError` where it does not fit."""
        self.card = read_card(folder, INK)
        self.thresholds = self.card.ink_thresholds()
        self._session = session(folder / "model.onnx")
        self._input = self._session.get_inputs()[0].name
        self._output = self._session.get_outputs()[0].name

    def ink(self, view: Gray) -> InkMap:
        """Find the ink on ``view`` (uint8 ``[VIEW_SIDE, VIEW_SIDE]``), dark on light or light on
        dark."""
        # One view at a time: larger batches gain nothing, and onnxruntime's memory stays flat.
        (found,) = self._session.run([self._output], {self._input: view[None]})
        return np.asarray(found[0], np.float32)
