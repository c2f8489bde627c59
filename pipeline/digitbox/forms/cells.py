"""A picture of a printed cell → what may stand in it: a digit, something else, or nothing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbox.forms.filler import likely_filler
from digitbox.recognition import ctc
from digitbox.recognition.card import CHARACTERS, OTHER
from digitbox.recognition.classification import classify
from digitbox.recognition.crop import Overview
from digitbox.recognition.finder import Finder
from digitbox.recognition.lines import lines
from digitbox.recognition.model import Model
from digitbox.recognition.preprocess import preprocess
from digitbox.recognition.strip import Framing, strip
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import Gray
from digitbox.recognition.writing import Writing

ELSE, NOTHING, FILLER = 10, 11, 12
"""What stands in a cell, beside a digit from 0 to 9: something else, such as a digit that was
struck out; nothing; and what people write into a cell that stays empty."""

Cell = NDArray[np.float64]
"""``[13]``: the probabilities of the digits, of something else, of nothing, and of a filler; their
sum is 1."""

FRAMINGS = (Framing(0.8, 0.3), Framing(0.68, 0.3, 1.15))
"""How a cell is cut out for the networks of numbers: for each in its way."""

LOW = 0.3
"""What is lower than this share of a cell may be a part of what stands there: the network of
numbers then sees the whole cell."""

SEEN, UNSEEN = 0.97, 0.02
"""How likely a cell is empty where the finder sees nothing, and where it sees something."""

LEAST = 1e-4
"""No network is surer than that."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What reads: ``finder`` finds ink, ``model`` reads single digits, ``transcriber`` lines."""

    finder: Finder
    model: Model
    transcriber: Transcriber


def read_cell(cell: Gray, networks: Networks, filler: str = "") -> Cell:
    """What stands in ``cell`` (uint8 ``[h, w]``), by both networks: the product of what each says,
    since they err in different places. ``filler`` are characters for an empty cell."""
    overview = Overview(cell, networks.finder)
    both = _as_digit(cell, overview, networks) * _as_line(cell, overview, networks)
    found = np.append(both / both.sum(), 0.0)
    if filler:
        found[FILLER] = found[ELSE] * likely_filler(cell, filler)
        found[ELSE] -= found[FILLER]
    return found


def _as_digit(cell: Gray, overview: Overview, networks: Networks) -> NDArray[np.float64]:
    """What the network of digits says of the likeliest candidate, ``[12]``: as a :data:`Cell`, but
    for the filler, which it does not know."""
    found = np.full(12, LEAST)
    candidates = preprocess(cell, networks.finder, overview)
    if not candidates:
        found[NOTHING] = SEEN
        found[ELSE] = 1 - SEEN
        return found
    each = classify(networks.model, [one.frames for one in candidates])
    best = min(each, key=lambda one: one.is_none)  # the first that is a digit
    of_digits = np.array(best.probabilities)
    is_digit = min(1.0, best.confidence / max(float(of_digits.max()), LEAST))
    found[:10] += of_digits * is_digit
    found[ELSE] += 1 - is_digit
    found[NOTHING] += UNSEEN
    return np.asarray(found / found.sum())


def _as_line(cell: Gray, overview: Overview, networks: Networks) -> NDArray[np.float64]:
    """The same by the networks of numbers."""
    high, wide = cell.shape
    line = Writing(wide / 2, high / 2, 0.7 * wide, 0.75 * high, 0.0, 0.0)
    seen = lines(cell, networks.finder, overview)
    if seen and seen[0].height > LOW * high:
        line = seen[0]
    logs = [
        ctc.log_likelihoods(
            ctc.condensed(networks.transcriber.steps(strip(cell, line, framing).pixels, which)),
            SAYINGS,
        )
        for which, framing in enumerate(FRAMINGS)
    ]
    found = np.maximum(np.exp(np.mean(logs, axis=0)), LEAST)
    return np.asarray(found / found.sum())


SAYINGS = [*((digit,) for digit in range(10)), (CHARACTERS.index(OTHER),), ()]
"""What a line may say, in the order of a :data:`Cell`."""
