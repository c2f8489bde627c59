"""The contents of files → readings: composes decode, locate, normalize and model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.card import PREPROCESSING
from pipeline.recognition.decode import BrokenPage, Page, decode
from pipeline.recognition.finder import Finder
from pipeline.recognition.locate import locate
from pipeline.recognition.model import Model
from pipeline.recognition.normalize import normalize
from pipeline.records import Box, Digit, Frames, Reading, Reason, Status

PLACES = 4
"""Decimal places of every probability, before any decision: the arithmetic of a batch may differ in
the seventh with a frame's place in it, and no reading may depend on its neighbours."""


WEIGHTS = np.array([0.4, 0.6])
"""What a mark's outline and its tone count for."""

LEAST = 1e-7
"""Probabilities below this are taken for it: they are not known so well."""

SURELY_NONE = 0.8
"""From this probability on, a mark is no digit; below, a person sees it with its best guess."""


class Reader:
    """Reads images: ``finder`` finds the ink, ``model`` says which digit it is. A page's value is
    ``accepted`` from a confidence of ``accept`` on; a page of more than ``max_pixels`` is not
    decoded, and a file's pages beyond ``max_pages`` are not read. ``expired`` is asked after every
    page: once it says so, the rest of the file is not read. With ``keep_frames``, readings that go
    to ``review`` bring their frames along."""

    def __init__(
        self,
        finder: Finder,
        model: Model,
        accept: float,
        max_pixels: int,
        max_pages: int,
        expired: Callable[[], bool] = lambda: False,
        keep_frames: bool = False,
    ) -> None:
        self._finder = finder
        self._model = model
        self._accept = accept
        self._max_pixels = max_pixels
        self._max_pages = max_pages
        self._expired = expired
        self._keep_frames = keep_frames

    def read(self, contents: Iterable[bytes]) -> list[tuple[Reading, ...]]:
        """Return the readings of each file in ``contents``, one a page. Takes one content at a time
        and keeps none. Never raises for what a file holds: a page that cannot be read is ``failed``
        with its reason."""
        files = [tuple(self._pages(content)) for content in contents]
        marks = [mark.frames for pages in files for page in pages for mark in page.marks]
        found = judged(self._model, marks)
        return [tuple(self._reading(page, found) for page in pages) for pages in files]

    def _pages(self, content: bytes) -> Iterator["_Page"]:
        number = 1  # of the page that comes next
        try:
            for page in decode(content, self._max_pixels):
                if page.number > self._max_pages:
                    yield _Page(page.number, None, None, Reason.TOO_MANY_PAGES)
                    return
                if page.number > 1 and self._expired():
                    yield _Page(page.number, page.width, page.height, Reason.TIMEOUT)
                    return
                number = page.number
                if isinstance(page, BrokenPage):
                    yield _Page(number, page.width, page.height, page.reason)
                else:
                    yield self._page(page)
                number += 1
        except MemoryError:
            yield _Page(number, None, None, Reason.MEMORY)

    def _page(self, page: Page) -> "_Page":
        marks = locate(page.gray, self._finder)
        scale = page.width / page.gray.shape[1], page.height / page.gray.shape[0]
        return _Page(
            page.number,
            page.width,
            page.height,
            marks=tuple(
                _Mark(normalize(mark.ink, mark.contrast), mark.box.scaled(*scale)) for mark in marks
            ),
        )

    def _reading(self, page: "_Page", judgements: Iterator["Judgement"]) -> Reading:
        if page.reason is not None:
            return Reading.failed(page.reason, page.number, page.width, page.height)
        found = [(next(judgements), mark) for mark in page.marks]
        if not found:
            return Reading(page.number, Status.BLANK, width=page.width, height=page.height)
        # What may be a digit goes before what is none, however prominent that is.
        found.sort(key=lambda one: one[0].is_none)
        digits = tuple(
            Digit(judgement.value, judgement.confidence, judgement.probabilities, mark.box)
            for judgement, mark in found
        )
        first, mark = found[0]
        if first.is_none:
            status, reason, best = Status.NOT_DIGIT, None, None
        else:
            best = digits[0]
            reason = self._doubt(digits)
            status = Status.ACCEPTED if reason is None else Status.REVIEW
        keeps = self._keep_frames and status is Status.REVIEW
        return Reading(
            page.number,
            status,
            reason,
            str(best.value) if best else None,
            best.confidence if best else None,
            page.width,
            page.height,
            digits,
            Frames(PREPROCESSING, mark.frames.tobytes()) if keeps else None,
        )

    def _doubt(self, digits: tuple[Digit, ...]) -> Reason | None:
        if len(digits) > 1:
            return Reason.SEVERAL_MARKS
        return Reason.LOW_CONFIDENCE if digits[0].confidence < self._accept else None


@dataclass(frozen=True, slots=True)
class _Mark:
    """Its frames, uint8 ``[1 or 2, 28, 28]``, and its place on the page."""

    frames: NDArray[np.uint8]
    box: Box


@dataclass(frozen=True, slots=True)
class _Page:
    """A page between location and classification: its marks, or why it failed."""

    number: int
    width: int | None
    height: int | None
    reason: Reason | None = None
    marks: tuple[_Mark, ...] = ()


def _agreed(pairs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The probabilities ``[N, 11]`` of N marks, from those of their outline and of their tone,
    which may be the same, ``[N, 2, 11]``: their weighted geometric mean, which is that of the mean
    of the logits behind them. Where the two contradict each other, none is likely."""
    mean = np.exp(np.tensordot(np.log(np.maximum(pairs, LEAST)), WEIGHTS, axes=(1, 0)))
    return np.asarray(mean / mean.sum(axis=1, keepdims=True))


@dataclass(frozen=True, slots=True)
class Judgement:
    """See :class:`Digit`; and the probability that it is none."""

    value: int
    confidence: float
    probabilities: tuple[float, ...]
    not_digit: float

    @property
    def is_none(self) -> bool:
        """Whether it is hardly a digit."""
        return self.not_digit >= SURELY_NONE


def judged(model: Model, marks: Sequence[NDArray[np.uint8]]) -> Iterator[Judgement]:
    """What ``model`` says of each mark, given by its frames, uint8 ``[1 or 2, 28, 28]``."""
    found = model.probabilities([frame for frames in marks for frame in frames])
    is_digit = 1 - found.not_digit[:, None]
    each = np.hstack([found.digits * is_digit, found.not_digit[:, None]])
    counts = np.array([len(frames) for frames in marks], np.intp)
    ends = counts.cumsum()
    rounded = _agreed(np.stack([each[ends - counts], each[ends - 1]], axis=1)).round(PLACES)
    digits = rounded[:, :-1]
    if_digit = digits / np.maximum(digits.sum(axis=1, keepdims=True), 10.0**-PLACES)
    return map(
        Judgement,
        digits.argmax(axis=1).tolist(),
        digits.max(axis=1).tolist(),
        map(tuple, if_digit.round(PLACES).tolist()),
        rounded[:, -1].tolist(),
    )
