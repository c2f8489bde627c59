"""Who may ask for what."""

import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from digitbox.review import guesses
from digitbox.review.guard import PROTECTED, Guard, is_loopback
from digitbox.review.visitors import COOKIE, SECURE_COOKIE
from tests.review.conftest import URL, client

TOKEN = "correct horse battery"


BEARER = {"Authorization": f"Bearer {TOKEN}"}

HTML = {"Accept": "text/html,*/*;q=0.8"}
"""What a browser says when somebody looks."""

BY_TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"}


async def page(_: Request) -> Response:
    return PlainTextResponse("inside")


def guard(token: str | None = None, names: tuple[str, ...] = (), is_proxied: bool = False) -> Guard:
    routes = [
        Route("/", page, methods=["GET", "POST"]),
        Route("/read", page, methods=["POST"]),
        Mount("/static", PlainTextResponse("style")),
    ]
    return Guard(Starlette(routes=routes), token, names, is_proxied)


def entered(site: Guard, **headers: str) -> TestClient:
    """Somebody who has brought the token."""
    asked = client(site)
    assert asked.post("/enter", data={"token": TOKEN}, headers=headers).status_code == 303
    return asked


Ask = Callable[..., TestClient]


def test_on_this_machine_no_token_is_asked_for() -> None:
    assert client(guard()).get("/").text == "inside"


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8765", "[::1]:8765", "localhost:1", "LOCALHOST", "10.0.0.7", "box.example"]
)
def test_addresses_and_names_that_are_ours_are_answered(host: str) -> None:
    asked = client(guard(names=("Box.example",))).get("/", headers={"Host": host})
    assert asked.text == "inside"


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.example",
            "127.0.0.1.evil.example",
            "",
            "[",
            "localhost.",
            "evil.example@127.0.0.1",
        ),
        *("127.0.0.1:1,evil.example", "localhost:evil", "localhost/evil", "[::1]evil", "[::1"),
        *("localhost:99999", "127.0.0.1:65536"),
    ],
)
def test_a_name_that_was_made_to_point_here_is_not(host: str) -> None:
    asked = client(guard()).get("/", headers={"Host": host})
    assert asked.status_code == 421
    assert "inside" not in asked.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "http://["},
        {"Origin": "http://[evil]"},
        {PROTECTED: ""},
        {PROTECTED: "a" * 64},
    ],
)
def test_another_site_changes_nothing(headers: dict[str, str]) -> None:
    site = guard()
    assert client(site).post("/").text == "inside"
    assert client(site).post("/", headers=headers).status_code == 403


def test_without_the_token_nothing_is_shown() -> None:
    for ask in (client(guard(TOKEN)).get, client(guard(TOKEN)).post):
        asked = ask("/")
        assert asked.status_code == 401
        assert "inside" not in asked.text


@pytest.mark.parametrize(
    "path",
    [
        *("/static", "/static/..", "/static/../", "/static/%2e%2e/endless", "//static/a"),
        *("/%3F/static/", "/?/static/", "/%23/read", "/read%3F", "/read%23x", "/read/", "//read"),
        *("/enter", "/enter%3F", "/Static/a", "/x%00/static/"),
    ],
)
def test_no_address_that_resembles_an_open_one_is_open(path: str) -> None:
    """Also where it is asked for as no client of ours would."""
    site = guard(TOKEN)
    for host in (URL.removeprefix("http://"), "127.0.0.1/static/?", "127.0.0.1?/read"):
        asked = client(site).get(path, headers={"Host": host})
        assert asked.status_code in (401, 404, 421) or asked.text == "style"
        assert "inside" not in asked.text


def test_who_looks_is_asked_for_the_token_and_a_script_is_told() -> None:
    asked = client(guard(TOKEN))
    looked = asked.get("/", headers=HTML)
    assert (looked.status_code, looked.headers["Content-Type"]) == (401, "text/html; charset=utf-8")
    assert "/static/digitbox.css" in looked.text
    assert "page-token" not in looked.text
    told = asked.get("/")
    assert told.headers["Content-Type"].startswith("text/plain")
    assert "load this page anew" in told.text
    assert asked.get("/static/digitbox.css").text == "style"


