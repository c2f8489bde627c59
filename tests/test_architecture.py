"""Imports point downwards only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "pipeline" / "digitbox"
TRAINING = ROOT / "train" / "digitbox_train"

MODULES = sorted(path for package in (PACKAGE, TRAINING) for path in package.rglob("*.py"))

RECOGNITION = sorted((PACKAGE / "recognition").glob("*.py"))

BASE = [
    "errors",
    "faults",
    "box",
    "reasons",
    "records",
    "form_pages",
    "signals",
    "expectations",
    "delimited",
    "extras",
    "config",
]
"""What everything may know: each may import those before it."""

ROOMS = [
    "storage", "recognition", "forms", "models", "pool", "output", "ledger", "engine", "evaluation",
    "service", "batch", "review", "cluster",
]  # fmt: skip
"""From the lowest to the highest: each may import those before it, and :data:`BASE`."""

APART = {
    "storage": {"recognition", "models", "pool", "output", "ledger", "engine"},
    "recognition": {"config", "signals", "storage"},
    "forms": {"config", "signals", "storage"},
    "models": {"forms", "pool", "output", "ledger"},
    "pool": {"models", "ledger", "output"},
    "output": {"recognition", "forms", "models", "pool", "ledger"},
    "ledger": {"recognition", "forms", "models", "pool", "output", "config"},
    "evaluation": {"output", "service"},
    "service": {"evaluation"},
    "batch": {"evaluation", "review"},
    "cluster": {"review", "batch", "service", "evaluation"},
}
"""What a room has no business with, though it stands below."""

LONGEST = 300
"""Lines of a module, at most."""

LONG = {"cli.py", "config.py"}


def parts(room: str) -> list[Path]:
    return sorted((PACKAGE / room).glob("*.py"))


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def ours(module: Path) -> set[str]:
    """The rooms of ``digitbox``, and modules beside them, that a module imports."""
    names = (name.split(".") for name in imported(module))
    return {parts[1] for parts in names if parts[0] == "digitbox" and len(parts) > 1}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_is_below_it(room: str) -> None:
    below = {*BASE, *ROOMS[: ROOMS.index(room)]}
    assert parts(room)
    for module in parts(room):
        assert ours(module) <= below - APART.get(room, set()) | {room}, module


def test_the_base_knows_no_room() -> None:
    for number, name in enumerate(BASE):
        assert ours(PACKAGE / f"{name}.py") <= set(BASE[:number])


ORDER = {
    "engine": (
        "backoff observer setup judge moves archive renames batches stream engine requests state"
    ),
    "evaluation": "alignment metrics serializers evaluate plots report",
    "service": (
        "clock waiting supervisor hook status endpoint metrics reports hints inbox inotify "
        "events scanner pause runtime cycle watch sweep requests retry rematch decisions"
    ),
}
"""Within a room: each module may import those before it."""


@pytest.mark.parametrize("room", ORDER)
def test_a_room_names_its_modules_in_one_direction(room: str) -> None:
    order = ORDER[room].split()
    assert {path.stem for path in parts(room)} - {"__init__"} == set(order)
    for number, name in enumerate(order):
        names = (one.split(".") for one in imported(PACKAGE / room / f"{name}.py"))
        used = {one[2] for one in names if one[:2] == ["digitbox", room] and len(one) > 2}
        assert used <= set(order[:number]), name


def test_the_metrics_know_nothing_of_where_readings_come_from() -> None:
    assert not ours(PACKAGE / "evaluation" / "metrics.py")


def test_every_module_has_its_place() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert modules == {*BASE, "__init__", "__main__", "api", "cli"}
    assert packages == set(ROOMS)


@pytest.mark.parametrize("module", RECOGNITION, ids=lambda path: path.stem)
def test_recognition_is_pure(module: Path) -> None:
    assert ours(module) <= {"recognition", "records", "box", "errors"}
    effects = {"os", "time", "datetime", "sqlite3", "subprocess", "logging", "random", "uuid"}
    assert not effects & set(imported(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_training_knows_tensorflow(module: Path) -> None:
    heavy = {name.split(".")[0] for name in imported(module)} & {"tensorflow", "keras", "tf2onnx"}
    trains = module.is_relative_to(TRAINING)
    assert not heavy or trains
    if not trains and module.name != "cli.py":
        assert "digitbox_train" not in {name.split(".")[0] for name in imported(module)}


def test_reading_loads_no_training_package() -> None:
    script = (
        "import sys, digitbox.pool.pool, digitbox.recognition.reader\n"
        "import digitbox.evaluation.evaluate, digitbox.evaluation.report\n"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for_and_is_not_long(module: Path) -> None:
    text = module.read_text("utf-8")
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= LONGEST or module.name in LONG
