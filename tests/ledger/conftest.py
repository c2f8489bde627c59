"""What the tests of the ledger share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from digitbox.ledger.ledger import Ledger


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A state folder."""
    made = tmp_path / "state"
    made.mkdir()
    return made


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    made = Ledger(folder)
    yield made
    made.close()
