"""Memory and cost of ``digitbox batch`` with 10,000 and with 1,000,000 images of w1 in one folder.

    python -m benchmarks.speed.scale [FILES …]

Prints, as Markdown, for each number the time for an image, the start included, and the largest
proportional set size (PSS, Linux) of all processes together.
"""

import contextlib
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.speed.workloads import WORKLOADS


def main(numbers: list[int]) -> None:
    print("| files of w1 in one folder | time | a file | memory (PSS) at most |\n|---|---|---|---|")
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), number)


def _measure(folder: Path, number: int) -> None:
    with contextlib.redirect_stdout(sys.stderr):  # MNIST may be fetched, which says so
        files = replace(WORKLOADS[0], files=number).build(folder, 1, None)
    command = [sys.executable, "-m", "digitbox", "batch", str(files), "--quiet"]
    begun = time.monotonic()
    run = subprocess.Popen(command, cwd=folder)
    peak = 0
    while run.poll() is None:
        peak = max(peak, _memory(psutil.Process(run.pid)))
        time.sleep(0.5)
    seconds = time.monotonic() - begun
    if run.returncode:
        sys.exit(f"digitbox ended with {run.returncode}")
    print(
        f"| {number:,} | {seconds:.1f} s | {1e6 * seconds / number:.0f} µs | {peak / 1e6:.0f} MB |",
        flush=True,
    )


def _memory(process: psutil.Process) -> int:
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += int(one.memory_full_info().pss)
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [10_000, 1_000_000])
