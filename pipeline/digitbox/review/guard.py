"""Requests → those that may pass: from this site's own pages, by those who have the token.

What it stands against: other sites in the same browser (Origin, and a token of the pages' own),
names that were made to point here (Host), strangers on the network (the token), and a file name
that is a script (the Content-Security-Policy).
"""

import asyncio
import contextlib
import hashlib
import hmac
import ipaddress
import logging
import re
import secrets
import socket
import time
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitbox.review.answers import received

COOKIE = "digitbox"
COOKIE_SECONDS = 30 * 24 * 3600
LONGEST_FORM = 4096

GUESS_SECONDS = 0.5
"""How long the answer to a wrong token takes."""

SAID_SECONDS = 60.0
"""Wrong tokens are logged no more often."""

log = logging.getLogger(__name__)

PROTECTED = "X-Page-Token"
"""The header with which a page shows that it is one of ours."""

HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^]@,:/\[\s]+)(:[0-9]{1,5})?")
"""A name or an address, and a port."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

ENTRANCE = """<!doctype html><html lang="en"><head><title>digitbox</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>digitbox</h1>
<form method="post" action="/enter"><p><label>Token <input type="password" name="token" required
autocomplete="current-password"></label> <button>Enter</button></p></form>
<p>It stands where <code>digitbox review</code> was started, or in <code>review.token</code>.</p>
</main></body></html>"""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """ASGI middleware around ``app``. ``token`` None: everybody on this machine may. ``names`` are
    those by which the site is reached besides the machine's own."""

    def __init__(self, app: ASGIApp, token: str | None, names: Iterable[str] = ()) -> None:
        self._app = app
        self._token = token
        self._names = {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}
        self._names |= {name.lower() for name in names}
        self._wrong, self._said_wrong = 0, float("-inf")
        secret = token.encode() if token else secrets.token_bytes(32)
        self.page_token = _derived(secret, b"page")
        self._session = _derived(secret, b"session")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no WebSockets
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", "no-store")
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        request = Request(scope, receive)
        with contextlib.suppress(ClientDisconnect):  # in the middle of what it sent: no trouble
            answer = await self._refusal(request)
            await (answer or self._app)(scope, receive, send_guarded)

    async def _refusal(self, request: Request) -> Response | None:
        """What to answer instead of the page; None where the request may pass."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            return _told(
                421,
                f"This site is not called {host!r}. Use its address, or add the name to "
                "review.names.",
            )
        changes = request.method not in ("GET", "HEAD")
        if changes and _site(request.headers.get("Origin", "")) != host:
            return _told(403, "That was asked for by another site.")
        if self._token is not None:
            if entering := await self._entering(request):
                return entering
            if not _same(_cookie(request.headers), self._session):
                return HTMLResponse(ENTRANCE, 401)
        if changes and not _same(request.headers.get(PROTECTED, ""), self.page_token):
            return _told(403, "This page is older than the server: load it anew.")
        return None

    async def _entering(self, request: Request) -> Response | None:
        """What to answer to somebody who brings the token."""
        if request.url.path == "/enter" and request.method == "POST":
            body = await received(request, LONGEST_FORM)
            if body is None:
                return _told(413, "That is no token.")
            brought = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0]
        else:
            brought = request.query_params.get("token", "")
        if not brought:
            return None
        if self._token is None or not _same(brought, self._token):
            self._say_wrong(request)
            await asyncio.sleep(GUESS_SECONDS)
            return HTMLResponse(ENTRANCE, 401)
        # To an address without the token, which would stay in the browser's history.
        answer = RedirectResponse("/", 303)
        # Not "strict": the page that a link with the token leads to, from a mail say, would come
        # without it. What changes something is checked by its Origin.
        answer.set_cookie(
            COOKIE, self._session, max_age=COOKIE_SECONDS, httponly=True, samesite="lax"
        )
        return answer

    def _say_wrong(self, request: Request) -> None:
        """Log that somebody brought a wrong token; how often, once in a while."""
        self._wrong += 1
        now = time.monotonic()
        if now >= self._said_wrong + SAID_SECONDS:
            host = request.client.host if request.client else "unknown"
            log.warning("%d wrong token(s) for the pages, the last one from %s", self._wrong, host)
            self._wrong, self._said_wrong = 0, now

    def _is_ours(self, host: str) -> bool:
        """Whether that is an address, or a name of this machine: of an address nobody can have a
        name server say that it is elsewhere."""
        if not HOST.fullmatch(host):
            return False
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self._names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _site(origin: str) -> str:
    """Host and port of ``origin``; empty where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _cookie(headers: Headers) -> str:
    try:
        morsel = SimpleCookie(headers.get("Cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _derived(secret: bytes, purpose: bytes) -> str:
    return hmac.new(secret, purpose, hashlib.sha256).hexdigest()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _told(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status)
