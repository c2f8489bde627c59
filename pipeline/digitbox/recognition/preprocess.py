"""A gray page → the candidates on it, each with the frames that a network sees, and its lines.

The one way from a page to its frames: for the reader, for what the review page shows, and for what
draws training data.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.border import is_cut_off
from digitbox.recognition.colour import shown
from digitbox.recognition.crop import Overview
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.edges import without_dark_edges
from digitbox.recognition.finder import Finder
from digitbox.recognition.lines import around, further, lines
from digitbox.recognition.locate import locate
from digitbox.recognition.normalize import normalize
from digitbox.recognition.shape import goes_on, is_unusual
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.transcript import Transcript, digits_of, transcribe
from digitbox.recognition.turning import on_its_side, upside_down
from digitbox.recognition.view import Gray
from digitbox.records import Reason

MOST_LINES = 4
"""Only so many lines are read, the heaviest; and so many further ones."""

NUMBER = 0.98
"""A line that is so likely to have several digits, or more, is not looked at for single ones."""

LEGIBLE = 0.5
"""Where no line is read with such a probability, a person looks at the page anyway, and nothing
more is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """What may be a digit: its ``frames``, uint8 ``[1 or 2, 28, 28]``, ink 255 on background 0 (see
    :func:`normalize`), its place on the page, in the page's pixels, and whether its shape is none
    that digits have."""

    frames: NDArray[np.uint8]
    box: Box
    is_unusual: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Preprocessed:
    """How a page looks: ``gray`` is the upright page, uint8 ``[H, W]``, perhaps reduced;
    ``candidates`` and ``transcripts`` are what was found on it, in its pixels. ``caveat`` is why a
    person has to see what is read there, however sure it is: the page was turned to read it, or
    lost its dark edges, what is taken for a digit has the shape of printed lines, the border cuts
    through it, or what was found differs in colour alone, and little or from digits."""

    gray: Gray
    candidates: tuple[Candidate, ...]
    transcripts: tuple[Transcript, ...] = ()
    caveat: Reason | None = None

    @property
    def digits(self) -> tuple[Box, ...]:
        """Where the digits are that the page may say: those of its lines, and the first
        candidate."""
        on_lines = tuple(digit.box for line in self.transcripts for digit in line.digits)
        return on_lines + tuple(one.box for one in self.candidates[:1])

    @classmethod
    def of(
        cls,
        page: Gray,
        candidates: tuple[Candidate, ...],
        transcripts: tuple[Transcript, ...] = (),
    ) -> "Preprocessed":
        """An upright page, as it is."""
        # A number may enclose as much paper as boxes do.
        is_digit = all(len(one.digits) <= 1 for one in transcripts)
        is_unusual = is_digit and bool(candidates) and candidates[0].is_unusual
        return cls(page, candidates, transcripts, Reason.UNUSUAL_SHAPE if is_unusual else None)


def preprocess(
    page: Gray, finder: Finder, overview: Overview | None = None
) -> tuple[Candidate, ...]:
    """The candidates on ``page`` (uint8 ``[H, W]``, of any size), the most prominent first; none
    where it is blank. ``overview`` is that of the page, where there is one already."""
    return tuple(
        Candidate(
            normalize(region.ink, region.contrast),
            region.box,
            is_unusual(region.ink) or goes_on(page, region.box),
        )
        for region in locate(page, finder, overview)
    )


def look(page: Page, finder: Finder, transcriber: Transcriber | None) -> Preprocessed:
    """What is on ``page``: where its gray shows nothing, what its colours do."""
    seen = _looked(page, finder, transcriber)
    is_cut = seen.caveat is None and bool(seen.digits) and is_cut_off(seen.gray, seen.digits)
    return replace(seen, caveat=Reason.CUT_OFF) if is_cut else seen


def _looked(page: Page, finder: Finder, transcriber: Transcriber | None) -> Preprocessed:
    seen = survey(page.gray, finder, transcriber)
    if _has_anything(seen):
        return seen
    colours = page.colours()
    colour = shown(colours) if colours is not None else None
    if colour is None:
        return seen
    seen = survey(colour.gray, finder, transcriber)
    if _has_anything(seen) and not colour.is_faint:
        return seen
    return replace(seen, caveat=seen.caveat or Reason.COLOUR_ONLY)


def _has_anything(seen: Preprocessed) -> bool:
    return bool(seen.candidates) or any(one.says for one in seen.transcripts)


def survey(page: Gray, finder: Finder, transcriber: Transcriber | None) -> Preprocessed:
    """What is on ``page``: its lines, and its candidates unless a line is a number for sure.
    Without a ``transcriber``, its candidates alone."""
    seen = _surveyed(page, finder, transcriber)
    if _has_anything(seen):
        return seen
    # Beside what is black, the finder does not see faint pencil. Without it, it sees more specks
    # and rules, too, and what stands close to the edge may be gone.
    sheet = without_dark_edges(page)
    if sheet is page:
        return seen
    again = _surveyed(sheet, finder, transcriber)
    return replace(again, gray=page, caveat=again.caveat or Reason.DARK_EDGES)


def _surveyed(page: Gray, finder: Finder, transcriber: Transcriber | None) -> Preprocessed:
    if transcriber is None:
        return Preprocessed.of(page, preprocess(page, finder))
    overview = Overview(page, finder)
    found = lines(page, finder, overview)[:MOST_LINES]
    read = tuple(transcribe(page, line, transcriber) for line in found)
    upright = on_its_side(page, read, finder, transcriber)
    if upright is None and len(read) == 1:
        upright = upside_down(page, read[0], found[0], transcriber)
    if upright is not None:
        return Preprocessed(page, (), (upright,), caveat=Reason.TURNED)
    if overview.shape is None and any(_is_legible(one) for one in read):
        rest = further(page, found, finder)[:MOST_LINES]
        read += tuple(transcribe(page, line, transcriber) for line in rest)
    if any(_is_number(one) for one in read):
        return Preprocessed(page, (), read)
    candidates = preprocess(page, finder, overview)
    if read or not candidates:
        return Preprocessed.of(page, candidates, read)
    # It may be a piece of a rule, or one digit of a number: what is around it tells.
    near = around(page, candidates[0].box, finder)[:MOST_LINES]
    near += further(page, near, finder)[:MOST_LINES]
    seen = Preprocessed.of(
        page, candidates, tuple(transcribe(page, line, transcriber) for line in near)
    )
    is_all = all(any(line.holds(*one.box.middle) for line in near) for one in candidates)
    return seen if is_all else replace(seen, caveat=seen.caveat or Reason.SEVERAL_MARKS)


def _is_legible(read: Transcript) -> bool:
    """Whether a line may be accepted."""
    return bool(read.digits) and read.written[0].probability >= LEGIBLE


def _is_number(read: Transcript) -> bool:
    """Whether a line has several digits, and no other reading of it has fewer."""
    several = (one.probability for one in read.written if len(digits_of(one.value)) > 1)
    return sum(several) >= NUMBER


def preprocess_page(
    content: bytes, number: int, finder: Finder, max_pixels: int
) -> Preprocessed | None:
    """The page with that ``number``, from 1, of a file's ``content``; None where it cannot be
    decoded."""
    page = next(decode(content, max_pixels, first=number), None)
    return look(page, finder, None) if isinstance(page, Page) else None
