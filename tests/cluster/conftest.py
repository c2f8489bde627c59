"""One cluster for all tests of it."""

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.cluster.harness import Standalone

NEEDS_JAVA = "there is no Java: apt install openjdk-17-jre-headless"


@pytest.fixture(scope="session", autouse=True)
def _java() -> None:
    """Skips where there is no Java; in CI it is there."""
    if shutil.which("java") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NEEDS_JAVA)


@pytest.fixture(scope="session")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    cluster = Standalone(tmp_path_factory.mktemp("spark"), workers=2)
    yield cluster
    cluster.stop()
