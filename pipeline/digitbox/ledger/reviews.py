"""What people decided → rows that replace those that they decided about, in batches of theirs."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from digitbox.errors import InputError
from digitbox.ledger.decision import UNDO, Decision, decided
from digitbox.ledger.entries import now
from digitbox.ledger.rechecks import Judge, Page, Replacements, recheck
from digitbox.ledger.rows import COLUMNS, to_row
from digitbox.records import Reading

_CHAIN = """
WITH RECURSIVE chain (id) AS (
    VALUES (?)
    UNION
    SELECT readings.id FROM readings JOIN chain ON readings.replaces = chain.id
    JOIN batches ON batches.id = readings.batch
    WHERE batches.kind = 'review'
    AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.made = readings.id)
    UNION
    SELECT reviews.made FROM chain JOIN readings ON readings.replaces = chain.id
    JOIN reviews ON reviews.reading = readings.id
    WHERE reviews.says = 'undo'
)
SELECT MAX(id) FROM chain
"""
"""The last row that says the same as one does, as far as people know."""


@dataclass(frozen=True, slots=True)
class _Target:
    """A reading, where it stands, and whose batch it is of."""

    number: int
    file: int
    sha256: str | None
    reading: Reading
    duplicate_of: int | None
    model: str
    fingerprint: str
    forms: str


def withdrawals(decisions: Mapping[int, Decision]) -> set[int]:
    """The requests among these, the oldest first, that come to nothing together: a decision, and
    the one that undoes it by its key."""
    keys = {decision.key: request for request, decision in decisions.items() if decision.key}
    found: set[int] = set()
    for request, decision in decisions.items():
        undone = keys.get(decision.undoes) if decision.says == UNDO else None
        if undone is None or undone >= request or undone in found:
            continue
        if decisions[undone].says != UNDO and decisions[undone].reading == decision.reading:
            found |= {undone, request}
    return found


class Reviews:
    """Carries decisions out, inside of a transaction, so that each is carried out once. Rows of one
    model and its settings make one batch, to be published in ``folder``."""

    def __init__(self, connection: sqlite3.Connection, tag: str, folder: str) -> None:
        self._connection = connection
        self._tag = tag
        self._replacements = Replacements(connection, tag, folder, now())
        self._pages: dict[Page, None] = {}

    @property
    def batches(self) -> list[int]:
        """The numbers of the batches that came of it."""
        return self._replacements.batches

    def recheck(self, judge: Judge) -> None:
        """Have ``judge`` weigh the pages of forms anew that something was decided about."""
        recheck(self._connection, self._replacements, self._pages, judge)

    def carry_out(self, decision: Decision, request: int, decided_at: str) -> int:
        """Write the row that follows from ``decision``, which ``request`` asks for, and return its
        number. Raises
        :class:`InputError` where that is refused: another row has replaced the one that it is
        about, say."""
        before, reading, duplicate_of = self._outcome(decision)
        provenance = before.model, before.fingerprint
        made = self._replacements.add(
            provenance, before.forms, before.file, reading, before.number, duplicate_of
        )
        if reading.field is not None:
            self._pages[before.file, reading.page] = None
        self._connection.execute(
            "INSERT INTO reviews (request, who, decided_at, says, reading, made, from_status, "
            "from_value, to_status, to_value, sha256, page, field) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                request,
                decision.who,
                decided_at,
                decision.says,
                self._seen(decision, before.number),
                made,
                before.reading.status.value,
                before.reading.value,
                reading.status.value,
                reading.value,
                before.sha256,
                reading.page,
                reading.field,
            ),
        )
        return made

    def _seen(self, decision: Decision, replaced: int) -> int:
        """The row that the person saw, where checks alone have replaced it; of a row there is one
        decision."""
        known = self._connection.execute(
            "SELECT 1 FROM reviews WHERE reading = ?", (decision.reading,)
        ).fetchone()
        return replaced if known or decision.says == UNDO else decision.reading

    def standing(self, reading: int) -> int:
        """The number of the row that stands for a reading that nobody has decided about. Raises
        :class:`InputError` where there is none."""
        number = self._current(reading)
        self._check_latest(number)
        return number

    def _outcome(self, decision: Decision) -> tuple[_Target, Reading, int | None]:
        """What is to be replaced, by what, and what that repeats."""
        if decision.says != UNDO:
            before = self._target(self._current(decision.reading))
            self._check_latest(before.number)
            return before, decided(before.reading, decision.says), None
        before = self._target(decision.reading)
        made = self._made(decision)
        if made is None or not _is_same(made, before):
            raise InputError("Nothing was decided about it that could be undone.")
        self._check_latest(made.number)
        return made, before.reading, before.duplicate_of

    def _made(self, undo: Decision) -> _Target | None:
        """The row that came of what is to be undone."""
        found = self._connection.execute(
            "SELECT made FROM reviews JOIN requests ON requests.id = reviews.request "
            "WHERE CASE WHEN ?2 = '' THEN reading = ?1 ELSE key = ?2 END",
            (undo.reading, undo.undoes),
        ).fetchone()
        return self._target(found[0]) if found else None

    def _target(self, number: int) -> _Target:
        found = self._connection.execute(
            f"SELECT readings.file, readings.duplicate_of, model, fingerprint, forms, {COLUMNS} "
            "FROM readings JOIN files ON files.id = file "
            "JOIN batches ON batches.id = readings.batch WHERE readings.id = ?",
            (number,),
        ).fetchone()
        if found is None:
            raise InputError("There is no such reading.")
        file, duplicate_of, model, fingerprint, forms, *columns = found
        row = to_row(columns, self._tag, model)
        return _Target(
            number, file, row.sha256, row.reading, duplicate_of, model, fingerprint, forms
        )

    def _check_latest(self, number: int) -> None:
        later = self._connection.execute(
            "SELECT readings.value, reviews.who, reviews.says FROM readings "
            "LEFT JOIN reviews ON reviews.made = readings.id WHERE readings.replaces = ?",
            (number,),
        ).fetchone()
        if later is None:
            return
        value, who, says = later
        if who is None:
            raise InputError("It was read again meanwhile.")
        if says == UNDO:
            raise InputError(f"{who} has undone that meanwhile.")
        raise InputError(f"{who} has decided meanwhile: {value or 'not a digit'}.")

    def _current(self, number: int) -> int:
        """The row that stands for that one where checks alone have replaced it since, or a decision
        and its undoing."""
        found = self._connection.execute(_CHAIN, (number,)).fetchone()
        return int(found[0])


def _is_same(one: _Target, other: _Target) -> bool:
    """Whether they are of one place of one file."""
    places = [(it.file, it.reading.page, it.reading.field) for it in (one, other)]
    return places[0] == places[1]
