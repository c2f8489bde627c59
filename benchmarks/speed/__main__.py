"""Measure, in turn, how long each program takes; print the ratios, and write RESULTS.md.

    python -m benchmarks.speed [--share 0.1] [--rounds 5] [WORKLOAD …]

Start-up, which is how long a program takes for two files, is reported apart and taken off.
"""

import os
import platform
import shutil
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import click

from benchmarks.speed import bars, programs
from benchmarks.speed.programs import Program
from benchmarks.speed.timing import Timing
from benchmarks.speed.workloads import WORKLOADS
from digitbox.pool.pool import cores
from digitbox.storage.walk import Sources
from digitbox.storage.walk import count as count_files

EVERYWHERE: dict[str, Program] = {
    "floor": programs.floor,
    "batch": programs.batch,
    "watch": programs.watch,
}
BESIDES: dict[str, dict[str, Program]] = {
    "w2": {
        "batch, one core": programs.batch_on_one_core,
        "loop": programs.loop,
        "tutorial": programs.tutorial,
        "tesseract": programs.tesseract,
    }
}
"""What is measured besides, of one workload, with the first model."""

SAMPLES = {"tutorial": 200, "tesseract": 100}
"""Slow programs read only so many files; the figures are for all, by their share."""

PREFACE = """# How fast it reads

Made by `make bench`. The programs run in turn on one machine, in several rounds. Ratios are of
times in the same round: median [smallest, largest]. Times do not include the start-up, which is how
long a program takes for two files, and has its own column. `floor` is a bare program with one
process for each core. It reads the files, decodes them with Pillow in the cheapest way that keeps a
digit readable, and runs the network on as many frames. The ratio of `w7`, numbers, to `w7-digits`,
as many single digits drawn alike, is one of times in rounds of two workloads, one after the other.
`docs/performance.md` says where the rest of the time goes.
"""

START = 2
"""Files that are read to see how long a program takes to start."""


def measure(
    folder: Path, wanted: Mapping[str, Program], model: str, rounds: int
) -> dict[str, Timing]:
    chosen = dict(wanted)
    if shutil.which("tesseract") is None:
        chosen.pop("tesseract", None)
    files = sorted(folder.iterdir())
    places = {
        program: _part(folder, files[: SAMPLES[program]]) if program in SAMPLES else folder
        for program in chosen
    }
    few = _part(folder, files[:START])
    starts: dict[str, list[float]] = {program: [] for program in chosen}
    seconds: dict[str, list[float]] = {program: [] for program in chosen}
    for _ in range(rounds):
        for program, run in chosen.items():
            start = run(few, model)
            share = len(files) / SAMPLES[program] if program in SAMPLES else 1
            seconds[program].append(share * max(1e-3, run(places[program], model) - start))
            starts[program].append(start)
    return {
        program: Timing(tuple(seconds[program]), statistics.median(starts[program]))
        for program in chosen
    }


def _part(folder: Path, files: Sequence[Path]) -> Path:
    """A folder that holds ``files`` only."""
    place = folder.parent / f"{folder.name}-first-{len(files)}"
    if not place.exists():
        place.mkdir()
        for file in files:
            os.link(file, place / file.name)
    return place


def lines(title: str, model: str, files: int, timings: dict[str, Timing]) -> list[str]:
    found = []
    for program, timing in timings.items():
        median, low, high = timing.ratio(timings["floor"])
        found.append(
            f"| {title} | `{model}` | {program} | {statistics.median(timing.seconds):.2f} s | "
            f"{1e6 * statistics.median(timing.seconds) / files:,.0f} µs | {timing.start:.2f} s | "
            f"{median:.2f} [{low:.2f}, {high:.2f}] |"
        )
    return found


def _machine() -> str:
    cpu = next(
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    )
    packages = ("numpy", "onnxruntime", "opencv-python-headless", "pillow")
    return (
        f"{cpu}, {cores()} cores; {platform.system()}; Python "
        f"{platform.python_version()}; "
        + ", ".join(f"{package} {version(package)}" for package in packages)
        + f"; {datetime.now(UTC):%Y-%m-%d}."
    )


@click.command()
@click.argument("names", nargs=-1)
@click.option("--share", default=1.0, help="Of each workload's files, so many are read.")
@click.option("--rounds", default=3, help="How often each program runs.")
@click.option("--model", "models", multiple=True, default=("cnn", "mlp"))
@click.option("--folder", type=Path, default=Path("/tmp/digitbox-bench"), help="Files go here.")
@click.option("--mnist", type=Path, help="MNIST, where it is not in the cache.")
@click.option("--real", type=Path, help="A folder of real images, the workload w6.")
@click.option("--write", type=Path, help="Write the table there.")
def main(
    names: tuple[str, ...],
    share: float,
    rounds: int,
    models: tuple[str, ...],
    folder: Path,
    mnist: Path | None,
    real: Path | None,
    write: Path | None,
) -> None:
    """Measure the workloads NAMES, all where none is named."""
    folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(folder)
    places = {
        one.name: (one.title, one.build(folder, share, mnist))
        for one in WORKLOADS
        if not names or one.name in names
    }
    if real is not None and (not names or "w6" in names):
        places["w6"] = ("real images", _flat(real, folder / "w6"))
    table = [
        "| files | model | program | time | a file | start-up | to the floor |",
        "|---|---|---|---|---|---|---|",
    ]
    click.echo("\n".join(table))
    measured: dict[tuple[str, str], dict[str, Timing]] = {}
    counts = {name: count_files(Sources([place])) for name, (_, place) in places.items()}
    for name, (title, place) in places.items():
        for model in models:
            besides = BESIDES.get(name, {}) if model == models[0] else {}
            measured[name, model] = measure(place, EVERYWHERE | besides, model, rounds)
            new = lines(f"{counts[name]:,} {title}", model, counts[name], measured[name, model])
            click.echo("\n".join(new))
            table += new
    summary = bars.table(measured)
    click.echo("\n".join(["", *summary]))
    if write is not None:
        legend = bars.legend((name, title, counts[name]) for name, (title, _) in places.items())
        extent = f"{rounds} rounds, with {share:.0%} of each workload's files. {_machine()}"
        page = [PREFACE, extent, "", *table, "", legend, "", *summary, ""]
        write.write_text("\n".join(page), encoding="utf-8")


def _flat(tree: Path, place: Path) -> Path:
    """All files of ``tree`` in one folder."""
    if not place.exists():
        place.mkdir()
        for number, file in enumerate(sorted(path for path in tree.rglob("*") if path.is_file())):
            shutil.copy(file, place / f"{number:05}{file.suffix}")
    return place


if __name__ == "__main__":
    main()
