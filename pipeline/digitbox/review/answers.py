"""What a page sends, and what it is answered."""

import re
from typing import Annotated, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
"""Of a reading or a request, as the ledger counts them."""


T = TypeVar("T")


def number(text: str) -> int | None:
    """What is asked for in an address as ``text``; None where nothing has that number."""
    if not re.fullmatch("[0-9]{1,19}", text):
        return None
    found = int(text)
    return found if 1 <= found < 2**63 else None


def decoded(body: bytes, of: type[T]) -> T:
    """The JSON in ``body``. Raises :class:`msgspec.DecodeError` for whatever is wrong with it."""
    try:
        return msgspec.json.decode(body, type=of)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


class RefusedError(Exception):
    """What is not done, ``why`` in a sentence, and for programs the ``reason`` in a word. It may be
    asked for again in ``after`` seconds."""

    def __init__(self, status: int, reason: str, why: str, after: int | None = None) -> None:
        super().__init__(why)
        self.status, self.reason, self.after = status, reason, after

    @property
    def answer(self) -> Response:
        answer = json({"error": str(self), "reason": self.reason}, self.status)
        if self.status == 401:
            answer.headers["WWW-Authenticate"] = "Bearer"
        if self.after is not None:
            answer.headers["Retry-After"] = str(self.after)
        return answer


def json(content: Any, status: int = 200) -> Response:
    return as_json(msgspec.json.encode(content), status)


def as_json(content: bytes, status: int = 200) -> Response:
    """The same for JSON that is encoded already. A browser that is led to it shows nothing."""
    headers = {"Content-Disposition": 'attachment; filename="answer.json"'}
    return Response(content, status, headers, "application/json")


def refused(why: str, status: int = 400) -> Response:
    return json({"error": why}, status)


async def received(request: Request, most: int) -> bytes | None:
    """What was sent; None where it is more than so many bytes: the rest is not waited for."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            return None
    return bytes(body)
