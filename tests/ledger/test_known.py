import multiprocessing
from pathlib import Path

import pytest

from digitbox.ledger.database import FILE
from digitbox.ledger.known import Known
from digitbox.ledger.ledger import Ledger
from digitbox.records import Reason
from tests.ledger.arrivals import OTHER_PROVENANCE, PROVENANCE, failed, file, sha


def test_a_content_is_known_once_it_is_recorded(folder: Path, ledger: Ledger) -> None:
    known = Known(folder, PROVENANCE.fingerprint)
    assert not known(sha("a"), None)
    ledger.record([file("a")], PROVENANCE, "")
    assert known(sha("a"), None)
    assert not known(sha("b"), None)


def test_a_content_is_not_known_under_another_fingerprint(folder: Path, ledger: Ledger) -> None:
    ledger.record([file("a")], PROVENANCE, "")
    assert not Known(folder, OTHER_PROVENANCE.fingerprint)(sha("a"), None)


@pytest.mark.parametrize("reason", [Reason.CORRUPT, Reason.EMPTY, Reason.TIMEOUT])
def test_a_content_that_failed_is_not_known(folder: Path, ledger: Ledger, reason: Reason) -> None:
    ledger.record([file("a", "a", failed(reason))], PROVENANCE, "")
    assert not Known(folder, PROVENANCE.fingerprint)(sha("a"), None)


def test_it_knows_the_same_in_another_process(folder: Path, ledger: Ledger) -> None:
    ledger.record([file("a")], PROVENANCE, "")
    known = Known(folder, PROVENANCE.fingerprint)
    assert known(sha("a"), None)  # its connection does not travel along
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        asked = [(sha("a"), None), (sha("b"), None)]
        assert pool.starmap(known, asked) == [True, False]


def test_without_a_ledger_nothing_is_known(folder: Path) -> None:
    known = Known(folder, PROVENANCE.fingerprint)
    assert not known(sha("a"), None)
    ledger = Ledger(folder)
    ledger.record([file("a")], PROVENANCE, "")
    assert known(sha("a"), None)
    ledger.close()


def test_a_damaged_ledger_knows_nothing(folder: Path) -> None:
    (folder / FILE).write_bytes(b"garbage\n" * 1000)
    assert not Known(folder, PROVENANCE.fingerprint)(sha("a"), None)
