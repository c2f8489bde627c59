import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from digitbox.errors import LedgerError, TransientError
from digitbox.ledger import database
from digitbox.ledger.database import FILE, connect, connect_reading, latest, transaction
from digitbox.ledger.history import History
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import Requests
from digitbox.ledger.search import Search
from digitbox.records import Status
from tests.conftest import ROOT
from tests.ledger.arrivals import PROVENANCE, file, sources


def make(folder: Path, files: int = 300) -> Path:
    """A ledger with so much in it, closed."""
    ledger = Ledger(folder)
    ledger.record([file(f"{number:04}.png") for number in range(files)], PROVENANCE, "today")
    ledger.close()
    return folder / FILE


def ask(file: Path, query: str) -> object:
    """The answer of SQLite itself, as it finds the file."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchone()[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_has_its_name_only_once_it_is_complete(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[bool, object, object]] = []
    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        uuids = ask(self, "SELECT COUNT(uuid) FROM ledger")
        seen.append((target.exists(), uuids, ask(self, "PRAGMA user_version")))
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    connect(folder).close()
    assert seen == [(False, 1, latest())]
    assert list(contents(folder)) == [FILE]


def test_what_an_interruption_left_is_made_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            connect(folder)
    assert list(contents(folder)) == [f"{FILE}.new"]
    connect(folder).close()
    assert list(contents(folder)) == [FILE]


@pytest.mark.parametrize("left", [b"", b"garbage" * 1000])
def test_a_left_over_of_any_kind_is_replaced(folder: Path, left: bytes) -> None:
    (folder / f"{FILE}.new").write_bytes(left)
    (folder / f"{FILE}.new-journal").write_bytes(left)
    connect(folder).close()
    assert list(contents(folder)) == [FILE]
    assert ask(folder / FILE, "SELECT COUNT(*) FROM ledger") == 1


def test_it_is_the_same_ledger_each_time(folder: Path) -> None:
    first, second = (ask(make(folder, 0), "SELECT uuid FROM ledger") for _ in range(2))
    assert first == second


def test_every_commit_is_synced(folder: Path) -> None:
    with contextlib.closing(connect(folder)) as connection:
        found = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_its_version_is_that_of_the_schema(folder: Path) -> None:
    assert ask(make(folder, 0), "PRAGMA user_version") == latest() >= 1


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has there be a version of the schema after the latest."""

    def add(sql: str) -> None:
        number = latest() + 1
        schema = tmp_path / "schema"
        shutil.copytree(database.SCHEMA, schema, dirs_exist_ok=True)
        (schema / f"{number:04}.sql").write_text(sql, "utf-8")
        monkeypatch.setattr(database, "SCHEMA", schema)

    return add


def test_an_older_ledger_is_migrated_and_keeps_what_it_has(
    folder: Path, next_schema: Callable[[str], None]
) -> None:
    made, before = make(folder), latest()
    next_schema("ALTER TABLE files ADD COLUMN mood TEXT")
    connect(folder).close()
    assert ask(made, "PRAGMA user_version") == before + 1
    assert ask(made, "SELECT COUNT(*) FROM files WHERE mood IS NULL") == 300


@pytest.fixture
def former(folder: Path) -> Path:
    """A ledger as the version before numbers has left it: a file with one page."""
    with contextlib.closing(sqlite3.connect(folder / FILE)) as connection, connection:
        for version in range(1, 5):
            connection.executescript(database.script(version))
        connection.executescript(
            "PRAGMA user_version = 4;"
            "INSERT INTO ledger VALUES ('0123456789abcdef', '2026-01-31T12:00:00+00:00');"
            "INSERT INTO batches (kind, folder, name, model, fingerprint, recorded_at) "
            "VALUES ('arrival', '', 'b-1', 'cnn-1', 'f', '2026-01-31T12:00:00+00:00');"
            "INSERT INTO files (batch, root, name, failed, reusable) "
            "VALUES (1, x'696e', x'61', 0, 1);"
            "INSERT INTO readings (batch, file, page, status, value, confidence, digits, read_at) "
            "VALUES (1, 1, 1, 'accepted', '7', 0.99, '[]', '2026-01-31T12:00:00+00:00');"
        )
    return folder / FILE


