"""What those who are silent, slow or many do to the pages' server, and do not do."""

import asyncio
import contextlib
import errno
import http.client
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from digitbox.review import connections
from digitbox.review.connections import Connection, bounds, quietly
from tests.endurance.harness import Harness
from tests.review.site import serving
from tests.service.conftest import wait_for

HALVES = (
    b"",
    b"G",
    b"GET / HTTP/1.1\r\nX: ",
    b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\nPOST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n",
)
"""Of requests: none, a letter, a head, a body, and each as the second one of a connection."""

LARGE = 30_000_000


async def short(_: Request) -> Response:
    return PlainTextResponse("well")


async def large(_: Request) -> Response:
    return PlainTextResponse("x" * LARGE)


async def body(request: Request) -> Response:
    with contextlib.suppress(ClientDisconnect):
        return PlainTextResponse(await request.body())
    return Response()


async def slow(_: Request) -> Response:
    await asyncio.sleep(2)
    return PlainTextResponse("well")


@pytest.fixture
def server() -> Iterator[uvicorn.Server]:
    routes = [
        Route("/", short),
        Route("/large", large),
        Route("/body", body, methods=["POST"]),
        Route("/slow", slow),
    ]
    one = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=routes),
            port=0,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
    )
    thread = threading.Thread(target=one.run)
    thread.start()
    wait_for(lambda: one.started)
    yield one
    one.should_exit = True
    thread.join()


@pytest.fixture
def opened() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as stack:
        yield stack


def port(server: uvicorn.Server) -> int:
    return int(server.servers[0].sockets[0].getsockname()[1])


def connect(number: int, opened: contextlib.ExitStack, said: bytes = b"") -> socket.socket:
    connection = opened.enter_context(socket.create_connection(("127.0.0.1", number), 20))
    connection.sendall(said)
    return connection


def ask(number: int, path: str = "/") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def is_over(connection: socket.socket) -> bool:
    """Wait until the other side has hung up; what it has said before does not matter."""
    try:
        while connection.recv(1_000_000):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize("said", HALVES)
def test_any_number_of_those_who_say_half_of_it_leaves_room_for_others(
    server: uvicorn.Server,
    opened: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    said: bytes,
) -> None:
    monkeypatch.setattr(Connection, "most", 10)
    for _ in range(50):
        connect(port(server), opened, said)

    def is_answered() -> bool:
        try:
            return ask(port(server)) == (200, b"well")
        except ConnectionResetError:  # while those before it are answered, it is silent longest
            return False

    wait_for(is_answered)
    wait_for(lambda: len(server.server_state.connections) <= 10)


@pytest.mark.parametrize("said", HALVES)
def test_who_says_no_more_is_given_up(
    server: uvicorn.Server,
    opened: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    said: bytes,
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "BODY_SECONDS", 0.2)
    assert is_over(connect(port(server), opened, said))
    wait_for(lambda: not server.server_state.connections)


def test_who_says_a_little_of_a_head_now_and_then_has_no_more_time(
    server: uvicorn.Server, opened: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    for before in (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"):
        connection = connect(port(server), opened, before + b"GET / HTTP/1.1\r\n")

        def drips(connection: socket.socket = connection) -> bool:
            try:
                connection.sendall(b"X: y\r\n")
            except OSError:
                return True
            time.sleep(0.05)
            return False

        wait_for(drips)


def test_a_body_has_as_long_as_its_parts_take(
    server: uvicorn.Server, opened: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    monkeypatch.setattr(connections, "BODY_SECONDS", 5.0)
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 8\r\n\r\n"
    connection = connect(port(server), opened, head)
    for _ in range(8):
        time.sleep(0.05)
        connection.sendall(b"x")
    with connection.makefile("rb") as answer:
        assert answer.read().endswith(b"xxxxxxxx")


def test_who_does_not_take_the_answer_is_given_up(
    server: uvicorn.Server, opened: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "TAKE_SECONDS", 0.2)
    connect(port(server), opened, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    wait_for(lambda: server.server_state.total_requests > 0)
    wait_for(lambda: not server.server_state.connections)
    assert ask(port(server), "/large") == (200, b"x" * LARGE)


def test_who_is_being_answered_is_not_ended_for_another(
    server: uvicorn.Server, opened: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "most", 3)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    asking = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    asked = [connect(port(server), opened, asking) for _ in range(3)]
    wait_for(lambda: len(server.server_state.tasks) == 3)
    assert is_over(connect(port(server), opened))
    for connection in asked:
        with connection.makefile("rb") as answer:
            assert answer.read().endswith(b"well")


def test_answers_of_two_parts_do_not_wait_for_each_other(server: uvicorn.Server) -> None:
    """On a connection that is kept, as browsers keep it, the second part came 40 ms late."""
    connection = http.client.HTTPConnection("127.0.0.1", port(server), timeout=20)
    ask(port(server))
    times = []
    with contextlib.closing(connection):
        for _ in range(20):
            begun = time.perf_counter()
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"well"
            times.append(time.perf_counter() - begun)
    assert min(times[5:]) < 0.03


def test_it_takes_no_more_than_half_of_the_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    for allowed in (8, 64, 1024, 1_000_000, resource.RLIM_INFINITY):
        monkeypatch.setattr(resource, "getrlimit", lambda _, allowed=allowed: (allowed, allowed))
        together = sum(bounds())
        assert 2 <= together <= connections.MOST + connections.MOST_WAITING
        assert allowed == resource.RLIM_INFINITY or together <= allowed / 2


def test_that_no_connection_can_be_had_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.new_event_loop()
    handle = quietly()
    context: dict[str, Any] = {"exception": OSError(errno.EMFILE, "Too many"), "socket": None}
    for _ in range(100):
        handle(loop, context)
    assert caplog.messages == ["no connection can be taken up: Too many"]
    handle(loop, {"message": "another", "exception": ValueError("kept")})
    assert "another" in caplog.text
    loop.close()


def test_half_requests_without_a_token_stop_no_page_and_write_no_log(
    tmp_path: Path, opened: contextlib.ExitStack
) -> None:
    harness = Harness(tmp_path / "harness", review={"token": "correct horse battery"})
    with serving(harness) as site:
        number = int(site.url.rsplit(":", 1)[1].strip("/"))
        host = f"Host: 127.0.0.1:{number}\r\nOrigin: http://127.0.0.1:{number}\r\n".encode()
        entering = b"POST /enter HTTP/1.1\r\n" + host + b"Content-Length: 99\r\n\r\ntoken="
        for said in (*HALVES, b"\x16\x03\x01", entering):
            for _ in range(60):
                with contextlib.suppress(ConnectionError):
                    connect(number, opened, said)
        assert ask(number)[0] == 401
        assert (harness.folder / "review.log").read_text("utf-8") == site.said
