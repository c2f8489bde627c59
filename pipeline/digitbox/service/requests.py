"""What commands ask for in the ledger → done, where no service runs that would do it."""

from dataclasses import dataclass
from typing import Any

from digitbox.config import Config
from digitbox.engine.observer import Published
from digitbox.engine.state import is_held
from digitbox.errors import LockError
from digitbox.ledger.requests import Requests
from digitbox.records import Row
from digitbox.service.runtime import Listener, Runtime
from digitbox.signals import Flags


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a request: the ``rows`` that were published; nothing where a service that runs
    ``is_asked`` to do it, and a part where it ``is_stopped`` before the end."""

    rows: tuple[Row, ...] = ()
    is_asked: bool = False
    is_stopped: bool = False


def ask(config: Config, signals: Flags, kind: str, argument: Any) -> Outcome:
    """Note a request, and have it carried out."""
    rows: list[Row] = []

    def add(published: Published, _: float) -> None:
        rows.extend(published.batch.rows)

    ledger = Requests(config.state)
    try:
        asked = ledger.request(kind, argument)
        if is_held(config.state):
            return Outcome(is_asked=True)
        try:
            carry_out(config, signals, add)
        except LockError:  # another one was quicker, and does it
            return Outcome(is_asked=True)
        is_open = asked in (one.id for one in ledger.requests())
    finally:
        ledger.close()
    return Outcome(tuple(rows), is_stopped=bool(signals.stop) and is_open)


def carry_out(config: Config, signals: Flags, listener: Listener) -> None:
    """Hold the state folder of ``config`` for as long as it takes. Decisions need no processes;
    these start where something is to be read again. Raises :class:`LockError` where another process
    holds the folder and does it, and :class:`DigitboxError`, transient errors among them."""
    with Runtime(config, "requests", signals, listener, starts_pool=False) as runtime:
        runtime.recover()
        while runtime.is_asked and not signals.stop:
            runtime.turn()
            runtime.answer()
