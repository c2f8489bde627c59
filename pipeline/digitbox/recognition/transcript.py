"""A line of writing on a page → what is written there, and how likely that is."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition import ctc
from digitbox.recognition.classification import PLACES
from digitbox.recognition.ctc import DIGITS_ONLY, Said, Steps
from digitbox.recognition.signs import may_hold_sign
from digitbox.recognition.strip import STEP, STRIP_HEIGHT, Framing, Strip, strip
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing
from digitbox.records import Alternative, Digit

OTHERS = (Framing(0.9, 0.72, 1.1), Framing(0.68, 0.87, 1.15))
"""How a line is cut out besides, the first for one of the networks, the second for the other, where
the first strip leaves the first network in doubt: then the other one sees that strip, too. More
strips for each of them read hardly more right."""

KEPT = 6
"""So many readings of each strip are compared."""

ALONE, NARROW = 16, 4
"""In pixels of a strip: how far a digit may reach where it is the first or the last, beyond the
steps that name it; and half the width of a digit, at least."""

LEAST = 1e-6
"""Probabilities are not known better than that."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a line says. ``written`` are readings in CHARACTERS, the likeliest first, with their
    probabilities, which need not sum to 1; ``digits`` are those of the first, from left to right,
    and ``box`` is the place of the line, both in the page's pixels. ``may_hold_sign``: a 1 among
    the digits may be one."""

    written: tuple[Alternative, ...]
    digits: tuple[Digit, ...]
    box: Box
    may_hold_sign: bool = False

    def scaled(self, across: float, down: float) -> "Transcript":
        """The same on a page of so many times the width and height."""
        digits = (replace(one, box=one.box.scaled(across, down)) for one in self.digits)
        return replace(self, digits=tuple(digits), box=self.box.scaled(across, down))

    @property
    def says(self) -> str:
        """The likeliest reading."""
        return self.written[0].value if self.written else ""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a line may say: characters, how likely its digits are, and which share of that belongs
    to this way to set marks between them."""

    said: Said
    digits: float
    share: float

    @property
    def probability(self) -> float:
        return self.digits * self.share

    def calibrated(self, slope: float, offset: float) -> float:
        """Its probability, where that of the digits is calibrated: shares stay shares."""
        return calibrated(self.digits, slope, offset) * self.share


def digits_of(text: str) -> str:
    """The digits in ``text``."""
    return "".join(filter(str.isdigit, text))


def transcribe(page: Gray, line: Writing, transcriber: Transcriber) -> Transcript:
    """Read ``line``, which is in pixels of ``page`` (uint8 ``[H, W]``)."""
    first = strip(page, line)
    seen = [transcriber.steps(first.pixels)]
    found = _compared(seen)
    if _is_in_doubt(found, transcriber.thresholds.doubt):
        seen += [transcriber.steps(first.pixels, which) for which in range(1, len(transcriber))]
        seen += [
            transcriber.steps(strip(page, line, framing).pixels, which)
            for which, framing in enumerate(OTHERS)
        ]
        found = _compared(seen)
    box = _box(line).clamped(page.shape)
    if not found:
        return Transcript((), (), box)
    digits = _digits(seen[0], found, first, box, page.shape)
    limits = transcriber.thresholds
    written = (
        Alternative(ctc.text(one.said), round(one.calibrated(limits.slope, limits.offset), PLACES))
        for one in found
    )
    return Transcript(
        tuple(written),
        digits,
        Box.around([box, *(one.box for one in digits)]),
        _may_hold_sign(first, seen[0], found[0].said),
    )


def _is_in_doubt(found: Sequence[_Reading], doubt: float) -> bool:
    """Whether a line is to be looked at in other ways, too: not where it has one digit for sure,
    since the network of digits says which."""
    one_digit = sum(
        one.probability for one in found if len(one.said) == len(_number(one.said)) == 1
    )
    return not found or max(found[0].probability, one_digit) < doubt


def calibrated(probability: float, slope: float, offset: float) -> float:
    """The probability whose log odds are those of ``probability``, times ``slope``, plus
    ``offset`` (Platt: Probabilistic Outputs for Support Vector Machines, 1999)."""
    return 1 / (1 + math.exp(-slope * log_odds(probability) - offset))


def log_odds(probability: float) -> float:
    """The logarithm of the odds of ``probability``, which is taken for one in [1e-6, 1 - 1e-6]."""
    bounded = min(max(probability, LEAST), 1 - LEAST)
    return math.log(bounded / (1 - bounded))


def _compared(seen: Sequence[Steps]) -> list[_Reading]:
    """What is written, and how likely that is by all strips of a line together: the likelihood of
    its digits, which is the geometric mean of that in each strip, shared among the ways to set
    marks between them."""
    short = [ctc.condensed(steps) for steps in seen]
    bare = [ctc.condensed(ctc.without_separators(steps)) for steps in seen]
    digits_of = {said: _number(said) for said in _candidates(short)}
    numbers = dict.fromkeys([*_candidates(bare), *digits_of.values()])
    # The digits alone may be likelier than any one way to write them.
    unwritten = numbers.keys() - digits_of.values()
    digits_of |= {number: number for number in numbers if number in unwritten}
    written = _likelihoods(short, digits_of)
    likely = _likelihoods(bare, numbers)
    shares = dict.fromkeys(numbers, 1e-300)
    for said, number in digits_of.items():
        shares[number] += written[said]
    found = [
        _Reading(said, likely[number], written[said] / shares[number])
        for said, number in digits_of.items()
    ]
    return sorted(found, key=lambda one: -one.probability)


