"""A configuration → the site, served until a signal says stop."""

import asyncio
import contextlib
import importlib.util
import socket
from collections.abc import Callable, Iterator

from digitbox.config import Config
from digitbox.errors import ConfigError, DigitboxError
from digitbox.extras import how_to_install
from digitbox.ledger.database import FILE
from digitbox.ledger.ledger import Ledger
from digitbox.signals import Flags

NEEDED = ("jinja2", "starlette", "uvicorn")

STOP_SECONDS = 0.1
"""How soon a signal is seen."""

LEAVE_SECONDS = 2
"""How long open connections are waited for at the end."""


def serve(load: Callable[[], Config], signals: Flags, say: Callable[[str], None]) -> None:
    """Serve the pages, and ``say`` where. Raises :class:`ConfigError` where that address cannot be
    listened on, :class:`DigitboxError` where packages are missing."""
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        listed = " and ".join(missing)
        raise DigitboxError(f"The pages need {listed}: {how_to_install('web')}")
    from digitbox.review.guard import is_loopback
    from digitbox.review.tokens import kept_token

    config = load().absolute()
    if (config.state / FILE).exists():
        Ledger(config.state).close()  # brings it to this version's form
    host, token = config.review.host, config.review.token
    with _listening(host, config.review.port) as listener:
        said = f"The pages are at {_address(host, listener.getsockname()[1])}"
        if token is None and not is_loopback(host):
            token, file = kept_token(config.state)
            said += f" with the token in {file}"  # which is not to stand in a log
        say(said)
        asyncio.run(_serve(load, token, listener, signals))


async def _serve(
    load: Callable[[], Config], token: str | None, listener: socket.socket, signals: Flags
) -> None:
    import uvicorn

    from digitbox.review import connections
    from digitbox.review.site import make

    most, most_waiting = connections.bounds()
    connections.Connection.most = most
    asyncio.get_running_loop().set_exception_handler(connections.quietly())

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield  # they are ours: the first one ends it, a second one does at once

    server = Server(
        uvicorn.Config(
            make(load, token, signals),
            http=connections.Connection,
            backlog=most_waiting,
            log_level="error",  # that somebody said what is no request is no news
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=LEAVE_SECONDS,
        )
    )

    async def watch() -> None:
        while not signals.stop:
            await asyncio.sleep(STOP_SECONDS)
        server.should_exit = True

    watching = asyncio.create_task(watch())
    await server.serve([listener])
    watching.cancel()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            f"`review.host`, `review.port`: {host}, {port} cannot be listened on: "
            f"{getattr(error, 'strerror', None) or error}. Give others with --host and --port."
        ) from error


def _address(host: str, port: int) -> str:
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
