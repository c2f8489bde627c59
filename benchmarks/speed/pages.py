"""How many pages of a form are read in a second: A4, 200 dots an inch, JPEG, ten fields (w8).

    python -m benchmarks.speed.pages [PAGES] [MNIST]

Prints, as Markdown, what `digitbox batch --form` takes for PAGES pages (default: 200), start-up
apart, and in turn with it a bare decode of the same pages with one process a core: medians of some
rounds.
"""

import contextlib
import csv
import io
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from digitbox.forms.printing import printed
from digitbox.forms.questions import parse
from digitbox.forms.template import rendered
from digitbox.pool.pool import cores
from digitbox.recognition.decode import Page, decode
from digitbox_train import data
from digitbox_train.drawing import fonts
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.sheets import sheet
from digitbox_train.drawing.writers import Writers

QUESTIONS = (
    "title: Written examination\nquestions:\n"
    "  - {name: student, label: Student number, type: digits, length: 8}\n"
    "  - {name: absent, label: Absent, type: checkbox}\n"
    + "".join(
        f"  - {{name: q{number}, label: Question {number}, type: number, max: 10, decimals: 1}}\n"
        for number in range(1, 8)
    )
    + "  - {name: total, label: Total, type: number, max: 70, decimals: 1}\n"
    "checks:\n  - total == q1 + q2 + q3 + q4 + q5 + q6 + q7\n"
)

DRAWN, LONGEST, QUALITY, SEED, ROUNDS, START = 20, 2339, 80, 8, 3, 2
"""So many pages are drawn, and given again and again; of so many pixels, the longer side of A4 at
200 dots an inch. START pages show how long the program takes to start."""


def main(pages: int = 200, mnist: Path | None = None) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with contextlib.redirect_stdout(sys.stderr):  # MNIST may be fetched, which says so
            truth = _draw(folder, pages, mnist)
        few = folder / "few"
        few.mkdir()
        for file in sorted((folder / "scans").iterdir())[:START]:
            (few / file.name).hardlink_to(file)
        read, decoded = list[float](), list[float]()
        for _ in range(ROUNDS):
            start = _batch(folder, few)
            read.append(max(1e-3, _batch(folder, folder / "scans") - start))
            decoded.append(_decode(folder / "scans"))
        right = _right(folder, truth)
    seconds, ratios = statistics.median(read), [a / b for a, b in zip(read, decoded, strict=True)]
    print("| w8: A4 pages of ten fields | time | pages a second | to a bare decode | read right |")
    print("|---|---|---|---|---|")
    print(
        f"| {pages} pages, {cores()} cores | {seconds:.1f} s | {pages / seconds:.1f} | "
        f"{statistics.median(ratios):.1f} [{min(ratios):.1f}, {max(ratios):.1f}] | {right:.1%} |"
    )


def _draw(folder: Path, pages: int, mnist: Path | None) -> dict[str, dict[str, str]]:
    """The form and the pages; returns what stands in the fields of each."""
    form = printed(parse(QUESTIONS, "the questions"), "exam")
    (folder / "forms" / "exam").mkdir(parents=True)
    (folder / "forms" / "exam" / "exam.pdf").write_bytes(form.pdf)
    (folder / "forms" / "exam" / "form.yaml").write_text(rendered(form.template), "utf-8")
    (reference,) = decode(form.pdf, 10**8, side=None)
    assert isinstance(reference, Page)
    writers = Writers.of(data.load(mnist), fonts.load(), held_back=True)
    random, drawn = np.random.default_rng(SEED), list[tuple[bytes, dict[str, str]]]()
    for _ in range(min(DRAWN, pages)):
        marks = random.integers(0, 21, 7) / 2
        values = {f"q{number}": f"{mark:g}" for number, mark in enumerate(marks, 1)}
        values |= {"total": f"{marks.sum():g}"}
        values |= {"student": "".join(map(str, random.integers(0, 10, 8)))}
        fields, hand = form.template.pages[0].fields, Hand.of(writers, random)
        page = sheet(reference.gray, fields, values, hand, random, LONGEST)
        buffer = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(page.gray)).save(buffer, "JPEG", quality=QUALITY)
        drawn.append((buffer.getvalue(), page.truth))
    (folder / "scans").mkdir()
    truth = {}
    for number in range(pages):
        content, truth[f"{number:04}.jpg"] = drawn[number % len(drawn)]
        # A few bytes after the image's end make each content new.
        (folder / "scans" / f"{number:04}.jpg").write_bytes(content + number.to_bytes(4, "big"))
    return truth


def _batch(folder: Path, scans: Path) -> float:
    command = [sys.executable, "-m", "digitbox", "batch", "--form", "exam", "--quiet", str(scans)]
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def _decode(scans: Path) -> float:
    with ProcessPoolExecutor(cores()) as pool:
        list(pool.map(_gray, [next(scans.iterdir())] * cores()))  # started
        begun = time.perf_counter()
        list(pool.map(_gray, sorted(scans.iterdir())))
        return time.perf_counter() - begun


def _gray(file: Path) -> None:
    with Image.open(file) as image:
        image.convert("L").load()


def _right(folder: Path, truth: dict[str, dict[str, str]]) -> float:
    """The share of the values that were read right in the last round."""
    file = max((folder / "outbox").glob("*.exam.csv"), key=lambda one: one.stat().st_mtime_ns)
    with file.open(newline="", encoding="utf-8") as lines:
        found = [
            line[field] == value
            for line in csv.DictReader(lines)
            for field, value in truth[line["file"]].items()
        ]
    return float(np.mean(found))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 200, Path(given[1]) if len(given) > 1 else None)
