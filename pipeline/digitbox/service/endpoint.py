"""A WSGI application → an HTTP server on 127.0.0.1, which those who are silent or slow do not fill.

It has few connections, each with few bytes and little time to say what it wants. One too many ends
the one that has been silent for longest, so that who asks at once is answered all the same.
"""

import contextlib
import io
import re
import socket
import threading
import time
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

CONNECTIONS = 8
"""At a time, at most; each has a thread and a descriptor."""

HEAD_SECONDS = 5.0
"""How long the head of a request may take, from its connection on."""

HEAD_BYTES = 8192
"""Bytes of the head of a request, at most."""

SEND_SECONDS = 10.0
"""How long a part of the answer may take until it is taken."""

ROOM_SECONDS = 1.0
"""How long a connection that was ended may take until it is gone."""

RETRY_SECONDS = 0.5
"""How long a connection waits that cannot be had: no descriptor may be free."""


class Endpoint(ThreadingMixIn, WSGIServer):
    """Answers from threads; set its application and call ``serve_forever`` in one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int) -> None:
        """Raises :class:`OSError` where the port cannot be listened on."""
        self._changed = threading.Condition()
        self._open: dict[socket.socket, bool] = {}
        """Whether it is silent so far; in the order of their coming."""
        super().__init__(("127.0.0.1", port), _Handler)

    def get_request(self) -> tuple[socket.socket, Any]:
        try:
            return super().get_request()
        except OSError:  # it is tried again at once, for as long as somebody waits there
            time.sleep(RETRY_SECONDS)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            if not self._has_room():
                self._end_a_silent_one()
                self._changed.wait_for(self._has_room, ROOM_SECONDS)
            if has_room := self._has_room():
                self._open[request] = True
        if has_room:
            super().process_request(request, client_address)
        else:
            request.close()

    def heard(self, request: socket.socket) -> None:
        """It has said what it wants."""
        with self._changed:
            if request in self._open:
                self._open[request] = False

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.pop(request, None)
            self._changed.notify()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up, says nothing or takes nothing is no news."""

    def _has_room(self) -> bool:
        return len(self._open) < CONNECTIONS

    def _end_a_silent_one(self) -> None:
        silent = (one for one, is_silent in self._open.items() if is_silent)
        if (oldest := next(silent, None)) is not None:
            with contextlib.suppress(OSError):  # it did itself
                oldest.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    def setup(self) -> None:
        super().setup()
        head, end = bytearray(), time.monotonic() + HEAD_SECONDS
        while not re.search(rb"\r?\n\r?\n", head):
            self.connection.settimeout(max(0.001, end - time.monotonic()))
            said = self.connection.recv(HEAD_BYTES - len(head))
            if not said:  # it was full, too
                raise ConnectionError
            head += said
        self.rfile = io.BytesIO(head)
        self.connection.settimeout(SEND_SECONDS)
        self.server.heard(self.connection)  # type: ignore[attr-defined]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name there
        """Requests are no news."""

    def get_stderr(self) -> Any:
        """Nor is who does not take the answer."""
        return io.StringIO()
