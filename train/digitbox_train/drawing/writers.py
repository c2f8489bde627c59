"""Who wrote it: MNIST's writers, handwriting fonts, and strokes drawn from templates."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitbox.records import DIGITS
from digitbox_train.data import HELD_BACK, Mnist
from digitbox_train.drawing import strokes
from digitbox_train.drawing.fonts import LOOKALIKES, Glyphs

MNIST_SHARE, FONT_SHARE = 0.45, 0.15
"""Digits are MNIST's and fonts' in these shares; the others are drawn from templates."""

LETTER_SHARE = 0.6
"""What is no digit is a letter or a sign of a font in this share, else a scrawl."""

NOT_DIGIT = 10
"""The label of what is no digit."""

Shape = NDArray[np.uint8]
"""``[h, w]``, ink 255 on background 0."""

STROKES_SIDE = 96
"""Side of a shape that is drawn with strokes, in pixels."""


@dataclass(frozen=True)
class Writers:
    """``images`` (uint8 ``[N, 28, 28]``, ink 255) and ``labels`` (uint8 ``[N]``, 0 to 9) are
    MNIST's; of ``glyphs``, ``digits`` and ``others`` are the places of those that are digits and of
    those that nobody takes for one."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    glyphs: Glyphs
    digits: NDArray[np.int64]
    others: NDArray[np.int64]

    @classmethod
    def of(cls, mnist: Mnist, glyphs: Glyphs, held_back: bool) -> "Writers":
        """The writers to train on, or those that are held back: MNIST's last training digits, and
        the fonts whose place in the alphabet is a multiple of ten."""
        fonts = {name: place for place, name in enumerate(sorted(set(glyphs.fonts)))}
        chosen = np.array([(fonts[font] % 10 == 0) == held_back for font in glyphs.fonts])
        is_digit = np.array([character in DIGITS for character in glyphs.characters])
        alike = np.array([character in LOOKALIKES for character in glyphs.characters])
        part = slice(-HELD_BACK, None) if held_back else slice(-HELD_BACK)
        return cls(
            mnist.x_train[part],
            mnist.y_train[part],
            glyphs,
            np.flatnonzero(chosen & is_digit),
            np.flatnonzero(chosen & ~is_digit & ~alike),
        )

    @cached_property
    def places(self) -> tuple[NDArray[np.intp], ...]:
        """For each digit, where it stands in ``images``."""
        return tuple(np.flatnonzero(self.labels == digit) for digit in range(len(DIGITS)))

    @cached_property
    def fonts(self) -> tuple[tuple[int, ...], ...]:
        """For each font that has all ten digits, their places in ``glyphs``."""
        found: dict[str, dict[str, int]] = {}
        for place in self.digits.tolist():
            found.setdefault(self.glyphs.fonts[place], {})[self.glyphs.characters[place]] = place
        whole = (places for places in found.values() if len(places) == len(DIGITS))
        return tuple(tuple(places[digit] for digit in DIGITS) for places in whole)

    def digit(self, random: np.random.Generator) -> tuple[Shape, int]:
        """A digit, and which: 0 to 9."""
        chance = random.random()
        if chance < MNIST_SHARE:
            index = int(random.integers(len(self.images)))
            return self.images[index], int(self.labels[index])
        if chance < MNIST_SHARE + FONT_SHARE:
            index = int(random.choice(self.digits))
            return self.glyphs.images[index], int(self.glyphs.characters[index])
        value = int(random.integers(10))
        return strokes.render(
            strokes.digit(value, random), STROKES_SIDE, _width(random), random
        ), value

    def other(self, random: np.random.Generator) -> tuple[Shape, int]:
        """What is no digit, and NOT_DIGIT."""
        if random.random() < LETTER_SHARE:
            index = int(random.choice(self.others))
            return self.glyphs.images[index], NOT_DIGIT
        return strokes.render(
            strokes.scrawl(random), STROKES_SIDE, _width(random), random
        ), NOT_DIGIT


def _width(random: np.random.Generator) -> float:
    """The pen's, as a share of what it writes: it is rewritten with others."""
    return float(np.clip(np.exp(random.normal(np.log(0.07), 0.4)), 0.03, 0.15))
