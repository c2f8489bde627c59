"""How long a program took, in turn with the others."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of one program, round by round, its start-up apart."""

    seconds: tuple[float, ...]
    start: float

    def ratio(self, other: "Timing") -> tuple[float, float, float]:
        """Of each round's seconds to those of ``other``: median, smallest, largest."""
        ratios = [one / two for one, two in zip(self.seconds, other.seconds, strict=True)]
        return statistics.median(ratios), min(ratios), max(ratios)
