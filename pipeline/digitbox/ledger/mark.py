"""A file beside the ledger that says how far it had come: to notice one that is older than that.

A copy without its ``-wal``, or a backup of the file alone, is whole as far as SQLite can tell. What
it does not know of was published, and its numbers would be given twice.
"""

import contextlib
import os
import sqlite3
from pathlib import Path

from digitbox.errors import LedgerError

MARK = "ledger.mark"

_BYTES = 64
"""Its size is always the same, so that it can be written in place where a disk is full."""


def write_mark(file: Path, uuid: str, batch: int) -> None:
    """Note that the ledger in ``file``, with that ``uuid``, had a ``batch`` of that number: once it
    is recorded, and before it is published. That it cannot be noted keeps nobody from his rows."""
    with contextlib.suppress(OSError):
        descriptor = os.open(file.with_name(MARK), os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, f"{uuid} {batch}".encode().ljust(_BYTES - 1) + b"\n")
        finally:
            os.close(descriptor)


def check_mark(connection: sqlite3.Connection, file: Path) -> None:
    """Raise :class:`LedgerError` where the ledger in ``file`` had come further before."""
    try:
        said, number = file.with_name(MARK).read_text(encoding="ascii").split()
        noted = int(number)
    except (OSError, ValueError):
        return
    (uuid,) = connection.execute("SELECT uuid FROM ledger").fetchone()
    (last,) = connection.execute("SELECT COALESCE(MAX(id), 0) FROM batches").fetchone()
    if said == uuid and noted > last:
        raise LedgerError(
            f"{file}: the ledger ends with batch {last}, and batch {noted} was published: this is "
            f"an older copy, or one without its {file.name}-wal. Restore the state folder as a "
            f"whole; or remove {MARK} to go on with it, knowing that ids of rows are then given "
            "twice."
        )
