"""A digit, or something that is none → the pen strokes of one hand that writes it, and their ink.

Handwriting data of one country lacks the flags, bars and tails of others. Here they are drawn from
templates of the forms that are in use, with the variation of writers and pens.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing.scrawls import sketch
from digitbox_train.drawing.templates import DIGIT_TEMPLATES, Points, Template, pick

Stroke: TypeAlias = NDArray[np.float32]
"""``[n, 2]``, n ≥ 2: x and y in [0, 1], y downwards, at most 0.02 apart."""
Line: TypeAlias = NDArray[np.floating]
"""``[n, 2]``, in pixels."""
Draw: TypeAlias = Callable[[Line, float], None]
"""Draws a line of a thickness, in pixels."""
Pen: TypeAlias = Literal["even", "pressed", "flat"]
"""A round pen of one width; one that presses differently along the stroke and lifts at its ends; a
broad nib, held at an angle."""

MARGIN = 0.04
"""Room around the strokes, on all sides of the unit square."""
STEP = 0.01
"""Distance between points of a stroke."""

SLANT, MAX_SLANT = (6.0, 9.0), (-20.0, 30.0)
"""Mean and standard deviation, smallest and largest slant to the right, in degrees."""
TURN, MAX_TURN = 4.0, 10.0
"""Standard deviation and largest turn either way, in degrees."""
BREADTH, ASPECT = 0.2, (0.4, 1.1)
"""Standard deviation of the logarithm of how much broader than its template a digit is; and the
least and largest width over height, where the digit's own is not outside."""

ROUNDING, TREMOR = 4.0, 0.0025
"""How far a quick hand rounds corners, in points, at most; how far a hand trembles (scale of an
exponential distribution), with a displacement of its own every TREMBLE points."""
TREMBLE = 5

PENS: tuple[tuple[Pen, float], ...] = (("even", 0.45), ("pressed", 0.35), ("flat", 0.2))
"""How often each pen is used where none is named."""
FINEST = 12.0
"""Strokes are drawn at least this many pixels wide, and enlarged for it, so that their edges are
even and their widths can vary."""
MOST_FINE, SMOOTH = 4, 3
"""Images are enlarged by the first at most, and from the second on that alone makes edges smooth:
anti-aliasing the lines besides takes three times as long."""
SHIFT = 4
"""Bits of a pixel to which lines are drawn."""
PRESSURE = (0.3, 1.4)
"""Least and greatest width of a pressed stroke, as shares of the pen's."""


@dataclass(frozen=True)
class Manner:
    """How broad someone writes (as a factor), how far it leans to the right over its height, and
    how far it is turned, in radians."""

    breadth: float
    slant: float
    turn: float

    @classmethod
    def of(cls, random: np.random.Generator) -> "Manner":
        """Someone's."""
        return cls(
            breadth=float(np.exp(random.normal(scale=BREADTH))),
            slant=float(np.tan(np.deg2rad(np.clip(random.normal(*SLANT), *MAX_SLANT)))),
            turn=float(np.deg2rad(np.clip(random.normal(scale=TURN), -MAX_TURN, MAX_TURN))),
        )


def digit(value: int, random: np.random.Generator) -> tuple[Stroke, ...]:
    """The strokes of ``value``, 0 to 9, in the order of writing, the larger of width and height
    filling the unit square but for MARGIN."""
    return variant(pick(DIGIT_TEMPLATES[value], random), random)


def variant(
    template: Template, random: np.random.Generator, manner: Manner | None = None
) -> tuple[Stroke, ...]:
    """The strokes of what ``template`` writes: as :func:`digit`, where that is chosen. ``manner``:
    whose; somebody's, where it is not given."""
    strokes = template.drawn(random)
    return _written(_shaped(strokes, manner or Manner.of(random)), random)


def scrawl(random: np.random.Generator) -> tuple[Stroke, ...]:
    """The strokes of something that is no digit: a letter, a sign, a figure, a scribble."""
    return _written(_shaped(sketch(random), Manner.of(random)), random)


def _shaped(strokes: Sequence[Points], manner: Manner) -> list[Points]:
    """``strokes``, made broader or narrower, slanted and turned."""
    low, high = np.min([s.min(0) for s in strokes], 0), np.max([s.max(0) for s in strokes], 0)
    aspect = max(float(high[0] - low[0]), 0.01) / max(float(high[1] - low[1]), 0.01)
    wanted = aspect * manner.breadth
    broader = np.clip(wanted, min(aspect, ASPECT[0]), max(aspect, ASPECT[1])) / aspect
    cos, sin = np.cos(manner.turn), np.sin(manner.turn)
    matrix = np.array([[cos, -sin], [sin, cos]]) @ np.array([[broader, -manner.slant], [0.0, 1.0]])
    return [stroke @ matrix.T for stroke in strokes]


