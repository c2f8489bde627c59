"""Tesseract, one image after the other, looking for one character that is a digit.

python -m benchmarks.speed.tesseract FOLDER
"""

import os
import subprocess
import sys
from pathlib import Path

OPTIONS = ("stdout", "--psm", "10", "-c", "tessedit_char_whitelist=0123456789")


def main(folder: Path) -> None:
    for entry in os.scandir(folder):
        command = ["tesseract", entry.path, *OPTIONS]
        subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
