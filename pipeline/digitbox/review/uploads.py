"""Images that are sent → their bytes, few and not many together: they are held in memory."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from starlette.requests import Request

from digitbox.review.answers import RefusedError

MOST_BYTES = 32_000_000
"""What one may have, however large a file in the inbox may be."""

MOST_TOGETHER = 96_000_000
"""What all have together that are sent, wait or are read."""

MOST_AT_A_TIME = 32
"""How many there are at a time."""

SECONDS = 300.0
"""How long one may take to be sent."""

AGAIN_SECONDS = 5
"""So long after one was refused for want of room it may be sent again."""


class Uploads:
    """Counts them. For one event loop."""

    def __init__(self, most: int) -> None:
        """``most`` bytes may a file have; more than :data:`MOST_BYTES` are none in any case."""
        self._most = most
        self._bytes = 0
        self._number = 0

    @property
    def most(self) -> int:
        """Bytes that one may have."""
        return min(self._most, MOST_BYTES)

    @contextlib.asynccontextmanager
    async def content(self, request: Request, beside: int = 0) -> AsyncIterator[bytes]:
        """The body of ``request``, a file and so many bytes ``beside`` it. It counts until this is
        left. Raises :class:`RefusedError`."""
        if self._number >= MOST_AT_A_TIME:
            raise _busy()
        said = request.headers.get("Content-Length", "")
        body, counted = bytearray(), 0
        self._number += 1
        try:
            # A head that is refused costs nobody the time to send the rest.
            counted = self._count(0, int(said) if re.fullmatch("[0-9]{1,18}", said) else 0, beside)
            try:
                async with asyncio.timeout(SECONDS):
                    async for part in request.stream():
                        counted = self._count(counted, len(body) + len(part), beside)
                        body += part
            except TimeoutError:
                raise RefusedError(408, "slow", f"A file has {SECONDS:.0f} s to be sent.") from None
            content = bytes(body)
            body.clear()
            yield content
        finally:
            self._number -= 1
            self._bytes -= counted

    def _count(self, counted: int, size: int, beside: int) -> int:
        """Count a body of which so many bytes are ``counted`` as one of ``size`` bytes, at least;
        return how many are counted then."""
        if size > self.most + beside:
            raise RefusedError(
                413, "too_many_bytes", f"A file that is sent has {self.most:,} bytes at most."
            )
        if (more := size - counted) <= 0:
            return counted
        if self._bytes + more > MOST_TOGETHER:
            raise _busy()
        self._bytes += more
        return size


def _busy() -> RefusedError:
    why = "Too many images are being read at once. Send it again later."
    return RefusedError(503, "busy", why, AGAIN_SECONDS)
