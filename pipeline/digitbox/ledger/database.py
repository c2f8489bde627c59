"""A folder → the SQLite file in it, made, migrated and checked; every error told apart.

Trouble that passes (a full disk, a busy file) becomes :class:`TransientError`, a damaged file
:class:`LedgerError`.
"""

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from digitbox.errors import LedgerError, TransientError, denied
from digitbox.ledger.mark import check_mark
from digitbox.storage.files import sync_folder

FILE = "ledger.sqlite"
SCHEMA = Path(__file__).parent / "schema"

BUSY_SECONDS = 10.0
"""How long to wait for another process that is writing."""

ALWAYS_CHECKED = 100_000_000
"""Bytes up to which the whole file is checked at every start (some tenths of a second)."""

PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
"""Primary result codes (https://www.sqlite.org/rescode.html) that say nothing against the file."""


PERHAPS = "Make room, or look at the disk and at the permissions."

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_NEW = (
    (5, "readings", "'[]' AS alternatives, '[]' AS lines"),
    (6, "readings", "NULL AS form, NULL AS field, NULL AS box"),
    (6, "files", "NULL AS form"),
    (6, "batches", "'[]' AS forms"),
    (6, "reviews", "NULL AS field"),
    (7, "readings", "NULL AS evidence"),
    (8, "files", "NULL AS read_as"),
    (12, "requests", "NULL AS key"),
)
"""The columns that each version of the schema adds to a table, as they stand in for it where an
older ledger is only read: whoever reads need not be allowed to write, and a service of a former
version may be at work."""


def connect(folder: Path, suspicious: bool = False, expected: bool = False) -> sqlite3.Connection:
    """Open the ledger in ``folder`` for writing; make it where there is none yet.

    Raises :class:`LedgerError` where it is damaged, newer than this program, or gone although there
    was one, as what belongs to it shows, or ``expected`` says; ``suspicious`` has the whole of it
    checked however large it is.
    """
    file = folder / FILE
    with reporting(file):
        if not file.exists():
            if expected or file.with_name(file.name + "-wal").exists():
                raise LedgerError(
                    f"{file} is gone, and this folder was worked with before. Restore the state "
                    "folder from a backup; or remove the folder to begin anew, knowing that what "
                    "lies in the inbox then gets new rows."
                )
            _make(file)
        connection = _open(f"{file.absolute().as_uri()}?mode=rw")
        try:
            _check(connection, file)  # before anything is written
            check_mark(connection, file)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if suspicious or file.stat().st_size <= ALWAYS_CHECKED:
                _check_all(connection, file)
            _migrate(connection, file)
            # SQLite opens what may not be written to for reading, and that stays so.
            connection.execute("UPDATE ledger SET uuid = uuid WHERE 0")
        except BaseException:
            connection.close()
            raise
    return connection


def connect_reading(folder: Path) -> sqlite3.Connection | None:
    """Open the ledger in ``folder`` for reading only, or return None where there is none. One of
    the version before is read as it is."""
    file = folder / FILE
    try:
        if not file.exists():
            return None
    except PermissionError:
        raise denied(file) from None
    with reporting(file):
        connection = _open(f"{file.absolute().as_uri()}?mode=ro")
        try:
            version = _version(connection, file)
            _check(connection, file)
            _show(connection, version)
        except BaseException:
            connection.close()
            raise
        return connection


def empty() -> sqlite3.Connection:
    """A ledger in memory, of which nothing is kept."""
    connection = sqlite3.connect(":memory:")
    for version in range(1, latest() + 1):
        connection.executescript(script(version))
    return connection


@contextlib.contextmanager
def reporting(file: Path | str) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None and code & 0xFF in PASSING:
            raise TransientError(f"{file}: {error}. {PERHAPS}") from error
        if code is not None and code & 0xFF in DAMAGE:
            raise _damaged(file, str(error)) from error
        raise
    except OSError as error:
        raise TransientError(f"{file}: {error.strerror}. {PERHAPS}") from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of what is written inside is kept and synced, or, after any error, nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back after some errors
            connection.execute("ROLLBACK")
        raise


def latest() -> int:
    """The version of the schema that this program writes."""
    return len(list(SCHEMA.glob("*.sql")))


def script(version: int) -> str:
    """The SQL that makes that version of the schema of the one before."""
    return (SCHEMA / f"{version:04}.sql").read_text(encoding="utf-8")


def _open(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)


def _make(file: Path) -> None:
    """Make it beside its name, so that at its name it is whole from the first moment on."""
    fresh = file.with_name(file.name + ".new")
    for left in (fresh, fresh.with_name(fresh.name + "-journal")):
        left.unlink(missing_ok=True)
    connection = _open(fresh.absolute().as_uri())
    try:
        _migrate(connection, fresh)
        connection.execute(
            "INSERT INTO ledger VALUES (?, ?)",
            (str(uuid.uuid4()), datetime.now(UTC).isoformat(timespec="seconds")),
        )
    finally:
        connection.close()
    fresh.replace(file)
    sync_folder(file.parent)


def _migrate(connection: sqlite3.Connection, file: Path) -> None:
    for version in range(_version(connection, file) + 1, latest() + 1):
        connection.executescript(
            f"BEGIN; {script(version)}; PRAGMA user_version = {version}; COMMIT;"
        )


def _show(connection: sqlite3.Connection, version: int) -> None:
    """Have an older ledger look like one of the latest version."""
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    for table in dict.fromkeys(name for _, name, _ in _NEW):
        added = [columns for number, name, columns in _NEW if name == table and version < number]
        if added and table in tables:
            connection.execute(
                f"CREATE TEMP VIEW {table} AS SELECT *, {', '.join(added)} FROM main.{table}"
            )


def _version(connection: sqlite3.Connection, file: Path) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > latest():
        raise LedgerError(
            f"{file}: written by a newer version of digitbox (schema {version}; this one knows "
            f"{latest()}). Upgrade digitbox."
        )
    return version


def _check(connection: sqlite3.Connection, file: Path) -> None:
    try:
        connection.execute("SELECT uuid FROM ledger").fetchone()[0]
    except (sqlite3.OperationalError, TypeError) as error:
        if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) != sqlite3.SQLITE_ERROR:
            raise
        raise _damaged(file, str(error)) from error


def _check_all(connection: sqlite3.Connection, file: Path) -> None:
    found = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise _damaged(file, "; ".join(found))


def _damaged(file: Path | str, what: str) -> LedgerError:
    return LedgerError(
        f"{file}: the ledger is damaged or no ledger: {what}. Nothing was changed. Restore the "
        "state folder from a backup (docs/operate.md), or repair the file with sqlite3's .recover."
    )
