"""The ledger → where originals lie, and what was read on their pages."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from digitbox.ledger.pending import LATEST, OPEN, ROWS
from digitbox.ledger.rows import COLUMNS, to_forms, to_row, to_source
from digitbox.records import Reading, Row, Source

LIES = "place IN ('inbox', 'done', 'failed')"
"""That an original is put away, and where is known."""

_ARRIVED = "place IS NULL AND previous IS NULL"
"""That an original was not put away yet, nor ever before."""

_CHAIN = (
    "(WITH RECURSIVE chain (id) AS (VALUES (?) UNION SELECT files.id FROM "
    "files JOIN chain ON files.previous = chain.id) SELECT id FROM chain)"
)
"""The record of a file, and those of the same file that was read again since."""


@dataclass(frozen=True, slots=True)
class Lying:
    """An original: ``file`` is its record's number, ``form`` its form. ``place`` is None as long as
    it is not put away."""

    file: int
    source: Source
    place: str | None
    batch: str
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that can be shown: where its original lies, what was in it, and what was read."""

    lying: Lying
    sha256: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class FieldRow:
    """The latest row of a field of a form, and its number. ``is_open``: it is in review, and nobody
    has decided about it."""

    number: int
    row: Row
    is_open: bool


def lying(connection: sqlite3.Connection, condition: str, values: Sequence[object]) -> list[Lying]:
    """The originals of the records of which ``condition`` holds, the newest first."""
    found = connection.execute(
        "SELECT files.id, root, files.name, place, batches.name, files.form FROM files "
        f"JOIN batches ON batches.id = batch WHERE {condition} ORDER BY files.id DESC",
        values,
    ).fetchall()
    return [Lying(number, to_source(root, name), *rest) for number, root, name, *rest in found]


def shown(connection: sqlite3.Connection, tag: str, reading: int) -> Shown | None:
    """Where the page of that reading can be seen; None where its original is not kept. One that is
    not put away yet is still where it was found, for a moment."""
    found = connection.execute(
        f"SELECT file, {COLUMNS} FROM readings JOIN files ON files.id = file "
        "WHERE readings.id = ? AND sha256 IS NOT NULL",
        (reading,),
    ).fetchone()
    if found is None:
        return None
    file, row = found[0], to_row(found[1:], tag, "")
    # A file that was read again since lies where that has left it.
    its = lying(connection, f"({_ARRIVED} OR {LIES}) AND files.id IN {_CHAIN}", (file,))
    return Shown(its[0], row.sha256 or "", row.reading) if its else None


def fields(connection: sqlite3.Connection, tag: str, reading: int) -> list[FieldRow]:
    """The latest rows of all fields that the page of that reading has, in the order of the form's
    template; none where it is of no form."""
    found = connection.execute(
        "SELECT file, page, form, forms FROM readings "
        "JOIN batches ON batches.id = readings.batch WHERE readings.id = ?",
        (reading,),
    ).fetchone()
    if found is None or found[2] is None:
        return []
    file, page, form, forms = found
    rows = connection.execute(
        f"SELECT {OPEN}, batches.model, {COLUMNS} FROM {ROWS} WHERE readings.file IN "
        f"{_CHAIN} AND page = ? AND readings.form = ? AND field IS NOT NULL AND {LATEST} "
        "ORDER BY readings.id",
        (file, page, form),
    ).fetchall()
    made = [
        FieldRow(columns[0], to_row(columns, tag, model), bool(is_open))
        for is_open, model, *columns in rows
    ]
    names = [name for one in to_forms(forms) if one.form == form for name in one.fields]
    order = {name: place for place, name in enumerate(names)}
    return sorted(made, key=lambda one: order.get(one.row.reading.field or "", len(order)))
