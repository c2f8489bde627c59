"""One person's hand → the digits, letters and marks that this person writes, as ink."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing import scrawls, strokes
from digitbox_train.drawing.pens import Ink, Style, rewritten, trimmed
from digitbox_train.drawing.strokes import Manner, Pen
from digitbox_train.drawing.templates import DIGIT_TEMPLATES, Template, pick
from digitbox_train.drawing.writers import Writers

SOURCES = {"mnist": 0.34, "font": 0.06, "templates": 0.45, "mixed": 0.15}
"""How often a hand's digits are MNIST's, those of one font, drawn from a template for each digit,
or of any of these."""

HALF = 64
"""Shapes of MNIST and of fonts are worked on with this longer side, in pixels."""

WIDTH_MEDIAN, WIDTH_SPREAD, WIDTH_RANGE = 0.075, 0.45, (0.025, 0.2)
"""Stroke width over the digits' height: log-normal, within a range."""

SLANT, SLANTS = (8.0, 11.0), (-22.0, 38.0)
"""Mean and deviation, least and largest slant to the right of a hand, in degrees. MNIST's digits
lean by MNIST_SLANT already, on the average."""
MNIST_SLANT = 0.12

UNLIKE, STEEP = 0.05, 0.05
"""Deviation of one digit's slant and turn from the hand's, in shares of the height and in
radians."""

LONG_FLAGS = ("long-flag", "long-flag-curved", "roof")
"""How a 1 is written whose upstroke is as long as its stem: this share of all hands does so."""
LONG_FLAGGED = 0.33

LARGEST = 2.2
"""Nothing is wider than so many times its height: a long upstroke would be."""

PENS: tuple[Pen, ...] = ("even", "pressed", "flat")

CROSSES = tuple(sign for sign in scrawls.SIGNS if sign.name in ("cross", "plus"))
CROSSED = 0.3
"""What people set beside a number that is done with; this share of what is no digit is one."""

DABBED = 0.3
"""This share of the points are short strokes."""

MARKS = ".,-=+:/"
"""What stands between digits, or after them."""

SLASH_HEIGHT, SLASH_LEAN, MOST_LEAN = (1.0, 1.5), (10.0, 25.0), 48.0
"""Slashes are so many times as high as the digits, and lean to the right by so many degrees more
than a hand does; but by so many at most. What leans less is a 1 as far as anyone can see."""


