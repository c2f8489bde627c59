"""Writers for the tests: MNIST's digits in ``tests/data`` and a font that comes with Pillow."""

from functools import cache

import numpy as np
from PIL import ImageFont

from digitbox.records import DIGITS
from digitbox_train.data import Mnist
from digitbox_train.drawing.fonts import FONT_SIZE, Glyphs, draw
from digitbox_train.drawing.writers import Writers
from tests.pages import digits

LETTERS = "AEFKOlSZ"
"""Of these, five can be taken for a digit."""

FONTS = tuple(f"font-{number:02}" for number in range(12))


@cache
def glyphs() -> Glyphs:
    """Ten digits and eight letters in twelve fonts, which all look the same."""
    font = ImageFont.load_default(FONT_SIZE)
    assert isinstance(font, ImageFont.FreeTypeFont)
    masks = [draw(font, character) for character in (*DIGITS, *LETTERS)]
    images = np.stack([mask for mask in masks if mask is not None] * len(FONTS))
    characters = (*DIGITS, *LETTERS) * len(FONTS)
    return Glyphs(images, characters, tuple(font for font in FONTS for _ in (*DIGITS, *LETTERS)))


def mnist() -> Mnist:
    """300 digits to train on and none to test with."""
    images, labels = digits()
    return Mnist(images, labels, images[:0], labels[:0])


@cache
def writers() -> Writers:
    """All of them."""
    characters = np.array(glyphs().characters)
    letters = np.isin(characters, list("EFK"))
    places = np.flatnonzero(np.isin(characters, list(DIGITS))), np.flatnonzero(letters)
    return Writers(*digits(), glyphs(), *places)
