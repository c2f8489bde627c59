"""Damaged images of every format, 10,000 a seed: what is accepted that says something else?

Run by hand, from the root of the repository:

    python -m benchmarks.mutants FOLDER [SEED …]

Small valid images of drawn digits are damaged at random, the same way for the same seed, and read
by one `digitbox batch`, together with the images as they were. Prints what became of each format,
how much memory the processes took, and every file that was accepted with another value than its
original has; those files are kept in ``FOLDER/SEED``, beside their originals. Ends with 1 unless
every original is accepted as what it shows, every file has one row for each of its pages, the run
ends with 0 and writes nothing to standard error, and memory does not grow.
"""

import argparse
import json
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.mutation import damaged, with_checksums
from digitbox.recognition import heif
from tests import pdfs
from tests.pages import encoded, sheet

COUNT = 10_000
SIDE = 96
GROWTH = 1.1
ALLOWANCE = 8e6
"""Memory is flat if its median in the last quarter of a run is at most so many times that of the
second quarter, and so many bytes."""

Row = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description="Read damaged images of every format.")
    parser.add_argument("folder", type=Path, help="where files are kept that were read wrong")
    parser.add_argument("seed", nargs="*", type=int, default=[1, 2, 3])
    parser.add_argument("--count", type=int, default=COUNT, help="damaged images for each seed")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    return max(
        run(given.folder / str(seed), seed, given.count, given.workers) for seed in given.seed
    )


def run(kept: Path, seed: int, count: int, workers: int) -> int:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "config.yaml").write_text(json.dumps({"workers": workers}))
        whole = write(root / "images", seed, count)
        begun = time.monotonic()
        status, said, memory = read(root)
        seconds = time.monotonic() - begun
        published = sorted((root / "outbox").glob("*.json"))
        rows = [
            row for path in published for row in json.loads(path.read_text("utf-8"))["readings"]
        ]
        print(
            f"seed {seed}: {count} damaged files, {len(rows)} rows, exit {status}, {seconds:.0f} s"
        )
        is_right = judge(root / "images", whole, rows, kept)
        is_flat = tell_memory(memory)
        print(f"standard error: {said or 'nothing'}", flush=True)
    return int(not (is_right and is_flat and status == 0 and not said))


def write(folder: Path, seed: int, count: int) -> dict[str, str]:
    """Write the originals and what is made of them; the value of each original by its name."""
    folder.mkdir()
    originals = dict(images())
    for name, (_, data) in originals.items():
        (folder / name).write_bytes(data)
    # As many of each format, however many originals it has.
    formats = defaultdict(list)
    for name in originals:
        formats[name.rpartition(".")[2]].append(name)
    draw = random.Random(seed)
    for number in range(count):
        names = list(formats.values())[number % len(formats)]
        name = draw.choice(names)
        data = damaged(originals[name][1], draw)
        if name.endswith(".png") and draw.random() < 0.7:
            data = with_checksums(data)
        (folder / f"{number:05}-{name}").write_bytes(data)
    return {name: str(value) for name, (value, _) in originals.items()}