@dataclass(frozen=True)
class Hand:
    """How one person writes everything on a line.

    ``source`` is one of SOURCES, ``glyphs`` are the places of the hand's font's digits, and
    ``templates`` its one or two ways to write each digit. ``slant``, ``turn`` (radians) and
    ``breadth`` (a factor) are its own; ``width`` is the pen's, over the digits' height. Digits vary
    in their height by ``uneven`` (deviation of its logarithm), and a 0 is smaller by
    ``small_zero``.
    """

    writers: Writers
    source: str
    glyphs: tuple[int, ...]
    templates: tuple[tuple[Template, ...], ...]
    slant: float
    turn: float
    breadth: float
    width: float
    keeps_width: bool
    pen: Pen
    uneven: float
    small_zero: float
    long_flag: bool

    @classmethod
    def of(cls, writers: Writers, random: np.random.Generator) -> "Hand":
        """Somebody's."""
        width = np.exp(random.normal(np.log(WIDTH_MEDIAN), WIDTH_SPREAD))
        long_flag = random.random() < LONG_FLAGGED
        return cls(
            writers=writers,
            source=str(random.choice(list(SOURCES), p=list(SOURCES.values()))),
            glyphs=writers.fonts[int(random.integers(len(writers.fonts)))],
            templates=tuple(
                _ways(templates, long_flag and digit == 1, random)
                for digit, templates in enumerate(DIGIT_TEMPLATES)
            ),
            slant=float(np.tan(np.deg2rad(np.clip(random.normal(*SLANT), *SLANTS)))),
            turn=float(np.deg2rad(np.clip(random.normal(0, 3), -9, 9))),
            breadth=float(np.exp(random.normal(0, 0.2))),
            width=float(np.clip(width, *WIDTH_RANGE)),
            keeps_width=random.random() < 0.3,
            pen=PENS[int(random.choice(3, p=(0.5, 0.33, 0.17)))],
            uneven=float(random.choice([0.03, 0.07, 0.13])),
            small_zero=float(random.uniform(0.4, 0.85)) if random.random() < 0.22 else 1.0,
            long_flag=long_flag,
        )

    def digit(self, value: int, height: float, random: np.random.Generator) -> Ink:
        """The ink of ``value``, 0 to 9, about ``height`` pixels high, without room around it."""
        high = height * np.exp(random.normal(0, self.uneven))
        if value == 0:
            high *= self.small_zero
        source = self.source
        if source == "mixed":
            source = ("mnist", "font", "templates")[int(random.choice(3, p=(0.45, 0.1, 0.45)))]
        if source == "templates" or (value == 1 and self.long_flag):
            ways = self.templates[value]
            return self._drawn(ways[int(random.integers(len(ways)))], high, random)
        lean = self.slant + random.normal(0, UNLIKE)
        if source == "font":
            shape = self.writers.glyphs.images[self.glyphs[value]]
        else:
            shape = self.writers.images[random.choice(self.writers.places[value])]
            lean -= MNIST_SLANT
        return self._rewritten(shape, lean, high, random)

    def other(self, height: float, random: np.random.Generator) -> Ink:
        """The ink of a letter or a sign that nobody takes for a digit, or of a scrawl."""
        if random.random() < CROSSED:
            return self._drawn(pick(CROSSES, random), height * random.uniform(0.35, 1), random)
        high = height * random.uniform(0.6, 1.1)
        if random.random() < 0.75:
            shape = self.writers.glyphs.images[int(random.choice(self.writers.others))]
            return self._rewritten(shape, self.slant, high, random)
        drawn = strokes.scrawl(random)
        return self._rendered(drawn, high, random)

    def mark(self, character: str, height: float, random: np.random.Generator) -> Ink:
        """The ink of one of MARKS beside digits of that ``height``."""
        pen = max(1.0, self.width * height)
        if character == "/":
            return _slash(height, self.slant, pen, random)
        return _mark(character, height, pen, random)

    def _drawn(self, template: Template, height: float, random: np.random.Generator) -> Ink:
        manner = Manner(
            self.breadth * float(np.exp(random.normal(0, 0.08))),
            self.slant + float(random.normal(0, UNLIKE)),
            self.turn + float(random.normal(0, STEEP / 2)),
        )
        return self._rendered(strokes.variant(template, random, manner), height, random)

    def _rendered(
        self, drawn: Sequence[strokes.Stroke], height: float, random: np.random.Generator
    ) -> Ink:
        extent = np.ptp(np.concatenate(drawn), axis=0)
        tall = float(extent[1] / max(extent.max(), 1e-6))
        longest = min(height / max(tall, 0.3), LARGEST * height)
        side = int(max(12, longest * 1.06 + 2))
        width = float(np.clip(self.width * height / longest, 0.015, 0.3))
        ink = strokes.render(drawn, side, width, random, self.pen)
        return trimmed(np.asarray(ink / np.float32(255), np.float32))

    def _rewritten(
        self, shape: NDArray[np.uint8], lean: float, height: float, random: np.random.Generator
    ) -> Ink:
        # A style says of each place where what is seen there is from: turned back and narrowed. The
        # slant goes the right way, y going down, and is of what is narrowed already.
        style = Style(
            turn=-self.turn + float(random.normal(0, STEEP / 2)),
            slant=lean / self.breadth,
            stretch=self.breadth**-0.5,
            width=None if self.keeps_width else self.width,
        )
        ink = rewritten(shape, style, random, HALF)
        scale = height / max(ink.shape)
        size = (max(1, round(side * scale)) for side in ink.shape[::-1])
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(ink, tuple(size), interpolation=method)
        return trimmed(np.clip(small, 0, 1).astype(np.float32))


