"""The content of a file → what a person, and what the network, sees of one of its pages."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.decode import Page, decode
from pipeline.recognition.finder import Finder
from pipeline.recognition.locate import locate
from pipeline.recognition.normalize import normalize


@dataclass(frozen=True, slots=True)
class Sight:
    """``gray`` is the upright page, uint8 ``[H, W]``, perhaps reduced; ``marks`` has the frames of
    each mark, the most prominent first: uint8 ``[1 or 2, 28, 28]``, ink 255 on ground 0."""

    gray: NDArray[np.uint8]
    marks: tuple[NDArray[np.uint8], ...]


def look(content: bytes, number: int, finder: Finder, max_pixels: int) -> Sight | None:
    """See the page with that number, from 1; None where it cannot be decoded. The steps are those
    of :class:`pipeline.recognition.reader.Reader`, which keeps neither pages nor frames."""
    for page in decode(content, max_pixels):
        if page.number == number:
            if not isinstance(page, Page):
                return None
            marks = locate(page.gray, finder)
            return Sight(page.gray, tuple(normalize(mark.ink, mark.contrast) for mark in marks))
    return None
