"""Memory and cost of ``digitbox batch`` with 10,000 and with 1,000,000 images in one folder.

    python benchmarks/scale.py [FILES …]

The images are MNIST's of 28×28, each content its own. Prints, for each number, the time for an
image and the largest proportional set size (PSS, Linux) of all processes together.
"""

import io
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from train import data

CONTENTS = 2_000


def main(numbers: list[int]) -> None:
    images = data.load(None).x_train
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            _measure(Path(folder), images, number)


def _measure(folder: Path, images: "np.ndarray", number: int) -> None:
    contents = []
    for image in images[:CONTENTS]:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        contents.append(buffer.getvalue())
    files = folder / "files"
    files.mkdir()
    for index in range(number):
        # What follows the image's end makes a content of its own.
        content = contents[index % CONTENTS] + index.to_bytes(4, "big")
        (files / f"{index:07}.png").write_bytes(content)
    begun = time.monotonic()
    run = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "batch", "files", "--quiet"], cwd=folder
    )
    peak = 0
    while run.poll() is None:
        peak = max(peak, _memory(psutil.Process(run.pid)))
        time.sleep(0.5)
    seconds = time.monotonic() - begun
    if run.returncode:
        sys.exit(f"digitbox ended with {run.returncode}")
    print(
        f"{number:,} files in {seconds:.1f} s: {1e6 * seconds / number:.0f} µs each, "
        f"at most {peak / 1e6:.0f} MB",
        flush=True,
    )
    shutil.rmtree(files)


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
