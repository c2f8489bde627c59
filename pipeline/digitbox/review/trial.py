"""The view ``/try``: an image that somebody draws or gives → what is read. Nothing is kept."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.review.advice import advice
from digitbox.review.answers import json, number, refused
from digitbox.review.renderer import Renderer
from digitbox.review.serializers import serialized_reading
from digitbox.review.uploads import Uploads


@dataclass(frozen=True)
class Trial:
    """Reads what it is sent."""

    renderer: Renderer
    uploads: Uploads
    page: Callable[..., Response]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/try", self.show), Route("/try/read", self.read, methods=["POST"])]

    async def show(self, request: Request) -> Response:
        self.renderer.begin()  # what is drawn first is not to wait for that
        return self.page(request, "try.html")

    async def read(self, request: Request) -> Response:
        """Read a page of an image, the first one unless another is asked for."""
        page = number(request.query_params.get("page", "1"))
        if page is None:
            return refused("`page` is the number of one.")
        async with self.uploads.content(request) as content:
            tried = await self.renderer.read(content, page, request.is_disconnected)
        pictures, reading = tried.pictures, tried.reading
        return json(
            serialized_reading(reading)
            | {
                "pages": tried.pages,
                "advice": advice(reading.reason) if reading.reason else None,
                "scan": _text(pictures.scan) if pictures else None,
                "frames": _text(pictures.frames) if pictures else None,
                "picture": _text(pictures.written) if pictures else None,
            }
        )


def _text(image: bytes) -> str:
    return base64.b64encode(image).decode("ascii")
