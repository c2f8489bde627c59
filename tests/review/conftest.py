"""What the tests of the pages share."""

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from pipeline.config import load
from pipeline.review.guard import PROTECTED, Guard
from pipeline.review.site import make
from pipeline.signals import Flags
from tests.endurance.house import House, doubtful

URL = "http://127.0.0.1:8765"


def client(site: Guard, url: str = URL) -> TestClient:
    """Asks as the site's own pages do."""
    return TestClient(
        site, url, headers={"Origin": url, PROTECTED: site.page_token}, follow_redirects=False
    )


@pytest.fixture
def house(tmp_path: Path) -> House:
    """One with three readings that nobody is sure of, from number 1 on."""
    return doubtful(tmp_path / "house", 3)


@pytest.fixture
def pages(house: House) -> Iterator[TestClient]:
    """The site of ``house``, in this process."""
    with chdir(house.folder), client(make(load, None, Flags())) as opened:
        yield opened
