"""Frames of candidates → which digit each of them is, and whether it is one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.model import Model

PLACES = 4
"""Decimal places of every probability, before any decision: the arithmetic of a batch may differ in
the seventh with a frame's place in it, and no reading may depend on its neighbours."""

LEAST = 1e-7
"""Probabilities below this are taken for it: they are not known so well."""


@dataclass(frozen=True, slots=True)
class Classification:
    """See :class:`digitbox.records.Digit`; and whether it is hardly a digit."""

    value: int
    confidence: float
    probabilities: tuple[float, ...]
    is_none: bool


def classify(model: Model, candidates: Sequence[NDArray[np.uint8]]) -> Iterator[Classification]:
    """What ``model`` says of each candidate, given by its frames, uint8 ``[1 or 2, 28, 28]``."""
    thresholds = model.thresholds
    found = model.probabilities([frame for frames in candidates for frame in frames])
    is_digit = 1 - found.not_digit[:, None]
    each = np.hstack([found.digits * is_digit, found.not_digit[:, None]])
    counts = np.array([len(frames) for frames in candidates], np.intp)
    ends = counts.cumsum()
    pairs = np.stack([each[ends - counts], each[ends - 1]], axis=1)
    rounded = _agreed(pairs, thresholds.outline).round(PLACES)
    digits = rounded[:, :-1]
    if_digit = digits / np.maximum(digits.sum(axis=1, keepdims=True), 10.0**-PLACES)
    return map(
        Classification,
        digits.argmax(axis=1).tolist(),
        digits.max(axis=1).tolist(),
        map(tuple, if_digit.round(PLACES).tolist()),
        (rounded[:, -1] >= thresholds.none).tolist(),
    )


def _agreed(pairs: NDArray[np.float64], outline: float) -> NDArray[np.float64]:
    """The probabilities ``[N, 11]`` of N candidates, from those of their outline, which has the
    weight ``outline``, and of their tone, which may be the same, ``[N, 2, 11]``: their weighted
    geometric mean, which is that of the mean of the logits behind them. Where the two contradict
    each other, none is likely."""
    weights = np.array([outline, 1 - outline])
    mean = np.exp(np.tensordot(np.log(np.maximum(pairs, LEAST)), weights, axes=(1, 0)))
    return np.asarray(mean / mean.sum(axis=1, keepdims=True))
