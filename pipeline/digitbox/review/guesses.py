"""Wrong tokens → how long whoever brings them has to wait, and the log."""

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable

BURST = 10
"""So many wrong tokens may come from one place one after the other,"""

SECONDS = 60.0
"""and one more after each so many seconds: less than 100 an hour in any case."""

MOST = 10_000
"""Places that are remembered; those with the fewest wrong ones are forgotten first."""

SAID_SECONDS = 60.0
"""Wrong tokens are logged no more often."""

NAMED = 5
"""So many places are named in a line of the log."""

log = logging.getLogger(__name__)


class Guesses:
    """Counts them by place: so nobody can shut out others. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._full: dict[str, float] = {}
        """When the last of the wrong tokens of a place is forgiven."""
        self._unsaid: Counter[str] = Counter()
        self._said = -math.inf
        self._timer: asyncio.TimerHandle | None = None

    def wait(self, place: str) -> float:
        """Seconds until a token from ``place`` is looked at again; 0: now."""
        left = self._full.get(place, -math.inf) - self._clock()
        return max(0.0, left - (BURST - 1) * SECONDS)

    def count(self, place: str) -> None:
        """Count a wrong token, and log it: at once, or with others a minute after those before."""
        now = self._clock()
        if len(self._full) >= MOST and place not in self._full:
            self._full = {one: until for one, until in self._full.items() if until > now}
            if len(self._full) >= MOST:
                del self._full[min(self._full, key=self._full.__getitem__)]
        self._full[place] = max(now, self._full.get(place, now)) + SECONDS
        if len(self._unsaid) < MOST:
            self._unsaid[place] += 1
        if now >= self._said + SAID_SECONDS:
            self._say()
        elif self._timer is None or self._timer.cancelled():
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._said + SAID_SECONDS - now, self._say)

    def _say(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._said = self._clock()
        if not self._unsaid:
            return
        places = [f"{number} from {place}" for place, number in self._unsaid.most_common(NAMED)]
        if len(self._unsaid) > NAMED:
            places.append(f"others from {len(self._unsaid) - NAMED} more addresses")
        log.warning("wrong tokens for the pages: %s", ", ".join(places))
        self._unsaid.clear()
