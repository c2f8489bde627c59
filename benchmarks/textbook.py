"""The textbook way, as the figure to beat: resize to 28×28, invert if the border is light.

    python benchmarks/textbook.py FOLDER LABELS

with the folder and the labels that ``digitbox evaluate`` takes; prints the share right by kind,
with its 95 % interval, for every shipped model.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.config import SHIPPED_MODELS
from digitbox.evaluation.evaluate import read_labels
from digitbox.evaluation.metrics import Share
from digitbox.recognition.decode import Page, decode
from digitbox.recognition.model import Model
from digitbox.recognition.normalize import FRAME_SIDE


def frame(page: NDArray[np.uint8]) -> NDArray[np.uint8]:
    border = np.concatenate([page[0], page[-1], page[:, 0], page[:, -1]])
    small = cv2.resize(page, (FRAME_SIDE, FRAME_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(255 - small if np.median(border) > 127 else small, np.uint8)


def main(folder: Path, labels: Path) -> None:
    images = read_labels(labels, folder)
    frames = []
    for image in images:
        page = next(decode((folder / image.path).read_bytes(), max_pixels=10**9))
        assert isinstance(page, Page), image.path
        frames.append(frame(page.gray))
    kinds = sorted({image.kind for image in images})
    for model in sorted(SHIPPED_MODELS / name for name in ("cnn", "mlp")):
        values = Model(model).probabilities(frames).digits.argmax(axis=1)
        for kind in kinds:
            right = [
                image.label == str(value)
                for image, value in zip(images, values, strict=True)
                if image.kind == kind
            ]
            share = Share(sum(right), len(right))
            low, high = share.interval
            sys.stdout.write(f"{model.name}  {kind:8}  {share.value:.1%} [{low:.1%}, {high:.1%}]\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
