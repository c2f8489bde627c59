"""A line of writing on a page → what is written there, and how likely that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition import ctc
from digitbox.recognition.ctc import DIGITS_ONLY, Said, Steps
from digitbox.recognition.strip import STEP, STRIP_HEIGHT, Framing, Strip, strip
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing
from digitbox.records import Alternative, Box, Digit

OTHERS = (Framing(0.68, 0.35, 1.15), Framing(0.9, 0.2, 1.1), Framing(0.8, 0.28, 1.3))
"""How a line is cut out besides, where the first strip leaves a doubt."""

KEPT = 6
"""So many readings of each strip are compared."""

PLACES = 4
"""Decimal places of every probability, as for single digits."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What a line says. ``written`` are readings in CHARACTERS, the likeliest first, with their
    probabilities, which need not sum to 1; ``digits`` are those of the first, from left to right,
    and ``box`` is the place of the line, both in the page's pixels."""

    written: tuple[Alternative, ...]
    digits: tuple[Digit, ...]
    box: Box

    def scaled(self, across: float, down: float) -> "Transcript":
        """The same on a page of so many times the width and height."""
        digits = (replace(one, box=one.box.scaled(across, down)) for one in self.digits)
        return replace(self, digits=tuple(digits), box=self.box.scaled(across, down))

    @property
    def says(self) -> str:
        """The likeliest reading."""
        return self.written[0].value if self.written else ""


def transcribe(page: Gray, line: Writing, transcriber: Transcriber) -> Transcript:
    """Read ``line``, which is in pixels of ``page`` (uint8 ``[H, W]``)."""
    first = strip(page, line)
    seen = [transcriber.steps(first.pixels)]
    found = _compared(seen)
    if not found or found[0][1] < transcriber.thresholds.doubt:
        seen += [transcriber.steps(strip(page, line, framing).pixels) for framing in OTHERS]
        found = _compared(seen)
    box = _box(line).clamped(page.shape)
    if not found:
        return Transcript((), (), box)
    digits = _digits(seen[0], found, first, box, page.shape)
    written = (Alternative(ctc.text(said), round(float(p), PLACES)) for said, p in found)
    return Transcript(tuple(written), digits, box)


def _compared(seen: Sequence[Steps]) -> list[tuple[Said, float]]:
    """What is written, and how likely that is by all strips of a line together: the likelihood of
    its digits, which is the geometric mean of that in each strip, shared among the ways to set
    marks between them."""
    short = [ctc.condensed(steps) for steps in seen]
    bare = [ctc.condensed(ctc.without_separators(steps)) for steps in seen]
    written: dict[Said, None] = {}
    numbers: dict[Said, None] = {}
    for steps, digits in zip(short, bare, strict=True):
        written.update(dict.fromkeys(ctc.likeliest(steps, KEPT)))
        numbers.update(dict.fromkeys(ctc.likeliest(digits, KEPT)))
    for said in list(written):
        numbers.setdefault(_digits_of(said), None)
    # The digits alone may be likelier than any one way to write them.
    for digits_ in numbers:
        if not any(_digits_of(said) == digits_ for said in written):
            written.setdefault(digits_, None)
    every, all_numbers = list(written), list(numbers)
    of_all = np.mean([ctc.log_likelihoods(steps, every) for steps in short], axis=0)
    of_numbers = np.mean([ctc.log_likelihoods(steps, all_numbers) for steps in bare], axis=0)
    likely = dict(zip(all_numbers, np.exp(of_numbers).tolist(), strict=True))
    shares: dict[Said, float] = {}
    for said, log in zip(every, of_all.tolist(), strict=True):
        digits_ = _digits_of(said)
        shares[digits_] = shares.get(digits_, 0.0) + math.exp(log)
    found = []
    for said, log in zip(every, of_all.tolist(), strict=True):
        digits_ = _digits_of(said)
        share = math.exp(log) / max(shares[digits_], 1e-300)
        found.append((said, likely[digits_] * share))
    return sorted(found, key=lambda one: -one[1])


def _digits_of(said: Said) -> Said:
    return tuple(character for character in said if character < DIGITS_ONLY)


def _digits(
    steps: Steps,
    found: Sequence[tuple[Said, float]],
    shown: Strip,
    box: Box,
    shape: tuple[int, ...],
) -> tuple[Digit, ...]:
    """The digits of the likeliest reading, with their places on a page of ``shape``."""
    said, digits = found[0][0], []
    spans = ctc.places(steps, said)
    middles = [(first + last + 1) / 2 for first, last in spans]
    number = [character for character in said if character < DIGITS_ONLY]
    likely = _of_each(number, found)
    place = 0
    for index, character in enumerate(said):
        if character >= DIGITS_ONLY:
            continue
        first, last = spans[index]
        before = middles[index - 1] if index else first - (last - first + 4)
        after = middles[index + 1] if index + 1 < len(said) else last + (last - first + 4)
        reach = 1.5 + max(0.5, (min(middles[index] - before, after - middles[index])) / 2)
        left, right = middles[index] - reach, middles[index] + reach
        weights = steps[first : last + 1, :DIGITS_ONLY].sum(axis=0)
        weights /= max(float(weights.sum()), 1e-12)
        digits.append(
            Digit(
                int(character),
                round(likely[place], PLACES),
                tuple(weights.round(PLACES).tolist()),
                _on_page(shown, left * STEP, right * STEP, box, shape),
            )
        )
        place += 1
    return tuple(digits)


def _of_each(number: Sequence[int], found: Sequence[tuple[Said, float]]) -> list[float]:
    """How likely each digit of ``number`` is: the sum of the readings of as many digits that have
    the same one in its place."""
    totals = [0.0] * len(number)
    for said, probability in found:
        other = _digits_of(said)
        if len(other) == len(number):
            for place, (one, two) in enumerate(zip(number, other, strict=True)):
                totals[place] += probability * (one == two)
    return [min(1.0, total) for total in totals]


def _on_page(shown: Strip, left: float, right: float, line: Box, shape: tuple[int, ...]) -> Box:
    corners = np.array([(x, y, 1) for x in (left, right) for y in (4, STRIP_HEIGHT - 4)])
    places: NDArray[np.float64] = corners @ shown.to_page.T
    (x0, y0), (x1, y1) = np.floor(places.min(axis=0)), np.ceil(places.max(axis=0))
    x0, y0 = max(x0, line.x), max(y0, line.y)
    x1, y1 = min(x1, line.x + line.width), min(y1, line.y + line.height)
    box = Box(int(x0), int(y0), max(1, int(x1 - x0)), max(1, int(y1 - y0)))
    return box.clamped((shape[0], shape[1]))


def _box(line: Writing) -> Box:
    """The upright rectangle around ``line``."""
    cos, sin = math.cos(line.slope), abs(math.sin(line.slope))
    wide, high = line.length * cos + line.height * sin, line.length * sin + line.height * cos
    left, top = math.floor(line.x - wide / 2), math.floor(line.y - high / 2)
    return Box(left, top, max(1, math.ceil(wide)), max(1, math.ceil(high)))
