"""How long one image takes, from the shell to its row.

    python -m benchmarks.speed.once

Prints, as Markdown, the median and the range of ``digitbox batch one.png``, and in turn with it of
a Python that imports numpy and onnxruntime and makes the session, which nobody can do without.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

from benchmarks.speed.programs import ROOT
from digitbox.config import SHIPPED_MODELS

ROUNDS = 15

FLOOR = """
import sys, numpy, onnxruntime
onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.png")
        with Image.open(ROOT / "samples" / "tilted.jpg") as image:
            image.save(one)
        model = str(SHIPPED_MODELS / "cnn" / "model.onnx")
        digitbox = str(Path(sys.executable).with_name("digitbox"))
        commands = {
            "`digitbox batch one.png`": [digitbox, "batch", str(one), "--quiet"],
            "a Python with numpy, onnxruntime and the session": [
                sys.executable,
                "-c",
                FLOOR,
                model,
            ],
        }
        seconds: dict[str, list[float]] = {what: [] for what in commands}
        for _ in range(ROUNDS):
            for what, command in commands.items():
                begun = time.perf_counter()
                subprocess.run(command, cwd=folder, check=True, capture_output=True)
                seconds[what].append(time.perf_counter() - begun)
    print("| from the shell to the row | median | range |\n|---|---|---|")
    for what, found in seconds.items():
        middle, low, high = statistics.median(found), min(found), max(found)
        print(f"| {what} | {middle:.2f} s | {low:.2f} to {high:.2f} s |")


if __name__ == "__main__":
    main()
