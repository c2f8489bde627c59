"""``POST /read``: an image that a program sends → the rows of its pages, as the JSON of a batch."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.output.numbering import Numbering
from digitbox.output.tables import to_json
from digitbox.pool import rendering
from digitbox.records import Batch, FileReading, Reading, Reason, Source, Status
from digitbox.review.advice import advice
from digitbox.review.answers import RefusedError, as_json
from digitbox.review.renderer import Asked, Renderer
from digitbox.review.uploads import Uploads

PATH = "/read"

LONGEST_NAME = 255

NO_IMAGE = (Reason.NOT_AN_IMAGE, Reason.FORMATS_EXTRA_MISSING)


@dataclass(frozen=True)
class Programs:
    """Reads all pages of what it is sent; nothing of it is kept."""

    renderer: Renderer
    uploads: Uploads

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route(PATH, self.read, methods=["POST"])]

    async def read(self, request: Request) -> Response:
        """Answers with what :func:`digitbox.output.tables.to_json` makes, or with a refusal where
        nothing could be read."""
        kind = request.headers.get("Content-Type", "")
        if kind.lower().startswith("multipart/"):
            why = "Send the image itself as the body, not a form: curl --data-binary @FILE"
            raise RefusedError(415, "multipart", why)
        name = _name(request.query_params.get("file", ""))
        async with self.uploads.content(request) as content:
            if not content:
                raise RefusedError(
                    400, Reason.EMPTY.value, "The request has no body: send an image."
                )
            model, readings = await _all_pages(self.renderer, content, request.is_disconnected)
            digest = hashlib.sha256(content).hexdigest()
        _refuse_where_nothing_was_read(readings)
        numbering = Numbering()
        file = FileReading(Source("", name), digest, tuple(readings))
        rows = tuple(numbering.rows_of(file, model))
        return as_json(to_json(Batch(numbering.name, model, rows)))


async def _all_pages(
    renderer: Renderer, content: bytes, given_up: Asked
) -> tuple[str, tuple[Reading, ...]]:
    """The label of a model, and what it says of all pages of ``content``, one by one: others have
    their turn in between. As in a batch, a page that takes too much is the last one."""
    await renderer.follow()
    model, found = renderer.label, tuple[Reading, ...]()
    rest: int | None = 1
    while rest is not None:
        leaf = await renderer.attempt(rendering.read_page, content, rest, given_up=given_up)
        if isinstance(leaf, Reason):
            return model, (*found, Reading.failed(leaf, rest))
        if found and leaf.model != model:  # another one was promoted meanwhile
            found, rest = (), 1
        else:
            found, rest = (*found, *leaf.readings), leaf.rest
        model = leaf.model
    return model, found


def _refuse_where_nothing_was_read(readings: Sequence[Reading]) -> None:
    if any(one.status is not Status.FAILED for one in readings):
        return
    reason = readings[0].reason or Reason.UNREADABLE
    why = advice(reason) or f"Nothing of it could be read: {reason.value}."
    raise RefusedError(415 if reason in NO_IMAGE else 422, reason.value, why)


def _name(given: str) -> str:
    """What the column ``file`` says: a name, as one line of text."""
    name = "".join(c for c in given if c.isprintable()).strip()[:LONGEST_NAME]
    return name or "-"
