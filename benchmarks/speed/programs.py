"""The programs that read a folder of images, each as a process of its own, and how long they
take."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from digitbox.config import SHIPPED_MODELS

ROOT = Path(__file__).parents[2]

Program = Callable[[Path, str], float]
"""A folder and the name of a model → seconds from the start to the end of the process."""


def floor(folder: Path, model: str) -> float:
    return _run("benchmarks.speed.floor", folder, SHIPPED_MODELS / model)


def loop(folder: Path, model: str) -> float:
    return _run("benchmarks.speed.loop", folder, SHIPPED_MODELS / model)


def tutorial(folder: Path, _: str) -> float:
    return _run("benchmarks.speed.tutorial", folder)


def tesseract(folder: Path, _: str) -> float:
    return _run("benchmarks.speed.tesseract", folder)


def batch(folder: Path, model: str) -> float:
    return _run("digitbox", "batch", folder, "--model", model, "--quiet")


def batch_on_one_core(folder: Path, model: str) -> float:
    return _run("digitbox", "batch", folder, "--model", model, "--quiet", cores={0})


def watch(folder: Path, model: str) -> float:
    """Until the inbox is empty: what has left it is published."""
    with _workplace() as place:
        inbox = place / "inbox"
        shutil.copytree(folder, inbox, copy_function=os.link)
        (place / "config.yaml").write_text(json.dumps({"watch": {"settle": 0}, "model": model}))
        begun = time.perf_counter()
        command = [sys.executable, "-m", "digitbox", "watch"]
        service = subprocess.Popen(
            command, cwd=place, env=_environment(), stderr=subprocess.DEVNULL
        )
        try:
            while next(os.scandir(inbox), None):
                if service.poll() is not None:
                    raise RuntimeError(f"the service ended with {service.returncode}")
                time.sleep(0.02)
            return time.perf_counter() - begun
        finally:
            service.terminate()
            service.wait()


def _run(module: str, *arguments: object, cores: set[int] | None = None) -> float:
    with _workplace() as place:
        command = [sys.executable, "-m", module, *map(str, arguments)]
        if cores:
            command = ["taskset", "-c", ",".join(map(str, cores)), *command]
        begun = time.perf_counter()
        subprocess.run(
            command, cwd=place, env=_environment(), check=True, stderr=subprocess.DEVNULL
        )
        return time.perf_counter() - begun


@contextmanager
def _workplace() -> Iterator[Path]:
    """An empty folder, on the file system of the workloads, to which files can be linked."""
    with tempfile.TemporaryDirectory() as place:
        yield Path(place)


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
