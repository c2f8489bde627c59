"""The way of the field's first tutorials: resize, and one ``keras.Model.predict`` an image.

python -m benchmarks.speed.tutorial FOLDER
"""

import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from digitbox_train import networks


def main(folder: Path) -> None:
    model = networks.mlp()  # as slow with weights as without
    for entry in os.scandir(folder):
        with Image.open(entry.path) as image:
            frame = np.asarray(image.convert("L").resize((28, 28)), np.float32) / 255
        model.predict(frame[None], verbose=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
