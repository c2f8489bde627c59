"""What a user installs: a wheel with its models, and nothing heavy."""

import os
import shutil
import subprocess
import venv
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("install")  # one environment for all

LIMIT = 360_000_000
"""Bytes that the base install may take."""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and the locked dependencies."""
    folder = tmp_path_factory.mktemp("install")
    source = folder / "source"
    keep = ("pipeline", "train", "pyproject.toml", "README.md", "LICENSE")
    source.mkdir()
    for name in keep:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    venv.create(folder / "venv", with_pip=True)
    environment = folder / "venv"
    pip = [*python(environment), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "locks" / "run.txt"], check=True)
    subprocess.run([*pip, "--no-deps", source], check=True)
    return environment


def python(environment: Path) -> list[str]:
    folder = "Scripts" if os.name == "nt" else "bin"
    return [str(environment / folder / "python")]


def test_the_base_install_is_light(installed: Path) -> None:
    (packages,) = installed.glob("**/site-packages")
    # pip and setuptools come with the environment, not with digitbox.
    own = [
        path
        for path in packages.iterdir()
        if not path.name.startswith(("pip", "setuptools", "pkg_resources", "_distutils"))
        or path.name == "pip-nothing"
    ]
    size = sum(f.stat().st_size for path in own for f in [path, *path.rglob("*")] if f.is_file())
    assert 200_000_000 < size < LIMIT
    names = {path.name for path in own}
    assert not {"tensorflow", "keras", "tf2onnx", "matplotlib", "onnx"} & names


def test_the_installed_command_reads(installed: Path, tmp_path: Path) -> None:
    command = installed / ("Scripts" if os.name == "nt" else "bin") / "digitbox"
    done = subprocess.run(
        [command, "batch", ROOT / "samples" / "tilted.jpg"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("tilted.jpg  7")


def test_every_command_but_training_works_without_the_extra(
    installed: Path, tmp_path: Path
) -> None:
    command = [*python(installed), "-m", "digitbox"]
    samples = ROOT / "samples"
    (tmp_path / "labels.csv").write_text("path,label\ntilted.jpg,7\npencil.jpg,3\n")
    for arguments in (
        ["config"],
        ["batch", samples, "--model", "mlp"],
        ["evaluate", samples, "--labels", "labels.csv", "--report", "report"],
    ):
        done = subprocess.run([*command, *arguments], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    done = subprocess.run([*command, "train", "mlp"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 4
    assert done.stderr.strip() == (
        "digitbox: Training needs tensorflow and tf2onnx: pip install 'digitbox[train]'"
    )


def test_the_lock_files_hold_hashes_for_all_that_is_asked_for() -> None:
    for name in ("run.txt", "dev.txt"):
        lines = (ROOT / "locks" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
        pins = [line for line in lines if line and not line.lstrip().startswith("#")]
        assert pins
        assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
