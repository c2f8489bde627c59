"""A folder, and what woke us → the files in it that are complete and new, as a stream.

The folder is the truth: what events say only makes it quick.
"""

import itertools
import logging
import os
import stat
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from pathlib import Path

from digitbox.config import Config
from digitbox.engine.stream import Verdict
from digitbox.errors import InputError, TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.records import INACCESSIBLE, UNDECODABLE, FileReading, Reason, Source, Version
from digitbox.service.clock import FileClock
from digitbox.service.hints import Hint, Sign
from digitbox.service.waiting import Waiting
from digitbox.storage.conventions import is_whole_when_closed, skips_place
from digitbox.storage.names import printable
from digitbox.storage.walk import NAMED, Sources, is_written_to

AT_ONCE = 200
"""Files that are looked up in the ledger together."""

HINTS = 1_000

log = logging.getLogger(__name__)


class Inbox:
    """The files in ``config.inbox``. A file is ready once it has stood still for ``watch.settle``
    seconds; at once where an event said that it was moved in, or that it was closed and nothing can
    follow. It is new where the ledger has no record of it."""

    def __init__(self, config: Config, ledger: Ledger, clock: FileClock | None = None) -> None:
        self._root = str(config.inbox)
        self._watch = config.watch
        self._ledger = ledger
        self._clock = clock or FileClock(config.inbox)
        # A link that is moved away is not the file that was read.
        self._follow = config.follow_symlinks and config.originals.action == "keep"
        self._sources: Sources | None = None
        self._walk: Iterator[Source] | None = None
        self._hints: deque[Hint] = deque()
        self._waiting = Waiting(self._clock.monotonic)
        self._due: deque[Source] | None = None
        """Of those that wait, the ones that have waited long enough and are not looked at yet."""
        self._taken: dict[Source, Version] = {}
        self._returned: set[Source] = set()
        self.skipped: Counter[str] = Counter()
        """What the last whole scan left alone, and why."""
        self._closed: list[str] = []
        """The first few places that it may not look at."""
        self.scanned_at: float | None = None
        """When the last whole scan ended, by the monotonic clock."""
        self.scan_seconds = 0.0
        """How long it took, less what was done with the files meanwhile."""
        self._walked = 0.0

    def hint(self, hint: Hint) -> None:
        """Have a file looked at first."""
        self._hints.append(hint)

    def room(self) -> int:
        """How many hints more should be given."""
        return max(0, HINTS - len(self._hints))

    def scan(self) -> None:
        """Begin to look at the whole folder, unless this is going on. Raises
        :class:`TransientError` where it cannot be looked at."""
        if self._walk is None:
            try:
                os.scandir(self._root).close()
                self._sources = Sources([Path(self._root)], self._follow, looks_beside=False)
            except (OSError, InputError) as error:
                why = getattr(error, "strerror", None) or "it is gone"
                raise TransientError(
                    f"{self._root}: the inbox cannot be read: {why}. Bring it back."
                ) from error
            self._walk = iter(self._sources)
            self._walked = 0.0

    @property
    def is_scanning(self) -> bool:
        return self._walk is not None

    @property
    def waiting(self) -> int:
        """How many files are known that are not to be read yet."""
        return len(self._waiting)

    def awaited(self) -> list[str]:
        """The names of the first few of them."""
        names = [printable(source.name) for source in itertools.islice(self._waiting, NAMED)]
        return [*names, "…"] if len(self._waiting) > NAMED else names

    def blocked(self) -> tuple[int, dict[str, str]]:
        """How many files, and places that may not be looked at, cannot be had; and of the first few
        their names and why."""
        files = self._waiting.blocked()
        said = {printable(source.name): why for source, why in files[:NAMED]}
        places = (printable(os.path.relpath(one, self._root)) for one in self._closed)
        said |= dict.fromkeys(places, "may not be looked at")
        number = len(files) + self.skipped["unreadable"]
        return number, dict(itertools.islice(said.items(), NAMED))

    def next_due(self) -> float | None:
        """When, by the monotonic clock, the next of them is."""
        return self._waiting.next_due()

    def is_settling(self, limit: float) -> bool:
        """Whether there are files that will have stood still for long enough by ``limit``, by the
        monotonic clock. Those that cannot be had do not count."""
        return bool(self._hints) or self._waiting.is_settling(limit)

    def ready(self, most: int) -> list[Source]:
        """Files to be read, ``most`` at a time: those hinted at first, then those that have waited
        long enough, then what the scan comes upon; none where there are no more for now. A file is
        not given again until it is released or done."""
        found: list[Source] = []
        while len(found) < most:
            part = list(itertools.islice(self._candidates(), min(AT_ONCE, most - len(found))))
            if not part:
                self._due = None  # to be looked for anew
                break
            found += self._new(part)
        return found

    def _new(self, part: list[tuple[Source, Version, bool]]) -> list[Source]:
        """Those of ``part`` that are complete and have no record; they are in flight from here."""
        records = self._ledger.records([source for source, _, _ in part])
        stood = self._clock.read()
        new = []
        for source, version, complete in part:
            if source in self._taken:  # twice in this part
                continue
            record = records.get(source)
            if record is not None and record.place is None:
                continue
            if record is not None and record.is_at(version):
                self._waiting.forget(source)
                if record.place == "gone":
                    self._returned.add(source)
                continue
            if complete or self._is_still(source, version, stood):
                if is_written_to(os.path.join(source.root, source.name), version.size):
                    self._waiting.put_longer(source, version, max(0.1, self._watch.settle), False)
                    continue
                self._waiting.take(source)
                self._taken[source] = version
                new.append(source)
        return new

    def acknowledge(self, file: FileReading) -> Verdict:
        """What to do with a file that was read: one that does not decode is waited for until it has
        stood still for ``watch.patience`` seconds; one that cannot be had is tried again, later
        each time."""
        source, reasons = file.source, file.reasons
        version = file.version or self._version(source)
        if Reason.VANISHED in reasons or version is None:
            self.done(source)
            return Verdict.GONE
        ready = self._taken.get(source)
        if ready is not None and not ready.is_same_file(version):  # not what was found complete
            self._release(source)
            self._waiting.put(source, version, self._watch.settle)
        elif reasons & INACCESSIBLE:
            self._try_later(source, version, reasons & INACCESSIBLE)
        elif reasons & UNDECODABLE and (rest := self._patience(source, version)) > 0:
            self._release(source)
            self._waiting.put(source, version, rest)
        else:
            return Verdict.RECORD
        return Verdict.RETRY

    def done(self, source: Source) -> None:
        """Forget a file that has its row, or is gone."""
        self._release(source)
        if self._waiting.forget(source):
            log.info("%s can be read again", printable(source.name))

    def in_flight(self) -> list[Source]:
        """The files that were given and not released."""
        return list(self._taken)

    def release(self) -> None:
        """Release all of them, to be found again."""
        for source in self._taken:
            self._waiting.give_back(source)
        self._taken.clear()

    def returned(self) -> list[Source]:
        """The files that are back since this was last asked, after they were gone when they were to
        be archived."""
        back, self._returned = list(self._returned), set()
        return back

    def _release(self, source: Source) -> None:
        self._taken.pop(source, None)

    def _try_later(self, source: Source, version: Version, reasons: frozenset[Reason]) -> None:
        self._release(source)
        is_busy = reasons == {Reason.BUSY}
        first = max(0.1, self._watch.settle) if is_busy else 1.0
        said = ", ".join(sorted(reasons)).replace("_", " ")
        if self._waiting.put_longer(source, version, first, not is_busy, said):
            log.warning("%s cannot be read: %s; trying again", printable(source.name), said)

    def _patience(self, source: Source, version: Version) -> float:
        """For how many more seconds a file that does not decode may be incomplete."""
        seen = self._waiting.stood_still(source, version)
        stood = max(seen, self._clock.read()(version))
        return min(self._watch.patience - stood, self._watch.patience)

    def _candidates(self) -> Iterator[tuple[Source, Version, bool]]:
        """Files to look at, with their versions and whether they are known to be complete."""
        if self._due is None:
            self._due = deque(self._waiting.due())
        while True:
            complete = False
            if self._hints:
                name, sign = self._hints.popleft()
                if skips_place(name.replace(os.sep, "/")):
                    continue
                complete = self._shows_complete(name, sign)
                source: Source | None = Source(self._root, name)
            elif self._due:
                source = self._due.popleft()
            else:
                source = self._scanned()
            if source is None:
                return
            if source in self._taken:
                continue
            version = self._version(source)
            if version is None:
                self._waiting.forget(source)
            else:
                yield source, version, complete

    def _shows_complete(self, name: str, sign: Sign) -> bool:
        if self._watch.complete == "settled":
            return False
        return sign is Sign.MOVED or (sign is Sign.CLOSED and is_whole_when_closed(name))

    def _scanned(self) -> Source | None:
        if self._walk is None or self._sources is None:
            return None
        begun = time.perf_counter()
        source = next(self._walk, None)
        self._walked += time.perf_counter() - begun
        if source is None:
            self._walk = None
            self.scan_seconds = self._walked
            self.skipped = self._sources.skipped.copy()
            self._closed = self._sources.unreadable[:]
            self.scanned_at = self._clock.monotonic()
        return source

    def _version(self, source: Source) -> Version | None:
        """What stands at that name, where it is a file."""
        path = os.path.join(source.root, source.name)
        try:
            status = os.stat(path, follow_symlinks=self._follow)  # noqa: PTH116
        except (OSError, ValueError):
            return None
        return Version.of(status) if stat.S_ISREG(status.st_mode) else None

    def _is_still(
        self, source: Source, version: Version, stood: Callable[[Version], float]
    ) -> bool:
        """Whether the file may be read; otherwise it waits."""
        is_due = self._waiting.is_due(source, version)
        if is_due is not None:
            return is_due
        still = stood(version)
        if still >= self._watch.settle:
            return True
        # A clock that runs behind the file's time is not waited for.
        self._waiting.put(source, version, min(self._watch.settle - still, self._watch.settle))
        return False
