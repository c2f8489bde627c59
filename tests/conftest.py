"""What several tests need."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS, Config, load
from digitbox.engine.setup import Setup
from digitbox.ledger.ledger import Ledger
from digitbox.pool.pool import cores
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.reader import Reader
from digitbox.recognition.transcriber import Transcriber
from digitbox.records import FileReading, Source

ROOT = Path(__file__).parent.parent
DATA_FOLDER = Path(os.environ.get("TEST_DATA", ROOT.parent / "shared" / "data"))

LONG = ("test_kills.py", "test_learning.py", "test_stage.py", "test_crash_points.py")
"""Begun first: one of them alone at the end would have the other cores wait."""

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: many tests wait for what they have started."""
    return max(1, 3 * cores() // 2)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.name not in LONG)


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of the machine reaches a test, and no test writes into the checkout."""
    for name in list(os.environ):
        if name.startswith("DIGITBOX_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def data(part: str) -> Path:
    """The folder ``part`` of the data that is too large, or not ours, to lie in the project."""
    folder = DATA_FOLDER / part
    if not folder.exists():
        message = f"{folder} is not there; set TEST_DATA to the folder that holds {part}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def mnist_folder() -> Path:
    """The full MNIST, as four gzipped IDX files."""
    return data("mnist")


@pytest.fixture(scope="session")
def reader() -> Reader:
    model = Model(SHIPPED_MODELS / "cnn")
    transcriber = Transcriber(NUMBERS)
    return Reader(Finder(FINDER), model, 0.9, 10**8, max_pages=100, transcriber=transcriber)


@pytest.fixture(scope="session")
def finder() -> Finder:
    return Finder(FINDER)


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


@pytest.fixture
def digitbox() -> Command:
    """Runs the command in a process of its own; ``env`` adds to the environment."""

    def run(
        *arguments: str | Path, env: Mapping[str, str] | None = None, **options: object
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            [sys.executable, "-m", "digitbox", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            capture_output=True,
            text=True,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture
def read_file() -> Callable[..., FileReading]:
    """Reads one file as the command does: in a worker, within limits."""

    def read(file: Path, **settings: object) -> FileReading:
        return read_files(file.parent, [file.name], load(options={"workers": 1, **settings}))[0]

    return read


def read_files(folder: Path, names: list[str], config: Config) -> list[FileReading]:
    with Setup.of(config).pool() as pool:
        found = pool.read(Source(str(folder), name) for name in names)
        return sorted(found, key=lambda file: names.index(file.source.name))
