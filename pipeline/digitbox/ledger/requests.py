"""What other commands ask of whoever holds the lock → the ledger, and what came of it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from digitbox.errors import InputError
from digitbox.ledger.database import FILE, connect, connect_reading, reporting, transaction
from digitbox.ledger.decision import UNDO, Decision
from digitbox.ledger.entries import now
from digitbox.ledger.rechecks import Judge, Replacements, recheck
from digitbox.ledger.reviews import Reviews, withdrawals
from digitbox.ledger.spots import draw

REVIEW = "review"
"""The kind of a request to carry out a :class:`Decision`."""

DONE, REFUSED = "row ", "refused: "
"""How the outcome of such a request begins: the number of the row that it made, or why it did not,
follows."""

WITHDRAWN = "withdrawn"
"""The outcome of one that was undone before it was carried out: nothing came of it."""

_WAITING = """
WITH open AS (
    SELECT id, kind, key, json_extract(argument, '$.reading') AS reading,
        json_extract(argument, '$.says') AS says, json_extract(argument, '$.undoes') AS undoes
    FROM requests WHERE done_at IS NULL
)
SELECT MIN(id) FILTER (WHERE kind = 'review'), MAX(id) FILTER (WHERE kind = 'review'), TOTAL(
    kind != 'review'
    OR (says = 'undo' AND IFNULL(undoes, '') NOT IN (SELECT key FROM open WHERE key IS NOT NULL))
    OR reading IN (SELECT readings.id FROM readings WHERE readings.id = open.reading
        AND reason = 'check_failed')
) > 0 FROM open
"""


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    kind: str
    argument: Any
    made_at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was asked for and is not done. ``first`` and ``last`` are the numbers of decisions, None
    where there are none. ``is_urgent``: somebody waits for what comes of it. Files are to be read
    again, something that was carried out is to be undone, or other fields depend on one of a
    check."""

    first: int | None = None
    last: int | None = None
    is_urgent: bool = False


