"""What the tests of the service share."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digitbox.config import Config, load
from digitbox.ledger.ledger import Ledger


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The defaults, with folders of the test's own: its current one's."""
    made = load().absolute()
    assert made.inbox == tmp_path / "inbox"
    made.inbox.mkdir()
    made.state.mkdir()
    return made


@pytest.fixture
def ledger(config: Config) -> Iterator[Ledger]:
    made = Ledger(config.state)
    yield made
    made.close()


def wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until ``condition`` holds, and fail where it does not within so long."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.005)
