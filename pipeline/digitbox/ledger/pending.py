"""The ledger → what needs a person: of which kind, how much of each, and in which order."""

import sqlite3
from enum import StrEnum

from digitbox.ledger.rows import COLUMNS, to_row
from digitbox.records import Reading, Reason, Row, Status


class Kind(StrEnum):
    """Why a person should look at a reading."""

    REVIEW = "review"
    CHECK_FAILED = "check_failed"
    MISALIGNED = "misaligned"
    PAGE_MISSING = "page_missing"
    PAGE_DOUBLED = "page_doubled"
    NOT_DIGIT = "not_digit"
    FAILED = "failed"


COUNTED = {
    Kind.REVIEW: "not sure",
    Kind.CHECK_FAILED: "of checks that fail",
    Kind.MISALIGNED: "misaligned",
    Kind.PAGE_MISSING: "missing pages",
    Kind.PAGE_DOUBLED: "doubled pages",
    Kind.NOT_DIGIT: "not a digit",
    Kind.FAILED: "failed",
}
"""The kinds, as people are told of them after a number."""

ORDER = (Status.REVIEW, Status.NOT_DIGIT, Status.FAILED)
"""Statuses of what needs a person, in the order in which it is shown."""

START = (-1, -1.0, 0)
"""Comes before everything that needs a person."""

LATEST = "NOT EXISTS (SELECT 1 FROM readings AS later WHERE later.replaces = readings.id)"

ROWS = "readings JOIN batches ON batches.id = readings.batch JOIN files ON files.id = readings.file"

UNDECIDED = (
    f"{LATEST} AND readings.id NOT IN (SELECT reading FROM (SELECT MAX(id), "
    "json_extract(argument, '$.reading') AS reading, json_extract(argument, '$.says') AS says "
    "FROM requests WHERE done_at IS NULL AND kind = 'review' GROUP BY reading) "
    "WHERE says != 'undo')"
)
"""What was neither replaced nor just decided about; that is, if the decision was not undone."""

OPEN = f"readings.status = 'review' AND {UNDECIDED}"
"""What is in review, and nobody has decided about."""

REPLACING = (
    "(WITH RECURSIVE chain (id) AS (VALUES (?) UNION SELECT readings.id FROM "
    "readings JOIN chain ON readings.replaces = chain.id) SELECT id FROM chain)"
)
"""A reading, and those that have replaced it since, one after the other."""

REASON = (
    "COALESCE((SELECT first.reason FROM readings AS first WHERE first.id = readings.duplicate_of), "
    "NULLIF(readings.reason, 'duplicate'), '')"
)
"""Of a duplicate, the reason of the row that it repeats."""

_BY_REASON = {
    Reason.CHECK_FAILED: Kind.CHECK_FAILED,
    Reason.MISALIGNED: Kind.MISALIGNED,
    Reason.PAGE_MISSING: Kind.PAGE_MISSING,
    Reason.PAGE_DOUBLED: Kind.PAGE_DOUBLED,
}
"""Kinds of what is in review for that reason; they have its name."""

_REASONS = ", ".join(f"'{reason.value}'" for reason in _BY_REASON)

_KIND = (
    "CASE WHEN readings.status IN ('not_digit', 'failed') THEN readings.status "
    f"WHEN {REASON} IN ({_REASONS}) THEN {REASON} ELSE 'review' END"
)

_RANK = "CASE readings.status WHEN 'review' THEN 0 WHEN 'not_digit' THEN 1 ELSE 2 END"

_SURE = "IFNULL(readings.confidence, 0.0)"

_NEEDED = (
    f"(readings.status IN ('review', 'failed') OR (readings.status = 'not_digit' AND {REASON} "
    f"NOT IN ('reviewed', 'other_page'))) AND {UNDECIDED}"
)


def kind_of(reading: Reading) -> Kind:
    """Of which kind a reading is that needs a person, unless it is a duplicate."""
    if reading.status in (Status.NOT_DIGIT, Status.FAILED):
        return Kind(reading.status.value)
    return _BY_REASON.get(reading.reason, Kind.REVIEW) if reading.reason else Kind.REVIEW


def pending(
    connection: sqlite3.Connection,
    tag: str,
    kind: Kind | None,
    after: tuple[int, float, int],
    limit: int,
) -> list[tuple[int, Kind, Row]]:
    """What needs a person, all of it or that of one ``kind``, by number: what was read in doubt,
    the least certain first, then what is no digit, then what failed. ``after`` is the place in
    :data:`ORDER` of a status, a confidence and a number."""
    found = connection.execute(
        f"SELECT {_KIND}, batches.model, {COLUMNS} FROM {ROWS} WHERE {_NEEDED} "
        f"AND {_KIND} = IFNULL(?, {_KIND}) AND ({_RANK}, {_SURE}, readings.id) > (?, ?, ?) "
        f"ORDER BY {_RANK}, {_SURE}, readings.id LIMIT ?",
        (kind, *after, limit),
    ).fetchall()
    return [(row[0], Kind(of), to_row(row, tag, model)) for of, model, *row in found]


def left(connection: sqlite3.Connection) -> dict[Kind, int]:
    """How much there is of each kind, in the order of kinds; none without any."""
    found = dict(
        connection.execute(
            f"SELECT {_KIND}, COUNT(*) FROM readings WHERE {_NEEDED} GROUP BY 1"
        ).fetchall()
    )
    return {kind: found[kind] for kind in Kind if kind in found}
