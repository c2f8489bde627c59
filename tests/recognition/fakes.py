"""What stands in for the networks: what they say is known, and how often they were asked."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import CHARACTERS, InkThresholds, NumberThresholds
from digitbox.recognition.ctc import Steps
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.strip import STEP
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import Gray

Place = tuple[slice, slice]

Heard = Mapping[str, float]
"""Which characters a step may name, and how likely; it names none otherwise."""

DEFAULTS = NumberThresholds()


class Dark(Finder):
    """Takes what is dark for ink, and keeps the views."""

    def __init__(self) -> None:
        self.thresholds = InkThresholds()
        self.views: list[Gray] = []

    def ink(self, view: NDArray[np.uint8]) -> InkMap:
        self.views.append(view)
        return np.clip((215 - view.astype(np.float32)) / 80, 0, 1)


class Scripted(Transcriber):
    """Says of the strips one after the other what it was told to, and of further ones the last of
    that; and keeps the strips. Where a strip has as many dark blocks side by side as there is to
    say, each is named at its middle; else what is said is spread evenly."""

    def __init__(self, *said: Sequence[Heard], thresholds: NumberThresholds = DEFAULTS) -> None:
        self.thresholds = thresholds
        self.strips: list[Gray] = []
        self._said = said

    def __len__(self) -> int:
        return 1

    def steps(self, pixels: NDArray[np.uint8], _which: int = 0) -> Steps:
        heard = self._said[min(len(self.strips), len(self._said) - 1)]
        self.strips.append(pixels)
        count = pixels.shape[1] // STEP
        dark = (pixels < 130).any(axis=0).astype(int)
        ends = np.flatnonzero(np.diff(np.pad(dark, 1))).reshape(-1, 2)
        places = (ends.sum(axis=1) // 2 // STEP).tolist()
        if len(places) != len(heard):
            places = [(2 * index + 1) * count // (2 * len(heard)) for index in range(len(heard))]
        steps = np.zeros((count, len(CHARACTERS) + 1))
        steps[:, -1] = 1
        for place, likely in zip(places, heard, strict=True):
            for character, probability in likely.items():
                steps[place, CHARACTERS.index(character)] = probability
                steps[place, -1] -= probability
        return np.clip(steps, 0, 1)


def heard(text: str, first: float = 1.0) -> list[Heard]:
    """``text``, of whose first character it is so sure; it may as well be any other digit."""
    unsure = {other: (1 - first) / 10 for other in "0123456789" if other != text[:1]}
    return [
        {character: 1.0} if index else {**unsure, character: first}
        for index, character in enumerate(text)
    ]


def blocks(height: int, width: int, *places: Place) -> Gray:
    """A page with black blocks on it."""
    page = np.full((height, width), 225, np.uint8)
    for place in places:
        page[place] = 20
    return page


def row(left: int, right: int, top: int, height: int, count: int = 5) -> list[Place]:
    """Blocks side by side, from ``left`` to ``right``, as high as a line of digits."""
    width = (right - left) // (2 * count - 1)
    starts = np.linspace(left, right - width, count).round().astype(int).tolist()
    return [np.s_[top : top + height, start : start + width] for start in starts]
