"""Files that are ready → claimed → read → judged → batches, as one stream that spans batches."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import islice
from typing import Protocol

from pipeline.config import Config
from pipeline.ledger.ledger import Ledger
from pipeline.records import FileReading, Source
from pipeline.service.batches import Batches, Published
from pipeline.workers import Workers

CLAIMED_AT_ONCE = 128

SUSPICIOUS_CLAIMS = 2
"""A file that was claimed so often and never recorded may be what the service dies of: it is read
alone, after all others."""

GUILTY_CLAIMS = 4
"""One that was claimed so often makes a batch of its own: what was read before is recorded."""


class Verdict(Enum):
    """What to do with a file that was read."""

    RECORD = auto()
    LATER = auto()
    """Not now: it may be incomplete, or could not be had."""
    GONE = auto()


class Arrivals(Protocol):
    """Where files come from. Each one that was given is in hand until it is let go of."""

    def ready(self) -> Iterator[Source]:
        """Yield what is to be read, until there is no more for now."""

    def judge(self, file: FileReading) -> Verdict:
        """What to do with a file that was read; it is let go of unless it is to be recorded."""

    def done(self, source: Source) -> None:
        """Let go of a file that has its row."""

    def taken(self) -> list[Source]:
        """What is in hand."""

    def let_go(self) -> None:
        """Let go of all of it, to be given again."""


@dataclass(slots=True)
class _Hand:
    """What was read and is not recorded yet."""

    files: list[FileReading] = field(default_factory=list)
    released: list[Source] = field(default_factory=list)
    gone: list[Source] = field(default_factory=list)
    rows: int = 0
    begun: float = 0.0

    def add(self, file: FileReading, verdict: Verdict) -> None:
        if verdict == Verdict.LATER:
            self.released.append(file.source)
        elif verdict == Verdict.GONE:
            self.gone.append(file.source)
        else:
            if not self.files:
                self.begun = time.monotonic()
            self.files.append(file)
            self.rows += max(1, len(file.readings))


class Sweep:
    """Reads what is ready among ``arrivals``. ``published`` is called with each batch, and with the
    seconds that it took since its first file was read."""

    def __init__(
        self,
        config: Config,
        ledger: Ledger,
        arrivals: Arrivals,
        workers: Workers,
        batches: Batches,
        published: Callable[[Published, float], None],
    ) -> None:
        self._config = config
        self._ledger = ledger
        self._arrivals = arrivals
        self._workers = workers
        self._batches = batches
        self._published = published
        self._ready = arrivals.ready()
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
        while len(self._gathered) < self._config.batch.size:
            source = next(self._ready, None)
            if source is None:
                self._ready = self._arrivals.ready()
                break
            if not self._gathered:
                self._oldest = time.monotonic()
            self._gathered.append(source)
        if not self._gathered:
            return bool(self._apart)
        is_full = len(self._gathered) >= self._config.batch.size
        return is_full or self.waits() <= 0

    def waits(self) -> float:
        """For how many seconds the oldest of what was gathered may still wait for others."""
        if self._apart:
            return 0.0
        if not self._gathered:
            return float("inf")
        return self._oldest + self._config.batch.wait - time.monotonic()

    def run(
        self,
        is_interrupted: Callable[[], bool],
        turn: Callable[[], None],
        deadline: Callable[[], float],
    ) -> None:
        """Read and complete what is ready, until nothing more is, or until ``is_interrupted``: then
        what is in hand is finished, by the ``deadline`` (monotonic). ``turn`` is called now and
        then. Where anything is raised, :meth:`drop` has to follow."""
        hand = self._complete(self._read(_Hand(), self._claims(is_interrupted), turn, deadline))
        # The most suspicious last: what the service dies of keeps no other from its row.
        self._apart = deque(sorted(self._apart, key=lambda source: self._suspects[source]))
        while self._apart and not is_interrupted():
            suspect = self._apart.popleft()
            is_guilty = self._suspects.pop(suspect) >= GUILTY_CLAIMS
            if is_guilty:
                hand = self._complete(hand)
            self._ledger.claim([suspect])
            hand = self._read(hand, iter([suspect]), turn, deadline)
            if is_guilty:
                hand = self._complete(hand)
        self._complete(hand)

    def drop(self) -> None:
        """Forget what is in hand: it was not read, and is as new as it was."""
        self._gathered.clear()
        self._apart.clear()
        self._ready = self._arrivals.ready()
        self._ledger.release(self._arrivals.taken())
        self._arrivals.let_go()

    def _claims(self, is_interrupted: Callable[[], bool]) -> Iterator[Source]:
        while not is_interrupted():
            found = list(islice(self._next(), CLAIMED_AT_ONCE))
            if not found:
                return
            part = [source for source in found if source not in self._suspects]
            self._apart.extend(source for source in found if source in self._suspects)
            if part:
                self._ledger.claim(part)
                yield from part

    def _next(self) -> Iterator[Source]:
        while self._gathered:
            yield self._gathered.popleft()
        while (source := next(self._ready, None)) is not None:
            yield source  # one by one: what is left is for the next one

    def _read(
        self,
        hand: _Hand,
        sources: Iterator[Source],
        turn: Callable[[], None],
        deadline: Callable[[], float],
    ) -> _Hand:
        """Read ``sources`` and complete each full batch; returns what is left in hand."""
        turns = self._workers.turns(sources)
        try:
            for files in turns:
                turn()
                for file in files:
                    hand.add(file, self._arrivals.judge(file))
                    if self._is_full(hand):
                        hand = self._complete(hand)
                if hand.files and time.monotonic() - hand.begun > self._config.batch.seconds:
                    hand = self._complete(hand)
                if time.monotonic() > deadline():
                    self._workers.stop()
                    break
        finally:
            turns.close()
        return hand

    def _is_full(self, hand: _Hand) -> bool:
        batch = self._config.batch
        return len(hand.files) >= batch.size or hand.rows >= batch.rows

    def _complete(self, hand: _Hand) -> _Hand:
        if hand.released:
            self._ledger.release(hand.released)
        if hand.gone:
            self._ledger.forget(hand.gone)
        if hand.files:
            published = self._batches.complete(hand.files)
            for file in hand.files:
                self._arrivals.done(file.source)
            if published is not None:
                self._published(published, time.monotonic() - hand.begun)
        return _Hand()
