"""A content's SHA-256 → whether the ledger has readings that hold for it. Used in the workers."""

import contextlib
import functools
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from digitbox.errors import DigitboxError
from digitbox.ledger.database import connect_reading


@dataclass(frozen=True, slots=True)
class Known:
    """Tells whether a content was read before under the same ``fingerprint``, as the same form or
    as none, so that it need not be again. It travels to other processes, and opens the ledger in
    ``folder`` there."""

    folder: Path
    fingerprint: str

    def __call__(self, sha256: str, form: str | None) -> bool:
        """Failed ones do not count: what does not decode may be incomplete, and is looked at again.
        Neither does trouble with the ledger: then it is read once more."""
        with contextlib.suppress(sqlite3.Error, OSError, DigitboxError):
            return (
                _connect(self.folder)
                .execute(
                    "SELECT 1 FROM files JOIN batches ON batches.id = batch "
                    "WHERE sha256 = ? AND reusable AND fingerprint = ? AND NOT failed "
                    "AND form IS ? LIMIT 1",
                    (sha256, self.fingerprint, form),
                )
                .fetchone()
                is not None
            )
        return False


@functools.cache
def _connect(folder: Path) -> sqlite3.Connection:
    connection = connect_reading(folder)
    if connection is None:
        raise FileNotFoundError(folder)
    return connection
