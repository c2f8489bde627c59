"""The view ``/review``: what to look at, its pictures, and what people say of it."""

import asyncio
import getpass
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from digitbox.config import Config
from digitbox.engine.archive import Archive
from digitbox.errors import InputError
from digitbox.ledger.decision import LONGEST, Decision
from digitbox.ledger.history import History
from digitbox.ledger.pending import COUNTED, ORDER, START, Kind, kind_of
from digitbox.pool.images import Pictures, kept
from digitbox.records import DIGITS, Expected, Reading, Row, Status
from digitbox.review import expected
from digitbox.review.answers import Number, decoded, json, number, received, refused
from digitbox.review.dispatcher import Dispatcher
from digitbox.review.renderer import Renderer
from digitbox.review.serializers import serialized_row

AT_ONCE = 20
"""Readings that a page fetches at a time."""

LONGEST_NAME = 80
LONGEST_WORD = 2_000

WAIT_SECONDS = 10.0
"""How long to wait for what becomes of a decision until the page asks again."""

STORED_SECONDS = 2.0
"""How long to wait for an original to be put away."""


Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{0,64}$")]
"""What a page calls a decision; empty: nothing."""


class _Said(msgspec.Struct, frozen=True):
    """A decision about the reading with that number. ``row`` is the id of one that the page shows:
    its ledger is that of the decision."""

    reading: Number
    says: str
    who: str = ""
    key: Key = ""
    undoes: Key = ""
    row: str = ""