def _ways(
    templates: Sequence[Template], long_flag: bool, random: np.random.Generator
) -> tuple[Template, ...]:
    """One or two of ``templates``: a hand hardly has more."""
    if long_flag:
        templates = [one for one in templates if one.name in LONG_FLAGS]
    return tuple(pick(templates, random) for _ in range(1 if random.random() < 0.75 else 2))


def _mark(character: str, height: float, pen: float, random: np.random.Generator) -> Ink:
    if character == ".":
        radius = max(1, round(pen * random.uniform(0.45, 0.95)))
        dot = np.zeros((2 * radius + 3, 2 * radius + 3), np.float32)
        if random.random() < DABBED:
            dot = np.pad(dot, radius)
            middle, reach = len(dot) // 2, random.uniform(-1, 1, 2) * 0.8 * radius
            ends = [(round(middle - x), round(middle - y)) for x, y in (reach, -reach)]
            cv2.line(dot, ends[0], ends[1], 1.0, max(1, round(1.6 * radius)), cv2.LINE_AA)
            return trimmed(dot)
        cv2.circle(dot, (radius + 1, radius + 1), radius, 1.0, -1, cv2.LINE_AA)
        return trimmed(dot)
    long, tilt, apart = random.uniform(0.2, 0.55), random.normal(0, 0.12), random.uniform(0.1, 0.2)
    stroke = [(0.2, 0.4 + tilt * long), (0.2 + long, 0.4 - tilt * long)]
    below = [(x + random.normal(0, 0.03), y + apart) for x, y in stroke]
    tail = random.uniform(0.12, 0.3)
    lines = {
        ",": [
            [
                (0.5, 0.2),
                (0.51, 0.2 + tail / 2),
                (0.5 - tail * random.uniform(0.2, 0.6), 0.2 + tail),
            ]
        ],
        "-": [stroke],
        "=": [stroke, below],
        "+": [[(0.3, 0.5), (0.7, 0.5 + random.normal(0, 0.04))], [(0.5, 0.3), (0.5, 0.7)]],
        ":": [[(0.5, 0.3), (0.5, 0.33)], [(0.5, 0.62), (0.5, 0.65)]],
    }[character]
    ink = np.zeros((round(height), round(height)), np.float32)
    for line in lines:
        points = np.rint(np.array(line) * height * 16).astype(np.int32)
        cv2.polylines(ink, [points], False, 1.0, max(1, round(pen)), cv2.LINE_AA, 4)
    return trimmed(ink)


def _slash(height: float, slant: float, pen: float, random: np.random.Generator) -> Ink:
    """A stroke from the upper right to the lower left, as high as a digit or higher, by a hand with
    that ``slant``."""
    high = height * random.uniform(*SLASH_HEIGHT)
    lean = np.arctan(slant) + np.deg2rad(random.uniform(*SLASH_LEAN))
    lean = np.clip(lean, np.deg2rad(SLASH_LEAN[0]), np.deg2rad(MOST_LEAN))
    bow = random.normal(0, 0.02) * high
    wide, room = high * float(np.tan(lean)), 2 * pen + abs(bow)
    points = [
        (wide + room, room),
        (wide / 2 + room + bow, high / 2 + room),
        (room, high + room),
    ]
    ink = np.zeros((math.ceil(high + 2 * room), math.ceil(wide + 2 * room)), np.float32)
    places = np.rint(np.array(points) * 16).astype(np.int32)
    cv2.polylines(ink, [places], False, 1.0, max(1, round(pen)), cv2.LINE_AA, 4)
    return trimmed(ink)
