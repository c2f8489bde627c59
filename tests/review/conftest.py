"""What the tests of the pages share."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import chdir
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.review import dispatcher
from digitbox.review.guard import PROTECTED, Guard
from digitbox.review.site import make
from digitbox.service.pause import Pause
from digitbox.signals import Flags
from tests.endurance.harness import Harness, doubtful
from tests.review.site import browsing

if TYPE_CHECKING:
    from playwright.sync_api import Browser

AXE = "axe-core@4.14.1"

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


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with browsing() as started:
        yield started


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script that looks for what keeps people out, from npm."""
    if not shutil.which("npm"):
        assert not os.environ.get("CI"), "CI has to install npm"
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, timeout=120)
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8")
