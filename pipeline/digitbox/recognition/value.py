"""What is written on a line → the value that it stands for, by what is expected of values.

What is written are digits, points, commas and dashes in their order: ``7,300``, ``-3``, ``500,-``.
No digit is ever added or lost. What may mean two things has a reason to be looked at.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from digitbox.records import Alternative, Expected, Reason


@dataclass(frozen=True, slots=True)
class Value:
    """What is written, as a value: ``text`` is one by :func:`digitbox.records.is_value`, or None
    where no digit is written. With a ``reason`` it is a guess for a person to look at."""

    text: str | None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class Guess:
    """A value and how likely it is, 0 to 1, not rounded."""

    value: Value
    probability: float


def value_of(written: str, expected: Expected) -> Value:
    """What ``written`` stands for.

    Points, commas and dashes behind the last digit say that an amount ends there (``12.``,
    ``500,-``). They are no part of the value. One dash before all else is a minus.

    The reason is the first of these that holds, else None:

    - ``other_writing``: there are other dashes, or other characters (also a space). With ``sign``,
      a dash right behind the last digit is one of them: it may be a minus, as in accounts.
    - ``minus``: there is a minus, and no ``sign`` is expected. The text is without it.
    - ``other_decimals``: a separator stands before the first digit (``.5``), two stand in a row, or
      they do not fit ``decimals``, see below.
    - ``other_length``: there are fewer than ``least`` digits or more than ``most``, those behind a
      decimal point included.

    ``decimals``:

    - None: the separators stay as they are written.
    - 0: the separators are those of thousands, and left out: one kind of them, between groups of
      three digits; the first group has one to three and does not begin with 0. If they do not fit
      (``12.5``, ``0,300``, ``1,00,000``), the text is the digits alone.
    - 1 or more: if at most so many digits stand behind the last separator, it is the decimal point,
      and becomes a point. All others are those of thousands: they fit as above, and are left out.
      The decimal point is of another kind: in ``1.234.50`` a digit may as well be missing. If they
      do not fit, they stay as they are written.
    """
    parts = re.fullmatch(r"([^0-9]*)([0-9](?:.*[0-9])?)([^0-9]*)", written, re.DOTALL)
    if parts is None:
        return Value(None)
    before, between, behind = parts.groups()
    has_minus = before.startswith("-") and "-" not in before[1:]
    is_other = (
        re.search("[^0-9.,-]", written) is not None
        or "-" in before[1:]
        or "-" in between
        or (expected.sign and behind.startswith("-"))
    )
    text, fits = _fitted(re.sub("[^0-9.,]", "", between), expected.decimals)
    length = len(re.sub("[^0-9]", "", text))
    doubts = {
        Reason.OTHER_WRITING: is_other,
        Reason.MINUS: has_minus and not expected.sign,
        Reason.OTHER_DECIMALS: not fits or re.search("[.,]", before) is not None,
        Reason.OTHER_LENGTH: length < expected.least
        or (expected.most is not None and length > expected.most),
    }
    minus = "-" if has_minus and expected.sign else ""
    return Value(minus + text, next((reason for reason, holds in doubts.items() if holds), None))


def merged(written: Iterable[Alternative], expected: Expected) -> tuple[Guess, ...]:
    """The values that ``written`` stands for, each once, the likeliest first; ``written`` are
    alternatives for one line, each with the probability that just this is written.

    The probability of a value is the sum of those of what stands for it with the same reason. If
    some of it stands for the same text with another reason (``-3`` and ``3`` where no sign is
    expected), only the likelier of the two values is there, with its own probability: what is in
    doubt makes nothing surer. Of equally likely ones, those with a reason come first. A value
    without text is there, too, where no digit may be written. No probability is above 1.
    """
    found: dict[Value, list[float]] = {}
    for one in written:
        found.setdefault(value_of(one.value, expected), []).append(one.probability)
    guesses = [Guess(value, min(1.0, math.fsum(each))) for value, each in found.items()]
    guesses.sort(key=lambda guess: (-guess.probability, guess.value.reason is None))
    likeliest: dict[str | None, Guess] = {}
    for guess in guesses:
        likeliest.setdefault(guess.value.text, guess)
    return tuple(likeliest.values())


def _fitted(number: str, decimals: int | None) -> tuple[str, bool]:
    """``number``, digits with separators between them, as the text of a value, and whether they fit
    ``decimals``."""
    text = re.sub("([.,])[.,]+", r"\1", number)
    if decimals is None:
        return text, text == number
    groups, separators = re.split("[.,]", number), re.findall("[.,]", number)
    if separators and len(groups[-1]) <= decimals:
        *groups, fraction = groups
        point = separators.pop()
        fits = point not in separators and _are_thousands(groups, separators)
        joined = "".join(groups) + "." + fraction
    else:
        fits = _are_thousands(groups, separators)
        joined = "".join(groups)
    if fits:
        return joined, True
    return (text if decimals else "".join(groups)), False


def _are_thousands(groups: Sequence[str], separators: Sequence[str]) -> bool:
    """Whether ``separators`` between ``groups`` of digits can only be those of thousands."""
    return not separators or (
        len(set(separators)) == 1
        and re.fullmatch("[1-9][0-9]{0,2}", groups[0]) is not None
        and all(len(group) == 3 for group in groups[1:])
    )
