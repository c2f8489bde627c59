"""Files → pictures of them, made by another process: no stranger's file is decoded in this one."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from pebble import ProcessExpired, ProcessPool
from starlette.requests import ClientDisconnect

from digitbox.box import Box
from digitbox.config import Config
from digitbox.engine.setup import Setup
from digitbox.errors import DigitboxError, TransientError
from digitbox.models.registry import used
from digitbox.pool import rendering as rendering
from digitbox.pool.images import Pictures, written
from digitbox.pool.processes import spawned
from digitbox.pool.rendering import Tried
from digitbox.pool.worker import Task
from digitbox.recognition.card import read_card
from digitbox.records import Reading, Reason, Source

KEPT = 200
"""Pages whose pictures are kept: some ten megabytes."""

STALL_SECONDS = 15.0
"""So long after the time limit of a file the process is given up."""

STOPPING = "The server stops."

Asked = Callable[[], Awaitable[bool]]

T = TypeVar("T")

log = logging.getLogger(__name__)


class Renderer:
    """One process, started anew when a file was too much for it. For one event loop."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._task = _task(config)
        self._pool: ProcessPool | None = None
        self._turn = asyncio.Lock()  # who waits for another file is not late
        self._begun: set[asyncio.Task[None]] = set()
        self._ended = False
        self._doing: asyncio.Future[Any] | None = None
        self._kept: dict[tuple[str, int, Box | None], asyncio.Future[Pictures | None]] = {}

    @property
    def model(self) -> Path:
        """The folder of what images are read with."""
        return self._task.model

    @property
    def label(self) -> str:
        """That of what images are read with."""
        return read_card(self.model).label

    async def open(self) -> None:
        """Have the process start, and wait for it."""
        await self.do(rendering.nothing)

    def begin(self) -> None:
        """Have the process start, without waiting for it."""
        starting = asyncio.create_task(self._quietly(rendering.nothing))
        self._begun.add(starting)
        starting.add_done_callback(self._begun.discard)

    async def render(self, source: Source, sha256: str, reading: Reading) -> Pictures | None:
        """Show the page of a reading, see :func:`rendering.render`; None also where that takes
        more than the limits."""
        key = sha256, reading.page, written(reading)
        if key not in self._kept:
            if len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            looking = self._quietly(rendering.render, source, sha256, reading)
            self._kept[key] = asyncio.ensure_future(looking)
        found = await asyncio.shield(self._kept[key])
        if found is None:  # the file may come back
            self._kept.pop(key, None)
        return found

    async def read(self, content: bytes, page: int = 1, given_up: Asked | None = None) -> Tried:
        """Read a page of an image, with the model that is promoted by now; nothing is kept of it.
        ``given_up``: see :meth:`attempt`."""
        await self.follow()
        found = await self.attempt(rendering.read, content, page, given_up=given_up)
        return Tried(Reading.failed(found, page), None) if isinstance(found, Reason) else found

    async def follow(self) -> None:
        """Go over to the model that was promoted meanwhile, where it serves."""
        async with self._turn:
            self._follow()

    def _follow(self) -> None:
        try:
            task = _task(self._config)
        except DigitboxError as error:
            log.warning("the pages go on with the model that they have: %s", error)
            return
        if task.model != self._task.model:
            self.close()
            self._task = task

    def close(self) -> None:
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
            self._pool.join()
            self._pool = None

    def end(self) -> None:
        """Stop at once: those who wait are told so."""
        self._ended = True
        if self._doing is not None:
            self._doing.cancel()
        self.close()

    async def do(self, work: Callable[..., T], *arguments: object) -> T | None:
        """What ``work`` gives in the process; None where it crashed or took too much. Raises what
        it raises."""
        found = await self.attempt(work, *arguments)
        return None if isinstance(found, Reason) else found

    async def _quietly(self, work: Callable[..., T], *arguments: object) -> T | None:
        """The same for a task that nobody may wait for: at its end, it has nothing to tell."""
        with contextlib.suppress(TransientError):
            return await self.do(work, *arguments)
        return None

    async def attempt(
        self, work: Callable[..., T], *arguments: object, given_up: Asked | None = None
    ) -> T | Reason:
        """The same, with the reason where it gives nothing. ``given_up`` is asked when it is its
        turn: whether whoever wanted it has gone. Then :class:`ClientDisconnect` is raised, and
        :class:`TransientError` where the server stops."""
        seconds = self._task.limits.seconds + STALL_SECONDS
        async with self._turn:
            if given_up is not None and await given_up():
                raise ClientDisconnect
            if self._ended:
                raise TransientError(STOPPING)
            try:
                async with asyncio.timeout(seconds) as stall:
                    doing = asyncio.wrap_future(self._submit(work, *arguments))
                    self._doing = doing
                    return await doing
            except MemoryError:
                return Reason.MEMORY
            except TimeoutError:
                if stall.expired():  # the process was stopped from outside
                    self.close()
                return Reason.TIMEOUT
            except (BrokenProcessPool, ProcessExpired) as error:
                if isinstance(error, BrokenProcessPool):
                    self.close()
                return Reason.DECODER_CRASHED
            except asyncio.CancelledError:
                if self._ended:  # with its process
                    raise TransientError(STOPPING) from None
                raise

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        if self._pool is None:
            self._pool = spawned(1, rendering.start, self._task)
        return self._pool.schedule(work, arguments, timeout=self._task.limits.seconds)


def _task(config: Config) -> Task:
    """What the process has to know. Forms are not among it: on the pages, one that is broken can be
    mended."""
    model = used(config).absolute()
    return Setup(config, model, read_card(model)).task()
