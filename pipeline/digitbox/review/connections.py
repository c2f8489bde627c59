"""Connections to the pages → those that ask in time, so that silent and slow ones do not fill it.

uvicorn bounds neither how many connections there are nor how long one may take to say what it
wants: half requests, which need no token, would use up all descriptors.
"""

import asyncio
import errno
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Connections at a time; fewer where the system allows few descriptors."""

MOST_WAITING = 64
"""Connections that are taken up at once, before it is seen how many there are."""

HEAD_SECONDS = 10.0
"""How long the head of a request may take: the first one from its connection on."""

BODY_SECONDS = 30.0
"""How long nothing of a body may come."""

TAKE_SECONDS = 30.0
"""How long nothing of an answer may be taken."""

SAID_SECONDS = 60.0
"""It is said no more often that no connection can be had."""

SCARCE = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)

log = logging.getLogger(__name__)


def bounds() -> tuple[int, int]:
    """How many connections there may be, and how many may be waiting for it: together no more than
    half of what the system allows this process."""
    if sys.platform == "win32":
        return MOST, MOST_WAITING
    import resource

    quarter = max(1, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 4)
    return min(MOST, quarter), min(MOST_WAITING, quarter)


class Connection(H11Protocol):
    """One too many ends that which has been waited for longest."""

    most = MOST

    _timer: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _is_in_head = False
    since = 0.0
    """When it began what it is doing now, by the loop's clock."""

    @property
    def is_waited_for(self) -> bool:
        """Whether it has not said all of what it wants, or does not take the answer."""
        return self._timer is not None or self._stalled is not None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # asyncio does that for sockets that name their protocol alone; else an answer of two parts
        # waits for the browser to say that the first one has come.
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._look()
        if len(self.connections) > self.most:
            waited_for = [
                one
                for one in self.connections
                if isinstance(one, Connection) and one is not self and one.is_waited_for
            ]
            min(waited_for, key=lambda one: one.since, default=self).end()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._is_in_head = False
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall(self.loop.call_later(TAKE_SECONDS, self.end))

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait(None)
        self._stall(None)
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server stops: what is waited for is not waited for any more."""
        if self.is_waited_for:
            self.end()
        else:
            super().shutdown()

    def end(self) -> None:
        """Hang up at once."""
        self._wait(None)
        self._stall(None)
        self.connections.discard(self)  # the next of a burst is not to count it, or choose it again
        self.transport.abort()

    def _look(self) -> None:
        """Bound what is waited for now: a head as a whole, a body until its next part."""
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            if not self._is_in_head:
                self._wait(HEAD_SECONDS)
            self._is_in_head = True
            return
        self._is_in_head = False
        if self.cycle.more_body:
            self._wait(BODY_SECONDS)
        else:
            self._wait(None)

    def _wait(self, seconds: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.since = self.loop.time()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self.end)

    def _stall(self, timer: asyncio.TimerHandle | None) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
        self._stalled = timer


def quietly() -> Callable[[asyncio.AbstractEventLoop, dict[str, Any]], None]:
    """What a loop does with its trouble: that no connection can be had, which asyncio tells a
    hundred times a second, is said once a minute."""
    due = 0.0

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        nonlocal due
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in SCARCE and "socket" in context):
            loop.default_exception_handler(context)
        elif loop.time() >= due:
            due = loop.time() + SAID_SECONDS
            log.warning("no connection can be taken up: %s", error.strerror)

    return handle
