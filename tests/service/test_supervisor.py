import os
import socket
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from digitbox.service.supervisor import Supervisor

pytestmark = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
        one.bind(address)
        one.settimeout(20)
        yield one


@pytest.fixture
def address(tmp_path: Path) -> str:
    return os.path.relpath(tmp_path / "notify")  # a socket's name has to be short


def test_it_says_what_it_is_told_to(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with listening(address) as one:
        supervisor = Supervisor()
        for message in ("READY=1", "WATCHDOG=1", "STATUS=grün"):
            supervisor.say(message)
            assert one.recv(100).decode() == message


@pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")
def test_an_abstract_name_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"digitbox-test-{uuid.uuid4()}"
    monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
    with listening(f"\0{name}") as one:
        Supervisor().say("READY=1")
        assert one.recv(100) == b"READY=1"


def test_no_other_process_speaks_for_it(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    Supervisor()
    assert "NOTIFY_SOCKET" not in os.environ


@pytest.mark.parametrize("name", [None, ""])
def test_where_nobody_is_named_it_opens_no_socket(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    if name is not None:
        monkeypatch.setenv("NOTIFY_SOCKET", name)
    opened: list[object] = []
    monkeypatch.setattr(socket, "socket", lambda *family: opened.append(family))
    Supervisor().say("READY=1")
    assert not opened


@pytest.mark.parametrize("name", ["nobody-here", "@nobody-here"])
def test_where_nobody_listens_it_goes_on_and_is_heard_later(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    supervisor = Supervisor()
    supervisor.say("READY=1")
    with listening(f"\0{name[1:]}" if name[0] == "@" else name) as one:
        supervisor.say("WATCHDOG=1")
        assert one.recv(100) == b"WATCHDOG=1"
