"""What an image costs in system calls, which no noise blurs: what more files make of them."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import digits, encoded

FEW, MANY = 40, 168
"""Both within one batch, and the second more than two chunks."""


@pytest.fixture(autouse=True)
def _strace() -> None:
    if not shutil.which("strace"):
        assert not os.environ.get("CI"), "CI has to install strace"
        pytest.skip("there is no strace")


def calls(place: Path, files: int, *, inbox: bool) -> Counter[str]:
    """The system calls of ``digitbox batch`` and its workers, by name."""
    folder = place / str(files) / ("inbox" if inbox else "files")
    folder.mkdir(parents=True)
    for number, image in enumerate(digits()[0][:files]):
        (folder / f"{number:03}.png").write_bytes(encoded(image))
    # One worker: a second one may be stopped while it still opens its modules.
    settings = {"watch": {"settle": 0, "patience": 0}, "workers": 1}
    (folder.parent / "config.yaml").write_text(json.dumps(settings))
    traced = folder.parent / "calls"
    command = [sys.executable, "-m", "digitbox", "batch", "--quiet"]
    subprocess.run(
        ["strace", "-f", "-qq", "-o", traced, *command, *([] if inbox else [folder])],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    lines = traced.read_text(errors="replace").splitlines()
    return Counter(found[1] for line in lines if (found := re.match(r"\d+ +(\w+)\(", line)))


def test_a_file_is_opened_read_and_closed_once(tmp_path: Path) -> None:
    few, many = (calls(tmp_path, files, inbox=False) for files in (FEW, MANY))
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    for name in ("openat", "read", "close"):
        assert each[name] < 1.5, name
    assert each.get("fstat", 0) + each["newfstatat"] < 2.5
    on_files = ("openat", "read", "close", "fstat", "newfstatat", "lseek", "ioctl", "write")
    assert sum(each.get(name, 0) for name in on_files) < 6
    assert few["fsync"] == many["fsync"] <= 4  # two files and their folders


def test_the_service_syncs_once_a_batch_and_not_once_a_file(tmp_path: Path) -> None:
    few, many = (calls(tmp_path, files, inbox=True) for files in (FEW, MANY))
    each = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}
    assert many["fsync"] == few["fsync"]
    # Claims are committed 128 at a time.
    assert many["fdatasync"] - few["fdatasync"] <= 4
    assert each["rename"] < 1.5
    # Three of these look for what a program that downloads keeps beside a file; one asks whether
    # the file stands at its name when it was read.
    assert each.get("fstat", 0) + each["newfstatat"] < 5.5 + 4
    assert each["openat"] < 1.5
