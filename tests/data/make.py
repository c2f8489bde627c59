"""Makes the fixtures beside it: ``python -m tests.data.make MNIST_FOLDER``.

``mnist.npz`` holds 300 of MNIST's test digits, 30 of each. ``frames.npz`` holds the 28×28 frames
that the current preprocessing makes of the golden pages (tests/pages.py); make them anew only when
PREPROCESSING changes, and say in the commit why they did.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.config import FINDER
from pipeline.recognition.finder import Finder
from pipeline.recognition.locate import locate
from pipeline.recognition.normalize import normalize
from tests.pages import golden_pages
from train import data

HERE = Path(__file__).parent


def main(folder: Path) -> None:
    mnist = data.load(folder)
    chosen = np.concatenate([np.flatnonzero(mnist.y_test == value)[:30] for value in range(10)])
    np.savez_compressed(HERE / "mnist.npz", x=mnist.x_test[chosen], y=mnist.y_test[chosen])
    finder = Finder(FINDER)
    frames: Any = {
        name: normalize(locate(page, finder)[0].ink) for name, page in golden_pages().items()
    }
    np.savez_compressed(HERE / "frames.npz", **frames)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
