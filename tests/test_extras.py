import importlib.metadata
import importlib.util
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from digitbox import extras
from digitbox.extras import how_to_install
from tests.conftest import ROOT


@pytest.fixture(autouse=True)
def _installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the metadata of an installed digitbox say, whether it is installed or not."""
    declared = ["click>=8.1", 'pillow-heif>=1.0; extra == "formats"', "b<3,>=2; extra == 'web'"]
    declared += ['c; python_version < "4" and extra == "web"', 'd; extra == "webcam"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: declared)


def test_the_packages_of_an_extra_are_installed_for_the_python_that_runs() -> None:
    python, *words = shlex.split(how_to_install("formats"))
    assert python == sys.executable
    assert words == ["-m", "pip", "install", "pillow-heif>=1.0"]
    assert shlex.split(how_to_install("web"))[-2:] == ["b<3,>=2", "c"]


def test_where_there_is_no_pip_uv_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "executable", "/my env/bin/python")
    words = ["uv", "pip", "install", "--python", "/my env/bin/python", "pillow-heif>=1.0"]
    assert shlex.split(how_to_install("formats")) == words


def test_from_a_checkout_that_is_not_installed_the_extra_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing(_: str) -> list[str]:
        raise importlib.metadata.PackageNotFoundError

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    assert how_to_install("formats").endswith(" install '.[formats]'")


def test_every_extra_of_the_project_has_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = project["optional-dependencies"]
    declared = [f'{one}; extra == "{extra}"' for extra, those in wanted.items() for one in those]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: declared)
    for extra, those in wanted.items():
        assert extras._requirements(extra) == those


def test_a_run_that_lacks_them_says_how_to_install_them(tmp_path: Path) -> None:
    """A PDF and a HEIC, as their first bytes say, in a program without the packages for them."""
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + b"x" * 100)
    (tmp_path / "b.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"x" * 100)
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['pypdfium2'] = sys.modules['pillow_heif'] = None\n"
    )
    (tmp_path / "inbox").mkdir()
    (tmp_path / "a.pdf").rename(tmp_path / "inbox" / "a.pdf")
    path = f"{tmp_path}:{ROOT}"
    (tmp_path / "labels.csv").write_text("path,label\nb.heic,1\n")
    for arguments, again in (
        (["batch", "b.heic"], False),
        (["batch"], True),
        (["evaluate", ".", "--labels", "labels.csv"], False),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "digitbox", *arguments],
            env={"PYTHONPATH": path, "DIGITBOX_WORKERS": "1", "PATH": "/usr/bin"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        (line,) = (one for one in done.stdout.splitlines() if "install them here: " in one)
        assert " install " in line.partition("here: ")[2]
        assert ("digitbox retry --failed" in done.stdout) is again


def test_nobody_is_told_to_install_a_name_from_a_registry_that_is_not_ours() -> None:
    """Of code, documents, and what serves the pages: ``pip install 'digitbox[web]'`` and its kind
    would fetch whatever is published by that name."""
    files = [
        *(ROOT / "pipeline").rglob("*"),
        *(ROOT / "train").rglob("*.py"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "deploy").iterdir(),
        *ROOT.glob("*.md"),
    ]
    suffixes = {".py", ".md", ".html", ".js", ".yaml", ".service", ""}
    for file in files:
        if file.is_file() and file.suffix in suffixes and file.name != "CHANGELOG.md":
            for line in file.read_text("utf-8", "replace").splitlines():
                assert not ("install" in line and "digitbox[" in line), (file, line)
                assert "install digitbox" not in line, (file, line)
