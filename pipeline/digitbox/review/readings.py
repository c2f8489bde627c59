"""The view ``/readings``: all that was read, to be searched through and opened."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.ledger.history import History
from digitbox.ledger.search import Found, Place, Search, Sort
from digitbox.records import Status
from digitbox.review.answers import number
from digitbox.storage.names import displayed

AT_ONCE = 100
"""Readings on a page."""

LONGEST = 1000
"""Characters that can be searched for: file names have fewer."""

STATUSES = {
    Status.ACCEPTED: "accepted",
    Status.REVIEW: "to review",
    Status.BLANK: "blank",
    Status.NOT_DIGIT: "not a digit",
    Status.FAILED: "failed",
}
"""What people are told of a status."""

SORTS = {Sort.CONFIDENCE: "least certain", Sort.NEWEST: "newest"}


@dataclass(frozen=True)
class Readings:
    """Searches the ledger whenever it is asked."""

    config: Config
    page: Callable[..., Response]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/readings", self.show)]

    def show(self, request: Request) -> Response:
        """The readings that the address asks for, :data:`AT_ONCE` of them. Where it cannot be
        understood, the page says what is wrong, and the status is 400."""
        asked = {key: text.strip() for key, text in request.query_params.items() if text.strip()}
        rows: list[Found] = []
        wrong = ""
        try:
            search, after = searched(asked), _place(asked.get("after"))
            with History(self.config.state) as history:
                rows = history.found(search, after, AT_ONCE + 1)
        except ValueError as error:
            wrong = str(error)
        wanted = {key: text for key, text in asked.items() if key in Search.__slots__}
        following = rows[AT_ONCE - 1].place if len(rows) > AT_ONCE else None
        response = self.page(
            request,
            "readings.html",
            asked=wanted,
            wrong=wrong,
            items=[_shown(one) for one in rows[:AT_ONCE]],
            address=urlencode(wanted),
            following=following and urlencode({**wanted, "after": "{}-{}".format(*following)}),
            at_once=AT_ONCE,
            is_first="after" not in asked,
            statuses=STATUSES,
            sorts=SORTS,
        )
        response.status_code = 400 if wrong else 200
        return response


def searched(asked: Mapping[str, str]) -> Search:
    """What an address asks for. Raises :class:`ValueError`, which says what is wrong with it."""
    for key, text in asked.items():
        if len(text) > LONGEST:
            raise ValueError(f"{key}: at most {LONGEST:,} characters can be searched for.")
    return Search(
        asked.get("name"),
        asked.get("value"),
        asked.get("form"),
        asked.get("field"),
        _known("status", Status, asked.get("status")),
        _day(asked.get("day")),
        _known("sort", Sort, asked.get("sort")) or Sort.CONFIDENCE,
    )


def _known(key: str, words: Any, text: str | None) -> Any:
    """The one of ``words`` that ``text`` is; None where nothing is asked for."""
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        raise ValueError(f"{key}: {text} is none of {', '.join(words)}.") from None


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"day: {text} is none. One is written like 2026-01-31.") from None


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    sure, _, last = text.rpartition("-")
    try:
        place = float(sure), number(last)
    except ValueError:
        place = math.nan, None
    if place[1] is None or not math.isfinite(place[0]):
        raise ValueError(f"after: {text} is no place in the list. Begin at its start.")
    return place[0], place[1]


def _shown(one: Found) -> dict[str, Any]:
    """What the page shows of a reading: text alone."""
    reading = one.row.reading
    parts = [f"page {reading.page}"] if reading.page > 1 else []
    return {
        "id": one.number,
        "file": displayed(one.row.source.name),
        "of": ", ".join([*parts, *(part for part in (reading.form, reading.field) if part)]),
        "value": reading.value or "",
        "confidence": reading.confidence,
        "status": reading.status.value,
        "said": STATUSES[reading.status],
        "reason": reading.reason.value if reading.reason else "",
        "day": one.day.isoformat(),
    }
