"""Where the digits of a line are → may they be those of two numbers?"""

import math
from collections.abc import Sequence
from itertools import pairwise

from digitbox.box import Box

APART, TWO_APART, UNEVEN = 3.0, 1.8, 0.8
"""Digits whose middles are so many of their heights apart, or more, may be those of two numbers:
any, the two of a number of two, and by so much more than digits of their line usually are. Of the
690 real numbers that were accepted, those of two are at most 1.5 apart, others 1.6, and at most 0.7
more than usual, where a point stands between them."""


def are_apart(digits: Sequence[Box]) -> bool:
    """Whether there is room for another number between two of the ``digits`` of a line, from left
    to right, so that they may be those of two."""
    gaps = sorted(
        math.dist(one.middle, other.middle) / max(one.height, other.height)
        for one, other in pairwise(digits)
    )
    if not gaps:
        return False
    if len(gaps) == 1:
        return gaps[0] >= TWO_APART
    # Of two gaps the usual one is the smaller: a digit and two others.
    usual = gaps[(len(gaps) - 1) // 2]
    return gaps[-1] >= APART or gaps[-1] - usual >= UNEVEN
