"""What every driver of the service works with: the state folder held, an engine, the hook; and what
it tells others of how it goes."""

import contextlib
import logging
import time
from collections.abc import Callable
from types import TracebackType

from digitbox.config import Config
from digitbox.engine.engine import Engine, assemble
from digitbox.engine.observer import Observer, Published
from digitbox.engine.requests import answer
from digitbox.engine.setup import Setup
from digitbox.engine.state import State, check_folders
from digitbox.errors import TransientError
from digitbox.service.hook import Hook
from digitbox.service.inbox import Inbox
from digitbox.service.metrics import Metrics
from digitbox.service.pause import Pause
from digitbox.service.supervisor import Supervisor
from digitbox.signals import Flags

TICK_SECONDS = 0.1
"""What goes on beside the reading is looked at no more often."""

Listener = Callable[[Published, float], None]
"""Hears of each batch, and how many seconds it took."""

log = logging.getLogger(__name__)


class Runtime(Observer):
    """Use it as a context manager: it holds the state folder of ``config`` from its beginning to
    its end. The engine and the ledger are opened when they are first asked for."""

    def __init__(
        self,
        config: Config,
        command: str,
        signals: Flags,
        listener: Listener,
        starts_pool: bool = True,
        pause: Pause | None = None,
    ) -> None:
        """``command`` is what others are told that is at work; unless it ``starts_pool``, the
        processes start with the first file. Decisions wait for a ``pause``; without one, they are
        carried out at once."""
        self.config = config.absolute()
        self.signals = signals
        self.metrics = Metrics()
        self.supervisor = Supervisor()
        self.inbox: Inbox | None = None
        """What is told of when and how it was scanned."""
        self._has_news = True
        self._pause = pause or Pause(0.0, 0.0)
        self._command = command
        self._listener = listener
        self._starts_pool = starts_pool
        self._engine: Engine | None = None
        self._hook: Hook | None = None
        self._ticked = self._stop_seen = float("-inf")

    def __enter__(self) -> "Runtime":
        check_folders(self.config)
        with contextlib.ExitStack() as stack:
            self.state = stack.enter_context(State(self.config.state, self._command))
            stack.callback(self.metrics.close)
            stack.callback(self._stop_engine)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        finally:
            self._stack.__exit__(kind, error, trace)

    @property
    def is_open(self) -> bool:
        """Whether there is an engine."""
        return self._engine is not None

    @property
    def is_asked(self) -> bool:
        """Whether another command may have asked for something that is due."""
        return self._has_news or self.due_seconds() <= 0

    def due_seconds(self) -> float:
        """In how many seconds decisions of people are to be carried out."""
        return self._pause.seconds()

    @property
    def engine(self) -> Engine:
        """The engine of the configuration in force."""
        if self._engine is None:
            self._engine = self._assemble(self.config)
            self._hook = _hook_of(self.config)
            self.state.beat(now=True, model=self._engine.setup.card.label)
        return self._engine

    def replace(self, config: Config) -> None:
        """Go over to ``config``, or to the model that was promoted for it, between two batches.
        Raises :class:`DigitboxError` where it does not serve: then all stays as it was."""
        new = self._assemble(config)
        if (config.on_batch, config.hook) != (self.config.on_batch, self.config.hook):
            self._close_hook()
            self._hook = _hook_of(config)
        self._stop_engine()
        self._engine, self.config = new, config
        self.state.beat(now=True, model=new.setup.card.label)

    def recover(self) -> None:
        """Complete what a crash or a transient error has interrupted."""
        for published in self.engine.recover(self.config.inbox):
            log.info("batch %s was recorded before, and is published now", published.batch.name)
        self._has_news = True  # that may have been interrupted, too

    def answer(self) -> None:
        """Do what other commands have asked for, as far as it is due."""
        if self._has_news:
            self._has_news = False  # before: another one may come meanwhile
            self._pause.notice(self.engine.ledger.waiting())
        if self.due_seconds() <= 0:
            answer(self.engine, self, self.is_stopped)
            self._pause.notice(self.engine.ledger.waiting())

    def is_stopped(self) -> bool:
        return self.signals.stop > 0

    def deadline(self) -> float:
        """By when, by the monotonic clock, what is in flight has to be finished."""
        if not self.signals.stop:
            return float("inf")
        if self._stop_seen == float("-inf"):
            self._stop_seen = time.monotonic()
        return self._stop_seen + self.config.shutdown.seconds

    def published(self, published: Published, seconds: float) -> None:
        self.metrics.published(published.batch.rows)
        self._listener(published, seconds)

    def spent(self, stage: str, seconds: float) -> None:
        self.metrics.spent(stage, seconds)

    def turn(self) -> None:
        """Called at least every half second where there is work, mostly more often: shows that the
        loop turns, and hears what is new."""
        now = time.monotonic()
        if now - self._ticked < TICK_SECONDS:
            return
        self._ticked = now
        self.supervisor.alive()
        engine = self._engine
        if engine is None:
            return
        self.metrics.restarted(engine.pool.restarts)
        self.state.beat(restarts=engine.pool.restarts)
        self._tell_of_inbox()
        if engine.ledger.is_changed():
            self._pause.notice(engine.ledger.waiting())
        if self._hook is not None:
            self._hook.catch_up(engine.ledger, engine.outbox)

    def _tell_of_inbox(self, now: bool = False) -> None:
        if self.inbox is None or self.inbox.scanned_at is None:
            return
        skipped = dict(self.inbox.skipped)
        number, blocked = self.inbox.blocked()
        self.metrics.scanned(self.inbox.scanned_at, skipped)
        self.state.beat(
            now=now,
            scanned=self.inbox.scanned_at,
            skipped=skipped,
            blocked_files=number,
            blocked=blocked,
        )

    def _assemble(self, config: Config) -> Engine:
        ledger = self.state.ledger  # first: nothing is made of a configuration without it
        engine = assemble(Setup.of(config), ledger, self)
        if self._starts_pool:
            try:
                engine.pool.start()
            except BaseException:
                engine.stop()
                raise
        return engine

    def _finish(self) -> None:
        self.supervisor.say("STOPPING=1")
        self._tell_of_inbox(now=True)  # of the last scan, too
        with contextlib.suppress(TransientError):
            if self._engine is not None and self._engine.ledger.waiting().last:
                self._engine.batches.decide()  # what would wait for others
            if self._hook is not None and self._engine is not None:
                self._hook.catch_up(self._engine.ledger, self._engine.outbox)
            self._close_hook()

    def _close_hook(self) -> None:
        if self._hook is not None and self._engine is not None:
            rest = self.config.shutdown.seconds
            if self.signals.stop:
                rest = max(1.0, self.deadline() - time.monotonic())
            self._hook.close(rest)
            for number in self._hook.finished():
                self._engine.ledger.reported(number)
            self._hook = None

    def _stop_engine(self) -> None:
        if self._engine is not None:
            self._engine.stop()


def _hook_of(config: Config) -> Hook | None:
    return Hook(config.on_batch, config.hook.seconds) if config.on_batch else None
