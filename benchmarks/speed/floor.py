"""The least that anyone has to do: read the files, decode them, run the network on as many frames.

    python -m benchmarks.speed.floor FOLDER MODEL

One process a core. Pillow decodes in the cheapest way that keeps a digit readable: JPEGs in gray
and at a reduced size. The frames are ready beforehand, one a page.
"""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageSequence

from digitbox.pool.pool import cores
from digitbox.recognition.model import Model

DRAFT_SIDE = 600
"""JPEGs are decoded at the smallest size whose sides have at least so many pixels."""

BATCH = 64


def main(folder: Path, model: Path) -> None:
    """Start one process for each core, each with its part of the files."""
    count = cores()
    command = [sys.executable, "-m", "benchmarks.speed.floor", str(folder), str(model)]
    parts = [subprocess.Popen([*command, str(part), str(count)]) for part in range(count)]
    if any(list(map(subprocess.Popen.wait, parts))):
        sys.exit("a part failed")


def work(folder: Path, folder_model: Path, part: int, parts: int) -> None:
    """Every ``parts``-th file, from ``part`` on."""
    model = Model(folder_model)
    frames = list(np.random.default_rng(0).integers(0, 256, (BATCH, 28, 28), np.uint8))
    pages = 0
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name)[part::parts]:
        content = Path(entry).read_bytes()
        with Image.open(io.BytesIO(content)) as image:
            if image.format == "JPEG":
                image.draft("L", (DRAFT_SIDE, DRAFT_SIDE))
            for page in ImageSequence.Iterator(image):
                np.asarray(page.convert("L"))
                pages += 1
    for _ in range(-(-pages // BATCH)):
        model.probabilities(frames)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    else:
        work(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
