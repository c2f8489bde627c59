"""What a person decides → a request in the ledger, carried out by whoever holds the lock."""

from collections.abc import Callable
from dataclasses import dataclass

from digitbox.config import Config
from digitbox.engine.observer import Published
from digitbox.engine.requests import NO_ROWS, RETRY
from digitbox.engine.state import is_held
from digitbox.errors import LockError
from digitbox.ledger.database import FILE
from digitbox.ledger.decision import Decision, check
from digitbox.ledger.history import History
from digitbox.ledger.requests import DONE, REFUSED, REVIEW, Requests
from digitbox.service.requests import carry_out
from digitbox.signals import Flags


@dataclass(frozen=True, slots=True)
class Answer:
    """The number of the row that came of a decision, or why it was refused; of other requests
    neither."""

    row: int | None = None
    refused: str | None = None


class Decisions:
    """Puts decisions into the ledger of ``load``'s state folder, and has them carried out. For one
    thread; every method may raise :class:`TransientError` or :class:`LedgerError`."""

    def __init__(self, load: Callable[[], Config], signals: Flags) -> None:
        self._load = load
        self._signals = signals
        self._folder = load().absolute().state
        self._ledger: Requests | None = None  # held open: each opening checks the whole of it

    def ask(self, decision: Decision) -> int:
        """Note ``decision``, and return the request's number. Raises :class:`InputError` where it
        says what cannot be said of a reading."""
        with History(self._folder) as history:
            check(decision.says, history.reading(decision.reading))
        return self._opened().request(REVIEW, decision)

    def read_again(self, files: list[int]) -> int:
        """Ask that the files of these records be read again; returns the request's number."""
        return self._opened().request(RETRY, files)

    def draw(self) -> int | None:
        """Draw accepted readings for a spot check; returns its number, None where there are none
        that nobody has decided about."""
        if not (self._folder / FILE).exists():  # nothing was read yet
            return None
        return self._opened().draw()

    def carry_out(self) -> list[Published]:
        """Do what was asked for, and return what was published; where a service runs, it does
        that, within seconds, and nothing is returned."""
        done: list[Published] = []
        if is_held(self._folder):
            return done
        try:
            carry_out(self._load(), self._signals, lambda published, _: done.append(published))
        except LockError:  # another one was quicker, and does it
            return []
        return done

    def answer(self, request: int) -> Answer | None:
        """What came of a request; None while it is open."""
        with History(self._folder) as history:
            outcome = history.outcome(request)
        if outcome is None:
            return None
        if outcome.startswith(DONE):
            return Answer(row=int(outcome.removeprefix(DONE)))
        if outcome.startswith(REFUSED):
            return Answer(refused=outcome.removeprefix(REFUSED))
        if outcome == NO_ROWS:
            return Answer(refused="The original is not there any more, so it cannot be read again.")
        return Answer()

    def _opened(self) -> Requests:
        if self._ledger is None:
            self._ledger = Requests(self._folder)
        return self._ledger

    def close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()
