"""What is printed on a reference beside its fields, and a page → how much of it is on the page.

Forms of one layout differ by their words. Words are compared one piece after another, so that
one that differs is not lost among those that do not. What people add, as writing over a label or a
stamp, takes away nothing that is printed: only what is missing counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import Alignment, Reference, evenly_lit
from digitbox.forms.perspective import enlarging, reduced, scale_of
from digitbox.recognition.view import Gray

DARK, PAPER = 150, 220
"""What is darker than the first is print, on evenly lit paper that has the second."""

LINE = 45
"""What is straight for so many pixels of the fine reference is a line, and no word."""

LOWEST, HIGHEST, LEAST = 10, 80, 30
"""Words are at least and at most so many pixels high, and have so many dark ones. Lower ones
lose whole letters in black and white."""

GAP = 9
"""Letters are of one word where so many pixels at most are between them."""

ROOM = 4
"""A word lies at most so many pixels from its place; a field reaches so far beyond its box."""

COVERED = 0.8
"""Of a place that is dark to such a share, nobody knows what is printed there."""

STEP = 40
"""Where the page lies is computed for one of so many pixels, and is between them in proportion."""

THERE, GONE = 0.6, 0.35
"""From the first share on, a piece of a word is there; below the second, it is not. On drawn pages
of the form it is 0.38 at least, also by fax, and other words have 0.0 to 0.3."""


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """Where it stands on the fine reference, and its ``pieces`` from left to right: slices of its
    height and width, as wide as it is high."""

    left: int
    top: int
    ink: NDArray[np.bool_]

    @property
    def pieces(self) -> list[slice]:
        high, wide = self.ink.shape
        count = max(1, round(wide / max(high, 12)))
        edges = np.linspace(0, wide, count + 1).astype(int).tolist()
        return [slice(start, stop) for start, stop in pairwise(edges)]


@dataclass(frozen=True, slots=True, eq=False)
class Wording:
    """How many pieces of the words of a reference are ``there`` on a page, and how many are
    ``gone``. What something dark covers, or what lies beyond the page's edge, is neither."""

    there: int
    gone: int


def words(reference: Reference, places: Sequence[NDArray[np.float64]]) -> tuple[Word, ...]:
    """What is printed on ``reference`` beside the ``places`` of its fields."""
    fine, scale = reference.fine
    dark = (fine < DARK).astype(np.uint8)
    for shape in ((1, LINE), (LINE, 1)):
        line = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(shape, np.uint8))
        dark[cv2.dilate(line, np.ones((3, 3), np.uint8)) > 0] = 0
    for place in places:
        (left, top), (right, bottom) = place.min(axis=0) * scale, place.max(axis=0) * scale
        rows = slice(max(0, round(top) - ROOM), max(0, round(bottom) + ROOM + 1))
        dark[rows, max(0, round(left) - ROOM) : max(0, round(right) + ROOM + 1)] = 0
    joined = cv2.morphologyEx(np.pad(dark, GAP), cv2.MORPH_CLOSE, np.ones((3, GAP), np.uint8))[
        GAP:-GAP, GAP:-GAP
    ]
    _, _, boxes, _ = cv2.connectedComponentsWithStats(joined)
    found = []
    for x, y, wide, high, _ in boxes[1:].tolist():
        ink = dark[y : y + high, x : x + wide] > 0
        if LOWEST <= high <= HIGHEST and wide >= LOWEST and LEAST <= ink.sum() < 0.8 * ink.size:
            found.append(Word(x, y, ink))
    return tuple(found)


def wording(
    page: Gray, reference: Reference, alignment: Alignment, printed: Sequence[Word]
) -> Wording:
    """How much of what is ``printed`` on ``reference`` is on ``page`` (uint8 ``[H, W]``), where the
    ``alignment`` says."""
    dark = PAPER - _as_reference(page, reference, alignment).astype(np.float32)
    dark = np.pad(np.maximum(dark, 0), ROOM)
    spread = np.asarray(cv2.dilate(dark, np.ones((3, 3), np.uint8)), np.float32)
    usual = [float(np.median(_under(spread, word)[word.ink])) for word in printed]
    level = max(15.0, float(np.median(usual))) if usual else 15.0
    there = gone = 0
    for word in printed:
        shares = _shares(spread, word, level)
        there += int((shares >= THERE).sum())
        # Beside what is covered, a piece may be covered in part.
        unknown = np.pad(np.isnan(shares), 1)
        covered = unknown[:-2] | unknown[1:-1] | unknown[2:]
        gone += int(((shares < GONE) & ~covered).sum())
    return Wording(there, gone)


def _under(spread: NDArray[np.float32], word: Word, room: int = 0) -> NDArray[np.float32]:
    high, wide = word.ink.shape
    top, left = word.top + ROOM - room, word.left + ROOM - room
    return spread[top : top + high + 2 * room, left : left + wide + 2 * room]


def _shares(spread: NDArray[np.float32], word: Word, level: float) -> NDArray[np.float64]:
    """How much of each piece of ``word`` is there, 0 to 1; NaN where that is unknown."""
    around = _under(spread, word, ROOM)
    ink = word.ink.astype(np.float32)
    own = float(np.percentile(_under(spread, word)[word.ink], 70))
    own = max(own, 0.5 * level)
    around = np.minimum(around / own, 1)
    by_area = cv2.matchTemplate(around, np.ones_like(ink), cv2.TM_CCORR) * float(ink.mean())
    fits = cv2.subtract(cv2.matchTemplate(around, ink, cv2.TM_CCORR), by_area)
    _, _, _, (x, y) = cv2.minMaxLoc(fits)
    there = around[y : y + ink.shape[0], x : x + ink.shape[1]]
    found = []
    for piece in word.pieces:
        mask = word.ink[:, piece]
        by_chance = float(there[:, piece].mean())
        if by_chance > COVERED or mask.sum() < LEAST / 3:
            found.append(np.nan)
        else:
            share = (float(there[:, piece][mask].mean()) - by_chance) / (1 - by_chance)
            found.append(max(0.0, share))
    return np.array(found)


def _as_reference(page: Gray, reference: Reference, alignment: Alignment) -> Gray:
    """``page`` as the fine reference lies, evenly lit; what lies beyond its edges is black."""
    fine, _ = reference.fine
    high, wide = fine.shape
    from_fine = enlarging(fine.shape, reference.gray.shape)
    size = scale_of(alignment.to_page @ from_fine, fine.shape)
    source = page
    if size > 1.5:
        source, _ = reduced(page, max(1, round(max(page.shape) / size)))
    x, y = np.meshgrid(np.arange(0, wide + STEP, STEP), np.arange(0, high + STEP, STEP))
    coarse = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float64)
    scale = np.diag(from_fine)[:2]
    there = alignment.on_page(coarse * scale + from_fine[:2, 2])
    enlarged = enlarging(source.shape, page.shape)
    there = (there - enlarged[:2, 2]) / np.diag(enlarged)[:2]
    fine_x, fine_y = np.meshgrid(
        np.arange(wide, dtype=np.float32) / STEP, np.arange(high, dtype=np.float32) / STEP
    )
    where = cv2.remap(
        there.reshape(*x.shape, 2).astype(np.float32), fine_x, fine_y, cv2.INTER_LINEAR
    )
    empty: Any = None
    shown = cv2.remap(source, where, empty, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    lit = evenly_lit(np.asarray(shown, np.uint8))
    is_beyond = (where < 0).any(axis=2) | (where > np.array(source.shape[::-1]) - 1).any(axis=2)
    lit[is_beyond] = 0
    return lit
