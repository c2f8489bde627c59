"""The token → a session, and its end: the pages for that, and what they send."""

import hmac
import math
from collections.abc import Callable
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from digitbox.review.answers import RefusedError, received
from digitbox.review.guesses import Guesses
from digitbox.review.sessions import LONGEST_SECONDS, Sessions
from digitbox.review.visitors import Visitor

LONGEST_FORM = 4096

Page = Callable[..., Response]
"""A request, the name of a template and what it shows → the page."""


class Entrance:
    """Lets in who has ``token``."""

    def __init__(self, token: str, page: Page) -> None:
        self._token = token.strip().encode()
        self._page = page
        self._guesses = Guesses()
        self.sessions = Sessions()

    def is_in(self, request: Request, visitor: Visitor) -> bool:
        """Whether the request is of a session that goes on."""
        return self.sessions.use(request.cookies.get(visitor.cookie, ""))

    def goes_on(self, request: Request, visitor: Visitor) -> bool:
        """The same of a request that is being answered: an answer may take days."""
        return self.sessions.is_open(request.cookies.get(visitor.cookie, ""))

    def ask(self, request: Request, status: int = 401, wrong: str = "") -> Response:
        """The page that asks for the token, or, where no person looks, a line that says so."""
        if "text/html" not in request.headers.get("Accept", ""):
            return PlainTextResponse(wrong or "The session has ended: load this page anew.", status)
        answer = self._page(request, "enter.html", wrong=wrong)
        answer.status_code = status
        return answer

    def check(self, request: Request, visitor: Visitor) -> None:
        """Raise :class:`RefusedError` unless the request brings the token as a bearer."""
        kind, _, brought = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not brought.strip():
            raise RefusedError(401, "token", "Send the token: Authorization: Bearer TOKEN")
        # Headers are bytes, which Starlette takes for Latin-1.
        if (wait := self._try(brought.strip().encode("latin-1"), visitor)) is None:
            raise RefusedError(401, "token", "That is not the token.")
        if wait:
            raise RefusedError(429, "guesses", _too_many(wait), math.ceil(wait))

    async def enter(self, request: Request, visitor: Visitor) -> Response:
        """Begin a session for who brings the token."""
        body = await received(request, LONGEST_FORM)
        brought = parse_qs((body or b"").decode("utf-8", "replace")).get("token", [""])[0].strip()
        if not brought:
            return self.ask(request, wrong="That is no token.")
        wait = self._try(brought.encode(), visitor)
        if wait is None:
            return self.ask(request, wrong="That is not the token. Is it whole, and the right one?")
        if wait:
            answer = self.ask(request, 429, _too_many(wait))
            answer.headers["Retry-After"] = str(math.ceil(wait))
            return answer
        self.sessions.end(request.cookies.get(visitor.cookie, ""))
        answer = RedirectResponse("/", 303)
        # Not "strict": the page that a link leads to, from a mail say, would come without it. What
        # changes something is checked by its Origin.
        answer.set_cookie(
            visitor.cookie,
            self.sessions.begin(),
            max_age=int(LONGEST_SECONDS),
            secure=visitor.is_secure,
            httponly=True,
            samesite="lax",
        )
        return answer

    def show(self, request: Request) -> Response:
        """The page on which sessions are ended."""
        return self._page(request, "leave.html", sessions=len(self.sessions))

    async def leave(self, request: Request, visitor: Visitor) -> Response:
        """End the session of the request, or all."""
        body = await received(request, LONGEST_FORM)
        if parse_qs((body or b"").decode("utf-8", "replace")).get("all"):
            self.sessions.end_all()
        self.sessions.end(request.cookies.get(visitor.cookie, ""))
        answer = RedirectResponse("/", 303)
        answer.delete_cookie(
            visitor.cookie, secure=visitor.is_secure, httponly=True, samesite="lax"
        )
        return answer

    def _try(self, brought: bytes, visitor: Visitor) -> float | None:
        """0 where that is the token, None where not; or the seconds until one is looked at."""
        if wait := self._guesses.wait(visitor.network):
            return wait
        if hmac.compare_digest(brought, self._token):
            return 0.0
        self._guesses.count(visitor.network)
        return None


def _too_many(wait: float) -> str:
    return f"Too many wrong tokens came from this address. Try again in {math.ceil(wait)} s."
