"""A strip and the digits that were read on it → may a 1 among them be a slash, a bracket or a bar?

``15/20`` and ``15120`` look alike, and so do ``43)`` and ``431``. A slash is a straight stroke that
leans more than the digits beside it, or is longer than they are high. A bracket at the end bends to
the right, and a bar at the end is longer than the digits above and below. The bounds were chosen on
drawn fractions, dates, brackets and bars, with the real numbers in view: see ``docs/design.md``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.contrast import from_paper

LEANS, LONGER = 12.0, 0.15
"""A slash leans by so many degrees more to the right than the digits beside it, or to the left, or
reaches beyond their top and bottom by this share of their height, in all; at least."""

BEYOND = 0.05
"""A bar reaches so far beyond the others, as a share of their height, both above and below."""

STRAIGHT = 0.03
"""The middle of a slash or a bar leaves a straight line by less than this share of its height
(standard deviation)."""

BOWED, SLIM = 0.06, 0.2
"""The middle of a bracket stands by this share of its height, or more, to the right of its ends. A
1 with a foot does so too, but is wider: half of its rows have more ink than the second share."""

STANDS_OUT, PAPER = 0.45, 24
"""Ink stands out by this share of what the strongest does; the paper is the median of what is so
many pixels away, or less."""

SMALLEST, FEWEST = 15, 8
"""Marks of fewer pixels are no digits; of those with fewer rows nothing is said."""


@dataclass(frozen=True, slots=True)
class _Stroke:
    """The ink of a digit: its top and bottom, in pixels of the strip, and by how many degrees it
    leans to the right. In shares of its height: how far its middle leaves a straight line (a
    standard deviation, ``bend``), how far its middle stands to the right of its ends (``bow``), and
    how wide it is in most of its rows."""

    top: int
    bottom: int
    lean: float
    bend: float
    bow: float
    width: float

    @classmethod
    def of(cls, ink: NDArray[np.float64], top: int) -> "_Stroke":
        """``ink`` is how strong each of its pixels is, ``[H, W]``, from the row ``top`` on."""
        mass = ink.sum(axis=1)
        rows = np.flatnonzero(mass)
        high = len(rows)
        first, last = top + int(rows[0]), top + int(rows[-1]) + 1
        if high < FEWEST:
            return cls(first, last, 0.0, 1.0, 0.0, 1.0)
        middles = (ink @ np.arange(ink.shape[1]))[rows] / mass[rows]
        slope, start = np.polyfit(rows, middles, 1, w=np.sqrt(mass[rows]))
        bend = float(np.std(middles - (slope * rows + start))) / high
        ends = np.mean([middles[: high // 8].mean(), middles[-(high // 8) :].mean()])
        bow = float(middles[3 * high // 8 : 5 * high // 8].mean() - ends) / high
        width = float(np.median((ink[rows] > 0).sum(axis=1))) / high
        return cls(first, last, float(np.degrees(np.arctan(-slope))), bend, bow, width)


def may_hold_sign(
    strip: NDArray[np.uint8], number: Sequence[int], middles: Sequence[float]
) -> bool:
    """Whether a 1 between two other digits of ``number`` may be a slash, or the last one a bracket
    or a bar: their ``middles`` are in pixels of ``strip`` (uint8 ``[H, W]``)."""
    places = [place for place in range(1, len(number)) if number[place] == 1]
    if not places:
        return False
    strokes = dict(_strokes(strip, middles))
    return any(
        _is_sign(
            strokes[place],
            [strokes[one] for one in strokes if one != place],
            is_last=place == len(number) - 1,
        )
        for place in places
        if place in strokes
    )


def _is_sign(stroke: _Stroke, others: Sequence[_Stroke], is_last: bool) -> bool:
    if is_last and stroke.bow >= BOWED and stroke.width <= SLIM:
        return True
    if not others or stroke.bend >= STRAIGHT:
        return False
    top, bottom, lean = (
        float(np.median([getattr(one, name) for one in others]))
        for name in ("top", "bottom", "lean")
    )
    above, below = top - stroke.top, stroke.bottom - bottom
    if is_last:
        return min(above, below) >= BEYOND * (bottom - top)
    return abs(stroke.lean - lean) >= LEANS or above + below >= LONGER * (bottom - top)


def _strokes(strip: NDArray[np.uint8], middles: Sequence[float]) -> Iterator[tuple[int, _Stroke]]:
    """The digits that touch no other one, by their places in the number."""
    strength = _strength(strip)
    mask = np.asarray(strength > STANDS_OUT * np.percentile(strength, 99), np.uint8)
    count, found, boxes, _ = cv2.connectedComponentsWithStats(mask)
    marks = [mark for mark in range(1, count) if boxes[mark][4] > SMALLEST]
    if not marks:
        return
    nearest = [min(marks, key=lambda mark: _distance(boxes[mark], middle)) for middle in middles]
    for place, mark in enumerate(nearest):
        if nearest.count(mark) == 1:
            x, y, width, height = (int(value) for value in boxes[mark][:4])
            part = np.s_[y : y + height, x : x + width]
            yield place, _Stroke.of(strength[part] * (np.asarray(found)[part] == mark), y)


def _strength(strip: NDArray[np.uint8]) -> NDArray[np.float64]:
    """By how many levels each pixel stands out as ink, dark or light, does."""
    away = from_paper(strip, PAPER)
    darkest, lightest = np.percentile(away, (2, 98))
    return np.maximum(-away if -darkest >= lightest else away, 0).astype(np.float64)


def _distance(box: NDArray[Any], middle: float) -> float:
    """How far a mark is from a digit's middle: first whether it covers that, then its own."""
    left, right = float(box[0]), float(box[0] + box[2])
    return 10 * max(0.0, left - middle, middle - right) + abs((left + right) / 2 - middle)
