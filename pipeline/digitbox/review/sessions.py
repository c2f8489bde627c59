"""Who has brought the token → sessions, which end: by a person, by time, by a restart."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_SECONDS = 30 * 24 * 3600.0
"""A session ends so long after it was begun,"""

IDLE_SECONDS = 3 * 24 * 3600.0
"""and so long after it was last used: over a weekend it goes on."""

MOST = 1000
"""Sessions at a time; one more ends that which was used longest ago."""


@dataclass(slots=True)
class _Session:
    begun: float
    used: float


class Sessions:
    """Those of one server, in its memory alone. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[bytes, _Session] = {}

    def __len__(self) -> int:
        now = self._clock()
        self._open = {key: one for key, one in self._open.items() if _goes_on(one, now)}
        return len(self._open)

    def begin(self) -> str:
        """A new session: what its cookie holds. It is kept as a hash."""
        if len(self) >= MOST:
            del self._open[min(self._open, key=lambda key: self._open[key].used)]
        name = secrets.token_urlsafe(32)
        now = self._clock()
        self._open[_hash(name)] = _Session(now, now)
        return name

    def use(self, name: str) -> bool:
        """Whether that session goes on; it counts as used."""
        if not self.is_open(name):
            return False
        self._open[_hash(name)].used = self._clock()
        return True

    def is_open(self, name: str) -> bool:
        """The same, without being used."""
        one = self._open.get(_hash(name))
        return one is not None and _goes_on(one, self._clock())

    def end(self, name: str) -> None:
        self._open.pop(_hash(name), None)

    def end_all(self) -> None:
        self._open.clear()


def _goes_on(one: _Session, now: float) -> bool:
    return now < one.begun + LONGEST_SECONDS and now < one.used + IDLE_SECONDS


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
