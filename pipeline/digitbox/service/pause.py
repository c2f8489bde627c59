"""Decisions that wait to be carried out → when that is due: those of some seconds together."""

import time
from collections.abc import Callable

from digitbox.ledger.requests import Waiting

QUIET_SECONDS = 3.0
"""Decisions are carried out when none was made for so long."""

LONGEST_SECONDS = 10.0
"""No decision waits longer."""


class Pause:
    """Each batch is two files, and a person decides about one reading a second: what they say
    within some seconds makes one batch. By the monotonic clock of this process, since a ledger has
    its times to the second."""

    def __init__(
        self,
        quiet: float = QUIET_SECONDS,
        longest: float = LONGEST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quiet, self._longest, self._clock = quiet, longest, clock
        self._waiting = Waiting()
        self._begun = self._due = float("inf")

    def notice(self, waiting: Waiting) -> None:
        """Hear what waits in the ledger now."""
        now = self._clock()
        if waiting.first != self._waiting.first:
            self._begun = now
        if waiting.is_urgent:
            self._due = now
        elif waiting.last is None:
            self._due = float("inf")
        elif waiting != self._waiting:
            self._due = min(now + self._quiet, self._begun + self._longest)
        self._waiting = waiting

    def seconds(self) -> float:
        """In how many seconds something is due; 0 where it is, infinite where nothing waits."""
        return max(0.0, self._due - self._clock())