def test_what_was_read_before_there_were_numbers_has_no_alternatives(
    folder: Path, former: Path
) -> None:
    ledger = Ledger(folder)
    (row,) = ledger.batch(1).rows
    ledger.close()
    assert ask(former, "PRAGMA user_version") == latest()
    assert row.reading.value == "7"
    assert (row.reading.alternatives, row.reading.lines) == ((), ())


def test_a_former_ledger_is_read_without_being_changed(folder: Path, former: Path) -> None:
    before = former.read_bytes()
    with History(folder) as history:
        (row,) = history.rows()
        assert not history.to_review()
    assert (row.reading.value, row.reading.alternatives, row.reading.lines) == ("7", (), ())
    assert former.read_bytes() == before


def test_a_former_ledger_is_searched_as_it_is_and_drawn_from_once_it_is_migrated(
    folder: Path, former: Path
) -> None:
    wanted = Search("a", "7", status=Status.ACCEPTED, day=date(2026, 1, 31))
    for _ in range(2):
        with History(folder) as history:
            assert [one.number for one in history.found(wanted)] == [1]
        Ledger(folder).close()
    assert ask(former, "PRAGMA user_version") == latest()
    requests = Requests(folder)
    assert requests.draw() == 1
    requests.close()
    with History(folder) as history:
        assert [number for number, _ in history.spot_left(1)] == [1]


def test_a_migration_is_made_as_a_whole_or_not_at_all(
    folder: Path, next_schema: Callable[[str], None]
) -> None:
    made, before = make(folder), latest()
    next_schema("CREATE TABLE moods (id INTEGER); CREATE TABLE files (id INTEGER)")
    with pytest.raises(sqlite3.OperationalError, match="already exists"):
        connect(folder)
    assert ask(made, "PRAGMA user_version") == before
    assert ask(made, "SELECT COUNT(*) FROM sqlite_master WHERE name = 'moods'") == 0


@pytest.mark.parametrize("opened", [connect, connect_reading])
def test_a_newer_ledger_is_refused(folder: Path, opened: Callable[[Path], object]) -> None:
    made = make(folder)
    with contextlib.closing(sqlite3.connect(made)) as connection:
        connection.execute(f"PRAGMA user_version = {latest() + 1}")
    before = made.read_bytes()
    with pytest.raises(LedgerError, match="newer version of digitbox") as caught:
        opened(folder)
    assert str(made) in str(caught.value)
    assert made.read_bytes() == before


def shorten(made: Path, length: int) -> None:
    os.truncate(made, length)


