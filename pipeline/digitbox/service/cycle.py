"""The turns of a driver of the service: what was asked for, what arrived, what is to be
archived."""

import time
from collections.abc import Callable

from digitbox.engine.engine import Engine
from digitbox.engine.stream import Stream
from digitbox.service.inbox import Inbox
from digitbox.service.runtime import Runtime
from digitbox.service.scanner import Scanner

TURN_SECONDS = 0.5
"""A driver turns at least so often."""


class Cycle:
    """One turn after another, each of which may raise :class:`TransientError`. What
    ``is_interrupted`` says yes to is done in the next turn: what is in flight is finished first."""

    def __init__(
        self,
        runtime: Runtime,
        scanner: Scanner,
        is_interrupted: Callable[[], bool],
        waits_for_others: bool = True,
    ) -> None:
        """``waits_for_others``: whether what is ready waits ``batch.wait`` seconds for more."""
        self.scanner = scanner
        self.recovery_due = True
        """Whether a crash or a transient error may have left something to be completed."""
        self._runtime = runtime
        self._is_interrupted = is_interrupted
        self._waits_for_others = waits_for_others
        self._engine: Engine | None = None
        self._inbox: Inbox
        self._stream: Stream

    def turn(self) -> bool:
        """Do what is due, and say whether that was anything to be read."""
        runtime = self._runtime
        engine = runtime.engine
        if engine is not self._engine:
            self._adopt(engine)
        if self.recovery_due:
            self._stream.drop()
            runtime.recover()
            self.recovery_due, self.scanner.is_due = False, True
        runtime.supervisor.ready()
        runtime.turn()
        runtime.answer()
        self.scanner.update(self._inbox)
        due = engine.batches.next_archiving()
        if due is not None and due <= time.monotonic():
            engine.batches.archive()
        if self._stream.gather() or (not self._waits_for_others and self.is_reading):
            runtime.state.beat(state="reading")
            begun = time.monotonic()
            self._stream.run(self._is_interrupted, self._between_turns, runtime.deadline)
            runtime.spent("read", time.monotonic() - begun)
            return True
        runtime.state.beat(state="idle")
        self.take_back()
        return False

    @property
    def inbox(self) -> Inbox | None:
        """What arrives where; None before the first turn."""
        return self._inbox if self._engine else None

    @property
    def is_reading(self) -> bool:
        """Whether there are files that were gathered and are not read."""
        return self._stream.waits() < float("inf")

    def idle_seconds(self) -> float:
        """For how long there is nothing to do, unless something happens."""
        assert self._engine is not None  # there was a turn
        now = time.monotonic()
        return min(
            TURN_SECONDS,
            self._runtime.due_seconds(),
            self._stream.waits(),
            (self._inbox.next_due() or float("inf")) - now,
            (self._engine.batches.next_archiving() or float("inf")) - now,
        )

    def take_back(self) -> None:
        """Archive anew what was archived and came back."""
        if self._engine is not None and (back := self._inbox.returned()):
            self._engine.ledger.returned(back)
            self._engine.batches.archive()

    def drop(self) -> None:
        """Leave what was not read as new as it was."""
        if self._engine is not None:
            self._stream.drop()

    def _adopt(self, engine: Engine) -> None:
        """Work with ``engine``, in the place of the one before: what that has not read is found
        anew."""
        inbox = Inbox(engine.setup.config, engine.ledger)
        self._stream = engine.stream(inbox)
        self._engine, self._inbox, self._runtime.inbox = engine, inbox, inbox
        self.scanner.is_due = True

    def _between_turns(self) -> None:
        self._runtime.turn()
        self.scanner.update(self._inbox)
        self.take_back()
