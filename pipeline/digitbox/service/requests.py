"""What commands have asked for in the ledger → done, where no service runs that would do it."""

from digitbox.config import Config
from digitbox.service.runtime import Listener, Runtime
from digitbox.signals import Flags


def carry_out(config: Config, signals: Flags, listener: Listener) -> None:
    """Hold the state folder of ``config`` for as long as it takes. Decisions need no processes;
    these start where something is to be read again. Raises :class:`LockError` where another process
    holds the folder and does it, and :class:`DigitboxError`, transient errors among them."""
    with Runtime(config, "requests", signals, listener, starts_pool=False) as runtime:
        runtime.recover()
        while runtime.is_asked and not signals.stop:
            runtime.turn()
            runtime.answer()
