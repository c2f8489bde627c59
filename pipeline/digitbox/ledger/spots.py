"""Accepted readings, drawn at random for people to check → how many of them are wrong."""

import sqlite3
from dataclasses import dataclass

from digitbox.ledger.pending import REASON, ROWS, UNDECIDED
from digitbox.ledger.rows import COLUMNS, to_row
from digitbox.records import Row

DRAWN = 50
"""Readings that are drawn at a time."""


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """How many accepted readings were ``drawn`` on a ``day`` (UTC, ISO 8601); how many of them a
    person has found to be ``right`` and ``wrong``, and how many are ``left`` to be looked at. In
    place of the rest something else was read before anybody had looked."""

    number: int
    day: str
    drawn: int
    right: int
    wrong: int
    left: int

    @property
    def checked(self) -> int:
        return self.right + self.wrong


_CANDIDATE = f"readings.status = 'accepted' AND {REASON} IS NOT 'reviewed' AND {UNDECIDED}"
"""That a reading is accepted, and no person has ever decided about it."""

_LAST = """
WITH RECURSIVE chain (spot_check, place, drawn, id) AS (
    SELECT spot_check, place, reading, reading FROM spot_readings
    WHERE spot_check = IFNULL(:spot_check, spot_check)
    UNION ALL
    SELECT spot_check, place, drawn, later.id
    FROM chain JOIN readings AS later ON later.replaces = chain.id
),
last AS (SELECT spot_check, place, drawn, MAX(id) AS id FROM chain GROUP BY spot_check, place)
"""
"""What stands now in place of each reading that was drawn, be it that one."""

_OUTCOME = """
CASE
    WHEN readings.reason IS 'reviewed' THEN
        CASE WHEN readings.status = 'accepted' AND readings.value IS drawn.value
        THEN 'right' ELSE 'wrong' END
    WHEN readings.status = 'accepted' AND readings.value IS drawn.value THEN 'left'
    ELSE 'replaced'
END
"""
"""What became of a reading that was drawn. One that a person found unreadable should not have been
accepted: it is wrong."""


def draw(connection: sqlite3.Connection, drawn_at: str) -> int | None:
    """Draw :data:`DRAWN` current accepted readings about which no person has decided yet, each as
    likely as any other, inside of a transaction. Returns the number of the spot check; None where
    there is no such reading. Where there are fewer, all of them are drawn."""
    drawn = connection.execute(
        f"SELECT readings.id FROM readings WHERE {_CANDIDATE} ORDER BY random() LIMIT ?", (DRAWN,)
    ).fetchall()
    if not drawn:
        return None
    number = connection.execute(
        "INSERT INTO spot_checks (drawn_at) VALUES (?)", (drawn_at,)
    ).lastrowid
    connection.executemany(
        "INSERT INTO spot_readings VALUES (?, ?, ?)",
        [(number, place, reading) for place, (reading,) in enumerate(drawn)],
    )
    return number


def spot_checks(connection: sqlite3.Connection) -> list[SpotCheck]:
    """All of them, the newest first."""
    counted = ", ".join(f"SUM({_OUTCOME} = '{outcome}')" for outcome in ("right", "wrong", "left"))
    found = connection.execute(
        f"{_LAST} SELECT spot_checks.id, date(drawn_at), COUNT(*), {counted} FROM last "
        "JOIN readings AS drawn ON drawn.id = last.drawn JOIN readings ON readings.id = last.id "
        "JOIN spot_checks ON spot_checks.id = spot_check "
        "GROUP BY spot_checks.id ORDER BY spot_checks.id DESC",
        {"spot_check": None},
    ).fetchall()
    return [SpotCheck(*columns) for columns in found]


def left_of(connection: sqlite3.Connection, tag: str, spot_check: int) -> list[tuple[int, Row]]:
    """What is left to be looked at of that spot check, by number, in the order of the draw. Left
    out is what somebody has just decided about."""
    found = connection.execute(
        f"{_LAST} SELECT batches.model, {COLUMNS} FROM {ROWS} JOIN last ON last.id = readings.id "
        "JOIN readings AS drawn ON drawn.id = last.drawn "
        f"WHERE {_OUTCOME} = 'left' AND {UNDECIDED} ORDER BY last.place",
        {"spot_check": spot_check},
    ).fetchall()
    return [(row[0], to_row(row, tag, model)) for model, *row in found]
