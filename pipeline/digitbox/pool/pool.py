"""Files in, their readings out: by processes that read, decode and recognise within limits.

A decoder that crashes, hangs or eats memory costs the one file that did it. Files go to a process
many at a time; where that fails, each of them is read again alone, and the one that fails then is
the culprit. So is one that was alone from the start only when it fails twice: a worker may also be
killed from outside. A document of many pages is read in parts, each of which has the time that one
file has. Where a part fails, it is read page by page: so its other pages have their rows.

What is quick goes past what is slow: files of a chunk that wait for one of it are given to another
worker, and documents are gone on with when there is nothing else, or after as long as a part takes.
"""

import hashlib
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from digitbox.errors import TransientError
from digitbox.pool.answers import Answer, answered
from digitbox.pool.processes import spawned
from digitbox.pool.progress import Chunk, Handed, Progress, Shared, shared
from digitbox.pool.worker import Task, nothing, read, start
from digitbox.records import FileReading, Reading, Reason, Source
from digitbox.storage.content import ContentError, load
from digitbox.storage.names import printable

QUEUED, MOST_QUEUED = 2, 8
"""Chunks handed out for each worker: one to read, and one to go on with at once. Where all of them
are done before anybody comes back, who publishes meanwhile, it gets twice as many, up to the second
number."""

TURN_SECONDS = 0.5
"""So often whoever reads gets to do something else."""

STALL_SECONDS = 15.0
"""So long after the time limit of what is in flight, nothing having come back, a worker that was
killed has taken along the lock that the others wait for."""

