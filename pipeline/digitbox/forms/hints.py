"""A field of a page and of its reference → what was written over what is printed in it.

Forms say in pale print what is to be written into a cell: a letter of a date, a digit as an
example. Read as it is, it would be a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import bright, evenly_lit
from digitbox.forms.cutting import DARK, inner
from digitbox.recognition.view import Gray

PAPER, HINT, PALEST = 220, 205, 213
"""Evenly lit paper; what is darker than the second is a hint where it is not DARK. What is paler
may be a pattern all over the paper, which is read better where it stays; up to the third, it is
still no value where it stands alone."""

NEAR = 0.03
"""On a page, print may lie away from where it is on the reference by such a share of the field's
height."""

SOFT = 1.0
"""So many pixels a hint is blurred by, that noise of the reference is none."""

EDGE = 9
"""So many pixels across, what is dark has pale edges that are no hints."""

SHOWN = 0.35
"""A hint is printed on each page, and differs there from paper by such a share of what it does on
the reference, or more."""

DARKER, STRONGER = 12, 0.4
"""Ink over a hint is darker than that by so many levels, and by such a share of what the hint is
darker than paper: no scan shows print as the reference does."""

INSIDE = 0.1
"""Such a share of a cell's sides is left out on each side: its printed lines, and what reaches
over them."""

PRINTED, MORE, LESS = 0.01, 0.15, 0.3
"""Of a cell in which something is printed, such a share is dark at least. With nothing written
there, less than that is dark besides on a page, and less than such a share of the print; and so
much of the print is not dark."""

DENSE = 0.05
"""Where so much of a cell is printed dark, nobody could write a digit that is told from it: that is
no point between two cells."""

ON_PAGES = 0.9
"""What is printed is seen on a page in such a share of the cells: in some, it is covered."""


def without_hints(picture: Gray, reference: Gray) -> Gray:
    """``picture`` (uint8 ``[h, w]``), of a field of a page, with paper where the ``reference`` has
    pale print, but for what is written over it. Both show the same place, in another size
    perhaps."""
    empty = _resized(reference, picture)
    ours = evenly_lit(_soft(empty))
    around = _around(picture)
    hint = cv2.erode(ours, around).astype(np.float32)
    # The edges of a dark line are pale; and they have to stay as wide as they are.
    is_dark = _grown(evenly_lit(empty) < DARK, around)
    is_pale = ~_grown(is_dark, np.ones((EDGE, EDGE), np.uint8))
    is_hint, middle = (hint < HINT) & is_pale, (ours < HINT) & is_pale
    if not middle.any() or is_hint.all():
        return picture
    theirs = evenly_lit(picture)
    # Of noisy paper, the brightest pixels are brighter than most.
    usual = float(np.median(theirs[~is_hint])) / PAPER
    if PAPER - theirs[middle].mean() / usual < SHOWN * (PAPER - ours[middle].mean()):
        return picture  # it was written by whoever filled in the reference
    is_ink = _is_ink(theirs / usual, hint)
    paper = cv2.convertScaleAbs(bright(picture), alpha=usual)
    return np.where(is_hint & ~is_ink, np.asarray(paper, np.uint8), picture)


@dataclass(frozen=True, slots=True)
class Print:
    """What is printed in a cell of a reference, on a page: whether it ``is_there``, and whether
    what is read in the cell ``may_be_print``: nothing is written there, or over dark print."""

    is_there: bool
    may_be_print: bool


def print_in(picture: Gray, reference: Gray) -> Print | None:
    """The print in ``picture``, of a cell of a page, that the same cell of the ``reference`` has,
    what is dark there, or else pale; None where that has none. Both are without lines."""
    # No paper beside it is brighter than the brightest pixel.
    if np.mean(_inner(reference < PALEST / PAPER * reference.max())) < PRINTED:
        return None
    empty, around = _resized(reference, picture), _around(picture)
    ours, theirs = (_inner(evenly_lit(one)) for one in (empty, picture))
    dark = ours < DARK
    if dark.mean() >= PRINTED:
        is_there = _is_there(dark, theirs < DARK, around)
        more = (theirs < DARK) & ~_grown(dark, around)
        is_alone = more.sum() < min(MORE * dark.sum(), PRINTED * dark.size)
        return Print(is_there, is_there and bool(is_alone or dark.mean() >= DENSE))
    ours, theirs = (_inner(evenly_lit(_soft(one))) for one in (empty, picture))
    if np.mean(ours < PALEST) < PRINTED:
        return None
    is_there = _is_there(ours < PALEST, theirs < PALEST, around)
    ink = _is_ink(theirs, cv2.erode(ours, around).astype(np.float32))
    return Print(is_there, is_there and bool(ink.mean() < PRINTED))


def is_printed(seen: Sequence[Print]) -> bool:
    """Whether what stands in the cells of a reference, and was ``seen`` like that on a page, was
    printed there, and not written by whoever filled in that sheet: then it is on other pages,
    too."""
    return bool(seen) and sum(one.is_there for one in seen) >= ON_PAGES * len(seen)


def _is_ink(theirs: NDArray[Any], hint: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(theirs < hint - np.maximum(DARKER, STRONGER * (PAPER - hint)))


def _is_there(
    ours: NDArray[np.bool_], theirs: NDArray[np.bool_], around: NDArray[np.uint8]
) -> bool:
    return bool((ours & ~_grown(theirs, around)).sum() < LESS * ours.sum())


def _soft(picture: Gray) -> Gray:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), SOFT), np.uint8)


def _resized(reference: Gray, picture: Gray) -> Gray:
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.resize(reference, size, interpolation=cv2.INTER_LINEAR), np.uint8)


def _around(picture: Gray) -> NDArray[np.uint8]:
    side = 1 + 2 * max(1, round(NEAR * picture.shape[0]))
    return np.ones((side, side), np.uint8)


def _grown(mask: NDArray[np.bool_], around: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), around).astype(bool)


def _inner(cell: NDArray[Any]) -> NDArray[Any]:
    return inner(cell, INSIDE)
