"""The contents of files → readings: composes decode, locate, normalize and model."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.decode import BrokenPage, decode
from pipeline.recognition.locate import locate
from pipeline.recognition.model import Model
from pipeline.recognition.normalize import normalize
from pipeline.records import Box, Digit, Reading, Reason, Status

PLACES = 4
"""Decimal places of every probability, before any decision: the arithmetic of a batch may differ in
the seventh with a frame's place in it, and no reading may depend on its neighbours."""


class Reader:
    """Reads images with ``model``. A page's value is ``accepted`` from a confidence of ``accept``
    on; a page of more than ``max_pixels`` is not decoded. ``expired`` is asked after every page:
    once it says so, the rest of the file is not read."""

    def __init__(
        self,
        model: Model,
        accept: float,
        max_pixels: int,
        expired: Callable[[], bool] = lambda: False,
    ) -> None:
        self._model = model
        self._accept = accept
        self._max_pixels = max_pixels
        self._expired = expired

    def read(self, contents: Iterable[bytes]) -> list[tuple[Reading, ...]]:
        """Return the readings of each file in ``contents``, one a page. Takes one content at a time
        and keeps none. Never raises for what a file holds: a page that cannot be read is ``failed``
        with its reason."""
        files = [tuple(self._pages(content)) for content in contents]
        frames = [frame for pages in files for page in pages for frame in page.frames]
        rounded = self._model.probabilities(frames).round(PLACES).tolist()
        probabilities = iter(tuple(row) for row in rounded)
        return [tuple(self._reading(page, probabilities) for page in pages) for pages in files]

    def _pages(self, content: bytes) -> Iterator["_Page"]:
        number = 1
        try:
            for page in decode(content, self._max_pixels):
                if page.number > 1 and self._expired():
                    yield _Page(page.number, page.width, page.height, Reason.TIMEOUT)
                    return
                number = page.number
                if isinstance(page, BrokenPage):
                    yield _Page(number, page.width, page.height, page.reason)
                    continue
                marks = locate(page.gray)
                scale = page.width / page.gray.shape[1], page.height / page.gray.shape[0]
                yield _Page(
                    number,
                    page.width,
                    page.height,
                    frames=tuple(normalize(mark.ink) for mark in marks),
                    boxes=tuple(mark.box.scaled(*scale) for mark in marks),
                )
        except MemoryError:
            yield _Page(number, None, None, Reason.MEMORY)

    def _reading(self, page: "_Page", probabilities: Iterator[tuple[float, ...]]) -> Reading:
        if page.reason is not None:
            return Reading.failed(page.reason, page.number, page.width, page.height)
        digits = tuple(_digit(next(probabilities), box) for box in page.boxes)
        if not digits:
            return Reading(page.number, Status.BLANK, width=page.width, height=page.height)
        best = digits[0]
        reason = None
        if len(digits) > 1:
            reason = Reason.SEVERAL_MARKS
        elif best.confidence < self._accept:
            reason = Reason.LOW_CONFIDENCE
        return Reading(
            page.number,
            Status.ACCEPTED if reason is None else Status.REVIEW,
            reason,
            str(best.value),
            best.confidence,
            page.width,
            page.height,
            digits,
        )


@dataclass(frozen=True, slots=True)
class _Page:
    """A page between location and classification: a frame and a box a mark, or why it failed."""

    number: int
    width: int | None
    height: int | None
    reason: Reason | None = None
    frames: tuple[NDArray[np.uint8], ...] = ()
    boxes: tuple[Box, ...] = ()


def _digit(probabilities: tuple[float, ...], box: Box) -> Digit:
    confidence = max(probabilities)
    return Digit(probabilities.index(confidence), confidence, probabilities, box)
