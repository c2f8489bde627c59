"""What a person decides → a request in the ledger, carried out by whoever holds the lock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from digitbox.config import Config
from digitbox.engine.observer import Published
from digitbox.engine.requests import NO_ROWS, RETRY
from digitbox.engine.state import is_held
from digitbox.errors import InputError, LockError
from digitbox.ledger.database import FILE
from digitbox.ledger.decision import Decision, check
from digitbox.ledger.history import History
from digitbox.ledger.requests import DONE, REFUSED, REVIEW, Requests, Waiting, is_asked
from digitbox.service.requests import carry_out
from digitbox.signals import Flags


@dataclass(frozen=True, slots=True)
class Answer:
    """The number of the row that came of a decision, or why it was refused; of other requests
    neither."""

    row: int | None = None
    refused: str | None = None


class Decisions:
    """Puts decisions into the ledger of ``load``'s state folder, and has them carried out. Every
    method may raise :class:`TransientError` or :class:`LedgerError`. :meth:`carry_out` and
    :meth:`answers` are for any thread, the others for one."""

    def __init__(self, load: Callable[[], Config], signals: Flags) -> None:
        self._load = load
        self._signals = signals
        self._folder = load().absolute().state
        self._ledger: Requests | None = None  # held open: each opening checks the whole of it

    def ask(self, decision: Decision, ledger: str | None = None) -> int:
        """Note ``decision``, and return the request's number: of one with a key that of the first
        time. Raises :class:`InputError` where it says what cannot be said of a reading, or where
        the ids of the ledger's rows do not begin with ``ledger``: the reading with that number is
        another one there."""
        if ledger is not None and ledger != self._opened().tag:
            raise InputError(
                f"It was seen in another ledger ({ledger}): the state folder was replaced since."
            )
        with History(self._folder) as history:
            check(decision.says, history.reading(decision.reading))
        return self._opened().request(REVIEW, decision, decision.key or None)

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

    def waiting(self) -> Waiting:
        """What is to be carried out."""
        if self._ledger is None and not is_asked(self._folder):
            return Waiting()  # a look neither makes nor migrates a ledger
        return self._opened().waiting()

    def answer(self, request: int) -> Answer | None:
        """What came of a request; None while it is open."""
        return self.answers([request]).get(request)

    def answers(self, requests: Iterable[int]) -> dict[int, Answer]:
        """What came of those of ``requests`` that are done."""
        with History(self._folder) as history:
            outcomes = {request: history.outcome(request) for request in requests}
        return {
            request: _answer(outcome)
            for request, outcome in outcomes.items()
            if outcome is not None
        }

    def _opened(self) -> Requests:
        if self._ledger is None:
            self._ledger = Requests(self._folder)
        return self._ledger

    def close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()


def _answer(outcome: str) -> Answer:
    if outcome.startswith(DONE):
        return Answer(row=int(outcome.removeprefix(DONE)))
    if outcome.startswith(REFUSED):
        return Answer(refused=outcome.removeprefix(REFUSED))
    if outcome == NO_ROWS:
        return Answer(refused="The original is not there any more, so it cannot be read again.")
    return Answer()
