"""What people write in a field: the characters of a number, and what may stand beside it.

A line is a list of tokens: digits, marks, OTHER for a letter, a sign or a scrawl, and a blank for a
wider gap.
"""

import numpy as np

from digitbox.recognition.card import OTHER

LENGTHS = (0.15, 0.19, 0.16, 0.14, 0.12, 0.08, 0.05, 0.04, 0.02, 0.04, 0.005, 0.005)
"""How often a number has one digit, two, three, …"""

ENDS = (
    ("", 0.77), (".", 0.055), (",", 0.02), ("-", 0.045), (".-", 0.025), (",-", 0.01), ("=", 0.025),
    (".=", 0.01), ("+", 0.02), (":", 0.01), ("..", 0.01),
)  # fmt: skip
"""What stands after an amount, and how often."""


def amount(random: np.random.Generator, longest: int = 12) -> list[str]:
    """The characters of a number as it may stand in a field, with separators and what ends an
    amount."""
    digits = _digits(random, longest)
    count = len(digits)
    text = list(digits)
    chance = random.random()
    point, other = (".", ",") if random.random() < 0.6 else (",", ".")
    if chance < 0.16 and count > 3:
        whole = count - 2 if count > 5 and random.random() < 0.2 else count
        if whole < count:
            text.insert(whole, other)
        for place in range(whole - 3, 0, -3):
            text.insert(place, point)
    elif chance < 0.33 and count > 1:
        text.insert(int(random.integers(1, count)), point)
    elif chance < 0.35 and count > 2:
        text.insert(int(random.integers(1, count)), "-")
    elif chance < 0.39 and count > 1:  # marks of exams, and dates
        text.insert(int(random.integers(1, count)), "/")
        if count > 2 and text[1] != "/" and random.random() < 0.25:
            text.insert(1, "/")
    if random.random() < 0.025:
        text.insert(0, "-")
    ends, shares = zip(*ENDS, strict=True)
    return text + list(str(random.choice(ends, p=shares)))


def _digits(random: np.random.Generator, longest: int) -> list[str]:
    lengths = np.array(LENGTHS[:longest])
    count = 1 + int(random.choice(len(lengths), p=lengths / lengths.sum()))
    digits = random.integers(0, 10, count)
    chance = random.random()
    if chance < 0.2 and count > 2:  # round amounts
        digits[-random.integers(1, count) :] = 0
    elif chance < 0.25:
        digits = np.resize(random.integers(0, 10, random.integers(1, 3)), count)
    elif chance < 0.31 and count > 1:
        digits = np.repeat(digits, 2)[:count]
    if random.random() < 0.22:
        digits[0] = 1
    if random.random() < 0.12:
        digits = np.where(random.random(count) < 0.35, 1, digits)
    return [str(digit) for digit in digits]


def with_other(
    tokens: list[str], random: np.random.Generator
) -> tuple[list[str], tuple[int, int] | None]:
    """``tokens`` with a word or a sign beside them, or with a number that was struck out."""
    chance = random.random()
    if chance < 0.3:
        old = _digits(random, 3)
        before = random.random() < 0.7
        both = [*old, " ", *tokens] if before else [*tokens, " ", *old]
        start = 0 if before else len(both) - len(old)
        return both, (start, start + len(old))
    word = [OTHER] * int(random.choice([1, 1, 1, 2, 2, 3, 5]))
    gap = [" "] if random.random() < 0.75 else []
    return ([*tokens, *gap, *word] if random.random() < 0.65 else [*word, *gap, *tokens]), None
