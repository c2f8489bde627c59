"""What a user installs: a wheel with its models, and nothing heavy."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.xdist_group("install")  # one environment for all

LIMIT = 360_000_000
"""Bytes that the base install may take."""

SOURCES = ("pipeline", "train", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")
"""What the distributions are built of."""


@dataclass(frozen=True)
class Distributions:
    sdist: Path
    of_sdist: Path
    """The wheel that is built from the sdist, as a registry's users do."""
    of_tree: Path
    """The wheel that is built from the source tree."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """What a release uploads, built by the environment's own setuptools: nothing is fetched."""
    folder = tmp_path_factory.mktemp("built")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--no-isolation", str(source), "--outdir"]
    subprocess.run([*build, str(folder / "release")], check=True)  # the sdist, and its wheel
    subprocess.run([*build, str(folder / "tree"), "--wheel"], check=True)
    (sdist,) = folder.glob("release/*.tar.gz")
    (of_sdist,) = folder.glob("release/*.whl")
    (of_tree,) = folder.glob("tree/*.whl")
    return Distributions(sdist, of_sdist, of_tree)


@pytest.fixture(scope="module")
def installed(built: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel and the locked dependencies."""
    environment = tmp_path_factory.mktemp("install") / "venv"
    venv.create(environment, with_pip=True)
    pip = [*python(environment), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", ROOT / "locks" / "run.txt"], check=True)
    subprocess.run([*pip, "--no-deps", built.of_sdist], check=True)
    return environment


def program(environment: Path, name: str) -> str:
    return str(environment / ("Scripts" if os.name == "nt" else "bin") / name)


def python(environment: Path) -> list[str]:
    return [program(environment, "python")]


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_registry_takes_the_distributions(built: Distributions) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "twine", "check", "--strict", built.sdist, built.of_sdist],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("PASSED") == 2


def test_the_sdist_makes_the_same_wheel_as_the_source_tree(built: Distributions) -> None:
    assert built.of_sdist.name == built.of_tree.name
    assert contents(built.of_sdist) == contents(built.of_tree)


def test_the_wheel_holds_the_two_packages_and_their_data(built: Distributions) -> None:
    paths = [PurePosixPath(name) for name in contents(built.of_sdist)]
    tops = {path.parts[0] for path in paths}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"digitbox", "digitbox_train"}
    assert not {"pipeline", "train"} & {part for path in paths for part in path.parts}
    held = {str(path) for path in paths}
    for sources, package in (("pipeline", "digitbox"), ("train", "digitbox_train")):
        wanted = {
            path.relative_to(ROOT / sources).as_posix()
            for path in (ROOT / sources / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted == {name for name in held if name.startswith(f"{package}/")}
    for pattern in (
        "digitbox/py.typed",
        "digitbox/models/cnn/model.onnx",
        "digitbox/models/cnn/card.json",
        "digitbox/review/templates/*.html",
        "digitbox/ledger/schema/*.sql",
        "digitbox_train/accuracy/*.csv",
        "digitbox_train/drawing/shapes/*.txt",
    ):
        assert any(path.match(pattern) for path in paths), pattern


def test_the_metadata_names_no_extra_for_developers(built: Distributions) -> None:
    (metadata,) = (
        text.decode() for name, text in contents(built.of_sdist).items() if "/METADATA" in name
    )
    extras = set(re.findall(r"^Provides-Extra: (.+)$", metadata, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert extras == set(project["project"]["optional-dependencies"])
    assert "dev" not in extras


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
    done = subprocess.run(
        [program(installed, "digitbox"), "batch", ROOT / "samples" / "tilted.jpg"],
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
    start, _, packages = done.stderr.strip().partition(" install ")
    pip = f"{program(installed, 'python')} -m pip"
    assert start == f"digitbox: Training needs tensorflow and tf2onnx: {pip}"
    assert {"matplotlib", "tensorflow", "tf2onnx"} <= set(re.findall("[a-z0-9]+", packages))
    assert "digitbox" not in packages


@pytest.mark.parametrize("way", ["module", "script"])
def test_modules_of_a_project_beside_it_are_not_taken_for_its_own(
    installed: Path, tmp_path: Path, way: str
) -> None:
    for name in ("train.py", "pipeline.py"):
        (tmp_path / name).write_text(f"raise SystemExit('{name} was imported')\n")
    (tmp_path / "labels.csv").write_text("path,label\ntilted.jpg,7\npencil.jpg,3\n")
    (tmp_path / "scans").mkdir()
    for name in ("tilted.jpg", "pencil.jpg"):
        shutil.copy(ROOT / "samples" / name, tmp_path / "scans")
    module = [*python(installed), "-m", "digitbox"]
    command = module if way == "module" else [program(installed, "digitbox")]

    def run(*command: str) -> "subprocess.CompletedProcess[str]":
        # Its folder comes first on the path: for the command, and for the workers that it starts.
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )

    assert "train.py was imported" in run(*python(installed), "-c", "import train").stderr
    done = run(*command, "batch", "scans/tilted.jpg")
    assert (done.returncode, done.stdout[:13]) == (0, "tilted.jpg  7"), done.stderr
    done = run(*command, "evaluate", "scans", "--labels", "labels.csv")
    assert done.returncode == 0, done.stderr
    done = run(*command, "train", "mlp", "--help")
    assert (done.returncode, "--save-keras" in done.stdout) == (0, True), done.stderr


def test_the_lock_files_hold_hashes_for_all_that_is_asked_for() -> None:
    """For the base install, each extra, and all of them with the tools: the same versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked: dict[str, list[str]] = {"dev.txt": [], "run.txt": []}
    asked |= {f"{name}.txt": given for name, given in project["optional-dependencies"].items()}
    assert {file.name for file in (ROOT / "locks").iterdir()} == set(asked)
    versions: dict[str, set[str]] = {}
    for name, packages in asked.items():
        lines = (ROOT / "locks" / name).read_text("utf-8").replace("\\\n", " ").splitlines()
        pins = [line for line in lines if line and not line.lstrip().startswith("#")]
        assert pins
        assert all("==" in pin and "--hash=sha256:" in pin for pin in pins)
        versions[name] = {re.split(" |;", pin)[0] for pin in pins}
        pinned = {version.partition("==")[0] for version in versions[name]}
        for package in [*project["dependencies"], *packages]:
            assert re.split("[<>=]", package)[0] in pinned, name
        assert versions[name] <= versions["dev.txt"]
