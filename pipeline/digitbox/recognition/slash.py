"""A strip and the digits that were read on it → may a 1 among them be a slash?

``15/20`` and ``15120`` look alike. A slash is a straight stroke that leans more than the digits
beside it, or is longer than they are high. The bounds were chosen on drawn fractions and dates,
with the real numbers in view: see ``docs/design.md``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LEANS, LONGER = 12.0, 0.15
"""A slash leans to the right by so many degrees more than the digits beside it, or reaches beyond
their top and bottom by this share of their height, in all; at least."""

STRAIGHT = 0.03
"""Its middle leaves a straight line by less than this share of its height (standard deviation)."""

STANDS_OUT, PAPER = 0.45, 49
"""Ink stands out by this share of what the strongest does; the paper is the median of so many
pixels across."""

SMALLEST = 15
"""Marks of fewer pixels are no digits."""


@dataclass(frozen=True, slots=True)
class _Stroke:
    """The ink of a digit: its top and bottom, in pixels of the strip, by how many degrees it leans
    to the right, and how far its middle leaves a straight line, in shares of its height."""

    top: int
    bottom: int
    lean: float
    bend: float

    @classmethod
    def of(cls, ink: NDArray[np.float64], top: int) -> "_Stroke":
        """``ink`` is how strong each of its pixels is, ``[H, W]``, from the row ``top`` on."""
        mass = ink.sum(axis=1)
        rows = np.flatnonzero(mass)
        middles = (ink @ np.arange(ink.shape[1]))[rows] / mass[rows]
        if len(rows) < 3:
            return cls(top, top + len(rows), 0.0, 1.0)
        slope, first = np.polyfit(rows, middles, 1, w=np.sqrt(mass[rows]))
        bend = float(np.std(middles - (slope * rows + first))) / len(rows)
        lean = float(np.degrees(np.arctan(-slope)))
        return cls(top + int(rows[0]), top + int(rows[-1]) + 1, lean, bend)


def may_hold_slash(
    strip: NDArray[np.uint8], number: Sequence[int], middles: Sequence[float]
) -> bool:
    """Whether a 1 between two other digits of ``number`` may be a slash: their ``middles`` are in
    pixels of ``strip`` (uint8 ``[H, W]``)."""
    inner = [place for place in range(1, len(number) - 1) if number[place] == 1]
    if not inner:
        return False
    strokes = dict(_strokes(strip, middles))
    return any(
        place in strokes
        and _is_slash(strokes[place], [strokes[one] for one in strokes if one != place])
        for place in inner
    )


def _is_slash(stroke: _Stroke, others: Sequence[_Stroke]) -> bool:
    if not others or stroke.bend >= STRAIGHT:
        return False
    top, bottom = (np.median([getattr(one, end) for one in others]) for end in ("top", "bottom"))
    beyond = top - stroke.top + stroke.bottom - bottom
    lean = float(np.median([one.lean for one in others]))
    return bool(stroke.lean - lean >= LEANS or beyond >= LONGER * (bottom - top))


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
    padded = cv2.copyMakeBorder(strip, *(PAPER // 2,) * 4, cv2.BORDER_REPLICATE)
    inside = slice(PAPER // 2, -(PAPER // 2))
    away = strip.astype(np.float64) - cv2.medianBlur(padded, PAPER)[inside, inside]
    darkest, lightest = np.percentile(away, (2, 98))
    return np.maximum(-away if -darkest >= lightest else away, 0)


def _distance(box: NDArray[Any], middle: float) -> float:
    """How far a mark is from a digit's middle: first whether it covers that, then its own."""
    left, right = float(box[0]), float(box[0] + box[2])
    return 10 * max(0.0, left - middle, middle - right) + abs((left + right) / 2 - middle)
