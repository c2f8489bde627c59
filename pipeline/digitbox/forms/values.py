"""What stands in the cells of a field → the values that it may have, each with its probability."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from digitbox.forms.cells import FILLER, NOTHING, Cell
from digitbox.forms.form import Field, Kind, Known

Belief = dict[str, float]
"""Values and their probabilities, which sum to 1 at most: the rest is for what nobody thought of.
``""`` is a blank field."""

KEPT = 24
"""So many values of a field are followed."""

UNLISTED = 0.02
"""The share of the fields with a list whose value is not in it, though it should be."""

LEAST = 1e-12


def of_cells(cells: Sequence[Cell], field: Field) -> Belief:
    """The values of a ``field`` with one digit a cell. Digits stand side by side; cells before them
    are empty or have a filler, cells after them are empty: what is no digit there may be one that
    could not be read. Where there are decimals, a digit stands before the point, and the cells
    after the last one may have a filler, too."""
    if field.known.values is not None:
        return _listed(cells, field)
    logs = np.log(np.maximum(np.array(cells), LEAST))
    before, after = np.logaddexp(logs[:, NOTHING], logs[:, FILLER]), logs[:, NOTHING]
    decimals = field.known.decimals or 0
    whole = len(cells) - decimals
    if decimals:
        after = before
    found: Belief = {}
    total = float(np.exp(np.logaddexp.reduce(logs, axis=1).sum()))
    for first in range(whole):
        for last in range(whole if decimals else first + 1, len(cells) + 1):
            outside = before[:first].sum() + after[last:].sum()
            for digits, likely in _likeliest(logs[first:last, :10]):
                point = whole - first if decimals else len(digits)
                _add(found, text(digits, field, point), math.exp(outside + likely) / total)
    _add(found, "", math.exp(before.sum()) / total)
    return kept(found)


def among(found: Mapping[str, float], known: Known) -> Belief:
    """Those of ``found`` that are in the list that is ``known``, where there is one: each counts as
    much as it was read, and as the others of the list can be; what is not in it counts as much as
    all numbers of its length can be."""
    if known.values is None:
        return dict(found)
    one = (1 - UNLISTED) / len(known.values)
    weights = {
        value: likely * (0.5 if not value else one)
        for value, likely in found.items()
        if not value or value in known.values
    }
    others = {value: likely for value, likely in found.items() if value not in weights}
    rest = sum(likely * UNLISTED * 10.0 ** -len(value) for value, likely in others.items())
    length = max(map(len, known.values))
    rest += max(0.0, 1 - sum(found.values())) * UNLISTED * 10.0**-length
    whole = sum(weights.values()) + rest
    return {value: weight / whole for value, weight in weights.items()} if whole else {}


def kept(found: Mapping[str, float]) -> Belief:
    """The likeliest of ``found``, first the likeliest."""
    ordered = sorted(found.items(), key=lambda one: -one[1])
    return dict(ordered[:KEPT])


def text(digits: str, field: Field, point: int) -> str:
    """``digits`` as the value of ``field``, with a decimal point after so many of them: a number
    has no leading zeros."""
    if field.kind is not Kind.NUMBER:
        return digits
    whole, decimals = digits[:point].lstrip("0") or "0", digits[point:]
    return f"{whole}.{decimals}" if decimals else whole


def possible(found: Mapping[str, float], known: Known) -> Belief:
    """Those of ``found`` that there can be, by what is ``known``. What there cannot be, was read
    wrong or written wrong: its probability goes to none of the others."""
    return {
        value: likely
        for value, likely in found.items()
        if not value or (_fits_length(value, known) and _fits_range(value, known))
    }


def without_zeros(value: str) -> str:
    """``value`` as a number is written: without leading zeros."""
    return re.sub(r"^(-?)0+(?=[0-9])", r"\1", value)


def number(value: str) -> float:
    """The number that ``value`` stands for: 0 where it is blank, NaN where it is none. Commas stand
    between thousands, or one stands for the decimal point."""
    if not value:
        return 0.0
    if re.fullmatch(r"-?[1-9][0-9]{0,2}(,[0-9]{3})+(\.[0-9]+)?", value):
        value = value.replace(",", "")
    elif re.fullmatch(r"-?[0-9]+,[0-9]+", value):
        value = value.replace(",", ".")
    return float(value) if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) else math.nan


def _fits_length(value: str, known: Known) -> bool:
    if known.values is not None and value in known.values:
        return True
    digits = sum(character.isdigit() for character in value)
    # With fillers, not all cells have to be filled.
    return digits <= known.most and (digits >= known.least or bool(known.filler))


def _fits_range(value: str, known: Known) -> bool:
    if known.smallest is None and known.largest is None:
        return True
    what = number(value)
    low = -math.inf if known.smallest is None else known.smallest
    high = math.inf if known.largest is None else known.largest
    return low <= what <= high


def _likeliest(logs: NDArray[np.float64]) -> Iterable[tuple[str, float]]:
    """The likeliest digits of cells side by side, with the logarithm of their probability."""
    beams: list[tuple[str, float]] = [("", 0.0)]
    for cell in logs.tolist():
        grown = [
            (digits + str(digit), likely + cell[digit])
            for digits, likely in beams
            for digit in range(10)
        ]
        beams = sorted(grown, key=lambda one: -one[1])[:KEPT]
    return beams


def _listed(cells: Sequence[Cell], field: Field) -> Belief:
    """The values of the field's list, by what stands in the cells. What is none of them has no
    value here: it was read wrong or written wrong, and its probability goes to none of them."""
    logs = np.log(np.maximum(np.array(cells), LEAST))
    before, after = np.logaddexp(logs[:, NOTHING], logs[:, FILLER]), logs[:, NOTHING]
    values = field.known.values or ()
    scores: dict[str, float] = {"": float(before.sum())}
    of_length: dict[int, list[str]] = {}
    for value in values:
        if value.isascii() and value.isdigit() and len(value) <= len(cells):
            of_length.setdefault(len(value), []).append(value)
    for length, alike in of_length.items():
        digits = np.array([list(value) for value in alike]).astype(int)
        ways = [
            before[:shift].sum()
            + logs[np.arange(shift, shift + length), digits].sum(axis=1)
            + after[shift + length :].sum()
            for shift in range(len(cells) - length + 1)
        ]
        scores |= dict(zip(alike, np.logaddexp.reduce(ways).tolist(), strict=True))
    prior = math.log((1 - UNLISTED) / max(1, len(values)))
    weights = {
        value: score + (prior if value else math.log(0.5)) for value, score in scores.items()
    }
    # Whatever else may stand there: all ways to fill the cells with digits are equally likely.
    anything = (
        math.log(UNLISTED)
        - len(cells) * math.log(10)
        + float(np.logaddexp.reduce(logs[:, :10], axis=1).sum())
    )
    whole = float(np.logaddexp.reduce([*weights.values(), anything]))
    return kept({value: math.exp(weight - whole) for value, weight in weights.items()})


def _add(found: Belief, value: str, likely: float) -> None:
    found[value] = found.get(value, 0.0) + likely
