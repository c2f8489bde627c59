"""The ink of a view → the lines of writing in it, each with its slope and extent."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.finder import InkMap
from digitbox.recognition.grouping import DIRT, GAP, Group, pieces

SHARED = 0.4
"""Two pieces that share so much of the height of the lower one may stand on one line."""

TALL = 0.45
"""What is lower than this share of the tallest piece of a line is a mark or a part of a digit: it
says nothing about the line's height."""

APART = 2.5
"""Digits of one line are at most so many heights apart."""

BESIDE = 0.35
"""A point or a comma may stand so far below the digits, in their heights."""

LONG = 3.0
"""A line that is so many times longer than high has a slope."""

STEEPEST = math.radians(20)

RIVAL = 0.4
"""What is as high as this share of the first line, or more, is another line."""

MOST_LINES = 8
"""Only so many are reported."""


@dataclass(frozen=True, slots=True, eq=False)
class Writing:
    """A line of writing: a rectangle around ``x``, ``y``, ``length`` along the line, which goes
    down to the right by ``slope`` radians (up, where it is negative), and ``height`` across it; in
    pixels of the view that it was found in, or of the page. ``mass`` is the sum of its ink."""

    x: float
    y: float
    length: float
    height: float
    slope: float
    mass: float

    @classmethod
    def around(cls, box: Box) -> "Writing":
        """What fills ``box``, level."""
        x, y = box.middle
        return cls(x, y, box.width, box.height, 0.0, float(box.area))

    def holds(self, x: float, y: float) -> bool:
        """Whether what has its middle at ``x``, ``y`` is on the line, or so near that it may be."""
        return abs(x - self.x) <= self.length / 2 and abs(y - self.y) <= self.height

    def scaled(self, scale: float, left: float, top: float) -> "Writing":
        """The same in pixels of which there are ``scale`` times as many, where the view begins at
        ``left``, ``top``."""
        return Writing(
            left + self.x * scale,
            top + self.y * scale,
            self.length * scale,
            self.height * scale,
            self.slope,
            self.mass,
        )


def writing(ink: InkMap, edge: float, seed: float, spread: float = APART) -> list[Writing]:
    """The lines of writing in a view (float32 ``[H, W]`` in [0, 1]), the heaviest first, then those
    that are not much lower. ``edge`` and ``seed``: see :func:`pieces`. What is more than ``spread``
    heights apart is not on one line."""
    rest = pieces(ink, edge, seed)
    found: list[Writing] = []
    first = 0
    while rest and len(found) < MOST_LINES:
        main = max(rest, key=lambda piece: piece.mass * (piece.bottom - piece.top) ** 0.5)
        members, rest = _line(main, rest, spread)
        height = max(piece.bottom - piece.top for piece in members)
        mass = sum(piece.mass for piece in members)
        if mass < DIRT or (found and height < RIVAL * first):
            break
        first = first or height
        found.append(_measured(members, mass))
    return found


def _line(main: Group, others: Sequence[Group], spread: float) -> tuple[list[Group], list[Group]]:
    """``main`` with those of ``others`` that are on one line with it, and the rest."""
    members, rest = [main], [piece for piece in others if piece is not main]
    tallest = main.bottom - main.top
    changed = True
    while changed:
        changed = False
        for piece in list(rest):
            if any(_together(piece, member, tallest, spread) for member in members):
                members.append(piece)
                rest.remove(piece)
                tallest = max(tallest, piece.bottom - piece.top)
                changed = True
    return members, rest


def _together(piece: Group, member: Group, tallest: int, spread: float) -> bool:
    high, other = piece.bottom - piece.top, member.bottom - member.top
    if high < TALL * tallest and piece.gap(member) <= GAP * max(high, other):
        return True
    apart = max(piece.left - member.right, member.left - piece.right, 0)
    if apart > spread * tallest:
        return False
    if other < TALL * tallest:  # from a mark a line does not go on
        return False
    below = BESIDE * tallest if high < TALL * tallest else 0
    shared = min(piece.bottom, member.bottom + below) - max(piece.top, member.top)
    return shared > SHARED * min(high, other)


def _measured(members: Sequence[Group], mass: float) -> Writing:
    left, right = min(one.left for one in members), max(one.right for one in members)
    tallest = max(one.bottom - one.top for one in members)
    tall = [one for one in members if one.bottom - one.top >= TALL * tallest]
    slope = 0.0
    if right - left > LONG * tallest and len(tall) > 2:
        slope = _slope(tall)
    labels = [label for one in tall for label in one.labels]
    rows, columns = np.nonzero(np.isin(members[0].pieces, labels))
    across = rows + 0.5 - (columns + 0.5 - (left + right) / 2) * math.tan(slope)
    top, bottom = float(across.min()) - 0.5, float(across.max()) + 0.5
    length = (right - left) / math.cos(slope)
    height = (bottom - top) * math.cos(slope)
    return Writing((left + right) / 2, (top + bottom) / 2, length, height, slope, mass)


def _slope(tall: Sequence[Group]) -> float:
    """Of the line through the middles of the pieces, each as heavy as it is wide."""
    x: NDArray[np.float64] = np.array([(one.left + one.right) / 2 for one in tall])
    y = np.array([(one.top + one.bottom) / 2 for one in tall])
    weights = np.array([one.right - one.left for one in tall], np.float64)
    weights /= weights.sum()
    x, y = x - weights @ x, y - weights @ y
    spread = float(weights @ (x * x))
    if spread < 1:
        return 0.0
    slope = math.atan(float(weights @ (x * y)) / spread)
    return min(max(slope, -STEEPEST), STEEPEST)
