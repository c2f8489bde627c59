"""Files that are not to be read yet, and until when. All times are monotonic, in seconds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from digitbox.engine.backoff import next_delay
from digitbox.records import Source, Version

REMEMBERED = 10_000
"""Files that are remembered, at most. Others are found again by the next scan: memory is bounded,
and nothing is lost."""


@dataclass(slots=True)
class _Entry:
    """``since`` then the file has stood still, as far as was seen; ``delay`` is 0 unless it could
    not be had."""

    version: Version
    since: float
    due: float
    delay: float = 0.0
    is_transient: bool = False
    why: str | None = None
    """What stands in the way of having it."""


class Waiting:
    """Remembers files by what stood at their names: another version starts everything anew."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._entries: dict[Source, _Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Source]:
        return iter(self._entries)

    def put(self, source: Source, version: Version, seconds: float) -> None:
        """Have a file wait for so long."""
        self._entry(source, version).due = self._now() + seconds

    def put_longer(
        self,
        source: Source,
        version: Version,
        first: float,
        is_transient: bool,
        why: str | None = None,
    ) -> bool:
        """Have a file wait for ``first`` seconds, or twice as long as the last time. Returns
        whether this is the first time that there is a transient error about it; ``why`` says
        which."""
        entry = self._entry(source, version)
        if source not in self._entries:
            return False
        entry.delay = next_delay(entry.delay, first)
        entry.due = self._now() + entry.delay
        is_news = is_transient and not entry.is_transient
        entry.is_transient |= is_transient
        entry.why = why if is_transient else entry.why
        return is_news

    def take(self, source: Source) -> None:
        """Have a file wait no longer, and be remembered."""
        if entry := self._entries.get(source):
            entry.due = float("inf")

    def give_back(self, source: Source) -> None:
        """Have a file that was taken be due again."""
        if entry := self._entries.get(source):
            entry.due = min(entry.due, self._now())

    def is_due(self, source: Source, version: Version) -> bool | None:
        """Whether that file has waited long enough; None where it is not known."""
        entry = self._entries.get(source)
        if entry is None or entry.version != version:
            return None
        return entry.due <= self._now()

    def stood_still(self, source: Source, version: Version) -> float:
        """For how long the file has not changed, as far as was seen."""
        entry = self._entries.get(source)
        if entry is None or entry.version != version:
            return 0.0
        return self._now() - entry.since

    def forget(self, source: Source) -> bool:
        """Forget a file; returns whether there was a transient error about it."""
        entry = self._entries.pop(source, None)
        return entry is not None and entry.is_transient

    def blocked(self) -> list[tuple[Source, str]]:
        """The files about which there is a transient error, and what is said of it."""
        return [(source, entry.why) for source, entry in self._entries.items() if entry.why]

    def due(self) -> list[Source]:
        """The files that have waited long enough."""
        now = self._now()
        return [source for source, entry in self._entries.items() if entry.due <= now]

    def next_due(self) -> float | None:
        """When the next one will have; None where there is none."""
        due = min((entry.due for entry in self._entries.values()), default=float("inf"))
        return None if due == float("inf") else due

    def is_settling(self, limit: float) -> bool:
        """Whether there are files that wait for nothing but time, until ``limit``."""
        return any(entry.due <= limit and not entry.delay for entry in self._entries.values())

    def _entry(self, source: Source, version: Version) -> _Entry:
        entry = self._entries.get(source)
        if entry is None or entry.version != version:
            entry = _Entry(version, self._now(), self._now())
            if source in self._entries or len(self._entries) < REMEMBERED:
                self._entries[source] = entry
        return entry