@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], "ä", ""])
def test_a_wrong_token_opens_nothing_and_is_called_wrong(token: str) -> None:
    asked = client(guard(TOKEN))
    told = asked.post("/enter", data={"token": token}, headers=HTML)
    assert told.status_code == 401
    assert "not the token" in told.text or "no token" in told.text
    assert not token or token not in re.sub("<[^>]*>", "", told.text)
    assert not asked.cookies
    asked.cookies.set(COOKIE, token if token.isascii() else "x")
    assert asked.get("/").status_code == 401


def test_an_address_with_the_token_opens_nothing() -> None:
    asked = client(guard(TOKEN))
    assert asked.get("/", params={"token": TOKEN}).status_code == 401
    assert not asked.cookies


def test_guesses_are_few_and_logged_without_what_was_guessed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = guard(TOKEN)
    asked, inside = client(site), entered(site)
    guessed = [{"token": f"wrong{number}"} for number in range(50)]
    statuses = [asked.post("/enter", data=one).status_code for one in guessed]
    assert statuses == [401] * guesses.BURST + [429] * (50 - guesses.BURST)
    told = asked.post("/enter", data={"token": TOKEN}, headers=HTML)  # it may be a guess as well
    assert told.status_code == 429
    assert 0 < int(told.headers["Retry-After"]) <= guesses.SECONDS
    assert f"Try again in {told.headers['Retry-After']} s" in told.text
    bearer = asked.post("/read", headers=BEARER)
    assert (bearer.status_code, bearer.json()["reason"]) == (429, "guesses")
    assert inside.get("/").text == "inside"
    assert caplog.messages == ["wrong tokens for the pages: 1 from testclient"]


def test_who_guesses_behind_a_proxy_shuts_out_nobody_else() -> None:
    asked = client(guard(TOKEN, is_proxied=True))
    for place, status in (("10.0.0.1", 429), ("10.0.0.2", 401)):
        for _ in range(guesses.BURST + 1 if status == 429 else 1):
            told = asked.post("/enter", data={"token": "wrong"}, headers={"X-Forwarded-For": place})
        assert told.status_code == status


