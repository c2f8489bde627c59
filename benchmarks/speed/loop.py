"""The plain loop: resize each image to 28×28, and run the network on it alone, in one process.

python -m benchmarks.speed.loop FOLDER MODEL
"""

import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageSequence


def main(folder: Path, model: Path) -> None:
    session = onnxruntime.InferenceSession(model / "model.onnx")
    name = session.get_inputs()[0].name
    for entry in os.scandir(folder):
        with Image.open(entry.path) as image:
            for page in ImageSequence.Iterator(image):
                frame = np.asarray(page.convert("L").resize((28, 28)))
                session.run(None, {name: frame[None]})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
