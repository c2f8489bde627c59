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
    "decision": {"errors", "records"},
    "files": set(),
    "signals": set(),
    "config": {"errors"},
    "registry": {"config", "errors", "files", "recognition"},
    "sources": {"errors", "records"},
    "tables": {"records", "sources"},
    "exports": {"errors", "records", "tables"},
    "outbox": {"errors", "files", "records", "tables"},
    "worker": {"config", "records", "sources", "recognition"},
    "workers": {"config", "errors", "records", "recognition", "registry", "sources", "worker"},
    "ledger": {"decision", "errors", "files", "records"},
    "run": {"errors", "outbox", "records", "workers"},
    "service": {
        "config", "decision", "errors", "files", "ledger", "outbox", "records", "recognition",
        "registry", "signals", "sources", "workers",
    },
    "review": {
        "config", "decision", "errors", "ledger", "recognition", "records", "registry", "service",
        "signals", "sources", "worker",
    },
    "cluster": {
        "config", "errors", "exports", "recognition", "records", "signals", "sources", "tables",
        "workers",
    },
    "console": {"errors", "records", "registry", "run", "service", "sources"},
    "oneshot": {
        "config", "console", "outbox", "recognition", "records", "registry", "run", "service",
        "signals", "sources", "workers",
    },
}  # fmt: skip
"""What a part of ``pipeline`` may import of it, besides itself. ``cli`` may import all."""


def parts(name: str) -> list[Path]:
    """The modules of a part: itself, or those in it."""
    module = ROOT / "pipeline" / f"{name}.py"
    return [module] if module.exists() else sorted((ROOT / "pipeline" / name).glob("*.py"))


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
    for module in parts(name):
        assert ours(module) <= ALLOWED[name] | {name}


def test_the_service_names_files_in_one_direction() -> None:
    order = [
        "mounts", "clock", "waiting", "supervisor", "hook", "state", "status", "metrics",
        "originals", "batches", "reports", "sweep", "inbox", "events", "lookout", "parts", "reread",
        "watch", "retry", "decisions", "resume",
    ]  # fmt: skip
    assert {path.stem for path in parts("service")} - {"__init__"} == set(order)
    for number, name in enumerate(order):
        module = ROOT / "pipeline" / "service" / f"{name}.py"
        names = (one.split(".") for one in imported(module))
        used = {one[2] for one in names if one[:2] == ["pipeline", "service"]}
        assert used <= set(order[:number]), name


def test_every_module_has_its_place() -> None:
    modules = {path.stem for path in (ROOT / "pipeline").glob("*.py")}
    packages = {path.parent.name for path in (ROOT / "pipeline").glob("*/__init__.py")}
    apart = {"__init__", "__main__", "cli", "recognition"}
    assert (modules | packages) - apart == set(ALLOWED)


@pytest.mark.parametrize("module", RECOGNITION, ids=lambda path: path.stem)
def test_recognition_knows_nothing_but_records_and_errors(module: Path) -> None:
    assert ours(module) <= {"recognition", "records", "errors"}
    effects = {"os", "time", "datetime", "sqlite3", "subprocess", "logging", "random", "uuid"}
    assert not effects & set(imported(module))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_training_knows_tensorflow(module: Path) -> None:
    heavy = {name.split(".")[0] for name in imported(module)} & {"tensorflow", "keras", "tf2onnx"}
    trains = module.relative_to(ROOT).parts[0] == "train"
    assert not heavy or trains
    if not trains and module.name != "cli.py":
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
