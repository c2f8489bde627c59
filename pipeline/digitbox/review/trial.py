"""The view ``/try``: an image that somebody draws or gives → what is read. Nothing is kept."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.review.answers import json, received, refused
from digitbox.review.renderer import Renderer
from digitbox.review.serializers import serialized_reading

MOST_BYTES = 32_000_000
"""What may be sent, however large a file may be: it is held in memory."""


@dataclass(frozen=True)
class Trial:
    """Reads what it is sent."""

    config: Config
    renderer: Renderer
    page: Callable[..., Response]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/try", self.show), Route("/try/read", self.read, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        return self.page(request, "try.html")

    async def read(self, request: Request) -> Response:
        most = min(self.config.limits.bytes, MOST_BYTES)
        content = await received(request, most)
        if content is None:
            return refused(f"That image has more than {most:,} bytes.", 413)
        tried = await self.renderer.read(content)
        pictures = tried.pictures
        return json(
            serialized_reading(tried.reading)
            | {
                "scan": _text(pictures.scan) if pictures else None,
                "frames": _text(pictures.frames) if pictures else None,
                "picture": _text(pictures.written) if pictures else None,
            }
        )


def _text(image: bytes) -> str:
    return base64.b64encode(image).decode("ascii")