def _written(strokes: Sequence[Points], random: np.random.Generator) -> tuple[Stroke, ...]:
    """``strokes`` of any size as a hand writes them: evenly sampled, corners more or less round, a
    little tremor; in the unit square."""
    rounding = ROUNDING * random.random() ** 2
    tremor = min(random.exponential(TREMOR), 4 * TREMOR)
    reach = np.arange(-6, 7)
    kernel = np.exp(-0.5 * (reach / (0.3 + rounding)) ** 2)
    written = []
    for stroke in _fitted(strokes):
        even = _even(stroke)
        count = len(even)
        noise = random.normal(scale=tremor, size=(2, count // TREMBLE + 2))
        at = np.arange(count) / TREMBLE
        even[:, 0] += np.interp(at, np.arange(noise.shape[1]), noise[0])
        even[:, 1] += np.interp(at, np.arange(noise.shape[1]), noise[1])
        written.append(_smooth(even, kernel / kernel.sum()))
    return tuple(_even(stroke).astype(np.float32) for stroke in _fitted(written))


def _fitted(strokes: Sequence[Points]) -> list[Points]:
    """``strokes``, scaled and moved into the middle of the unit square."""
    points = np.concatenate(strokes)
    low, high = points.min(0), points.max(0)
    scale = (1 - 2 * MARGIN) / max(float((high - low).max()), 1e-6)
    shift = 0.5 - scale * (low + high) / 2
    return [stroke * scale + shift for stroke in strokes]


def _even(stroke: Points) -> Points:
    """Points on the same line, STEP apart at most."""
    steps = np.diff(stroke, axis=0)
    lengths = np.concatenate([[0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    at = np.linspace(0, lengths[-1], int(lengths[-1] / STEP) + 3)
    return np.column_stack(
        [np.interp(at, lengths, stroke[:, 0]), np.interp(at, lengths, stroke[:, 1])]
    )


def _smooth(stroke: Points, kernel: NDArray[np.float64]) -> Points:
    """``stroke``, averaged along its length by ``kernel``, its ends in place."""
    reach = min(len(kernel) // 2, len(stroke) - 1)
    middle = len(kernel) // 2
    kernel = kernel[middle - reach : middle + reach + 1]
    kernel = kernel / kernel.sum()
    before = 2 * stroke[0] - stroke[reach:0:-1]
    after = 2 * stroke[-1] - stroke[-2 : -reach - 2 : -1]
    padded = np.concatenate([before, stroke, after])
    return np.column_stack([np.convolve(padded[:, axis], kernel, "valid") for axis in (0, 1)])


def render(
    strokes: Sequence[Stroke],
    side: int,
    width: float,
    random: np.random.Generator,
    pen: Pen | None = None,
) -> NDArray[np.uint8]:
    """The ink of ``strokes``, uint8 ``[side, side]``, 255 on 0, anti-aliased. ``width`` is the mean
    width of the pen as a share of the larger of the strokes' height and width, 0.01 to 0.3; it is
    at least about a pixel. The unit square is drawn as large as the pen fits in at its edges."""
    if pen is None:
        shares = np.cumsum([share for _, share in PENS])
        pen = PENS[int(np.searchsorted(shares, random.random() * shares[-1]))][0]
    points = np.concatenate(strokes)
    wide = width * float((points.max(0) - points.min(0)).max())
    scale = (side - 2) / (1 + wide)
    fine = int(np.clip(np.ceil(FINEST / max(scale * wide, 1)), 1, MOST_FINE))
    thickness = max(scale * wide, 1.0) * fine
    lines = [(stroke * scale + (side - scale) / 2) * fine - 0.5 for stroke in strokes]
    image = np.zeros((side * fine, side * fine), np.uint8)
    drawn = partial(_line, image, cv2.LINE_8 if fine >= SMOOTH else cv2.LINE_AA)
    if pen == "flat":
        _flat(drawn, lines, thickness, random)
    for line in lines:
        if pen == "even":
            drawn(line, thickness)
        elif pen == "pressed":
            _pressed(drawn, line, thickness, random)
    if fine == 1:
        return image
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _pressed(drawn: Draw, line: Line, thickness: float, random: np.random.Generator) -> None:
    """Draw ``line`` thinner where the hand is quick, and at its ends."""
    count = len(line)
    knots = random.normal(scale=0.18, size=2 + count // 20)
    pressure = 1 + np.interp(np.linspace(0, 1, count), np.linspace(0, 1, len(knots)), knots)
    for ends in (np.arange(count), np.arange(count)[::-1]):
        lift, reach = random.uniform(0, 0.8), random.uniform(5, 20)
        pressure *= 1 - lift * np.exp(-ends / reach)
    widths = np.rint(thickness * np.clip(pressure, *PRESSURE)).astype(int)
    breaks = np.flatnonzero(np.diff(widths)) + 1
    for start, stop in pairwise([0, *breaks.tolist(), count]):
        drawn(line[start : stop + 1], float(widths[start]))


def _flat(
    drawn: Draw, lines: Sequence[Line], thickness: float, random: np.random.Generator
) -> None:
    """Draw ``lines`` with a nib that is broader than thick, ``thickness`` wide on the average over
    all directions: some narrower pens side by side."""
    angle, breadth = np.deg2rad(random.uniform(20, 60)), thickness * random.uniform(0.6, 0.9)
    nib = breadth * np.array([np.cos(angle), -np.sin(angle)])
    thin = 1.2 * thickness - 0.9 * breadth
    for line in lines:
        for share in np.linspace(-0.5, 0.5, 2 + int(2 * breadth / thin)):
            drawn(line + share * nib, thin)


def _line(image: NDArray[np.uint8], kind: int, line: Line, thickness: float) -> None:
    """Draw ``line``, by points a quarter of its ``thickness`` apart at most: more cost time and are
    not seen."""
    step = float(np.hypot(*(line[:2][-1] - line[0])))
    every = max(1, int(thickness / 4 / max(step, 1e-3)))
    points = np.concatenate([line[:-1:every], line[-1:]]) * 2**SHIFT
    thick = max(1, round(thickness))
    cv2.polylines(image, [np.rint(points).astype(np.int32)], False, 255, thick, kind, SHIFT)