def _candidates(seen: Sequence[Steps]) -> Iterable[Said]:
    """What a line may say, by each of its strips."""
    return dict.fromkeys(said for steps in seen for said in ctc.likeliest(steps, KEPT))


def _likelihoods(seen: Sequence[Steps], sayings: Iterable[Said]) -> dict[Said, float]:
    """Of each of ``sayings`` the geometric mean of its likelihood in each strip."""
    listed = list(sayings)
    logs = ctc.log_likelihoods(ctc.together(seen), listed).mean(axis=1)
    return dict(zip(listed, np.exp(logs).tolist(), strict=True))


def _number(said: Said) -> Said:
    return tuple(character for character in said if character < DIGITS_ONLY)


def _digits(
    steps: Steps,
    found: Sequence[_Reading],
    shown: Strip,
    box: Box,
    shape: tuple[int, ...],
) -> tuple[Digit, ...]:
    """The digits of the likeliest reading, with their places on a page of ``shape``."""
    said = found[0].said
    spans = ctc.places(steps, said)
    middles = [(first + last + 1) / 2 for first, last in spans]
    extents: list[tuple[float, float]] = []
    weights: list[NDArray[np.float64]] = []
    for index, character in enumerate(said):
        if character >= DIGITS_ONLY:
            continue
        first, last = spans[index]
        alone = last - first + ALONE / STEP
        before = middles[index - 1] if index else first - alone
        after = middles[index + 1] if index + 1 < len(said) else last + alone
        reach = max(NARROW, min(middles[index] - before, after - middles[index]) / 2 * STEP)
        extents.append((middles[index] * STEP - reach, middles[index] * STEP + reach))
        weights.append(steps[first : last + 1, :DIGITS_ONLY].sum(axis=0))
    if not extents:
        return ()
    number = _number(said)
    shares = np.array(weights) / np.maximum(np.sum(weights, axis=1, keepdims=True), 1e-12)
    likely = _of_each(number, found)
    boxes = _on_page(shown, extents, box, shape)
    rounded = shares.round(PLACES).tolist()
    return tuple(
        Digit(value, round(one, PLACES), tuple(ten), place)
        for value, one, ten, place in zip(number, likely, rounded, boxes, strict=True)
    )


def _may_hold_sign(shown: Strip, steps: Steps, said: Said) -> bool:
    spans = ctc.places(steps, said)
    middles = [(first + last + 1) / 2 * STEP for first, last in spans]
    digits = [(one, middle) for one, middle in zip(said, middles, strict=True) if one < DIGITS_ONLY]
    return may_hold_sign(shown.pixels, [one for one, _ in digits], [place for _, place in digits])


def _of_each(number: Sequence[int], found: Sequence[_Reading]) -> list[float]:
    """How likely each digit of ``number`` is: the sum of the readings of as many digits that have
    the same one in its place."""
    totals = [0.0] * len(number)
    for one in found:
        other = _number(one.said)
        if len(other) == len(number):
            for place, (this, that) in enumerate(zip(number, other, strict=True)):
                totals[place] += one.probability * (this == that)
    return [min(1.0, total) for total in totals]


def _on_page(
    shown: Strip, extents: Sequence[tuple[float, float]], line: Box, shape: tuple[int, ...]
) -> list[Box]:
    """The upright rectangles around what is between the left and the right of each of ``extents``,
    in pixels of a strip of ``line``, on a page of ``shape``."""
    corners = [[(x, y, 1) for x in ends for y in (4, STRIP_HEIGHT - 4)] for ends in extents]
    places: NDArray[np.float64] = np.array(corners) @ shown.to_page.T
    starts, ends_ = np.floor(places.min(axis=1)).tolist(), np.ceil(places.max(axis=1)).tolist()
    boxes = []
    for (x0, y0), (x1, y1) in zip(starts, ends_, strict=True):
        x0, x1 = _within(x0, x1, line.x, line.x + line.width)
        y0, y1 = _within(y0, y1, line.y, line.y + line.height)
        box = Box(int(x0), int(y0), max(1, int(x1 - x0)), max(1, int(y1 - y0)))
        boxes.append(box.clamped((shape[0], shape[1])))
    return boxes


def _within(start: float, end: float, low: float, high: float) -> tuple[float, float]:
    """What of it lies between ``low`` and ``high``; all of it where its middle does not: a digit in
    the margin of a strip, which was not found with the line."""
    if low <= (start + end) / 2 <= high:
        return max(start, low), min(end, high)
    return start, end


def _box(line: Writing) -> Box:
    """The upright rectangle around ``line``."""
    cos, sin = math.cos(line.slope), abs(math.sin(line.slope))
    wide, high = line.length * cos + line.height * sin, line.length * sin + line.height * cos
    left, top = math.floor(line.x - wide / 2), math.floor(line.y - high / 2)
    return Box(left, top, max(1, math.ceil(wide)), max(1, math.ceil(high)))
