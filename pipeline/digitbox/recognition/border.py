"""A page and the digits on it → does the border of the image cut through the writing?

A scan that was fed in askew, or cut out too closely, may show a part of a digit that looks like
another one, or a number without its first digit. The shares were chosen on drawn pages that were
cut through a digit, with the real ones in view: see ``docs/design.md``.

Lengths are in heights of the highest digit, areas in squares of that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.contrast import from_paper
from digitbox.recognition.view import Gray

ROOM = 0.35
"""What is cut out to its digits touches opposite borders. A border cuts through the writing where
there is at least so much room on the other side."""

REACH = 1.5
"""What is farther away from the digits than that is not looked at."""

LOW, LITTLE, SPECK = 0.25, 0.01, 0.002
"""What is less high, or has less area, is no part of a digit that could be missed. A single mark of
less than the last area is a speck."""

OWN = 0.3
"""A mark is one of the digits where so much of it, or more, lies in their boxes."""

ON_LINE, BEYOND, BESIDE = 0.1, 0.35, 1.0
"""Other marks are looked at where they reach so far into the line of the digits, no farther above
or below it than the second length, as the table beneath a page does, and stand no farther from the
digits than the third."""

STANDS_OUT, EVEN = 0.5, 0.25
"""A pixel is of a mark where it stands out by this share of the digits' own contrast, or more. A
border is even where its levels differ by less than the second share of it."""

STRAIGHT, ACROSS = 0.65, 0.75
"""A row or a column of a mark of which ink covers so much, or more, is a piece of a printed rule. A
row or a column of all that is looked at, of which ink covers the second share, is a rule or a frame
that digits may touch."""

SIDE = 32
"""Digits are looked at with so many pixels of height or somewhat more, if they have them."""


def is_cut_off(page: Gray, digits: Sequence[Box]) -> bool:
    """Whether the border of ``page`` (uint8 ``[H, W]``) cuts through one of the ``digits``, or
    through a mark beside them that may be one. At least one box is needed."""
    part = _Part.of(page, digits)
    return part is not None and part.is_cut()


@dataclass(frozen=True, slots=True)
class _Side:
    """A border of the page: a column where it is ``upright``, else a row; the first or the last."""

    upright: bool
    end: int

    def of(self, part: NDArray[np.integer[Any]]) -> NDArray[np.integer[Any]]:
        return part[:, self.end] if self.upright else part[self.end]


@dataclass(frozen=True, slots=True)
class _Mark:
    """What stands out on a border: its box and its ink in the part, bool ``[H, W]`` of the box."""

    box: Box
    ink: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The part of a page around its digits: its ``gray``, which of its pixels lie in their boxes
    (``own``), the box of ``all`` of them, the height of the highest, in pixels, and the ``sides``
    that are borders of the page with room on the other side."""

    gray: Gray
    own: NDArray[np.bool_]
    all: Box
    height: int
    sides: tuple[_Side, ...]

    @classmethod
    def of(cls, page: Gray, digits: Sequence[Box]) -> "_Part | None":
        """None where there is no such border, or nothing stands out on it."""
        rows, columns = page.shape
        around, height = Box.around(digits), max(one.height for one in digits)
        reach = round(REACH * height)
        left, top = max(0, around.x - reach), max(0, around.y - reach)
        right = min(columns, around.x + around.width + reach)
        bottom = min(rows, around.y + around.height + reach)
        rooms = {
            _Side(True, 0): (left == 0, columns - around.x - around.width),
            _Side(True, -1): (right == columns, around.x),
            _Side(False, 0): (top == 0, rows - around.y - around.height),
            _Side(False, -1): (bottom == rows, around.y),
        }
        gray = page[top:bottom, left:right]
        places = [Box(one.x - left, one.y - top, one.width, one.height) for one in digits]
        levels = np.array(
            [(part.min(), part.max()) for part in (gray[one.slices] for one in places)]
        )
        uneven = EVEN * float(levels.max() - levels.min())
        sides = tuple(
            side
            for side, (is_border, room) in rooms.items()
            if is_border and room >= ROOM * height and np.ptp(side.of(gray)) > uneven
        )
        return cls._reduced(gray, places, sides, max(1, height // SIDE)) if sides else None

    @classmethod
    def _reduced(
        cls, gray: Gray, places: Sequence[Box], sides: tuple[_Side, ...], times: int
    ) -> "_Part":
        """The part so many ``times`` smaller: each pixel is the mean of what it shows."""
        if times > 1:
            rows, columns = gray.shape
            padded = cv2.copyMakeBorder(
                gray, 0, -rows % times, 0, -columns % times, cv2.BORDER_REPLICATE
            )
            size = padded.shape[1] // times, padded.shape[0] // times
            gray = np.asarray(cv2.resize(padded, size, interpolation=cv2.INTER_AREA), np.uint8)
            places = [one.scaled(1 / times, 1 / times) for one in places]
        own = np.zeros(gray.shape, np.bool_)
        for one in places:
            own[one.slices] = True
        return cls(gray, own, Box.around(places), max(one.height for one in places), sides)

    def is_cut(self) -> bool:
        """Whether a digit, or what may be one, goes on beyond one of the sides."""
        _, found, boxes, _ = cv2.connectedComponentsWithStats(self._standing_out())
        labels = np.asarray(found, np.int32)
        for side in self.sides:
            marks = []
            for number in {int(label) for label in side.of(labels)} - {0}:
                box = Box(*(int(value) for value in boxes[number][:4]))
                marks.append(_Mark(box, np.asarray(labels[box.slices] == number, np.bool_)))
            beside = [one for one in marks if side.upright and self._is_beside(one)]
            if any(map(self._is_own, marks)) or self._may_be_digit(beside):
                return True
        return False

    def _standing_out(self) -> NDArray[np.uint8]:
        """1 where something stands out as the digits do, darker or lighter than the paper, and is
        no rule from border to border."""
        away = from_paper(self.gray, round(REACH * self.height))
        darkest, lightest = np.percentile(away[self.own], (3, 97))
        is_light = lightest > -darkest
        found = away > STANDS_OUT * lightest if is_light else away < STANDS_OUT * darkest
        rows, columns = (found.mean(axis=axis, keepdims=True) >= ACROSS for axis in (1, 0))
        return np.asarray(found & ~rows & ~columns, np.uint8)

    def _is_own(self, mark: _Mark) -> bool:
        box = mark.box
        is_large = box.height >= LOW * self.height and mark.ink.sum() >= LITTLE * self.height**2
        return bool(is_large and self.own[box.slices][mark.ink].mean() >= OWN)

    def _is_beside(self, mark: _Mark) -> bool:
        box, around = mark.box, self.all
        on_line = min(box.y + box.height, around.y + around.height) - max(box.y, around.y)
        beyond = max(around.y - box.y, box.y + box.height - around.y - around.height)
        away = max(around.x - box.x - box.width, box.x - around.x - around.width)
        is_on_line = on_line >= ON_LINE * self.height and beyond <= BEYOND * self.height
        is_near = is_on_line and away <= BESIDE * self.height
        return bool(is_near and mark.ink.sum() >= SPECK * self.height**2)

    def _may_be_digit(self, marks: Sequence[_Mark]) -> bool:
        """Whether marks at one border, which may be pieces of one digit, are more than pieces of
        printed rules."""
        if not marks or Box.around(one.box for one in marks).height < LOW * self.height:
            return False
        return sum(map(self._without_rules, marks)) >= LITTLE * self.height**2

    def _without_rules(self, mark: _Mark) -> int:
        """How many pixels of a mark are no piece of a rule."""
        rest = mark.ink.copy()
        if mark.box.height > LOW * self.height:
            rest[:, mark.ink.mean(axis=0) >= STRAIGHT] = False
        if mark.box.width > LOW * self.height:
            rest[mark.ink.mean(axis=1) >= STRAIGHT] = False
        return int(rest.sum())
