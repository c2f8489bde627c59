"""``digitbox batch`` without paths: reads what lies in the inbox, as the service does, then
ends."""

import logging
import time

from digitbox.config import Config
from digitbox.errors import TransientError
from digitbox.service.cycle import Cycle
from digitbox.service.reports import counted
from digitbox.service.runtime import Listener, Runtime
from digitbox.service.scanner import Scanner
from digitbox.signals import Flags

log = logging.getLogger(__name__)


class Sweep:
    """What is not complete yet is waited for, as far as it can be said until when."""

    def __init__(self, config: Config, signals: Flags, listener: Listener) -> None:
        self._signals = signals
        self._runtime = Runtime(config, "sweep", signals, listener)
        scanner = Scanner(self._runtime.config, None)
        self._cycle = Cycle(self._runtime, scanner, self._is_interrupted, waits_for_others=False)
        watch = self._runtime.config.watch
        self._longest = 2 * watch.settle + watch.patience + 1
        self._has_said = False

    @property
    def left(self) -> int:
        """How many files are left in the inbox because they are not complete or cannot be had."""
        return self._cycle.inbox.waiting if self._cycle.inbox else 0

    @property
    def blocked(self) -> dict[str, str]:
        """The first few of those that cannot be had, by name, and why."""
        return self._cycle.inbox.blocked()[1] if self._cycle.inbox else {}

    @property
    def skipped(self) -> dict[str, int]:
        """What was left alone, and why."""
        return dict(self._cycle.inbox.skipped) if self._cycle.inbox else {}

    def run(self) -> None:
        """Read until nothing is left to be read, or a signal to stop. Raises
        :class:`DigitboxError`, transient errors among them."""
        limit = time.monotonic() + self._longest
        with self._runtime:
            while not (self._signals.stop or self._is_done(limit)):
                if not self._cycle.turn():
                    self._rest()
            try:
                self._cycle.drop()
            except TransientError as error:  # the next start completes it
                log.warning("%s", error)

    def _is_done(self, limit: float) -> bool:
        inbox = self._cycle.inbox
        if inbox is None or self._cycle.scanner.is_due or inbox.is_scanning:
            return False
        return not (self._cycle.is_reading or inbox.is_settling(limit))

    def _is_interrupted(self) -> bool:
        return bool(self._signals.stop or self._runtime.is_asked)

    def _rest(self) -> None:
        if not self._has_said:
            self._say_awaited()
        if (seconds := self._cycle.idle_seconds()) > 0:
            time.sleep(seconds)

    def _say_awaited(self) -> None:
        inbox, now = self._cycle.inbox, time.monotonic()
        rest = (inbox.next_due() or now) - now if inbox else 0.0
        if inbox and rest > 2 * self._runtime.config.watch.settle:
            self._has_said = True
            log.info(
                "waiting for %s (%s): what does not decode may be incomplete, "
                "and has watch.patience; %.0f s to go",
                counted(inbox.waiting, "file"),
                ", ".join(inbox.awaited()),
                rest,
            )
