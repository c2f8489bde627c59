"""Requests → those that may pass: from this site's own pages, by those who have the token.

What it stands against: other sites in the same browser (Origin, and a token of the pages' own),
names that were made to point here (Host), strangers on the network (the token), and a file name
that is a script (the Content-Security-Policy).
"""

import contextlib
import hmac
import ipaddress
import re
import secrets
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitbox.review.answers import RefusedError
from digitbox.review.entrance import Entrance
from digitbox.review.pages import page
from digitbox.review.programs import PATH as FOR_PROGRAMS
from digitbox.review.visitors import Visitor, is_address, visitor

STATIC = "/static/"
"""What everybody may see: the page that asks for the token looks like the others."""

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

STRICT_TRANSPORT = "max-age=31536000"
"""Said where a page came by TLS: for a year, this host is asked by nothing else."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens on ``host``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Guard:
    """ASGI middleware around ``app``. ``token`` None: everybody on this machine may. ``names`` are
    those by which the site is reached besides the machine's own. ``is_proxied``: see
    :func:`digitbox.review.visitors.visitor`."""

    def __init__(
        self,
        app: ASGIApp,
        token: str | None,
        names: Iterable[str] = (),
        is_proxied: bool = False,
    ) -> None:
        self._app = app
        self._entrance = None if token is None else Entrance(token, page)
        self._names = {"localhost", socket.gethostname().lower(), socket.getfqdn().lower()}
        self._names |= {name.lower() for name in names}
        self._is_proxied = is_proxied
        self.page_token = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # there are no WebSockets
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        who = visitor(request, self._is_proxied)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _guard(MutableHeaders(scope=message), who)
            elif message.get("more_body") and not self._goes_on(request, who):
                # What has no end of its own, as the events of /live, ends with its session.
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise ClientDisconnect
            await send(message)

        with contextlib.suppress(ClientDisconnect):  # in the middle of what it sent: no trouble
            answer = await self._refusal(request, who)
            await (answer or self._app)(scope, receive, send_guarded)

    async def _refusal(self, request: Request, who: Visitor) -> Response | None:
        """What to answer instead of the page; None where the request may pass."""
        try:
            self._check_site(request)
            if self._entrance is not None:
                if request.scope["path"] == FOR_PROGRAMS:
                    self._entrance.check(request, who)
                elif entering := await self._entering(self._entrance, request, who):
                    return entering
            self._check_page(request)
        except RefusedError as refusal:
            if request.scope["path"] == FOR_PROGRAMS:
                return refusal.answer
            return PlainTextResponse(f"{refusal}\n", refusal.status)
        return None

    def _check_site(self, request: Request) -> None:
        """Raise :class:`RefusedError` where another site asks, or this one is asked for by a
        name that is not its own."""
        host = request.headers.get("Host", "")
        if not self._is_ours(host):
            why = f"This site is not called {host!r}. Use its address, or add the name to "
            raise RefusedError(421, "host", why + "review.names.")
        origin = request.headers.get("Origin")
        if origin is None and request.scope["path"] == FOR_PROGRAMS:
            return  # a browser says it with all that it sends
        if _changes(request) and _site(origin or "") != host:
            raise RefusedError(403, "origin", "That was asked for by another site.")

    async def _entering(
        self, entrance: Entrance, request: Request, who: Visitor
    ) -> Response | None:
        """What to answer to somebody who is not in, or comes in, or goes."""
        path, is_post = request.scope["path"], request.method == "POST"
        if path.startswith(STATIC):
            return None
        if path == "/enter" and is_post:
            return await entrance.enter(request, who)
        if not entrance.is_in(request, who):
            return entrance.ask(request)
        if path == "/leave":
            return await entrance.leave(request, who) if is_post else entrance.show(request)
        return None

    def _check_page(self, request: Request) -> None:
        """Raise :class:`RefusedError` where something is changed, and by no page of ours."""
        if not _changes(request) or request.scope["path"] == FOR_PROGRAMS:
            return
        if not _same(request.headers.get(PROTECTED, ""), self.page_token):
            raise RefusedError(403, "page", "This page is older than the server: load it anew.")

    def _goes_on(self, request: Request, who: Visitor) -> bool:
        """Whether what is being answered may go on."""
        entrance, path = self._entrance, request.scope["path"]
        is_open = entrance is None or path == FOR_PROGRAMS or path.startswith(STATIC)
        return is_open or (entrance is not None and entrance.goes_on(request, who))

    def _is_ours(self, host: str) -> bool:
        """Whether that is an address, or a name of this machine: of an address nobody can have a
        name server say that it is elsewhere."""
        if not HOST.fullmatch(host):
            return False
        try:
            asked = urlsplit(f"//{host}")
            name, _ = asked.hostname or "", asked.port  # which is one
        except ValueError:
            return False
        return name in self._names or is_address(name)


def _site(origin: str) -> str:
    """Host and port of ``origin``; empty where it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _guard(headers: MutableHeaders, who: Visitor) -> None:
    """Add to the ``headers`` of an answer what every one has."""
    headers.setdefault("Cache-Control", "no-store")
    for name, value in HEADERS.items():
        headers[name] = value
    if who.is_secure:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT


def _changes(request: Request) -> bool:
    return request.method not in ("GET", "HEAD")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
