"""Files in, their readings out: by processes that read, decode and recognise within limits.

A decoder that crashes, hangs or eats memory costs the one file that did it. Files go to a process
many at a time; where that fails, each of them is read again alone, and the one that fails then is
the culprit.
"""

import hashlib
import logging
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from pebble import ProcessExpired, ProcessPool

from pipeline.config import Config, LimitsConfig, model_folder
from pipeline.errors import DigitboxError
from pipeline.records import FileReading, Reading, Reason, Source
from pipeline.sources import ContentError, load, printable

if TYPE_CHECKING:
    from pipeline.recognition.reader import Reader

QUEUED = 2
"""Chunks handed out for each worker: one to read, and one to go on with at once."""

MAX_BREAKS = 3
"""So many times in a row the whole pool may break before the run gives up."""

Chunk = tuple[Source, ...]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker needs to know; travels to it once."""

    model: Path
    accept: float
    limits: LimitsConfig


class Workers:
    """A pool of processes. Use it as a context manager: leaving it ends them at once."""

    def __init__(self, config: Config) -> None:
        self._task = Task(model_folder(config), config.accept, config.limits)
        self._chunk_size = config.batch.size
        self._count = cores() if config.workers == "auto" else config.workers
        self._pool: ProcessPool | None = None

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop()

    def read(self, sources: Iterable[Source]) -> Iterator[FileReading]:
        """Yield the readings of every file in ``sources``, in the order in which they get done.
        Takes from ``sources`` only as fast as it reads."""
        stream = iter(sources)
        head = list(islice(stream, self._count * self._chunk_size))
        # Too few files to fill every worker's first chunk are shared out evenly.
        workers = max(1, min(self._count, len(head)))
        size = max(1, min(self._chunk_size, -(-len(head) // workers)))
        chunks = _chunks(chain(head, stream), size)
        again: deque[Chunk] = deque()
        pending: dict[Future[list[FileReading]], Chunk] = {}
        breaks = 0
        while True:
            while len(pending) < QUEUED * workers:
                chunk = again.popleft() if again else next(chunks, None)
                if chunk is None:
                    break
                pending[self._schedule(chunk, workers)] = chunk
            if not pending:
                return
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                chunk = pending.pop(future, None)
                if chunk is None:
                    continue  # lost with the pool, and handed out anew
                try:
                    files, rest = self._outcome(future, chunk)
                except BrokenProcessPool as error:
                    breaks += 1
                    self._abandon(breaks, error)
                    again.extend(one for lost in (chunk, *pending.values()) for one in _ones(lost))
                    pending.clear()
                else:
                    breaks = 0
                    again.extend(rest)
                    yield from files

    def _outcome(
        self, future: Future[list[FileReading]], chunk: Chunk
    ) -> tuple[list[FileReading], list[Chunk]]:
        """What came of ``chunk``, and what of it is to be read again."""
        try:
            files = future.result()
        except BrokenProcessPool:  # no file is to blame: workers died without one in hand
            raise
        except Exception as error:  # whatever reading a file may throw, the rest goes on
            if len(chunk) > 1:
                return [], _ones(chunk)
            return [self._victim(chunk[0], error)], []
        rest = chunk[len(files) :]
        return files, [rest] if rest else []

    def _abandon(self, breaks: int, error: BrokenProcessPool) -> None:
        """Give up the pool, for a new one to be made; or, where this has happened too often in a
        row, the run."""
        self._stop()
        if breaks > MAX_BREAKS:
            from pipeline.recognition.model import Model

            Model(self._task.model)  # says so itself, where it is the model's fault
            raise DigitboxError(
                "The processes that read the files keep dying as they start. Is there memory left? "
                "What they said stands above."
            ) from error

    def _schedule(self, chunk: Chunk, workers: int) -> Future[list[FileReading]]:
        if self._pool is None:
            # Spawned, not forked: a worker inherits neither locks nor threads.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(
                workers, initializer=_start, initargs=(self._task,), context=context
            )
        return self._pool.schedule(_read, (chunk,), timeout=self._task.limits.seconds)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
            self._pool.join()
            self._pool = None

    def _victim(self, source: Source, error: Exception) -> FileReading:
        reason = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.DECODER_CRASHED
        if not isinstance(error, TimeoutError | ProcessExpired):
            log.error("reading %s failed", printable(source.name), exc_info=error)
        try:
            digest = hashlib.sha256(load(source, self._task.limits.bytes)).hexdigest()
        except ContentError as gone:
            return FileReading(source, None, (Reading.failed(gone.reason),))
        return FileReading(source, digest, (Reading.failed(reason),))


def _chunks(sources: Iterable[Source], size: int) -> Iterator[Chunk]:
    stream = iter(sources)
    while chunk := tuple(islice(stream, size)):
        yield chunk


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


# What follows runs in the workers.

_reader: "Reader"
_limits: LimitsConfig
_started = 0.0
"""When the file in hand was begun, by the monotonic clock."""


def _start(task: Task) -> None:
    global _reader, _limits
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    warnings.simplefilter("ignore")  # Pillow's on damaged files; the reason says what counts

    import cv2

    from pipeline.recognition.model import Model
    from pipeline.recognition.reader import Reader

    cv2.setNumThreads(1)
    _reader = Reader(Model(task.model), task.accept, task.limits.pixels, _is_late)
    _limits = task.limits
    _limit_memory(task.limits.memory)


def _limit_memory(allowance: int) -> None:
    """Let this process grow by ``allowance`` bytes from here on. Linux only: elsewhere the kernel
    does not hold processes to it."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + allowance
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_late() -> bool:
    """Whether the file in hand has had most of its time: what it has to say has to be said now."""
    return time.monotonic() - _started > 0.8 * _limits.seconds


def _read(chunk: Chunk) -> list[FileReading]:
    """Read the files of ``chunk``; only the first of them where they take long together, so that
    slow files are not taken for hanging ones."""
    loaded: list[tuple[str | None, Reason | None]] = []

    def contents() -> Iterator[bytes]:  # one at a time: together they may not fit
        global _started
        begun = time.monotonic()
        for source in chunk:
            _started = time.monotonic()
            if _started - begun > 0.4 * _limits.seconds:
                return
            try:
                content = load(source, _limits.bytes)
            except ContentError as error:
                loaded.append((None, error.reason))
            except MemoryError:
                loaded.append((None, Reason.MEMORY))
            else:
                loaded.append((hashlib.sha256(content).hexdigest(), None))
                yield content

    readings = iter(_reader.read(contents()))
    return [
        FileReading(source, digest, (Reading.failed(reason),) if reason else next(readings))
        for source, (digest, reason) in zip(chunk, loaded, strict=False)
    ]
