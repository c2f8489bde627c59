"""``digitbox review`` as a command."""

import re
import socket
import stat
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from digitbox.config import load
from digitbox.errors import DigitboxError
from digitbox.review import server
from digitbox.signals import Flags
from tests.endurance.harness import Harness
from tests.review.site import serving


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_it_serves_this_machine_alone_unless_told_otherwise(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with serving(harness) as site:
        assert site.url.startswith("http://127.0.0.1:")
        assert "token" not in site.said
        status, text = get(f"{site.url}review")
        assert (status, "Nothing to review" in text) == (200, True)
        assert "/leave" not in text  # there are no sessions
        assert "Draw a digit" in get(site.url)[1]  # nothing was read yet
    assert not harness.state.exists()


def test_others_need_the_token_that_it_makes_once_and_never_prints(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    file = harness.state / "review.token"
    tokens = set()
    for _ in range(2):
        with serving(harness, "--host", "0.0.0.0") as site:
            assert f"with the token in {file}" in site.said
            tokens.add(file.read_text().strip())
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert not any(token in site.said for token in tokens)
            url = re.sub("//.*:", "//127.0.0.1:", site.url)
            for path in ("", "review", "review/queue", "live/events", "image/1/scan.png", "leave"):
                assert get(f"{url}{path}")[0] == 401
                assert get(f"{url}{path}?token={tokens.copy().pop()}")[0] == 401
            assert get(f"{url}static/digitbox.css")[0] == 200  # for the page that asks for it
    (token,) = tokens
    assert len(token) >= 32


def test_a_token_of_ones_own_is_not_printed(tmp_path: Path) -> None:
    token = "correct horse battery"
    harness = Harness(tmp_path / "harness", review={"token": token})
    with serving(harness) as site:
        assert token not in site.said
        assert get(f"{site.url}review")[0] == 401


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--host", "192.0.2.1"), r"`review\.host`, `review\.port`: 192\.0\.2\.1, \d+ cannot be"),
        (("--host", "no.such.host.invalid"), r"`review\.host`"),
    ],
)
def test_an_address_that_cannot_be_had_is_named(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = Harness(tmp_path / "harness").run("review", *arguments)
    assert done.returncode == 2
    assert re.search(message, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = Harness(tmp_path / "harness").run("review", "--port", port)
    assert done.returncode == 2
    assert port in done.stderr


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "NEEDED", ("no_such_package",))
    with pytest.raises(DigitboxError, match=r"no_such_package: .* -m pip install "):
        server.serve(load, Flags(), print)