MAX_BREAKS = 3
"""So many times in a row the whole pool may break before the run gives up."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Pool:
    """A pool of processes. Use it as a context manager: leaving it ends them at once."""

    def __init__(self, task: Task, workers: int, chunk: int) -> None:
        """Of ``workers`` processes that do ``task``; each is given ``chunk`` files at a time."""
        self.restarts = 0
        """How many workers were replaced because they crashed, hung or were killed."""
        self._task = task
        self._chunk_size = chunk
        self._count = workers
        self._least = 1
        """How many processes a pool has at least."""
        self._pool: ProcessPool | None = None
        self._memory: Shared | None = None
        self._failed: set[Source] = set()
        """What was in flight when a worker crashed or hung: with others, or, once, alone."""
        self._parts: dict[Source, Answer] = {}
        """What was read of documents that are to be gone on with."""

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all processes now, so that the first file does not have to wait for them."""
        self._least = self._count
        for breaks in range(1, MAX_BREAKS + 2):
            started = [self._submit(nothing, self._count) for _ in range(self._count)]
            try:
                for future in started:
                    future.result()
                return
            except BrokenProcessPool as error:
                self._abandon(breaks, error)

    def stop(self) -> None:
        """End all processes at once, whatever they have in flight."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
            self._pool.join()
            self._pool = None

    def read(self, sources: Iterable[Source]) -> Iterator[FileReading]:
        """Yield the readings of every file in ``sources``, in the order in which they get done.
        Takes from ``sources`` only as fast as it reads."""
        for files in self.turns(sources):
            yield from files

    def turns(
        self, sources: Iterable[Source], afresh: bool = False
    ) -> Generator[list[FileReading], None, None]:
        """The same, as lists of what got done meanwhile; an empty one where that was nothing for
        :data:`TURN_SECONDS`. Closing it gives up what is in flight. ``afresh``: what is known is
        read, too. ``sources`` may end and go on: they are asked again as long as something is in
        flight, so that what comes meanwhile does not wait for a file that takes long."""
        stream = iter(sources)
        head = list(islice(stream, self._count * self._chunk_size))
        # Too few files to fill every worker's first chunk are shared out evenly.
        workers = max(1, min(self._count, len(head)))
        size = max(1, min(self._chunk_size, -(-len(head) // workers)))
        first = iter(head)
        again: deque[Chunk] = deque()
        unfinished: deque[tuple[float, Chunk]] = deque()  # and since when
        pending: dict[Future[bytes], Handed] = {}
        places = Progress(self._memory_of(), self._places)
        queued, breaks = QUEUED, 0
        limit = self._task.limits.seconds
        patience = limit + STALL_SECONDS
        progress = time.monotonic()
        self._failed, self._parts = set(), {}
        try:
            while True:
                if pending and all(future.done() for future in pending):
                    queued = min(2 * queued, MOST_QUEUED)
                while len(pending) < queued * workers:
                    given = again.popleft() if again else tuple(islice(first, size))
                    if unfinished and time.monotonic() - unfinished[0][0] > limit:
                        again.extendleft([given] if given else [])
                        given = unfinished.popleft()[1]
                    if not given and (given := tuple(islice(stream, self._chunk_size))):
                        workers = self._count
                    if not given and unfinished:
                        given = unfinished.popleft()[1]
                    if not given:
                        break
                    handed = places.begin(given)
                    asked = *self._asked(given, afresh), handed.place
                    pending[self._submit(read, workers, *asked)] = handed
                if not pending:
                    return
                done = wait(pending, TURN_SECONDS, FIRST_COMPLETED).done
                if done:
                    progress = time.monotonic()
                elif time.monotonic() - progress > patience:
                    log.error("no worker answered for %.0f seconds: starting others", patience)
                    patience *= 2  # else a machine that is as slow as that would never get there
                    again.extend(one for each in pending.values() for one in _ones(each.chunk))
                    for each in pending.values():
                        places.end(each)
                    pending.clear()
                    self._renew()
                    progress = time.monotonic()
                else:
                    queued = QUEUED
                    yield []
                for future in done:
                    ended = pending.pop(future, None)
                    if ended is None:
                        continue  # lost with the pool, and handed out anew
                    places.end(ended)
                    try:
                        files, rest, parts = self._outcome(future, ended)
                    except BrokenProcessPool as error:
                        breaks += 1
                        self._abandon(breaks, error)
                        lost = (ended, *pending.values())
                        again.extend(one for each in lost for one in _ones(each.chunk))
                        for each in pending.values():
                            places.end(each)
                        pending.clear()
                    else:
                        breaks = 0
                        again.extend(rest)
                        unfinished.extend((time.monotonic(), part) for part in parts)
                        yield files
                for each in pending.values():
                    again.extend(places.take_back(each, idle=len(pending) < workers))
        finally:
            for future in pending:
                future.cancel()

    def _outcome(
        self, future: Future[bytes], handed: Handed
    ) -> tuple[list[FileReading], list[Chunk], list[Chunk]]:
        """What came of a chunk, what of it is to be read again, and what to be gone on with."""
        chunk = handed.chunk
        try:
            answers = answered(future.result())[handed.before :]
        except BrokenProcessPool:  # no file is to blame: workers died without one in flight
            raise
        except Exception as error:  # whatever reading a file may throw, the rest goes on
            if isinstance(error, TimeoutError | ProcessExpired):
                self.restarts += 1
            if not self._failed.issuperset(chunk):
                self._failed.update(chunk)
                return [], _ones(chunk), []
            self._failed.difference_update(chunk)
            return [self._victim(chunk[0], error)], [], []
        whole = [self._whole(*one) for one in zip(chunk, answers, strict=False)]
        rest = chunk[len(answers) :]
        unfinished: list[Chunk] = [
            (source,) for source, file in zip(chunk, whole, strict=False) if file is None
        ]
        return [file for file in whole if file], [rest] if rest else [], unfinished

    def _asked(self, chunk: Chunk, afresh: bool) -> tuple[Chunk, bool, int, bool]:
        """What a worker is to do with ``chunk``: the arguments of :func:`read`."""
        alone = len(chunk) == 1
        part = self._parts.get(chunk[0]) if alone else None
        first = part.rest if part and part.rest else 1
        return chunk, afresh or part is not None, first, alone and chunk[0] in self._failed

    def _whole(self, source: Source, answer: Answer) -> FileReading | None:
        """What was read of ``source``; None where that is not all."""
        part = self._parts.pop(source, None)
        if part is not None and part.sha256 == answer.sha256:
            answer = part.before(answer)
        elif part is not None and answer.sha256 is not None:  # another content than it had
            return FileReading(source, None, (Reading.failed(Reason.BUSY),), answer.version)
        if answer.rest is None:
            self._failed.discard(source)
            return answer.of(source)
        self._parts[source] = answer
        return None

    def _abandon(self, breaks: int, error: BrokenProcessPool) -> None:
        """Give up the pool, for a new one to be made; or, where this has happened too often in a
        row, the run."""
        self._renew()
        if breaks > MAX_BREAKS:
            from digitbox.recognition.model import Model

            Model(self._task.model)  # says so itself, where it is the model's fault
            raise TransientError(
                "The processes that read the files keep dying as they start. Is there memory left? "
                "What they said stands above."
            ) from error

    def _renew(self) -> None:
        """Give up the pool, for a new one to be made."""
        self.stop()
        self.restarts += self._count

    def _submit(self, work: Callable[..., T], workers: int, *arguments: object) -> Future[T]:
        if self._pool is None:
            task = replace(self._task, progress=self._memory_of())
            self._pool = spawned(max(workers, self._least), start, task)
        return self._pool.schedule(work, arguments, timeout=self._task.limits.seconds)

    @property
    def _places(self) -> int:
        """How many chunks may be handed out at a time."""
        return MOST_QUEUED * self._count

    def _memory_of(self) -> Shared | None:
        if self._memory is None:
            self._memory = shared(self._places)
        return self._memory

    def _victim(self, source: Source, error: Exception) -> FileReading:
        reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.DECODER_CRASHED
        part = self._parts.pop(source, None)
        if not isinstance(error, TimeoutError | ProcessExpired):
            log.error("reading %s failed", printable(source.name), exc_info=error)
        try:
            content = load(source, self._task.limits.bytes, self._task.exclusive)
        except ContentError as gone:
            return FileReading(source, None, (Reading.failed(gone.reason),), gone.version)
        digest = hashlib.sha256(content.data).hexdigest()
        if part is not None and part.rest is not None and part.sha256 == digest:
            return part.ended(part.rest, reason).of(source)
        return FileReading(source, digest, (Reading.failed(reason),), content.version)


def _ones(chunk: Chunk) -> list[Chunk]:
    return [(source,) for source in chunk]


def cores() -> int:
    """How many cores this process may use: its affinity, further bounded by the control group's
    quota (cgroup v2, ``cpu.max``: microseconds of quota and period, or "max")."""
    affinity = getattr(os, "sched_getaffinity", None)
    available = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        available = min(available, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    return available