@dataclass(frozen=True)
class ReviewQueue:
    """What is left to review, for one event loop."""

    config: Config
    dispatcher: Dispatcher
    renderer: Renderer
    page: Callable[..., Response]

    @property
    def routes(self) -> list[BaseRoute]:
        return [
            Route("/review", self.show),
            Route("/review/queue", self.next),
            Route("/review/fields", self.fields),
            Route("/review/expected", self.expected),
            Route("/review/decide", self.decide, methods=["POST"]),
            Route("/review/draw", self.draw, methods=["POST"]),
            Route("/review/answers", self.answers),
            Route("/image/{reading}/{part}.png", self.picture),
        ]

    def show(self, request: Request) -> Response:
        """The page of the queue; with ``reading`` that of one reading, whatever it says, and with
        ``spot`` that of a spot check."""
        asked = request.query_params
        if "reading" in asked:
            return self._show_one(request, number(asked["reading"]))
        if "spot" not in asked:
            return self._page(request)
        spot = number(asked["spot"])
        with History(self.config.state) as history:
            if spot not in [one.number for one in history.spot_checks()]:
                return refused("There is no such spot check.", 404)
        return self._page(request, f"spot={spot}", "/report", "Back to the report")

    def _show_one(self, request: Request, reading: int | None) -> Response:
        with History(self.config.state) as history:
            found = history.current(reading) if reading else None
            is_known = bool(reading and history.reading(reading))
        if not is_known:
            return refused("There is no such reading.", 404)
        asked = request.query_params.multi_items()
        rest = urlencode([(key, value) for key, value in asked if key != "reading"])
        if found and found[0] != reading:  # another row has replaced it
            return RedirectResponse(f"/review?reading={found[0]}{'&' if rest else ''}{rest}", 303)
        back = f"/readings?{rest}" if rest else "/readings"
        return self._page(request, f"reading={reading}", back, "Back to the readings")

    def _page(
        self, request: Request, source: str = "", back: str = "", back_said: str = ""
    ) -> Response:
        """``source`` is what it asks for instead of the queue, ``back`` where that is from."""
        shown = {"source": source, "back": back, "back_said": back_said}
        return self.page(request, "review.html", longest=LONGEST, kinds=COUNTED, **shown)

    def next(self, request: Request) -> Response:
        """What needs a person after what the page has last, of one kind or of all, and how much is
        left of each kind."""
        asked = request.query_params
        if "reading" in asked or "spot" in asked:
            return self._asked(asked)
        try:
            kind = Kind(asked["kind"]) if asked.get("kind") else None
            after = _after(asked.get("status"), asked.get("confidence"), asked.get("id"))
        except ValueError:
            return refused("`kind` is one; `status`, `confidence` and `id` are those of a reading.")
        with History(self.config.state) as history:
            rows = history.pending(kind, after, AT_ONCE)
            left, ledger = history.left(), history.tag
        items = [self._item(*one) for one in rows]
        return json({"ledger": ledger, "left": left, "items": items})

    def _asked(self, asked: Mapping[str, str]) -> Response:
        """The same of one reading, or of a spot check: what stands, and what nobody has just
        decided about."""
        key = "reading" if "reading" in asked else "spot"
        wanted = number(asked[key])
        if wanted is None:
            return refused(f"`{key}` is the number of one.")
        with History(self.config.state) as history:
            ledger = history.tag
            if key == "spot":
                rows = history.spot_left(wanted)
            else:
                found = history.current(wanted)
                rows = [found] if found and found[0] == wanted else []
        items = [self._item(number, kind_of(row.reading), row) for number, row in rows]
        left = Counter(one["kind"] for one in items)
        return json({"ledger": ledger, "left": left, "items": items})

    def _item(self, number: int, kind: Kind, row: Row) -> dict[str, Any]:
        is_quick = is_one_key(self.config.expected, row.reading)
        return serialized_row(number, row) | {"kind": kind, "one_key": is_quick}

    def fields(self, request: Request) -> Response:
        """The fields of the page that a reading is of, as they are now; none where it is of no
        form."""
        reading = number(request.query_params.get("reading", ""))
        if reading is None:
            return refused("`reading` is the number of one.")
        with History(self.config.state) as history:
            found = history.fields(reading)
        items = [
            serialized_row(one.number, one.row)
            | {"kind": kind_of(one.row.reading), "is_open": one.is_open}
            for one in found
        ]
        return json({"items": items})

    def expected(self, request: Request) -> Response:
        """What values fit the fields of a form; without one, a number."""
        form = request.query_params.get("form", "")
        if form:
            return json(expected.of_form(self.config.forms, form))
        return json({"": expected.of_numbers(self.config.expected)})

    async def decide(self, request: Request) -> Response:
        """Note a decision; what became of it is to be asked for."""
        body = await received(request, LONGEST_WORD)
        if body is None:
            return refused("That is too long for a decision.")
        try:
            said = decoded(body, _Said)
            decision = Decision(said.reading, said.says, _name(said.who), said.key, said.undoes)
            ledger = said.row.partition("-")[0]
            request_number = await self.dispatcher.ask(decision, ledger or None)
        except (msgspec.DecodeError, InputError) as error:
            return refused(str(error))
        return json({"request": request_number})

    async def draw(self, _: Request) -> Response:
        """Draw accepted readings for a spot check."""
        spot = await self.dispatcher.draw()
        if spot is None:
            return refused("Nothing was accepted that nobody has decided about.", 409)
        return json({"spot": spot})

    async def answers(self, request: Request) -> Response:
        """What became of decisions, by request; waits for the first one."""
        asked = [number(text) for text in request.query_params.getlist("request")]
        wanted = [one for one in asked if one is not None]
        if len(wanted) < len(asked):
            return refused("`request` is the number of one.")
        found = await self.dispatcher.answers(wanted, WAIT_SECONDS)
        return json({"answers": [{"request": key} | _plain(found[key]) for key in found]})

    async def picture(self, request: Request) -> Response:
        reading, part = number(request.path_params["reading"]), request.path_params["part"]
        if reading is None:
            return refused("There is no such reading.", 404)
        if part not in ("scan", "frames", "written"):
            return refused("No such picture.", 404)
        found = await self._render(reading)
        if found is not None:
            image = {"scan": found.scan, "frames": found.frames, "written": found.written}[part]
        elif part == "frames" and (frames := self._kept(reading)):
            image = frames
        else:
            return refused("The file is not there any more, or not what was read.", 404)
        return Response(image, media_type="image/png")

    def _kept(self, reading: int) -> bytes | None:
        with History(self.config.state) as history:
            frames = history.frames(reading)
        return kept(frames) if frames else None

    async def _render(self, reading: int) -> Pictures | None:
        """Show the page of a reading. Its row is there before its original is put away, so who is
        quick may ask between the two: then it is looked for again."""
        given_up = time.monotonic() + STORED_SECONDS
        while True:
            with History(self.config.state) as history:
                shown = history.shown(reading)
            if shown is None:
                return None
            lying = shown.lying
            place = Archive(self.config.originals).find(lying.place, lying.batch, lying.source)
            if place and (found := await self.renderer.render(place, shown.sha256, shown.reading)):
                return found
            if lying.place is not None or time.monotonic() > given_up:
                return None
            await asyncio.sleep(STORED_SECONDS / 20)


def is_one_key(expected: Expected, reading: Reading) -> bool:
    """Whether one key says all: every page holds one digit, and this one has one candidate. Else a
    digit that is typed may be the first of several."""
    return expected.most == 1 and len(reading.digits) == 1 and reading.value in DIGITS


def _after(
    status: str | None, confidence: str | None, number: str | None
) -> tuple[int, float, int]:
    """Where a reading stands in the queue. Raises :class:`ValueError` where it is none."""
    rank, sure = ORDER.index(Status(status or Status.REVIEW)), float(confidence or 0)
    last = int(number or 0)
    if not (math.isfinite(sure) and abs(last) < 2**63):
        raise ValueError
    return START if number is None else (rank, sure, last)


def _name(given: str) -> str:
    """Who decides, as a line of text: the name that they gave, or the account that serves."""
    name = " ".join("".join(c for c in given if c.isprintable()).split())[:LONGEST_NAME]
    return name or getpass.getuser()


def _plain(answer: Any) -> dict[str, Any]:
    return {"row": answer.row, "refused": answer.refused}
