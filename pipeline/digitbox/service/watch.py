"""``digitbox watch``: reads what arrives in the inbox, until it is told to stop."""

import logging
import threading
import time
from collections.abc import Callable

from digitbox.config import Config
from digitbox.engine.backoff import next_delay
from digitbox.engine.state import brief
from digitbox.errors import ConfigError, DigitboxError, TransientError
from digitbox.ledger.history import History
from digitbox.models.registry import revision, used
from digitbox.service.cycle import TURN_SECONDS, Cycle
from digitbox.service.pause import Pause
from digitbox.service.runtime import Listener, Runtime
from digitbox.service.scanner import Scanner
from digitbox.service.status import Backlog, backlog
from digitbox.signals import Flags

log = logging.getLogger(__name__)


class Watch:
    """``load`` gives the configuration, and again when it is to be loaded anew. What fails for a
    transient error is tried again, later each time."""

    def __init__(self, load: Callable[[], Config], signals: Flags, listener: Listener) -> None:
        self._load = load
        self._signals = signals
        self._wake = threading.Event()
        self._runtime = Runtime(load(), "watch", signals, listener, pause=Pause())
        scanner = Scanner(self._runtime.config, self._wake.set)
        self._cycle = Cycle(self._runtime, scanner, self._is_interrupted)
        self._revision = revision(self._runtime.config)
        self._delay = 0.0
        self._trouble: str | None = None

    def run(self) -> None:
        """Work until a signal to stop. Raises :class:`DigitboxError` where a person has to do
        something first."""
        try:
            with self._runtime:
                self._serve_metrics()
                while not self._signals.stop:
                    self._turn()
                self._drop()
        finally:
            self._cycle.scanner.stop()

    def _turn(self) -> None:
        try:
            self._take_changes()
            has_read = self._cycle.turn()
        except TransientError as error:
            self._pause(str(error))
        except DigitboxError:
            raise
        except Exception as error:  # an unattended loop goes on
            log.exception("this should not happen; trying again")
            self._pause(f"{type(error).__name__}: {error}")
        else:
            self._go_on()
            if not has_read:
                self._rest()

    def _take_changes(self) -> None:
        """Go over to another configuration or model, where one came."""
        if not self._runtime.is_open:
            setup = self._runtime.engine.setup
            log.info(
                "reading what arrives in %s with model %s; results go to %s",
                setup.config.inbox,
                setup.card.label,
                setup.config.outbox,
            )
        if self._signals.reload:
            self._signals.reload = False
            self._reload()
        if (found := revision(self._runtime.config)) != self._revision:
            self._revision = found
            self._take_promoted()

    def _reload(self) -> None:
        former = self._runtime.config
        try:
            config = self._load().absolute()
            if _folders(config) != _folders(former):
                raise ConfigError("the folders can only be changed by a restart")
            self._runtime.replace(config)
        except DigitboxError as error:
            log.error("not reloaded, going on as before: %s", error)
            self._runtime.state.beat(now=True, last_error=brief(error))
            return
        if (config.metrics, config.watch.events) != (former.metrics, former.watch.events):
            log.warning("metrics.port and watch.events only change with a restart")
        self._cycle.scanner.settings = config.watch
        self._cycle.recovery_due = True  # what was kept may be to be moved now
        log.info("reloaded: model %s", self._runtime.engine.setup.card.label)

    def _take_promoted(self) -> None:
        setup = self._runtime.engine.setup
        try:
            if used(self._runtime.config).absolute() == setup.model:
                return
            self._runtime.replace(self._runtime.config)
        except DigitboxError as error:
            label = setup.card.label
            log.error("the promoted model is not taken, going on with %s: %s", label, error)
            self._runtime.state.beat(now=True, last_error=brief(error))
            return
        label = self._runtime.engine.setup.card.label
        log.info("the model is %s now, no longer %s", label, setup.card.label)

    def _is_interrupted(self) -> bool:
        signals, runtime = self._signals, self._runtime
        has_changed = signals.reload or revision(runtime.config) != self._revision
        return bool(signals.stop or has_changed or runtime.is_asked)

    def _rest(self) -> None:
        """Wait for events, or until something is due."""
        if (seconds := self._cycle.idle_seconds()) > 0:
            self._wake.wait(seconds)
        self._wake.clear()

    def _pause(self, trouble: str) -> None:
        runtime = self._runtime
        runtime.supervisor.ready()  # it turns, though it cannot work
        if trouble != self._trouble:
            log.warning("paused: %s", trouble)
        self._trouble, self._delay = trouble, next_delay(self._delay)
        self._cycle.recovery_due = True
        until, short = time.monotonic() + self._delay, brief(trouble)
        runtime.state.beat(now=True, state="paused", trouble=short, last_error=short)
        while (rest := until - time.monotonic()) > 0 and not self._signals.stop:
            time.sleep(min(TURN_SECONDS, rest))
            runtime.supervisor.alive()
            runtime.state.beat()

    def _go_on(self) -> None:
        if self._trouble is not None:
            log.info("going on")
            self._trouble, self._delay = None, 0.0
            self._runtime.state.beat(now=True, trouble=None)

    def _drop(self) -> None:
        try:
            self._cycle.drop()
        except TransientError as error:  # the next start completes it
            log.warning("%s", error)

    def _serve_metrics(self) -> None:
        runtime = self._runtime
        if (port := runtime.config.metrics.port) is None:
            return

        def ask_backlog() -> Backlog:
            with History(runtime.config.state) as history:
                return backlog(runtime.config, history)

        def is_healthy() -> bool:
            age = time.monotonic() - runtime.state.heartbeat.beat
            return age <= runtime.config.health.seconds

        runtime.metrics.serve(port, ask_backlog, is_healthy)


def _folders(config: Config) -> tuple[object, ...]:
    originals = config.originals
    return config.inbox, config.outbox, config.state, originals.done, originals.failed