def images() -> Iterator[tuple[str, tuple[int, bytes]]]:
    """The name of each original, the digit that it shows, and its content."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 1, "a digit"

    def form(extension: str, kind: str, modes: str, **others: dict[str, Any]) -> Iterator[Any]:
        """One of each mode, and ``others`` as they say."""
        every = {mode: {"mode": mode} for mode in modes.split()} | others
        for value, (name, chosen) in enumerate(every.items(), 2):
            image = drawn(value % 10, chosen.get("mode", "L"))
            options = {key: one for key, one in chosen.items() if key not in ("mode", "more")}
            if "more" in chosen:
                options |= {"save_all": True, "append_images": [image] * chosen["more"]}
            yield (
                f"{name.replace(';', '-')}.{extension}",
                (value % 10, encoded(image, kind, **options)),
            )

    yield from form("png", "PNG", "L LA RGB RGBA P 1 I;16", moving={"more": 1})
    yield from form(
        "jpg", "JPEG", "L RGB CMYK",
        progressive={"mode": "RGB", "progressive": True, "exif": exif},
        restarts={"mode": "RGB", "restart_marker_blocks": 3, "subsampling": 2},
        coarse={"quality": 30},
    )  # fmt: skip
    colours = ("tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "zstd", "lzma")
    faxes = ("group3", "group4", "tiff_ccitt")
    yield from form(
        "tif", "TIFF", "L RGB CMYK F I;16", pages={"more": 2}, big={"big_tiff": True},
        **{one: {"mode": "RGB", "compression": one} for one in colours},
        **{one: {"mode": "1", "compression": one} for one in faxes},
    )  # fmt: skip
    yield from form("gif", "GIF", "L P 1", interlaced={"interlace": 1}, moving={"more": 2})
    yield from form("bmp", "BMP", "L RGB RGBA P 1")
    yield "rle.bmp", (6, rle(np.asarray(drawn(6, "L"))))
    yield from form(
        "webp", "WEBP", "RGB RGBA",
        lossless={"mode": "RGBA", "lossless": True}, coarse={"mode": "RGB", "quality": 20},
        moving={"mode": "RGB", "more": 1, "exif": exif},
    )  # fmt: skip
    if heif.register():
        full = {"mode": "RGB", "chroma": 444}
        yield from form("heic", "HEIF", "RGB RGBA", lossless={"quality": -1}, full=full)
    picture = pdfs.seven(SIDE)
    lossy = pdfs.picture(b"/DCTDecode", encoded(picture, "JPEG"), side=SIDE)
    yield "jpeg.pdf", (7, lossy)
    yield "flate.pdf", (7, pdfs.picture(b"/FlateDecode", pdfs.deflated(picture), side=SIDE))
    yield "plain.pdf", (7, pdfs.picture(b"", picture.tobytes(), side=SIDE))
    yield "drawn.pdf", (1, pdfs.page(b"9 w 72 36 m 72 108 l S"))
    yield from form("pdf", "PDF", "1 RGB")


def drawn(value: int, mode: str) -> Image.Image:
    """A digit on paper, SIDE pixels wide and high."""
    gray = sheet(value, SIDE, SIDE, SIDE * 2 // 3)
    if mode == "I;16":
        return Image.fromarray(gray.astype(np.uint16) * 257)
    if mode == "F":
        return Image.fromarray(gray.astype(np.float32) / 255)
    return Image.fromarray(gray).convert(mode)


def rle(gray: np.ndarray) -> bytes:
    """A BMP of which runs of pixels are counted."""
    height, width = gray.shape
    runs = bytearray()
    for row in gray[::-1]:
        ends = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), width]
        for start, end in pairwise(ends):
            runs += bytes((end - start, int(row[start])))
        runs += b"\0\0"
    runs[-1] = 1
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    palette = b"".join(bytes((level, level, level, 0)) for level in range(256))
    start = 14 + len(header) + len(palette)
    file = struct.pack("<2sIHHI", b"BM", start + len(runs), 0, 0, start)
    return file + header + palette + bytes(runs)


def read(root: Path) -> tuple[int, str, list[tuple[float, float]]]:
    """The exit status of a run, what it wrote to standard error, and at each moment the memory of
    the command and of its largest worker, in bytes."""
    command = [sys.executable, "-m", "digitbox", "batch", "--quiet", "--format", "json", "images"]
    memory = []
    with (root / "said").open("wb+") as said:
        child = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=said)
        while child.poll() is None:
            time.sleep(0.25)
            try:
                parent = psutil.Process(child.pid)
                workers = [used(one) for one in parent.children(recursive=True)]
                if all(workers) and workers:  # none of them has ended
                    memory.append((used(parent), max(workers)))
            except psutil.Error:  # one of them ends just now
                continue
        said.seek(0)
        return child.returncode, said.read().decode(errors="replace"), memory


def used(process: psutil.Process) -> float:
    """Its proportional set size, or what this system has in place of it."""
    about = process.memory_full_info()
    return float(getattr(about, "pss", about.rss))


def judge(images: Path, whole: dict[str, str], rows: list[Row], kept: Path) -> bool:
    """Print what became of the files, and keep those that were read wrong. Whether every original
    was read, and each file has its rows."""
    shutil.rmtree(kept, ignore_errors=True)
    became: dict[str, Counter[str]] = defaultdict(Counter)
    wrong, lost = [], []
    for row in rows:
        name = row["file"] if row["file"] in whole else row["file"].split("-", 1)[1]
        is_accepted = row["status"] == "accepted"
        if row["file"] == name:
            lost += [] if is_accepted and row["value"] == whole[name] else [name]
            continue
        became[name.rpartition(".")[2]][row["reason"] or row["status"]] += 1
        if is_accepted and row["value"] != whole[name]:
            wrong.append((row["file"], name, row["value"], row["confidence"]))
    for form, found in sorted(became.items()):
        print(f"  {form}: " + ", ".join(f"{count} {what}" for what, count in found.most_common()))
    print(f"  accepted with another value: {len(wrong)}")
    for file, name, value, confidence in wrong:
        kept.mkdir(parents=True, exist_ok=True)
        for one in (file, name):
            shutil.copy(images / one, kept / one)
        print(f"    {file}: {value} for {whole[name]}, {confidence}")
    pages = Counter((row["file"], row["page"]) for row in rows)
    without = sorted({path.name for path in images.iterdir()} - {file for file, _ in pages})
    twice = sorted(file for (file, _), count in pages.items() if count > 1)
    for what, names in (("no row", without), ("two rows", twice), ("originals not read", lost)):
        print(f"  {what}: {', '.join(names) or 'none'}")
    return not (without or twice or lost)


def tell_memory(memory: list[tuple[float, float]]) -> bool:
    """Print how much was used, in MB. Whether it did not grow."""
    is_flat = True
    quarter = len(memory) // 4
    for which, used in (
        ("command", [one[0] for one in memory]),
        ("worker", [one[1] for one in memory]),
    ):
        early, late = median(used[quarter : 2 * quarter] or [0]), median(used[-quarter:] or [0])
        is_flat &= late <= GROWTH * early + ALLOWANCE
        figures = (f"{one / 1e6:.0f} MB" for one in (early, late, max(used, default=0)))
        print("  memory of the {}: {} early, {} late, {} at most".format(which, *figures))
    return is_flat


if __name__ == "__main__":
    sys.exit(main())
