"""Imports point downwards only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(
    path for package in ("pipeline", "train") for path in (ROOT / package).rglob("*.py")
)

RECOGNITION = sorted((ROOT / "pipeline" / "recognition").glob("*.py"))

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "records": set(),
    "config": {"errors"},
    "sources": {"errors", "records"},
    "tables": {"records", "sources"},
    "outbox": {"errors", "records", "tables"},
    "workers": {"config", "errors", "records", "sources", "recognition"},
    "batch": {"errors", "outbox", "records", "workers"},
    "console": {"batch", "errors", "records", "sources"},
}
"""What a module of ``pipeline`` may import of it. ``cli`` may import all."""


def imported(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def ours(module: Path) -> set[str]:
    """The parts of ``pipeline`` that a module imports."""
    names = (name.split(".") for name in imported(module))
    return {parts[1] for parts in names if parts[0] == "pipeline" and len(parts) > 1}


@pytest.mark.parametrize("name", ALLOWED)
def test_a_module_imports_only_what_is_below_it(name: str) -> None:
    assert ours(ROOT / "pipeline" / f"{name}.py") <= ALLOWED[name]


def test_every_module_has_its_place() -> None:
    top = {path.stem for path in (ROOT / "pipeline").glob("*.py")}
    assert top - {"__init__", "__main__", "cli"} == set(ALLOWED)


@pytest.mark.parametrize("module", RECOGNITION, ids=lambda path: path.stem)
def test_recognition_knows_nothing_but_records_and_errors(module: Path) -> None:
    assert ours(module) <= {"recognition", "records", "errors"}
    effects = {"os", "time", "datetime", "sqlite3", "subprocess", "logging", "random", "uuid"}
    assert not effects & set(imported(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_training_knows_tensorflow(module: Path) -> None:
    heavy = {name.split(".")[0] for name in imported(module)} & {"tensorflow", "keras", "tf2onnx"}
    assert not heavy or module.parent.name == "train"
    if module.parent.name != "train" and module.name != "cli.py":
        assert "train" not in {name.split(".")[0] for name in imported(module)}


def test_reading_loads_no_training_package() -> None:
    script = (
        "import sys, pipeline.workers, pipeline.recognition.reader, train.evaluate, train.report\n"
        "sys.exit(bool({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT).returncode == 0


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(ast.parse(module.read_text("utf-8")))
