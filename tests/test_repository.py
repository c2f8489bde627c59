"""What a host of the repository reads: workflows, forms and the like are in order."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def parsed(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text("utf-8"))  # type: ignore[no-any-return]


@pytest.fixture
def actionlint() -> list[str]:
    """The linter, without the two programs that it calls where they are there."""
    beside = str(Path(sys.executable).parent)
    if not (program := shutil.which("actionlint", path=beside) or shutil.which("actionlint")):
        message = "actionlint is not there; it is in locks/dev.txt"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return [program, "-no-color", "-shellcheck=", "-pyflakes="]


def test_the_workflows_are_in_order(actionlint: list[str]) -> None:
    assert WORKFLOWS
    done = subprocess.run([*actionlint, *WORKFLOWS], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_a_workflow_that_is_not_in_order_is_found(actionlint: list[str], tmp_path: Path) -> None:
    text = (GITHUB / "workflows" / "check.yml").read_text("utf-8")
    (tmp_path / "wrong.yml").write_text(text.replace("matrix.python", "matrix.pithon"), "utf-8")
    done = subprocess.run([*actionlint, tmp_path / "wrong.yml"], capture_output=True, text=True)
    assert done.returncode == 1
    assert '"pithon" is not defined' in done.stdout


def test_the_check_runs_on_every_python_that_the_package_names() -> None:
    matrix = parsed(GITHUB / "workflows" / "check.yml")["jobs"]["check"]["strategy"]["matrix"]
    prefix = "Programming Language :: Python :: "
    named = [line.removeprefix(prefix) for line in PROJECT["classifiers"] if prefix in line]
    assert matrix["python"] == [version for version in named if version.startswith("3.")]
    assert {system.split("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_a_workflow_may_do_no_more_than_read() -> None:
    for file in WORKFLOWS:
        assert parsed(file)["permissions"] == {"contents": "read"}, file


@pytest.mark.parametrize("file", FORMS, ids=lambda path: path.stem)
def test_a_form_for_issues_can_be_filled_in(file: Path) -> None:
    form = parsed(file)
    assert {"name", "description", "body"} <= set(form) <= {"name", "description", "labels", "body"}
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert len({part["id"] for part in asked}) == len(asked)
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part["validations"]["required"] for part in asked if "validations" in part)


def test_updates_are_looked_for_where_there_is_something_to_update() -> None:
    updates = parsed(GITHUB / "dependabot.yml")["updates"]
    holds = {
        "docker": "Dockerfile",
        "github-actions": ".github/workflows/check.yml",
        "pip": "pyproject.toml",
    }
    assert {update["package-ecosystem"] for update in updates} == set(holds)
    for update in updates:
        folder = ROOT / update["directory"].strip("/")
        assert (folder / holds[update["package-ecosystem"]]).exists()


def test_hooks_run_programs_of_the_environment() -> None:
    hooks = [
        hook
        for repository in parsed(ROOT / ".pre-commit-config.yaml")["repos"]
        for hook in repository["hooks"]
    ]
    for hook in hooks:
        program = Path(hook["entry"].split()[0])
        assert program.name == "git" or shutil.which(
            str(Path(sys.executable).parent / program.name)
        )
