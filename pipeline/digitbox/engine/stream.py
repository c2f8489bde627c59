"""Files that are ready → claimed → read → acknowledged → batches, as one stream that spans
batches."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from digitbox.config import BatchConfig
from digitbox.engine.batches import Batches
from digitbox.ledger.ledger import Ledger
from digitbox.pool.pool import Pool
from digitbox.records import FileReading, Source

CLAIMED_AT_ONCE = 128

SUSPICIOUS_CLAIMS = 2
"""A file that was claimed so often and never recorded may be what the service dies of: it is read
alone, after all others."""

GUILTY_CLAIMS = 4
"""One that was claimed so often makes a batch of its own: what was read before is recorded."""


class Verdict(Enum):
    """What to do with a file that was read."""

    RECORD = auto()
    RETRY = auto()
    """Not now: it may be incomplete, or could not be had."""
    GONE = auto()


class Arrivals(Protocol):
    """Where files come from. Each one that was given is in flight until it is released or done."""

    def ready(self, most: int) -> list[Source]:
        """What is to be read, ``most`` at a time; nothing where there is no more for now."""

    def acknowledge(self, file: FileReading) -> Verdict:
        """What to do with a file that was read; it is released unless it is to be recorded."""

    def done(self, source: Source) -> None:
        """Forget a file that has its row."""

    def in_flight(self) -> list[Source]:
        """What was given, and is neither released nor done."""

    def release(self) -> None:
        """Release all of it, to be given again."""


@dataclass(slots=True)
class _Read:
    """What was read and is not recorded yet; ``begun`` is when the first file was."""

    files: list[FileReading] = field(default_factory=list)
    released: list[Source] = field(default_factory=list)
    gone: list[Source] = field(default_factory=list)
    rows: int = 0
    begun: float = 0.0

    def add(self, file: FileReading, verdict: Verdict) -> None:
        if verdict == Verdict.RETRY:
            self.released.append(file.source)
        elif verdict == Verdict.GONE:
            self.gone.append(file.source)
        else:
            if not self.files:
                self.begun = time.monotonic()
            self.files.append(file)
            self.rows += max(1, len(file.readings))


class _Claims(Iterator[Source]):
    """What ``claim`` gives, until there is nothing for now: what comes later is given when it is
    asked again."""

    def __init__(
        self, claim: Callable[[], list[Source] | None], is_interrupted: Callable[[], bool]
    ) -> None:
        self._claim = claim
        self._is_interrupted = is_interrupted
        self._claimed: deque[Source] = deque()

    def __next__(self) -> Source:
        while not self._claimed:
            if self._is_interrupted() or (part := self._claim()) is None:
                raise StopIteration
            self._claimed.extend(part)
        return self._claimed.popleft()


class Stream:
    """Reads what is ready among ``arrivals``, and has ``batches`` made of it."""

    def __init__(
        self,
        config: BatchConfig,
        ledger: Ledger,
        arrivals: Arrivals,
        pool: Pool,
        batches: Batches,
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._arrivals = arrivals
        self._pool = pool
        self._batches = batches
        self._gathered: deque[Source] = deque()
        self._oldest = 0.0
        self._suspects = {
            source: attempts
            for source, attempts in ledger.claims().items()
            if attempts >= SUSPICIOUS_CLAIMS
        }
        self._apart: deque[Source] = deque()

    def gather(self) -> bool:
        """Look at what is ready, and say whether a batch is to be begun: there is enough for a full
        one, or the oldest has waited for long enough."""
        had = bool(self._gathered)
        self._fill(self._config.size)
        if self._gathered and not had:
            self._oldest = time.monotonic()
        if not self._gathered:
            return bool(self._apart)
        return len(self._gathered) >= self._config.size or self.waits() <= 0

    def waits(self) -> float:
        """For how many seconds the oldest of what was gathered may still wait for others."""
        if self._apart:
            return 0.0
        if not self._gathered:
            return float("inf")
        return self._oldest + self._config.wait - time.monotonic()

    def run(
        self,
        is_interrupted: Callable[[], bool],
        turn: Callable[[], None],
        deadline: Callable[[], float],
    ) -> None:
        """Read and complete what is ready, until nothing more is, or until ``is_interrupted``: then
        what is in flight is finished, by the ``deadline`` (monotonic). ``turn`` is called between
        two turns of the pool, when nobody iterates over ``arrivals``. Where anything is raised,
        :meth:`drop` has to follow."""
        read = self._complete(
            self._read(_Read(), _Claims(self._claim, is_interrupted), turn, deadline)
        )
        # The most suspicious last: what the service dies of keeps no other from its row.
        self._apart = deque(sorted(self._apart, key=lambda source: self._suspects[source]))
        while self._apart and not is_interrupted():
            suspect = self._apart.popleft()
            is_guilty = self._suspects.pop(suspect) >= GUILTY_CLAIMS
            if is_guilty:
                read = self._complete(read)
            self._ledger.claim([suspect])
            read = self._read(read, iter([suspect]), turn, deadline)
            if is_guilty:
                read = self._complete(read)
        self._complete(read)

    def drop(self) -> None:
        """Forget what is in flight: it was not read, and is as new as it was."""
        self._gathered.clear()
        self._apart.clear()
        self._ledger.release(self._arrivals.in_flight())
        self._arrivals.release()

    def _fill(self, wanted: int) -> None:
        """Have ``wanted`` files gathered, or all that are ready."""
        missing = wanted - len(self._gathered)
        while missing > 0 and (found := self._arrivals.ready(missing)):
            self._gathered.extend(found)
            missing -= len(found)

    def _claim(self) -> list[Source] | None:
        """Claim the next part of what is ready, and return what of it is to be read with others;
        None where nothing is ready for now."""
        self._fill(CLAIMED_AT_ONCE)
        count = min(CLAIMED_AT_ONCE, len(self._gathered))
        found = [self._gathered.popleft() for _ in range(count)]
        part = [source for source in found if source not in self._suspects]
        self._apart.extend(source for source in found if source in self._suspects)
        if part:
            self._ledger.claim(part)
        return part if found else None

    def _read(
        self,
        read: _Read,
        sources: Iterator[Source],
        turn: Callable[[], None],
        deadline: Callable[[], float],
    ) -> _Read:
        """Read ``sources`` and complete each full batch; returns what is not completed yet."""
        turns = self._pool.turns(sources)
        try:
            for files in turns:
                turn()
                for file in files:
                    read.add(file, self._arrivals.acknowledge(file))
                    if self._is_full(read):
                        read = self._complete(read)
                if read.files and time.monotonic() - read.begun > self._config.seconds:
                    read = self._complete(read)
                if time.monotonic() > deadline():
                    self._pool.stop()
                    break
        finally:
            turns.close()
        return read

    def _is_full(self, read: _Read) -> bool:
        return len(read.files) >= self._config.size or read.rows >= self._config.rows

    def _complete(self, read: _Read) -> _Read:
        if read.released:
            self._ledger.release(read.released)
        if read.gone:
            self._ledger.forget(read.gone)
        if read.files:
            self._batches.complete(read.files, begun=read.begun)
            for file in read.files:
                self._arrivals.done(file.source)
        return _Read()
