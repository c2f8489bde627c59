"""Who may ask for what."""

import time
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from digitbox.review.guard import COOKIE, GUESS_SECONDS, PROTECTED, Guard, is_loopback
from tests.review.conftest import URL, client

TOKEN = "correct horse battery"


async def page(_: Request) -> Response:
    return PlainTextResponse("inside")


def guard(token: str | None = None, names: tuple[str, ...] = ()) -> Guard:
    return Guard(Starlette(routes=[Route("/", page, methods=["GET", "POST"])]), token, names)


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


@pytest.mark.parametrize("token", ["wrong", TOKEN + "x", TOKEN[:-1], "ä"])
def test_a_wrong_token_opens_nothing(token: str) -> None:
    asked = client(guard(TOKEN))
    assert asked.get("/", params={"token": token}).status_code == 401
    assert asked.post("/enter", data={"token": token}).status_code == 401
    assert not asked.cookies
    asked.cookies.set(COOKIE, token if token.isascii() else "x")
    assert asked.get("/").status_code == 401


def test_guesses_of_the_token_are_slow_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    asked = client(guard(TOKEN))
    for number in range(3):
        begun = time.monotonic()
        assert asked.get("/", params={"token": f"wrong{number}"}).status_code == 401
        assert time.monotonic() - begun >= GUESS_SECONDS
    said = [message for message in caplog.messages if "token" in message]
    assert said == ["1 wrong token(s) for the pages, the last one from testclient"]
    assert "wrong0" not in caplog.text


def test_the_token_opens_all_and_is_kept_from_scripts_and_from_the_history() -> None:
    site = guard(TOKEN)
    asked = client(site)
    entered = asked.get("/", params={"token": TOKEN})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert TOKEN not in cookie
    assert asked.get("/").text == "inside"
    assert asked.post("/", headers={"Origin": "http://evil.example"}).status_code == 403


def test_the_token_may_be_typed_in() -> None:
    asked = client(guard(TOKEN))
    assert asked.post("/enter", data={"token": TOKEN}).status_code == 303
    assert asked.get("/").text == "inside"
    evil = client(guard(TOKEN))
    headers = {"Origin": "http://evil.example"}
    assert evil.post("/enter", data={"token": TOKEN}, headers=headers).status_code == 403
    assert evil.post("/enter", content=b"token=" + b"a" * 10_000).status_code == 413


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
