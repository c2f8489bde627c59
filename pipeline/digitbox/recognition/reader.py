"""The contents of files → readings: composes decode, preprocess and model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import PREPROCESSING
from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.preprocess import Candidate, Preprocessed, preprocess
from digitbox.records import Digit, Expected, KeptFrames, Reading, Reason, Status

PLACES = 4
"""Decimal places of every probability, before any decision: the arithmetic of a batch may differ in
the seventh with a frame's place in it, and no reading may depend on its neighbours."""

LEAST = 1e-7
"""Probabilities below this are taken for it: they are not known so well."""

ANYTHING = Expected()
"""What is expected of values where nobody has said anything."""


class Reader:
    """Reads images: ``finder`` finds the ink, ``model`` says which digit it is. A page's value is
    ``accepted`` from a confidence of ``accept`` on; a page of more than ``max_pixels`` is not
    decoded, and a file's pages beyond ``max_pages`` are not read. ``expired`` is asked after every
    page: once it says so, the rest of the file is not read. With ``keep_frames``, readings that go
    to ``review`` bring their frames along. ``expected`` says what values look like."""

    def __init__(
        self,
        finder: Finder,
        model: Model,
        accept: float,
        max_pixels: int,
        max_pages: int,
        expired: Callable[[], bool] = lambda: False,
        keep_frames: bool = False,
        expected: Expected = ANYTHING,
    ) -> None:
        self._finder = finder
        self._model = model
        self._accept = accept
        self._max_pixels = max_pixels
        self._max_pages = max_pages
        self._expired = expired
        self._keep_frames = keep_frames
        self._expected = expected

    @property
    def finder(self) -> Finder:
        return self._finder

    def read(self, contents: Iterable[bytes]) -> list[tuple[Reading, ...]]:
        """Return the readings of each file in ``contents``, one a page. Takes one content at a time
        and keeps none. Never raises for what a file holds: a page that cannot be read is ``failed``
        with its reason."""
        files = [tuple(self._pages(content)) for content in contents]
        found = self._classified(page for pages in files for page in pages)
        return [tuple(self._reading(page, found) for page in pages) for pages in files]

    def inspect(self, page: Page | BrokenPage) -> tuple[Reading, Preprocessed | None]:
        """Read one page, and return how it looks besides; None where it could not be decoded."""
        if isinstance(page, BrokenPage):
            return Reading.failed(page.reason, page.number, page.width, page.height), None
        seen = Preprocessed(page.gray, preprocess(page.gray, self._finder))
        found = _Page.of(page, seen.candidates)
        return self._reading(found, self._classified([found])), seen

    def first_page(self, content: bytes) -> tuple[Reading, Preprocessed | None]:
        """The same for the first page of a file's ``content``."""
        try:
            return self.inspect(next(decode(content, self._max_pixels)))
        except MemoryError:
            return Reading.failed(Reason.MEMORY), None

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
                    yield _Page.of(page, preprocess(page.gray, self._finder))
                number += 1
        except MemoryError:
            yield _Page(number, None, None, Reason.MEMORY)

    def _classified(self, pages: Iterable["_Page"]) -> Iterator["Classification"]:
        return classify(self._model, [one.frames for page in pages for one in page.candidates])

    def _reading(self, page: "_Page", classifications: Iterator["Classification"]) -> Reading:
        if page.reason is not None:
            return Reading.failed(page.reason, page.number, page.width, page.height)
        found = [(next(classifications), candidate) for candidate in page.candidates]
        if not found:
            return Reading(page.number, Status.BLANK, width=page.width, height=page.height)
        # What may be a digit goes before what is none, however prominent that is.
        found.sort(key=lambda one: one[0].is_none)
        digits = tuple(
            Digit(what.value, what.confidence, what.probabilities, candidate.box)
            for what, candidate in found
        )
        first, candidate = found[0]
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
            frames=KeptFrames(PREPROCESSING, candidate.frames.tobytes()) if keeps else None,
        )

    def _doubt(self, digits: tuple[Digit, ...]) -> Reason | None:
        if len(digits) > 1:
            return Reason.SEVERAL_MARKS
        return Reason.LOW_CONFIDENCE if digits[0].confidence < self._accept else None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page between preprocessing and classification: its candidates, or why it failed."""

    number: int
    width: int | None
    height: int | None
    reason: Reason | None = None
    candidates: tuple[Candidate, ...] = ()

    @classmethod
    def of(cls, page: Page, candidates: Iterable[Candidate]) -> "_Page":
        """``page`` with what was found on it, its boxes in pixels of the original size."""
        scale = page.width / page.gray.shape[1], page.height / page.gray.shape[0]
        scaled = tuple(Candidate(one.frames, one.box.scaled(*scale)) for one in candidates)
        return cls(page.number, page.width, page.height, candidates=scaled)


@dataclass(frozen=True, slots=True)
class Classification:
    """See :class:`Digit`; and whether it is hardly a digit."""

    value: int
    confidence: float
    probabilities: tuple[float, ...]
    is_none: bool


def classify(model: Model, candidates: Sequence[NDArray[np.uint8]]) -> Iterator[Classification]:
    """What ``model`` says of each candidate, given by its frames, uint8 ``[1 or 2, 28, 28]``."""
    thresholds = model.thresholds
    found = model.probabilities([frame for frames in candidates for frame in frames])
    is_digit = 1 - found.not_digit[:, None]
    each = np.hstack([found.digits * is_digit, found.not_digit[:, None]])
    counts = np.array([len(frames) for frames in candidates], np.intp)
    ends = counts.cumsum()
    pairs = np.stack([each[ends - counts], each[ends - 1]], axis=1)
    rounded = _agreed(pairs, thresholds.outline).round(PLACES)
    digits = rounded[:, :-1]
    if_digit = digits / np.maximum(digits.sum(axis=1, keepdims=True), 10.0**-PLACES)
    return map(
        Classification,
        digits.argmax(axis=1).tolist(),
        digits.max(axis=1).tolist(),
        map(tuple, if_digit.round(PLACES).tolist()),
        (rounded[:, -1] >= thresholds.none).tolist(),
    )


def _agreed(pairs: NDArray[np.float64], outline: float) -> NDArray[np.float64]:
    """The probabilities ``[N, 11]`` of N candidates, from those of their outline, which has the
    weight ``outline``, and of their tone, which may be the same, ``[N, 2, 11]``: their weighted
    geometric mean, which is that of the mean of the logits behind them. Where the two contradict
    each other, none is likely."""
    weights = np.array([outline, 1 - outline])
    mean = np.exp(np.tensordot(np.log(np.maximum(pairs, LEAST)), weights, axes=(1, 0)))
    return np.asarray(mean / mean.sum(axis=1, keepdims=True))
