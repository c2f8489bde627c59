"""The contents of files → readings: composes decode, preprocess and model."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from digitbox.recognition.card import PREPROCESSING, NumberThresholds
from digitbox.recognition.classification import Classification, classify
from digitbox.recognition.damage import of_damaged
from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.preprocess import Candidate, Preprocessed, look
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.transcript import Transcript
from digitbox.recognition.verdict import Candidates, Standards, Verdict, verdict
from digitbox.records import Expected, KeptFrames, Reading, Reason, Status

ANYTHING = Expected()
"""What is expected of values where nobody has said anything."""


class Reader:
    """Reads images: ``finder`` finds the ink, ``model`` says which digit it is, and ``transcriber``
    reads numbers of several digits; without it, none are read. A page's value is ``accepted`` from
    a confidence of ``accept`` on; a page of more than ``max_pixels`` is not decoded, and a file's
    pages beyond ``max_pages`` are not read. ``expired`` is asked after every page: once it says so,
    the rest of the file is not read. With ``keep_frames``, readings that go to ``review`` bring
    their frames along. ``expected`` says what values look like."""

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
        transcriber: Transcriber | None = None,
    ) -> None:
        self._finder = finder
        self._model = model
        self._lines = transcriber
        self._accept = accept
        # A digit is looked for by itself where there can be no more.
        self._transcriber = transcriber if expected.most != 1 else None
        self._max_pixels = max_pixels
        self._max_pages = max_pages
        self._expired = expired
        self._keep_frames = keep_frames
        limits = self._transcriber.thresholds if self._transcriber else NumberThresholds()
        self._standards = Standards(expected, accept, limits)

    def expecting(self, expected: Expected) -> "Reader":
        """The same, of values that look like ``expected``."""
        return Reader(
            self._finder,
            self._model,
            self._accept,
            self._max_pixels,
            self._max_pages,
            self._expired,
            self._keep_frames,
            expected,
            self._lines,
        )

    @property
    def finder(self) -> Finder:
        return self._finder

    def read(
        self, contents: Iterable[bytes], first: int = 1, most: int | None = None
    ) -> list[tuple[Reading, ...]]:
        """Return the readings of each file in ``contents``, one a page: of ``most`` pages from the
        one numbered ``first`` on. Takes one content at a time and keeps none. Never raises for what
        a file holds: a page that cannot be read is ``failed`` with its reason."""
        files = [tuple(islice(self._pages(content, first), most)) for content in contents]
        found = self._classified(page for pages in files for page in pages)
        return [tuple(self._reading(page, found) for page in pages) for pages in files]

    def inspect(self, page: Page | BrokenPage) -> tuple[Reading, Preprocessed | None]:
        """Read one page, and return how it looks besides; None where it could not be decoded."""
        if isinstance(page, BrokenPage):
            return Reading.failed(page.reason, page.number, page.width, page.height), None
        seen = look(page, self._finder, self._transcriber)
        found = _Page.of(page, seen)
        return self._reading(found, self._classified([found])), seen

    def page_of(self, content: bytes, number: int) -> tuple[Reading, Preprocessed | None]:
        """The same for the page with that ``number``, from 1, of a file's ``content``, which has
        to have it."""
        try:
            return self.inspect(next(decode(content, self._max_pixels, first=number)))
        except MemoryError:
            return Reading.failed(Reason.MEMORY, number), None

    def _pages(self, content: bytes, first: int) -> Iterator["_Page"]:
        number = first  # of the page that comes next
        try:
            for page in decode(content, self._max_pixels, first=first):
                if page.number > self._max_pages:
                    yield _Page(page.number, None, None, Reason.TOO_MANY_PAGES)
                    return
                if page.number > first and self._expired():
                    yield _Page(page.number, page.width, page.height, Reason.TIMEOUT)
                    return
                number = page.number
                if isinstance(page, BrokenPage):
                    yield _Page(number, page.width, page.height, page.reason)
                else:
                    yield _Page.of(page, look(page, self._finder, self._transcriber))
                number += 1
        except MemoryError:
            yield _Page(number, None, None, Reason.MEMORY)

    def _classified(self, pages: Iterable["_Page"]) -> Iterator[Classification]:
        return classify(self._model, [one.frames for page in pages for one in page.candidates])

    def _reading(self, page: "_Page", classifications: Iterator[Classification]) -> Reading:
        if page.reason is not None:
            return Reading.failed(page.reason, page.number, page.width, page.height)
        found = [(next(classifications), candidate) for candidate in page.candidates]
        # What may be a digit goes before what is none, however prominent that is.
        ranked = sorted(found, key=lambda one: one[0].is_none)
        candidates = Candidates.of([(what, candidate.box) for what, candidate in ranked])
        what = verdict(
            candidates,
            page.transcripts,
            page.caveat,
            self._standards,
        )
        if page.caveat is Reason.INCOMPLETE and what.value is None:  # who knows what was there?
            return Reading.failed(Reason.INCOMPLETE, page.number, page.width, page.height)
        if page.caveat is Reason.COLOUR_ONLY and what.status is Status.BLANK:
            what = Verdict(Status.NOT_DIGIT, Reason.COLOUR_ONLY)
        keeps = self._keep_frames and what.status is Status.REVIEW and what.is_candidate
        frames = KeptFrames(PREPROCESSING, ranked[0][1].frames.tobytes()) if keeps else None
        reading = Reading(
            page.number,
            what.status,
            what.reason,
            what.value,
            what.confidence,
            page.width,
            page.height,
            what.digits,
            what.alternatives,
            what.lines,
            frames=frames,
        )
        return of_damaged(reading) if page.caveat is Reason.DAMAGED else reading


@dataclass(frozen=True, slots=True)
class _Page:
    """A page between preprocessing and classification: what was found on it, or why it failed."""

    number: int
    width: int | None
    height: int | None
    reason: Reason | None = None
    candidates: tuple[Candidate, ...] = ()
    transcripts: tuple[Transcript, ...] = ()
    caveat: Reason | None = None

    @classmethod
    def of(cls, page: Page, seen: Preprocessed) -> "_Page":
        """``page`` with what was found on it, its boxes in pixels of the original size."""
        scale = page.width / seen.gray.shape[1], page.height / seen.gray.shape[0]
        return cls(
            page.number,
            page.width,
            page.height,
            candidates=tuple(replace(one, box=one.box.scaled(*scale)) for one in seen.candidates),
            transcripts=tuple(one.scaled(*scale) for one in seen.transcripts),
            caveat=page.doubt or seen.caveat,
        )
