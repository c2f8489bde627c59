"""The ledger → what people said of readings and let stand: the truth, as far as it is known."""

import sqlite3
from dataclasses import dataclass

_STANDS = (
    "reviews.says NOT IN ('undo', 'unreadable') AND "
    "NOT EXISTS (SELECT 1 FROM reviews AS later WHERE later.reading = reviews.made)"
)
"""A decision that was neither undone nor decided anew, and by which it is known what is there."""


_REASON = (
    "COALESCE((SELECT first.reason FROM readings AS first WHERE first.id = this.duplicate_of), "
    "this.reason)"
)

_ACCEPTED = (
    "(WITH RECURSIVE before (status, reason, replaces) AS ("
    f"SELECT status, {_REASON}, replaces FROM readings AS this WHERE id = reviews.reading "
    f"UNION ALL SELECT this.status, {_REASON}, this.replaces FROM before "
    "JOIN readings AS this ON this.id = before.replaces WHERE before.reason IS 'reviewed') "
    "SELECT status = 'accepted' FROM before WHERE reason IS NOT 'reviewed')"
)
"""Whether what people decided about, perhaps more than once, was accepted before any of them did;
NULL where the ledger does not say."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a model guessed and how sure it was (None where it took it for none, unless this is a
    decision about a decision), and what a person said: a value, or None for none. ``day`` is that
    of the reading, UTC, ISO 8601; ``reason`` is its reason, of a duplicate the first one's.
    ``accepted``: the model was so sure of it that nobody was asked."""

    day: str
    model: str
    guess: str | None
    confidence: float | None
    truth: str | None
    reason: str | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """What a person said last about a page with one candidate: its value, or None for none.
    ``reading`` is the number of one that this was said of."""

    reading: int
    sha256: str
    page: int
    value: str | None


def verified(connection: sqlite3.Connection) -> list[Verified]:
    """What people decided and let stand about pages with one candidate or one number."""
    # Where a person has decided before, the value is that person's.
    first = "(SELECT reason FROM readings AS first WHERE first.id = readings.duplicate_of)"
    reason = f"COALESCE({first}, NULLIF(readings.reason, 'duplicate'))"
    value, confidence = (
        f"CASE WHEN {reason} IS NOT 'reviewed' "
        f"THEN readings.{column} ELSE COALESCE(json_extract(readings.alternatives, "
        f"'$[0].{likeliest}'), json_extract(readings.digits, '$[0].{column}')) END"
        for column, likeliest in (("value", "value"), ("confidence", "probability"))
    )
    found = connection.execute(
        f"SELECT date(batches.recorded_at), batches.model, CAST({value} AS TEXT) AS guess, "
        f"{confidence}, reviews.to_value, {reason}, {_ACCEPTED} FROM reviews "
        "JOIN readings ON readings.id = reviews.reading "
        "JOIN batches ON batches.id = readings.batch "
        f"WHERE {_STANDS} AND readings.field IS NULL "
        "AND json_array_length(readings.digits) IN (1, length(replace("
        "replace(replace(replace(guess, '.', ''), ',', ''), '-', ''), ' ', ''))) "
        "ORDER BY reviews.id"
    ).fetchall()
    return [
        Verified(day, model, guess, sure, truth, reason_, bool(accepted))
        for day, model, guess, sure, truth, reason_, accepted in found
    ]


def truths(connection: sqlite3.Connection) -> list[Truth]:
    """The same of pages with one candidate by content, each once, with the last word on it."""
    found = connection.execute(
        "SELECT reading, reviews.sha256, reviews.page, to_value, "
        "json_array_length(readings.digits) FROM reviews "
        "JOIN readings ON readings.id = reviews.reading "
        f"WHERE reviews.sha256 IS NOT NULL AND {_STANDS} ORDER BY reviews.id"
    ).fetchall()
    last = {columns[1:3]: columns for columns in found}  # whatever was seen of it
    return [Truth(*columns) for *columns, candidates in last.values() if candidates == 1]
