import shutil
from pathlib import Path

import pytest

from digitbox.errors import LedgerError
from digitbox.ledger.database import FILE
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.mark import MARK
from tests.ledger.arrivals import PROVENANCE, file


def record(ledger: Ledger, *names: str) -> None:
    for name in names:
        number = ledger.record([file(name)], PROVENANCE, "")
        assert number is not None
        ledger.mark(number)


def test_a_ledger_without_its_wal_is_noticed(folder: Path) -> None:
    """As a service that was killed left it, with the newest rows beside the file."""
    Ledger(folder).close()
    ledger = Ledger(folder)
    record(ledger, "a", "b")
    left = folder.with_name("left")
    shutil.copytree(folder, left)
    ledger.close()
    Ledger(left).close()
    shutil.rmtree(left)
    ledger = Ledger(folder)
    record(ledger, "c")
    shutil.copytree(folder, left)
    ledger.close()
    (left / f"{FILE}-wal").unlink()
    with pytest.raises(LedgerError, match="ends with batch 2, and batch 3 was published"):
        Ledger(left)


def test_an_older_copy_of_the_file_is_noticed_until_somebody_says_otherwise(folder: Path) -> None:
    ledger = Ledger(folder)
    record(ledger, "a")
    ledger.close()
    shutil.copy(folder / FILE, folder.with_name("copy"))
    ledger = Ledger(folder)
    record(ledger, "b")
    ledger.close()
    shutil.copy(folder.with_name("copy"), folder / FILE)
    with pytest.raises(LedgerError, match=MARK):
        Ledger(folder)
    (folder / MARK).unlink()
    Ledger(folder).close()


@pytest.mark.parametrize("content", [b"", b"\0" * 64, b"another-ledger 12", b"x y", b"\xff"])
def test_a_mark_that_says_nothing_of_this_ledger_is_no_matter(folder: Path, content: bytes) -> None:
    Ledger(folder).close()
    (folder / MARK).write_bytes(content)
    Ledger(folder).close()


def test_a_backup_of_the_whole_folder_is_good(folder: Path) -> None:
    ledger = Ledger(folder)
    record(ledger, "a")
    ledger.close()
    shutil.copytree(folder, folder.with_name("backup"))
    ledger = Ledger(folder)
    record(ledger, "b")
    ledger.close()
    Ledger(folder.with_name("backup")).close()