def test_each_who_enters_has_a_session_of_his_own() -> None:
    site = guard(TOKEN)
    one, other = entered(site), entered(site)
    assert one.cookies[COOKIE] != other.cookies[COOKIE]
    assert one.get("/").text == other.get("/").text == "inside"
    before = one.cookies[COOKIE]
    one.post("/enter", data={"token": TOKEN})
    assert one.cookies[COOKIE] != before
    stale = client(site)
    stale.cookies.set(COOKIE, before)
    assert stale.get("/").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_says_nothing() -> None:
    site = guard(TOKEN)
    came_in = client(site).post("/enter", data={"token": TOKEN})
    assert came_in.headers["Location"] == "/"
    cookie = came_in.headers["Set-Cookie"]
    for part in (f"{COOKIE}=", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    asked = entered(site)
    assert asked.post("/", headers={"Origin": "http://evil.example"}).status_code == 403


def test_by_tls_the_cookie_goes_back_by_tls_alone() -> None:
    site = guard(TOKEN, is_proxied=True)
    came_in = client(site).post("/enter", data={"token": TOKEN}, headers=BY_TLS)
    cookie = came_in.headers["Set-Cookie"]
    for part in (f"{SECURE_COOKIE}=", "Secure", "HttpOnly", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert came_in.headers["Strict-Transport-Security"]
    name, value = cookie.split(";")[0].split("=")
    for sent, headers, status in (
        (name, BY_TLS, 200),
        (name, {}, 401),
        (COOKIE, BY_TLS, 401),
        (COOKIE, {}, 200),  # which a browser that was given it by TLS never sends
    ):
        asked = client(site).get("/", headers={**headers, "Cookie": f"{sent}={value}"})
        assert asked.status_code == status


def test_without_a_proxy_nobody_is_believed_to_come_by_tls() -> None:
    came_in = client(guard(TOKEN)).post("/enter", data={"token": TOKEN}, headers=BY_TLS)
    assert "Secure" not in came_in.headers["Set-Cookie"]
    assert "Strict-Transport-Security" not in came_in.headers


def test_who_logs_out_is_out_and_nobody_else() -> None:
    site = guard(TOKEN)
    one, other = entered(site), entered(site)
    shown = one.get("/leave", headers=HTML)
    assert "2 sessions are open" in shown.text
    kept = one.cookies[COOKIE]
    left = one.post("/leave", headers={PROTECTED: ""})  # a plain form sends none
    assert (left.status_code, left.headers["Location"]) == (303, "/")
    assert COOKIE not in one.cookies
    one.cookies.set(COOKIE, kept)
    assert one.get("/").status_code == 401
    assert other.get("/").text == "inside"


def test_all_sessions_are_ended_at_once() -> None:
    site = guard(TOKEN)
    one, other = entered(site), entered(site)
    one.post("/leave", data={"all": "yes"})
    assert (one.get("/").status_code, other.get("/").status_code) == (401, 401)


def test_no_other_site_logs_anybody_out() -> None:
    asked = entered(guard(TOKEN))
    evil = {"Origin": "http://evil.example"}
    assert asked.post("/leave", data={"all": "yes"}, headers=evil).status_code == 403
    assert asked.get("/").text == "inside"


def test_another_server_knows_no_session_of_the_one_before() -> None:
    before, now = entered(guard(TOKEN)), client(guard(TOKEN))
    now.cookies.set(COOKIE, before.cookies[COOKIE])
    assert now.get("/").status_code == 401
    assert guard(TOKEN).page_token != guard(TOKEN).page_token


def test_what_is_too_long_is_no_token() -> None:
    asked = client(guard(TOKEN))
    assert asked.post("/enter", content=b"token=" + b"a" * 10_000).status_code == 401
    assert asked.post("/enter", content=b"token=" + TOKEN.encode() + b"&x=" + b"a" * 10_000)
    assert not asked.cookies
    headers = {"Origin": "http://evil.example"}
    assert asked.post("/enter", data={"token": TOKEN}, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BEARER, 200),
        ({"Authorization": f"bearer  {TOKEN}"}, 200),
        ({}, 401),
        ({"Authorization": "Bearer"}, 401),
        ({"Authorization": f"Basic {TOKEN}"}, 401),
        ({"Authorization": f"Bearer {TOKEN}x"}, 401),
        ({**BEARER, "Origin": "http://evil.example"}, 403),
        ({**BEARER, "Origin": "null"}, 403),
        ({**BEARER, "Host": "evil.example"}, 421),
    ],
)
def test_a_program_brings_the_token_with_each_request(headers: dict[str, str], status: int) -> None:
    asked = TestClient(guard(TOKEN), URL).post("/read", headers=headers)
    assert asked.status_code == status
    if status != 200:
        assert asked.json()["error"]
        assert asked.json()["reason"] in ("token", "origin", "host")
    if status == 401:
        assert asked.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_of_any_letters_may_be_brought() -> None:
    token = "Schlüssel für alle Türen"
    headers = [(b"Authorization", f"Bearer {token}".encode())]
    assert TestClient(guard(token), URL).post("/read", headers=headers).status_code == 200


def test_the_token_opens_to_programs_what_is_for_them_alone() -> None:
    site = guard(TOKEN)
    assert TestClient(site, URL).get("/", headers=BEARER).status_code == 401
    assert entered(site).post("/read").status_code == 401  # nor does a session
    assert TestClient(guard(), URL).post("/read").status_code == 200
    evil = {"Origin": "http://evil.example"}
    assert TestClient(guard(), URL).post("/read", headers=evil).status_code == 403


def test_every_answer_forbids_what_the_pages_do_not_need() -> None:
    site = guard(TOKEN)
    for answer in (client(site).get("/"), client(site, URL).post("/", headers={"Host": "evil"})):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


def test_loopback_is_told_from_what_others_can_reach() -> None:
    for host in ("127.0.0.1", "127.9.9.9", "::1", "localhost"):
        assert is_loopback(host)
    for host in ("0.0.0.0", "::", "10.0.0.7", "box.example"):
        assert not is_loopback(host)
