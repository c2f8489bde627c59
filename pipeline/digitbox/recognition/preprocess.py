"""A gray page → the candidates on it, each with the frames that a network sees of it.

The one way from a page to its frames: for the reader, for what the review page shows, and for what
draws training data.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.decode import Page, decode
from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import locate
from digitbox.recognition.normalize import normalize
from digitbox.recognition.view import Gray
from digitbox.records import Box


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What may be a digit: its ``frames``, uint8 ``[1 or 2, 28, 28]``, ink 255 on background 0 (see
    :func:`normalize`), and its place on the page, in the page's pixels."""

    frames: NDArray[np.uint8]
    box: Box


def preprocess(page: Gray, finder: Finder) -> tuple[Candidate, ...]:
    """The candidates on ``page`` (uint8 ``[H, W]``, of any size), the most prominent first; none
    where it is blank."""
    return tuple(
        Candidate(normalize(region.ink, region.contrast), region.box)
        for region in locate(page, finder)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Preprocessed:
    """How a page looks: ``gray`` is the upright page, uint8 ``[H, W]``, perhaps reduced, and
    ``candidates`` are what was found on it."""

    gray: Gray
    candidates: tuple[Candidate, ...]


def preprocess_page(
    content: bytes, number: int, finder: Finder, max_pixels: int
) -> Preprocessed | None:
    """The page with that ``number``, from 1, of a file's ``content``; None where it cannot be
    decoded."""
    for page in decode(content, max_pixels):
        if page.number == number:
            if not isinstance(page, Page):
                return None
            return Preprocessed(page.gray, preprocess(page.gray, finder))
    return None
