"""What those who are silent, slow or many do to the metrics' server, and do not do."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from digitbox.service import endpoint
from digitbox.service.endpoint import CONNECTIONS, HEAD_BYTES, Endpoint
from tests.service.conftest import wait_for

ANSWER = b"well\n"


def pages(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 10_000_000] if environment["PATH_INFO"] == "/large" else [ANSWER]


@contextlib.contextmanager
def serving(application: Callable[..., Any] = pages) -> Iterator[Endpoint]:
    server = Endpoint(0)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def server() -> Iterator[Endpoint]:
    with serving() as one:
        yield one


@pytest.fixture
def connections() -> Iterator[contextlib.ExitStack]:
    with contextlib.ExitStack() as opened:
        yield opened


def connect(
    server: Endpoint, connections: contextlib.ExitStack, said: bytes = b""
) -> socket.socket:
    connection = connections.enter_context(
        socket.create_connection(("127.0.0.1", server.server_port), 20)
    )
    connection.sendall(said)
    return connection


def ask(server: Endpoint) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", "/")
        return connection.getresponse().read()


def is_over(connection: socket.socket) -> bool:
    """Whether the other side has hung up, without an answer."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "said",
    [b"", b"G", b"GET / HTTP/1.1\r\nX: ", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n", b"\x16\x03"],
)
def test_any_number_of_those_who_say_half_of_it_leaves_room_for_others(
    server: Endpoint, connections: contextlib.ExitStack, said: bytes
) -> None:
    threads = threading.active_count()
    for _ in range(10 * CONNECTIONS):
        connect(server, connections, said)
    begun = time.monotonic()
    assert ask(server) == ANSWER
    assert time.monotonic() - begun < endpoint.HEAD_SECONDS
    assert threading.active_count() <= threads + CONNECTIONS


def test_who_says_nothing_is_given_up(
    server: Endpoint, connections: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "HEAD_SECONDS", 0.1)
    assert is_over(connect(server, connections))


def test_who_says_a_little_now_and_then_has_no_more_time(
    server: Endpoint, connections: contextlib.ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint, "HEAD_SECONDS", 0.5)
    connection = connect(server, connections, b"GET / HTTP/1.1\r\n")

    def drip() -> bool:
        try:
            connection.sendall(b"X: y\r\n")
        except OSError:
            return True
        return False

    wait_for(drip)


@pytest.mark.parametrize(
    "said", [b"G" * 2 * HEAD_BYTES, b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * HEAD_BYTES]
)
def test_a_head_has_few_bytes(
    server: Endpoint, connections: contextlib.ExitStack, said: bytes
) -> None:
    connection = connect(server, connections)
    with contextlib.suppress(ConnectionError):
        connection.sendall(said)
    assert is_over(connection)
    assert ask(server) == ANSWER


def test_who_does_not_take_the_answer_is_given_up(
    server: Endpoint,
    connections: contextlib.ExitStack,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(endpoint, "SEND_SECONDS", 0.1)
    threads = threading.active_count()
    for _ in range(CONNECTIONS):
        connect(server, connections, b"GET /large HTTP/1.1\r\n\r\n")
    wait_for(lambda: threading.active_count() <= threads)
    assert ask(server) == ANSWER
    assert capfd.readouterr() == ("", "")


def test_who_is_being_answered_is_not_ended_for_another(connections: contextlib.ExitStack) -> None:
    begun, goes_on = threading.Semaphore(0), threading.Event()

    def slow(environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        begun.release()
        goes_on.wait(20)
        return pages(environment, start)

    with serving(slow) as server:
        asked = [connect(server, connections, b"GET / HTTP/1.0\n\n") for _ in range(CONNECTIONS)]
        for _ in asked:
            assert begun.acquire(timeout=20)
        assert is_over(connect(server, connections, b"GET / HTTP/1.0\n\n"))
        goes_on.set()
        for connection in asked:
            with connection.makefile("rb") as answer:
                assert answer.read().endswith(ANSWER)


def test_without_a_free_descriptor_it_waits_and_burns_nothing(
    server: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    accepted = []
    accept = server.socket.accept

    class Scarce:
        def __getattr__(self, name: str) -> Any:
            return getattr(listener, name)

        def accept(self) -> Any:
            accepted.append(time.monotonic())
            if len(accepted) < 3:
                raise OSError(24, "Too many open files")
            return accept()

    listener = server.socket
    monkeypatch.setattr(server, "socket", Scarce())
    assert ask(server) == ANSWER
    assert len(accepted) == 3
    assert accepted[2] - accepted[0] >= 2 * endpoint.RETRY_SECONDS
