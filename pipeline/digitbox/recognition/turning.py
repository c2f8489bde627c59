"""A page with its lines as they were read → whether it lies on its side or upside down, and what it
says when it is turned."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from digitbox.box import Box
from digitbox.recognition.finder import Finder
from digitbox.recognition.lines import lines
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.transcript import Transcript, transcribe
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing

BETTER = 0.2
"""A page is turned if it reads so much better then, in the probability of what it says; of several
lines, in their mean: one stroke of a number on its side may well look like a digit."""

LEGIBLE = 0.5
"""A line that is read with less certainty cannot be read."""

TALL = 1.6
"""What is so many times higher than wide, and cannot be read, may be a number on its side."""

RARE = 50.0
"""How much likelier a line has to be to read as it does upside down than as it stands, to be taken
for upside down: about one page in so many is."""


def on_its_side(
    page: Gray, transcripts: Sequence[Transcript], finder: Finder, transcriber: Transcriber
) -> Transcript | None:
    """The number on a ``page`` that lies on its side, as it reads upright, with its places on the
    page as it lies. None where the page stands, or says nothing more when it is turned."""
    if not _is_stacked(transcripts) and not any(_is_tall(one) for one in transcripts):
        return None
    known = sum(map(_certainty, transcripts)) / len(transcripts)
    best: tuple[Transcript, int] | None = None
    for turns in (1, 3):
        upright = np.ascontiguousarray(np.rot90(page, turns))
        found = lines(upright, finder)
        if len(found) != 1:
            continue
        read = transcribe(upright, found[0], transcriber)
        if len(read.digits) > 1 and (best is None or _certainty(read) > _certainty(best[0])):
            best = read, turns
    if best is None or _certainty(best[0]) < known + BETTER:
        return None
    return _turned_back(*best, page.shape)


def upside_down(
    page: Gray, read: Transcript, line: Writing, transcriber: Transcriber
) -> Transcript | None:
    """What a ``line`` says that was ``read`` on ``page``, if it is likelier to be upside down; None
    where it is not."""
    least = max(LEGIBLE, RARE * _certainty(read))
    if len(read.digits) < 2 or least > 1:
        return None
    height, width = page.shape
    half = np.ascontiguousarray(page[::-1, ::-1])
    other = transcribe(half, replace(line, x=width - line.x, y=height - line.y), transcriber)
    if _certainty(other) < least:
        return None
    return _turned_back(other, 2, page.shape)


def _is_stacked(transcripts: Sequence[Transcript]) -> bool:
    """Whether lines of hardly more than a digit each stand above each other, as those of a number
    do that lies on its side."""
    if len(transcripts) < 2 or any(len(one.digits) > 2 for one in transcripts):
        return False
    boxes = [one.box for one in transcripts]
    left, right = max(box.x for box in boxes), min(box.x + box.width for box in boxes)
    return right - left > 0.4 * min(box.width for box in boxes)


def _is_tall(read: Transcript) -> bool:
    """Whether what cannot be read is higher than wide."""
    return read.box.height > TALL * read.box.width and _certainty(read) < LEGIBLE


def _certainty(read: Transcript) -> float:
    return read.written[0].probability if read.digits else 0.0


def _turned_back(read: Transcript, turns: int, shape: tuple[int, ...]) -> Transcript:
    """``read`` on a page that was turned to the left by so many quarters, on the page of ``shape``
    before that."""
    height, width = shape[:2]

    def back(box: Box) -> Box:
        right, bottom = box.x + box.width, box.y + box.height
        if turns == 1:
            return Box(width - bottom, box.x, box.height, box.width)
        if turns == 2:
            return Box(width - right, height - bottom, box.width, box.height)
        return Box(box.y, height - right, box.height, box.width)

    digits = tuple(replace(one, box=back(one.box)) for one in read.digits)
    return replace(read, digits=digits, box=back(read.box))
