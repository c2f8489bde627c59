"""The memory of the service while it works off 10,000 and 200,000 waiting files.

    python benchmarks/backlog.py [FILES …]

The files are copies of a few small images, so that most cost no inference: what is looked at is
what the service holds, not what it computes. Prints, for each number, the largest proportional set
size (PSS, Linux) seen of the service and of its workers, and of the service at its end.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

CONTENTS = 50


def main(numbers: list[int]) -> None:
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), number)


def _measure(folder: Path, number: int) -> None:
    contents = []
    for seed in range(CONTENTS):
        pixels = np.random.default_rng(seed).integers(0, 256, (28, 28)).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "image.png")
        contents.append((folder / "image.png").read_bytes())
    (folder / "config.yaml").write_text(json.dumps({"watch": {"settle": 0}}))
    inbox = folder / "inbox"
    inbox.mkdir()
    for index in range(number):
        (inbox / f"{index:06}.png").write_bytes(contents[index % CONTENTS])
    begun = time.monotonic()
    service = subprocess.Popen(
        [sys.executable, "-m", "digitbox", "watch"], cwd=folder, stderr=subprocess.DEVNULL
    )
    main_peak = workers_peak = last = 0
    try:
        while _done(folder) < number:
            time.sleep(0.5)
            last, workers = _memory(psutil.Process(service.pid))
            main_peak, workers_peak = max(main_peak, last), max(workers_peak, workers)
    finally:
        service.terminate()
        service.wait()
    seconds = time.monotonic() - begun
    print(
        f"{number:,} files in {seconds:.0f} s: service at most {main_peak / 1e6:.1f} MB, "
        f"at its end {last / 1e6:.1f} MB; workers together at most {workers_peak / 1e6:.1f} MB",
        flush=True,
    )


def _done(folder: Path) -> int:
    """How many rows are published."""
    return sum(table.read_bytes().count(b"\n") - 1 for table in folder.glob("outbox/*/*.csv"))


def _memory(process: psutil.Process) -> tuple[int, int]:
    def pss(one: psutil.Process) -> int:
        try:
            return int(one.memory_full_info().pss)
        except psutil.NoSuchProcess:
            return 0

    return pss(process), sum(pss(child) for child in process.children(recursive=True))


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 200_000])
