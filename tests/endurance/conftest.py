"""What the tests of endurance share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.endurance.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    made = Zygote()
    yield made
    made.close()


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there can be one. What is killed is a process, and what the system
    was given by then counts as written, whether it is on a disk yet or not."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)
