"""How long from a file renamed into an idle inbox to its row in a CSV file: the service, for real.

python benchmarks/latency.py [DROPS]
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

SETTINGS: dict[str, object] = {}
"""The defaults, that is."""

IDLE_SECONDS = 0.25
"""Between a row and the next drop."""


def main(drops: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(json.dumps(SETTINGS))
        (folder / "inbox").mkdir()
        service = subprocess.Popen([sys.executable, "-m", "digitbox", "watch"], cwd=folder)
        try:
            while b'"idle"' not in _read(folder / "state" / "service.json"):
                time.sleep(0.05)
            seconds = sorted(_drop(folder, number) for number in range(drops))
        finally:
            service.terminate()
            service.wait()
    for share in (0.5, 0.9, 0.99, 1.0):
        print(f"{share:4.0%}  {1000 * seconds[int(share * (drops - 1))]:6.1f} ms")
    print(f"mean  {1000 * statistics.mean(seconds):6.1f} ms, {drops} drops")


def _drop(folder: Path, number: int) -> float:
    """Rename one image in, and wait for the row that names it."""
    pixels = np.random.default_rng(number).integers(0, 256, (28, 28)).astype(np.uint8)
    beside = folder / f"{number}.png"
    Image.fromarray(pixels).save(beside)
    time.sleep(IDLE_SECONDS)
    seen = _tables(folder)
    begun = time.perf_counter()
    beside.rename(folder / "inbox" / beside.name)
    while True:
        if new := _tables(folder) - seen:
            took = time.perf_counter() - begun
            assert beside.name in (folder / "outbox" / new.pop()).read_text()
            return took
        time.sleep(0.0005)


def _tables(folder: Path) -> set[str]:
    return {
        str(table.relative_to(folder / "outbox")) for table in (folder / "outbox").glob("*/*.csv")
    }


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