class Requests:
    """The ledger in ``folder``, see :func:`digitbox.ledger.database.connect`. Every method may
    raise :class:`TransientError` or :class:`LedgerError`."""

    def __init__(self, folder: Path, suspicious: bool = False, expected: bool = False) -> None:
        self.folder = folder
        self._file = folder / FILE
        self._connection = connect(folder, suspicious, expected)
        self.tag: str = self._one("SELECT uuid FROM ledger").replace("-", "")[:12]
        self._data_version = self._one("PRAGMA data_version")

    def close(self) -> None:
        self._connection.close()

    def request(self, kind: str, argument: Any, key: str | None = None) -> int:
        """Ask whoever holds the lock to do something; returns the request's number. What was asked
        for with the same ``key`` before is not asked for twice: the number is that of then. Raises
        :class:`InputError` where that was something else."""
        text = msgspec.json.encode(argument).decode()
        with self._transaction():
            known = (
                key
                and self._connection.execute(
                    "SELECT id, kind, argument FROM requests WHERE key = ?", (key,)
                ).fetchone()
            )
            if not known:
                return self._insert(
                    "INSERT INTO requests (kind, argument, made_at, key) VALUES (?, ?, ?, ?)",
                    (kind, text, now(), key),
                )
            if known[1:] != (kind, text):
                raise InputError(f"{key}: something else was asked for by that name.")
            return int(known[0])

    def waiting(self) -> Waiting:
        """What was asked for and is not done, in short."""
        first, last, is_urgent = self._all(_WAITING)[0]
        return Waiting(first, last, bool(is_urgent))

    def requests(self) -> list[Request]:
        """What was asked for and is not done, the oldest first."""
        found = self._all(
            "SELECT id, kind, argument, made_at FROM requests WHERE done_at IS NULL ORDER BY id"
        )
        return [
            Request(number, kind, msgspec.json.decode(text), made_at)
            for number, kind, text, made_at in found
        ]

    def decide(self, folder: str, judge: Judge) -> list[int]:
        """Carry out what people have decided, all of it or, after a crash, nothing, and answer each
        request, with :data:`DONE`, :data:`REFUSED` or :data:`WITHDRAWN`. What stands beside it on
        pages of forms is weighed anew by ``judge``. Returns the numbers of the batches that came of
        it, to be published in ``folder``."""
        requests = [request for request in self.requests() if request.kind == REVIEW]
        if not requests:
            return []
        with self._transaction():
            reviews = Reviews(self._connection, self.tag, folder)
            decisions: dict[int, Decision] = {}
            for request in requests:
                try:
                    decisions[request.id] = msgspec.convert(request.argument, Decision)
                except msgspec.ValidationError as error:
                    self.answered(request, f"{REFUSED}{error}")
            withdrawn = withdrawals(decisions)
            for request in requests:
                if decision := decisions.get(request.id):
                    is_withdrawn = request.id in withdrawn
                    self.answered(request, _outcome(reviews, request, decision, is_withdrawn))
            reviews.recheck(judge)
        return reviews.batches

    def draw(self) -> int | None:
        """Draw accepted readings for a spot check; returns its number, see :func:`spots.draw`."""
        with self._transaction():
            return draw(self._connection, now())

    def rematch(
        self, form: str, after: int, limit: int, folder: str, judge: Judge
    ) -> tuple[int, list[int]]:
        """Have ``judge`` weigh the pages of ``form`` anew in the next ``limit`` files ``after`` the
        record with that number. Returns the number of the last one, 0 where there are no more, and
        those of the batches that came of it, to be published in ``folder``."""
        files = self._all(
            "SELECT DISTINCT file FROM readings WHERE form = ? AND field IS NOT NULL AND file > ? "
            "ORDER BY file LIMIT ?",
            (form, after, limit),
        )
        with self._transaction():
            replacements = Replacements(self._connection, self.tag, folder, now())
            for (file,) in files:
                pages = self._all(
                    "SELECT DISTINCT file, page FROM readings WHERE file = ?", (file,)
                )
                recheck(self._connection, replacements, pages, judge)
        return files[-1][0] if files else 0, replacements.batches

    def answered(self, request: Request, outcome: str) -> None:
        self._execute(
            "UPDATE requests SET done_at = ?, outcome = ? WHERE id = ?",
            (now(), outcome, request.id),
        )

    def is_changed(self) -> bool:
        """Whether another process has written since this was last asked."""
        before, self._data_version = self._data_version, self._one("PRAGMA data_version")
        return bool(before != self._data_version)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with reporting(self._file), transaction(self._connection):
            yield

    def _execute(self, query: str, values: Sequence[Any] = ()) -> None:
        with reporting(self._file):
            self._connection.execute(query, values)

    def _insert(self, query: str, values: Sequence[Any]) -> int:
        return self._connection.execute(query, values).lastrowid or 0

    def _all(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with reporting(self._file):
            return self._connection.execute(query, values).fetchall()

    def _one(self, query: str) -> Any:
        return self._all(query)[0][0]


def is_asked(folder: Path) -> bool:
    """Whether something was asked for in the ledger in ``folder`` that is not done. Reads only: no
    ledger is made or migrated."""
    connection = connect_reading(folder)
    if connection is None:
        return False
    with closing(connection), reporting(folder / FILE):
        query = "SELECT EXISTS (SELECT 1 FROM requests WHERE done_at IS NULL)"
        return bool(connection.execute(query).fetchone()[0])


def _outcome(reviews: Reviews, request: Request, decision: Decision, is_withdrawn: bool) -> str:
    """What comes of a decision. Of one that is undone before it is carried out nothing does, and
    what stood before goes on standing."""
    try:
        if is_withdrawn and decision.says == UNDO:
            return f"{DONE}{reviews.standing(decision.reading)}"
        if is_withdrawn:
            return WITHDRAWN
        return f"{DONE}{reviews.carry_out(decision, request.id, request.made_at)}"
    except (InputError, OverflowError) as error:
        return f"{REFUSED}{error}"
