"""What a page sends, and what it is answered."""

from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

Number = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
"""Of a reading or a request, as the ledger counts them."""


def json(content: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status, media_type="application/json")


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
