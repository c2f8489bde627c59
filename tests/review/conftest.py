"""What the tests of the pages share."""

from collections.abc import Iterator
from contextlib import chdir
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.review import dispatcher
from digitbox.review.guard import PROTECTED, Guard
from digitbox.review.site import make
from digitbox.service.pause import Pause
from digitbox.signals import Flags
from tests.endurance.harness import Harness, doubtful

URL = "http://127.0.0.1:8765"


def client(site: Guard, url: str = URL) -> TestClient:
    """Asks as the site's own pages do."""
    return TestClient(
        site, url, headers={"Origin": url, PROTECTED: site.page_token}, follow_redirects=False
    )


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """One with three readings that nobody is sure of, from number 1 on."""
    return doubtful(tmp_path / "harness", 3)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has a site in this process carry out each decision at once."""
    monkeypatch.setattr(dispatcher, "Pause", partial(Pause, 0.0, 0.0))


@pytest.fixture
def pages(harness: Harness) -> Iterator[TestClient]:
    """The site of ``harness``, in this process."""
    with chdir(harness.folder), client(make(load, None, Flags())) as opened:
        yield opened