def replace_by_another(made: Path) -> None:
    made.unlink()
    with contextlib.closing(sqlite3.connect(made)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def leave_only_the_log(made: Path) -> None:
    made.with_name(FILE + "-wal").write_bytes(b"log")
    made.unlink()


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(lambda made: shorten(made, made.stat().st_size // 2), id="half"),
        pytest.param(lambda made: shorten(made, made.stat().st_size - 4096), id="a page less"),
        pytest.param(lambda made: shorten(made, 4096), id="one page"),
        pytest.param(lambda made: shorten(made, 50), id="half a header"),
        pytest.param(lambda made: shorten(made, 0), id="nothing"),
        pytest.param(lambda made: made.write_bytes(b"garbage\n" * 10_000), id="garbage"),
        pytest.param(lambda made: made.write_bytes(bytes(80_000)), id="zeros"),
        pytest.param(replace_by_another, id="another database"),
        pytest.param(leave_only_the_log, id="gone"),
    ],
)
def test_a_damaged_ledger_is_named_and_left_as_it_is(
    folder: Path, harm: Callable[[Path], object]
) -> None:
    made = make(folder)
    harm(made)
    before = contents(folder)
    for _ in range(2):  # the first attempt has not made it look whole
        with pytest.raises(LedgerError, match="backup") as caught:
            connect(folder)
        assert str(made) in str(caught.value)
    assert contents(folder) == before


def test_a_large_ledger_is_checked_whole_where_there_is_suspicion(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(folder)
    content = bytearray(made.read_bytes())
    content[-3 * 4096 : -2 * 4096] = b"\xff" * 4096
    made.write_bytes(content)
    with pytest.raises(LedgerError):
        connect(folder)
    monkeypatch.setattr(database, "ALWAYS_CHECKED", 4096)
    connect(folder).close()
    with pytest.raises(LedgerError):
        connect(folder, suspicious=True)


def test_reading_makes_no_ledger(folder: Path) -> None:
    assert connect_reading(folder) is None
    assert not contents(folder)


def test_a_ledger_opened_for_reading_cannot_be_written(folder: Path) -> None:
    make(folder)
    connection = connect_reading(folder)
    assert connection is not None
    with (
        contextlib.closing(connection),
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        connection.execute("DELETE FROM claims")


def test_a_locked_ledger_is_a_transient_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    ledger = Ledger(folder)
    with contextlib.closing(sqlite3.connect(folder / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TransientError, match="locked"):
            ledger.claim(sources("a"))
        other.execute("ROLLBACK")
    ledger.claim(sources("a"))
    assert len(ledger.claims()) == 1
    ledger.close()


def test_a_ledger_that_may_not_be_written_is_a_transient_error_until_it_may(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite opens it for reading then, and would never write to it again."""
    make(folder)
    opened = database._open
    with monkeypatch.context() as patch:
        patch.setattr(database, "_open", lambda uri: opened(uri.replace("mode=rw", "mode=ro")))
        with pytest.raises(TransientError, match="readonly"):
            connect(folder)
    ledger = Ledger(folder)
    ledger.claim(sources("a"))
    ledger.close()


def test_a_state_folder_that_is_gone_is_a_transient_error(folder: Path) -> None:
    folder.rmdir()
    with pytest.raises(TransientError, match=FILE):
        connect(folder)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_transaction_that_fails_leaves_nothing(folder: Path, error: type[BaseException]) -> None:
    insert = "INSERT INTO claims VALUES (x'00', x'00', 1)"

    def fail(connection: sqlite3.Connection) -> None:
        with transaction(connection):
            connection.execute(insert)
            raise error

    with contextlib.closing(connect(folder)) as connection:
        with pytest.raises(error):
            fail(connection)
        with transaction(connection):
            connection.execute(insert)
        assert connection.execute("SELECT COUNT(*) FROM claims").fetchone() == (1,)


FULL_DISK = """
import sys
from pathlib import Path
from digitbox.errors import TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import Requests
from digitbox.ledger.search import Search
from digitbox.records import Status
from tests.ledger.arrivals import PROVENANCE, file

folder = Path(sys.argv[1])
ledger = Ledger(folder)
filler = folder / "filler"
filler.write_bytes(bytes(400_000))
recorded = 0
try:
    while True:
        files = [file(f"{recorded}-{number}") for number in range(100)]
        ledger.record(files, PROVENANCE, "")
        recorded += 1
except TransientError as error:
    print(error)
filler.unlink()
ledger.record(files, PROVENANCE, "")
ledger.close()
ledger = Ledger(folder, suspicious=True)
print(recorded > 0, [len(ledger.batch(number).rows) for number in ledger.unpublished()]
    == [100] * (recorded + 1))
ledger.close()
(folder / "fill").mkdir()
try:
    filler.write_bytes(bytes(4_000_000))
except OSError as error:
    pass
try:
    Ledger(folder / "fill")
except TransientError as error:
    print(error)
print([path.name for path in (folder / "fill").glob("ledger.sqlite")])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs Linux's namespaces")
def test_a_full_disk_is_a_transient_error_and_costs_nothing(tmp_path: Path) -> None:
    if not shutil.which("unshare"):
        pytest.skip("there is no unshare")
    mount = f'mount -t tmpfs -o size=1m tmpfs {tmp_path} && exec "$@"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mount, "sh", sys.executable, "-c", FULL_DISK, tmp_path],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")
    assert not done.stderr
    recording, kept, making, made = done.stdout.splitlines()
    assert f"{tmp_path / FILE}: database or disk is full" in recording
    assert kept == "True True"
    assert f"{tmp_path / 'fill' / FILE}: " in making
    assert made == "[]"
