"""The view ``/live``: what the service does now, pushed to the page as it happens."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.errors import DigitboxError
from digitbox.ledger.history import History
from digitbox.ledger.pending import COUNTED
from digitbox.review.answers import Number, decoded, json, received, refused
from digitbox.review.dispatcher import Dispatcher
from digitbox.review.serializers import serialized_row
from digitbox.service.status import service_status
from digitbox.signals import Flags

ROWS = 12
"""Rows that are shown."""

ROW_SECONDS = 0.25
"""How often new rows are looked for."""

STATE_SECONDS = 2.0
"""How often the state is looked at; less often where that takes long: it walks the inbox."""

STATE_SHARE = 0.1
"""The share of the time that this may take."""

LONGEST_WORD = 200


class _Again(msgspec.Struct, frozen=True):
    reading: Number


@dataclass(frozen=True)
class Live:
    """Watches the ledger, each page by itself; ends when ``signals`` say stop."""

    config: Config
    dispatcher: Dispatcher
    page: Callable[..., Response]
    signals: Flags

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/live", self.show),
            Route("/live/events", self.events),
            Route("/live/retry", self.retry, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        return self.page(request, "live.html", kinds=COUNTED)

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self.happenings(), media_type="text/event-stream")

    async def retry(self, request: Request) -> Response:
        """Have the file of a reading read again."""
        try:
            asked = decoded(await received(request, LONGEST_WORD) or b"", _Again)
        except msgspec.DecodeError as error:
            return refused(str(error))
        file = await asyncio.to_thread(self._file, asked.reading)
        if file is None:
            return refused("There is no such reading.", 404)
        return json({"request": await self.dispatcher.read_again(file)})

    async def happenings(self) -> AsyncIterator[str]:
        """Server-sent events: ``rows`` that are new, and the ``state``."""
        last, due = 0, 0.0
        while not self.signals.stop:
            try:
                if rows := await asyncio.to_thread(self._rows, last):
                    last = rows[0]["id"]
                    yield _event("rows", rows)
                if time.monotonic() >= due:
                    begun = time.monotonic()
                    yield _event("state", await asyncio.to_thread(self._state))
                    took = time.monotonic() - begun
                    due = time.monotonic() + max(STATE_SECONDS, took / STATE_SHARE)
            except DigitboxError as error:
                yield _event("trouble", str(error))
                await asyncio.sleep(STATE_SECONDS)
            await asyncio.sleep(ROW_SECONDS)

    def _rows(self, after: int) -> list[dict[str, Any]]:
        with History(self.config.state) as history:
            return [serialized_row(number, row) for number, row in history.recent(after, ROWS)]

    def _state(self) -> dict[str, Any]:
        found = service_status(self.config)
        with History(self.config.state) as history:
            failures = [serialized_row(number, row) for number, row in history.failures(ROWS)]
        return {
            "state": found.state,
            "trouble": found.trouble,
            "rate": found.rate,
            "backlog": found.backlog.files,
            "today": found.today,
            "open": found.open,
            "failures": failures,
        }

    def _file(self, reading: int) -> int | None:
        with History(self.config.state) as history:
            return history.file(reading)


def _event(name: str, content: Any) -> str:
    return f"event: {name}\ndata: {msgspec.json.encode(content).decode()}\n\n"
