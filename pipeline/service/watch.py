"""The service: wake, look, read, rest; and what signals, requests and bad weather do to that."""

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Literal

from pipeline.config import Config
from pipeline.errors import ConfigError, DigitboxError, Weather
from pipeline.ledger.history import History
from pipeline.ledger.ledger import Ledger
from pipeline.ledger.requests import REVIEW
from pipeline.registry import mark, used
from pipeline.service.batches import Published
from pipeline.service.hook import Hook
from pipeline.service.lookout import Lookout
from pipeline.service.metrics import Metrics
from pipeline.service.parts import Parts, assemble
from pipeline.service.reports import counted
from pipeline.service.reread import REQUEST, reread
from pipeline.service.state import State, check_folders
from pipeline.service.status import Backlog, backlog
from pipeline.service.supervisor import Supervisor
from pipeline.signals import Flags

TURN_SECONDS = 0.5
"""The loop turns at least so often."""

TICK_SECONDS = 0.1
"""What goes on beside the reading is looked at no more often."""

LONGEST_PAUSE = 60.0
"""Seconds at most between two attempts in bad weather; the first is made after one."""

Mode = Literal["watch", "sweep", "requests"]

log = logging.getLogger(__name__)


class Service:
    """Reads what arrives in the inbox, until it is told to stop.

    With mode ``sweep`` until nothing is left to be read; with ``requests`` only what other commands
    asked for: then bad weather is not waited out but raised. ``load`` gives the configuration, and
    again when it is to be loaded anew. ``published`` hears of each batch, and how long it took.
    """

    def __init__(
        self,
        load: Callable[[], Config],
        signals: Flags,
        published: Callable[[Published, float], None],
        mode: Mode = "watch",
    ) -> None:
        self._load = load
        self._config = load().absolute()
        self._signals = signals
        self._tell = published
        self._mode = mode
        self._wake = threading.Event()
        self._metrics = Metrics()
        self._supervisor = Supervisor()
        self._hook: Hook | None = None
        self._ledger: Ledger | None = None
        self._parts: Parts | None = None
        self._repair_due = True
        self._asked = True
        self._mark = mark(self._config)
        self._is_promoted = False
        self._lookout = Lookout(self._config, self._wake.set if mode == "watch" else None)
        self._ticked = float("-inf")
        self._began = time.monotonic()
        self._stop_seen: float | None = None
        self._said_waiting = self._is_ready = False
        self._trouble: str | None = None
        self._delay = 0.0

    def run(self) -> None:
        """Work until there is nothing left to do, or a signal to stop. Raises
        :class:`DigitboxError` where a person has to do something first."""
        check_folders(self._config)
        with State(self._config.state, self._mode) as self._state:
            try:
                self._serve_metrics()
                while not self._is_over():
                    self._turn_in_any_weather()
                self._finish()
            except Exception as error:
                self._state.beat(now=True, last_error=str(error)[:1000])
                raise
            finally:
                self._close()

    @property
    def left(self) -> int:
        """How many files are left in the inbox because they are not complete or cannot be had."""
        return self._parts.inbox.waiting if self._parts else 0

    @property
    def skipped(self) -> dict[str, int]:
        """What was left alone, and why."""
        return dict(self._parts.inbox.skipped) if self._parts else {}

    def _turn_in_any_weather(self) -> None:
        try:
            self._turn()
        except Weather as error:
            if self._mode != "watch":
                raise
            self._pause(str(error))
        except DigitboxError:
            raise
        except Exception as error:  # an unattended loop goes on
            if self._mode != "watch":
                raise
            log.exception("this should not happen; trying again")
            self._pause(f"{type(error).__name__}: {error}")
        else:
            if self._trouble is not None:
                log.info("going on")
                self._trouble, self._delay = None, 0.0
                self._state.beat(now=True, trouble=None)

    def _turn(self) -> None:
        ledger, parts = self._open()
        if self._repair_due:
            self._repair(ledger, parts)
        self._say_ready()
        if self._signals.reload:
            parts = self._reload(ledger, parts)
        if self._is_promoted:
            parts = self._succeed(ledger, parts)
        self._tick()
        self._answer(ledger, parts)
        if self._mode == "requests":
            return
        self._lookout.look(parts.inbox)
        if (due := parts.batches.next_retirement()) is not None and due <= time.monotonic():
            parts.batches.retire()
        if parts.sweep.gather() or (self._mode == "sweep" and parts.sweep.waits() < float("inf")):
            self._state.beat(state="reading")
            begun = time.monotonic()
            parts.sweep.run(self._is_interrupted, self._tick_reading, self._deadline)
            self._metrics.spent("read", time.monotonic() - begun)
        else:
            self._state.beat(state="idle")
            self._rest(ledger, parts)

    def _open(self) -> tuple[Ledger, Parts]:
        """The ledger and the parts; made at first, or when bad weather has passed."""
        if self._ledger is None:
            self._ledger = Ledger(
                self._config.state,
                suspicious=not self._state.was_clean,
                expected=self._state.was_used,
            )
            self._state.beat(now=True)  # from now on there was a service
        if self._parts is None:
            self._parts = self._assemble(self._config, self._ledger)
            if self._config.on_batch:
                self._hook = Hook(self._config.on_batch, self._config.hook.seconds)
            if self._mode == "watch":
                log.info(
                    "reading what arrives in %s with model %s; results go to %s",
                    self._config.inbox,
                    self._parts.card.label,
                    self._config.outbox,
                )
            self._state.beat(now=True, model=self._parts.card.label)
        return self._ledger, self._parts

    def _assemble(self, config: Config, ledger: Ledger) -> Parts:
        return assemble(
            config,
            ledger,
            self._published,
            self._metrics.spent,
            self._tick,
            at_once=self._mode != "requests",  # decisions need no workers
        )

    def _repair(self, ledger: Ledger, parts: Parts) -> None:
        """Complete what a crash or bad weather has interrupted."""
        parts.sweep.drop()
        for published in parts.batches.publish_recorded():
            log.info("batch %s was recorded before, and is published now", published.batch.name)
            self._published(published, 0.0)
        ledger.rebase(str(self._config.inbox))
        parts.batches.retire()
        ledger.forget(
            source
            for source in ledger.claims()
            if not os.path.lexists(os.path.join(source.root, source.name))
        )
        self._repair_due = False
        self._asked = True  # that may have been interrupted, too
        self._lookout.is_due = True

    def _reload(self, ledger: Ledger, parts: Parts) -> Parts:
        """The parts of the configuration as it is now; the same ones where it will not do."""
        self._signals.reload = False
        try:
            config = self._load().absolute()
            if _folders(config) != _folders(self._config):
                raise ConfigError("the folders can only be changed by a restart")
            new = self._assemble(config, ledger)
        except DigitboxError as error:
            log.error("not reloaded, going on as before: %s", error)
            self._state.beat(now=True, last_error=str(error)[:1000])
            return parts
        if (config.on_batch, config.hook) != (self._config.on_batch, self._config.hook):
            self._close_hook()
            if config.on_batch:
                self._hook = Hook(config.on_batch, config.hook.seconds)
        if (config.metrics, config.watch.events) != (
            self._config.metrics,
            self._config.watch.events,
        ):
            log.warning("metrics.port and watch.events only change with a restart")
        self._config = config
        self._lookout.settings = config.watch
        log.info("reloaded: model %s", new.card.label)
        return self._taken(parts, new)

    def _succeed(self, ledger: Ledger, parts: Parts) -> Parts:
        """The parts with the model that was promoted; the same ones where it will not do."""
        self._is_promoted = False
        try:
            if str(used(self._config).absolute()) == parts.config.model:
                return parts
            new = self._assemble(self._config, ledger)
        except DigitboxError as error:
            log.error(
                "the promoted model is not taken, going on with %s: %s", parts.card.label, error
            )
            self._state.beat(now=True, last_error=str(error)[:1000])
            return parts
        log.info("the model is %s now, no longer %s", new.card.label, parts.card.label)
        return self._taken(parts, new)

    def _taken(self, old: Parts, new: Parts) -> Parts:
        """``new`` in the place of ``old``, between two batches: what was not read is found anew."""
        old.workers.stop()
        self._parts = new
        self._lookout.is_due = True
        self._state.beat(now=True, model=new.card.label)
        return new

    def _answer(self, ledger: Ledger, parts: Parts) -> None:
        """Do what other commands have asked for."""
        if not self._asked:
            return
        self._asked = False  # before: another one may come meanwhile
        for published in parts.batches.decide():
            self._published(published, 0.0)
        for request in ledger.requests():
            if request.kind == REVIEW:  # came meanwhile
                continue
            rows = 0
            if request.kind == REQUEST:
                with History(self._config.state) as history:
                    for published in reread(
                        request.argument, parts, history, self._tick, self._is_stopped
                    ):
                        rows += len(published.batch.rows)
                        self._published(published, 0.0)
            if self._is_stopped():  # gone on with at the next start
                return
            ledger.answered(request, f"{rows} rows")

    def _tick(self) -> None:
        """Called at least every half second where there is work, mostly more often: shows that the
        loop turns, and hears what is new."""
        now = time.monotonic()
        if now - self._ticked < TICK_SECONDS:
            return
        self._ticked = now
        if self._is_ready:
            self._supervisor.say("WATCHDOG=1")
        ledger, parts = self._ledger, self._parts
        if parts is not None:
            self._metrics.restarted(parts.workers.restarts)
            scanned, skipped = parts.inbox.scanned_at, dict(parts.inbox.skipped)
            if scanned is not None:
                self._metrics.scanned(scanned, skipped)
            self._state.beat(restarts=parts.workers.restarts, scanned=scanned, skipped=skipped)
        if ledger is not None and ledger.is_changed():
            self._asked = True
        if self._mode == "watch" and (found := mark(self._config)) != self._mark:
            self._mark, self._is_promoted = found, True
        if self._hook is not None and ledger is not None and parts is not None:
            self._hook.catch_up(ledger, parts.outbox)

    def _tick_reading(self) -> None:
        """The same, between batches."""
        self._tick()
        if self._ledger is None or self._parts is None:
            return
        self._lookout.look(self._parts.inbox)
        self._take_back(self._ledger, self._parts)

    def _take_back(self, ledger: Ledger, parts: Parts) -> None:
        """Retire anew what was retired and came back."""
        if back := parts.inbox.returned():
            ledger.returned(back)
            parts.batches.retire()

    def _rest(self, ledger: Ledger, parts: Parts) -> None:
        """Wait for events, or until something is due."""
        now = time.monotonic()
        seconds = min(
            TURN_SECONDS,
            parts.sweep.waits(),
            (parts.inbox.next_due() or float("inf")) - now,
            (parts.batches.next_retirement() or float("inf")) - now,
        )
        if self._mode == "sweep" and not self._said_waiting:
            rest = (parts.inbox.next_due() or now) - now
            if rest > 2 * self._config.watch.settle:
                self._said_waiting = True
                log.info(
                    "waiting for %s (%s): what does not decode may be incomplete, "
                    "and has watch.patience; %.0f s to go",
                    counted(parts.inbox.waiting, "file"),
                    ", ".join(parts.inbox.awaited()),
                    rest,
                )
        if seconds > 0:
            self._wake.wait(seconds)
        self._wake.clear()
        self._take_back(ledger, parts)

    def _pause(self, trouble: str) -> None:
        self._say_ready()
        if trouble != self._trouble:
            log.warning("paused: %s", trouble)
        self._trouble = trouble
        self._delay = min(max(1.0, 2 * self._delay), LONGEST_PAUSE)
        self._repair_due = True
        until = time.monotonic() + self._delay
        short = trouble[:1000]
        self._state.beat(now=True, state="paused", trouble=short, last_error=short)
        while time.monotonic() < until and not self._signals.stop:
            time.sleep(min(TURN_SECONDS, max(0.0, until - time.monotonic())))
            self._supervisor.say("WATCHDOG=1")
            self._state.beat()

    def _say_ready(self) -> None:
        """Once: the loop turns, be it in bad weather."""
        if not self._is_ready:
            self._is_ready = True
            self._supervisor.say("READY=1")

    def _published(self, published: Published, seconds: float) -> None:
        self._metrics.published(published.batch.rows)
        self._tell(published, seconds)

    def _is_stopped(self) -> bool:
        return self._signals.stop > 0

    def _is_interrupted(self) -> bool:
        signals = self._signals
        return bool(signals.stop or signals.reload or self._asked or self._is_promoted)

    def _is_over(self) -> bool:
        if self._signals.stop:
            return True
        if self._mode == "watch" or self._parts is None or self._repair_due:
            return False
        if self._mode == "requests":
            return not self._asked
        inbox, watch = self._parts.inbox, self._config.watch
        if self._lookout.is_due or inbox.is_scanning or self._parts.sweep.waits() < float("inf"):
            return False
        return not inbox.is_settling(self._began + 2 * watch.settle + watch.patience + 1)

    def _deadline(self) -> float:
        if not self._signals.stop:
            return float("inf")
        if self._stop_seen is None:
            self._stop_seen = time.monotonic()
        return self._stop_seen + self._config.shutdown.seconds

    def _finish(self) -> None:
        """End cleanly: what was not read is as new as it was."""
        self._supervisor.say("STOPPING=1")
        with contextlib.suppress(Weather):
            if self._ledger is not None and self._parts is not None:
                self._parts.sweep.drop()
                if self._hook is not None:
                    self._hook.catch_up(self._ledger, self._parts.outbox)
            self._close_hook()
        self._state.beat(now=True, state="stopped", trouble=None)

    def _close_hook(self) -> None:
        if self._hook is not None and self._ledger is not None:
            rest = self._config.shutdown.seconds
            if self._signals.stop:
                rest = max(1.0, self._deadline() - time.monotonic())
            self._hook.close(rest)
            for number in self._hook.told():
                self._ledger.reported(number)
            self._hook = None

    def _close(self) -> None:
        if self._parts is not None:
            self._parts.workers.stop()
        self._lookout.stop()
        self._metrics.close()
        if self._ledger is not None:
            self._ledger.close()

    def _serve_metrics(self) -> None:
        port = self._config.metrics.port
        if port is None or self._mode != "watch":
            return

        def ask_backlog() -> Backlog:
            with History(self._config.state) as history:
                return backlog(self._config, history)

        def is_healthy() -> bool:
            return time.monotonic() - self._state.pulse.beat <= self._config.health.seconds

        self._metrics.serve(port, ask_backlog, is_healthy)


def _folders(config: Config) -> tuple[object, ...]:
    originals = config.originals
    return config.inbox, config.outbox, config.state, originals.done, originals.failed
