"""What people write in a field → one line of it in one hand: its ink, and where each character is.

The text of a line has digits, ``.``, ``,`` and ``-``; OTHER stands for each letter, sign or scrawl
that is part of no number.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.card import OTHER
from digitbox.records import DIGITS
from digitbox_train.drawing.amounts import amount, with_other
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.pens import Ink, retraced, stamp
from digitbox_train.drawing.writers import Writers

HEIGHT = 44
"""Digits are written about so many pixels high."""

SUBJECTS = {"number": 0.805, "mixed": 0.1, "other": 0.05, "dash": 0.01, "nothing": 0.035}
"""How often a line holds a number, one with other writing beside it, other writing alone, a dash
alone, nothing."""

UNDERLINED = 0.06
"""This share of the lines is underlined with the pen, at times twice."""

RAISED = 0.2
"""This share of the points stands at half the height of the digits, as in India and Britain."""

CHAINED = 0.4
"""How likely the pen does not lift between two zeros that are close."""

SEEN = {"=": "-", "+": OTHER, ":": OTHER, "/": OTHER}
"""How a mark is to be read that is none of ``.``, ``,``, ``-``: two strokes at the end of an amount
mean as much as one."""


@dataclass(frozen=True)
class Line:
    """``ink`` is float32 ``[H, W]``, 0 to 1; ``top`` and ``bottom`` are those of its digits and of
    OTHER, ``left`` and ``right`` those of all its characters, in pixels, ``bottom`` and ``right``
    being the first row and column below and beside them. What strikes them out goes beyond.
    ``centres`` are the places of the characters of ``text`` across, in pixels, from left to
    right."""

    ink: Ink
    top: int
    bottom: int
    left: int
    right: int
    text: str
    centres: tuple[float, ...]
    hand: Hand


def line(writers: Writers, random: np.random.Generator, longest: int = 12) -> Line:
    """A line as somebody writes it, with ``longest`` digits at most."""
    hand = Hand.of(writers, random)
    subject = str(random.choice(list(SUBJECTS), p=list(SUBJECTS.values())))
    tokens: list[str] = []
    struck: tuple[int, int] | None = None
    if subject in ("number", "mixed"):
        tokens = amount(random, longest)
    if subject == "mixed":
        tokens, struck = with_other(tokens, random)
    elif subject == "other":
        tokens = [OTHER] * int(random.choice([1, 1, 2, 3, 4, 6]))
        if random.random() < 0.4:
            tokens = amount(random, min(longest, int(random.choice([1, 2, 3, longest]))))
            struck = 0, len(tokens)
    elif subject == "dash":
        tokens = ["-"]
    return written(tokens, hand, random, struck)


def written(
    tokens: Sequence[str],
    hand: Hand,
    random: np.random.Generator,
    struck: tuple[int, int] | None = None,
) -> Line:
    """``tokens`` side by side, as ``hand`` writes them: digits, marks, OTHER, and a blank for a
    wider gap. Those from ``struck`` on, up to its end, are struck out, and are OTHER then."""
    spacing = _Spacing.of(random)
    height, base = 4 * HEIGHT, 2.6 * HEIGHT
    ink = np.zeros((height, int((len(tokens) + 2) * HEIGHT * 2.2)), np.float32)
    edge = np.full(height, -1e9)  # how far the ink goes to the right, in each row
    left = right = int(0.3 * HEIGHT)
    top, bottom = height, 0
    text, centres = "", list[float]()
    boxes: dict[int, _Box] = {}
    size, room = 1.0, 0.0
    for place, token in enumerate(tokens):
        if token == " ":
            room = random.uniform(0.2, 0.8) * HEIGHT
            continue
        size *= spacing.shrink
        tall = HEIGHT * size
        is_digit = token in DIGITS
        shape = (
            hand.digit(int(token), tall, random)
            if is_digit
            else hand.other(tall, random)
            if token == OTHER
            else hand.mark(token, tall, random)
        )
        if is_digit and random.random() < 0.015:  # written over
            shape = retraced(shape, hand.digit(int(token), tall, random), random)
        high, wide = shape.shape
        foot = base + spacing.slope * right + random.normal(0, spacing.uneven) * HEIGHT
        start = int(np.clip(round(_top(token, foot, high, tall, random)), 0, height - high))
        gap = room + spacing.gap(token, place, tokens, random)
        x = right + gap
        if text and spacing.kerned:
            x = _kerned(edge, shape, start) + gap
            x = max(x, right - (0.6 * wide if is_digit else 0.5 * HEIGHT))
        at = max(0, round(x)) if text else left
        if centres:  # in the order in which they are read
            at = max(at, int(centres[-1] - wide / 2) + 1)
        if at + wide >= ink.shape[1]:
            break
        stamp(ink, shape, at, start)
        if boxes and is_digit and random.random() < spacing.tied(token, place, tokens):
            _tie(ink, boxes[max(boxes)], (at, start, at + wide, start + high), hand, random)
        rows = slice(start, start + high)
        on = shape > 0.3
        ends = np.where(on.any(1), at + wide - on[:, ::-1].argmax(1), -1e9)
        edge[rows] = np.maximum(edge[rows], ends)
        boxes[place] = (at, start, at + wide, start + high)
        left, right, room = min(left, at), max(right, at + wide), 0.0
        if is_digit or token == OTHER:
            top, bottom = min(top, start), max(bottom, start + high)
        text += SEEN.get(token, token)
        centres.append(at + wide / 2)
    if bottom <= top:  # no digit: where one would be
        top, bottom = int(base - HEIGHT), int(base)
    if struck is not None:
        text = _strike(ink, text, boxes, struck, hand, random)
    elif boxes and random.random() < UNDERLINED:
        _underline(ink, (left, top, right, bottom), hand, random)
    return Line(ink, top, bottom, left, right, text, tuple(centres), hand)


@dataclass(frozen=True)
class _Spacing:
    """How a line is set: gaps between digits have the mean ``mean`` and the deviation ``spread``,
    in pixels; zeros are ``chained`` closer than that; ``group`` digits stand closer together (0:
    none do); ``ties`` is how likely the pen does not lift between two digits; each is ``shrink``
    times as high as the one before."""

    mean: float
    spread: float
    group: int
    kerned: bool
    slope: float
    uneven: float
    ties: float
    chained: bool
    shrink: float

    @classmethod
    def of(cls, random: np.random.Generator) -> "_Spacing":
        chance = random.random()
        share = (
            random.uniform(-0.12, 0.06)
            if chance < 0.22
            else random.uniform(0.04, 0.3)
            if chance < 0.78
            else random.uniform(0.3, 1.0)
        )
        return cls(
            mean=float(share * HEIGHT),
            spread=float(random.choice([0.03, 0.08, 0.15]) * HEIGHT),
            group=int(random.integers(2, 6)) if random.random() < 0.12 else 0,
            kerned=bool(random.random() < 0.6),
            slope=float(np.tan(np.deg2rad(np.clip(random.normal(0, 1.6), -5, 5)))),
            uneven=float(random.choice([0.012, 0.03, 0.06])),
            ties=float(random.choice([0.0, 0.15, 0.5], p=(0.65, 0.22, 0.13))),
            chained=bool(random.random() < 0.25),
            shrink=float(random.uniform(0.88, 0.97)) if random.random() < 0.1 else 1.0,
        )

    def tied(self, token: str, place: int, tokens: Sequence[str]) -> float:
        """How likely the pen does not lift before ``token``."""
        is_chain = self.chained and token == tokens[place - 1] == "0"
        return max(self.ties, CHAINED) if is_chain else self.ties

    def gap(
        self, token: str, place: int, tokens: Sequence[str], random: np.random.Generator
    ) -> float:
        beside_mark = place > 0 and tokens[place - 1] not in DIGITS
        if token not in DIGITS or beside_mark:
            return float(random.uniform(-0.02, 0.25) * HEIGHT)
        gap = float(random.normal(self.mean, self.spread))
        if self.chained and token == "0" and tokens[place - 1] == "0":
            gap = min(gap, float(random.uniform(-0.08, 0.06) * HEIGHT))
        if self.group and place and place % self.group == 0:
            gap += float(random.uniform(0.15, 0.8) * HEIGHT)
        return gap


def _top(token: str, foot: float, high: int, tall: float, random: np.random.Generator) -> float:
    """Where a character begins whose line stands at ``foot``."""
    if token in DIGITS:
        return foot - high
    if token == OTHER:  # small ones stand as high as a digit's middle, or its top
        return foot - high - max(0.0, tall - high) * float(random.random())
    if token == ".":
        low, top = (0.2, 0.6) if random.random() < RAISED else (-0.06, 0.08)
        return foot - high - float(random.uniform(low, top)) * tall
    if token == ",":
        return foot - high * float(random.uniform(0.2, 0.9))
    if token == "/":  # beyond the digits above and below
        return foot - tall - (high - tall) * float(random.uniform(0.2, 0.8))
    return foot - tall * float(random.uniform(0.35, 0.65)) - high / 2


def _kerned(edge: NDArray[np.float64], shape: Ink, start: int) -> float:
    """Where ``shape`` touches what is to the left of it, in the rows from ``start`` on."""
    on = shape > 0.3
    ends = cv2.dilate(edge[:, None], np.ones((7, 1)))[start : start + len(shape), 0]
    return float(np.where(on.any(1), ends - on.argmax(1), -1e9).max()) + 1


_Box = tuple[int, int, int, int]


def _tie(ink: Ink, one: _Box, other: _Box, hand: Hand, random: np.random.Generator) -> None:
    """A stroke from the end of one digit to the beginning of the next, as a quick hand leaves it:
    at the top, as between two zeros, or from the foot up."""
    high = one[3] - one[1]
    if random.random() < 0.6:
        y0, y1 = (box[1] + random.uniform(0.03, 0.3) * high for box in (one, other))
    else:
        y0, y1 = one[3] - random.uniform(0, 0.15) * high, other[1] + random.uniform(0, 0.6) * high
    x0 = one[2] - random.uniform(0.05, 0.4) * (one[2] - one[0])
    x1 = other[0] + random.uniform(0.05, 0.3) * (other[2] - other[0])
    middle = (x0 + x1) / 2, (y0 + y1) / 2 + random.normal(0, 0.06) * high
    _stroke(ink, [(x0, y0), middle, (x1, y1)], 0.8 * hand.width * HEIGHT)


def _strike(
    ink: Ink,
    text: str,
    boxes: dict[int, _Box],
    struck: tuple[int, int],
    hand: Hand,
    random: np.random.Generator,
) -> str:
    """Strike out the characters from ``struck`` on, and return the ``text`` as it reads then."""
    places = sorted(boxes)
    chosen = [boxes[place] for place in places if struck[0] <= place < struck[1]]
    if not chosen:
        return text
    x0, x1 = chosen[0][0], max(box[2] for box in chosen)
    y0, y1 = min(box[1] for box in chosen), max(box[3] for box in chosen)
    high, pen = y1 - y0, hand.width * HEIGHT
    over = random.uniform(0, 0.3) * high
    kind = random.random()
    if (kind < 0.6 and len(chosen) > 1) or len(chosen) > 3:
        for _ in range(int(random.choice([1, 1, 2, 3]))):
            y, slant = y0 + random.uniform(0.35, 0.65) * high, random.normal(0, 0.08) * high
            _stroke(ink, [(x0 - over, y + slant), (x1 + over, y - slant)], pen)
    elif kind < 0.8:  # crossed out
        ends = [(y0, y1), (y1, y0)] if random.random() < 0.5 else [(y1, y0), (y0, y1)]
        for start, end in ends if random.random() < 0.7 else ends[:1]:
            _stroke(ink, [(x0 - over / 2, start), (x1 + over / 2, end)], pen)
    else:  # scribbled over
        turns = int(random.integers(4, 12))
        across = np.linspace(x0 - over / 2, x1 + over / 2, turns)
        down = np.where(np.arange(turns) % 2, y0, y1) + random.normal(0, 0.1 * high, turns)
        _stroke(ink, list(zip(across.tolist(), down.tolist(), strict=True)), pen)
    return "".join(
        OTHER if struck[0] <= place < struck[1] else character
        for place, character in zip(places, text, strict=True)
    )


def _underline(ink: Ink, place: _Box, hand: Hand, random: np.random.Generator) -> None:
    left, top, right, bottom = place
    high = bottom - top
    for number in range(1 if random.random() < 0.75 else 2):
        y = bottom + (random.uniform(0.0, 0.3) + 0.12 * number) * high
        ends = [(x, y + random.normal(0, 0.06) * high) for x in (left, right)]
        over = random.uniform(-0.3, 0.3, 2) * high
        middle = (left + right) / 2, y + random.normal(0, 0.04) * high
        first, last = (ends[0][0] - over[0], ends[0][1]), (ends[1][0] + over[1], ends[1][1])
        _stroke(ink, [first, middle, last], hand.width * HEIGHT)


def _stroke(ink: Ink, points: Sequence[tuple[float, float]], pen: float) -> None:
    places = np.rint(np.array(points) * 16).astype(np.int32)
    cv2.polylines(ink, [places], False, 1.0, max(1, round(pen)), cv2.LINE_AA, 4)
