"""Files → pictures of them, made by another process: no stranger's file is decoded in this one."""

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from pebble import ProcessExpired, ProcessPool

from pipeline.config import FINDER, Config, model_folder
from pipeline.records import Reading, Reason, Source
from pipeline.review import viewer
from pipeline.review.pictures import Pictures
from pipeline.review.viewer import Tried
from pipeline.worker import Task

KEPT = 200
"""Pages whose pictures are kept: some ten megabytes."""

STALL_SECONDS = 15.0
"""So long after the time limit of a file the process is given up."""

T = TypeVar("T")


class Eyes:
    """One process, started anew when a file was too much for it. For one event loop."""

    def __init__(self, config: Config) -> None:
        self._task = Task(
            FINDER, model_folder(config), config.accept, config.limits, None, exclusive=False
        )
        self._pool: ProcessPool | None = None
        self._turn = asyncio.Lock()  # who waits for another file is not late
        self._kept: dict[tuple[str, int], asyncio.Future[Pictures | None]] = {}

    async def open(self) -> None:
        """Have the process start, and wait for it."""
        await self._do(viewer.nothing)

    async def look(self, source: Source, sha256: str, page: int) -> Pictures | None:
        """Show a page, see :func:`viewer.look`; None also where that takes more than the limits."""
        key = sha256, page
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            looking = self._do(viewer.look, source, sha256, page)
            self._kept[key] = asyncio.ensure_future(looking)
        found = await asyncio.shield(self._kept[key])
        if found is None:  # the file may come back
            self._kept.pop(key, None)
        return found

    async def read(self, content: bytes) -> Tried:
        """Read an image; nothing is kept of it."""
        found = await self._do(viewer.read, content)
        return found or Tried(Reading.failed(Reason.DECODER_CRASHED), None)

    def close(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
            self._pool.join()
            self._pool = None

    async def _do(self, work: Callable[..., T], *arguments: object) -> T | None:
        """What ``work`` gives in the process; None where it crashed or took too long."""
        seconds = self._task.limits.seconds + STALL_SECONDS
        async with self._turn:
            try:
                async with asyncio.timeout(seconds) as stall:
                    return await asyncio.wrap_future(self._submit(work, *arguments))
            except BrokenProcessPool:
                self.close()
            except (TimeoutError, ProcessExpired, MemoryError):
                if stall.expired():  # the process was stopped from outside
                    self.close()
        return None

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPool(
                1, initializer=viewer.start, initargs=(self._task,), context=context
            )
        return self._pool.schedule(work, arguments, timeout=self._task.limits.seconds)
