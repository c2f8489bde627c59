"""Images a second on Spark and with ``digitbox batch``, with one and two workers of one core.

    python -m benchmarks.cluster [--share 0.1] [--rounds 3] [--mnist FOLDER] [--write FILE]

The files are 20,000 scans as those of w2 in ``benchmarks.speed``. Spark is a standalone cluster on
this machine, its workers pinned to a core each, as is ``digitbox batch`` with one worker; the
driver and the master may use all. Start-up, which is how long a program takes for two files, is
reported apart and taken off.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from benchmarks.speed.workloads import WORKLOADS
from tests.cluster.harness import Standalone

ROOT = Path(__file__).parents[1]
FILES = 20_000
START = 2
CONF = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.executor.memory": "600m",
    "spark.executor.cores": "1",
    "spark.ui.enabled": "false",
}


def batch(files: Path, workers: int) -> float:
    cores = ",".join(map(str, range(workers)))
    command = ["taskset", "-c", cores, sys.executable, "-m", "digitbox", "batch", files, "--quiet"]
    return _timed(command, {"DIGITBOX_WORKERS": str(workers)})


def cluster(files: Path, url: str) -> float:
    with tempfile.TemporaryDirectory() as place:
        pairs = [part for pair in CONF.items() for part in ("--conf", "=".join(pair))]
        locations = ["--input", files, "--output", f"{place}/out", "--checkpoint", f"{place}/check"]
        command = [sys.executable, "-m", "digitbox", "cluster", *locations, "--once", *pairs]
        return _timed([*command, "--master", url], {})


def _timed(command: list[object], environment: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as place:
        begun = time.perf_counter()
        subprocess.run(
            list(map(str, command)),
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - begun


@contextmanager
def standalone(workers: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        found = Standalone(Path(folder), workers, lambda number: ["taskset", "-c", str(number)])
        try:
            yield found.url
        finally:
            found.stop()


def measure(
    files: Path, few: Path, workers: int, rounds: int
) -> dict[str, list[tuple[float, float]]]:
    """Of each program, round by round: seconds to start, and for all files besides."""
    found: dict[str, list[tuple[float, float]]] = {"batch": [], "cluster": []}
    for _ in range(rounds):
        start = batch(few, workers)
        found["batch"].append((start, batch(files, workers) - start))
        with standalone(workers) as url:
            start = cluster(few, url)
            found["cluster"].append((start, cluster(files, url) - start))
    return found


@click.command()
@click.option("--share", default=1.0, help="Of the files, so many are read.")
@click.option("--rounds", default=3, help="How often each program runs.")
@click.option("--folder", type=Path, default=Path("/tmp/digitbox-bench"), help="Files go here.")
@click.option("--mnist", type=Path, help="MNIST, where it is not in the cache.")
@click.option("--write", type=Path, help="Add the table to that file.")
def main(share: float, rounds: int, folder: Path, mnist: Path | None, write: Path | None) -> None:
    (scans,) = (one for one in WORKLOADS if one.name == "w2")
    files = replace(scans, files=FILES).build(folder, share, mnist)
    few = folder / f"{files.name}-first-{START}"
    few.mkdir(exist_ok=True)
    for file in sorted(files.iterdir())[:START]:
        if not (few / file.name).exists():
            os.link(file, few / file.name)
    number = len(list(files.iterdir()))
    table = [
        f"`digitbox cluster` and `digitbox batch`, {number:,} {scans.title}, median of {rounds}:",
        "",
        "| workers of one core | batch | cluster | cluster to batch | start-up of both |",
        "|---|---|---|---|---|",
    ]
    for workers in (1, 2):
        timings = measure(files, few, workers, rounds)
        if any(seconds <= 0 for found in timings.values() for _, seconds in found):
            sys.exit("Starting took longer than reading all files: too few, or too busy a machine.")
        rates = {
            name: number / statistics.median(seconds for _, seconds in found)
            for name, found in timings.items()
        }
        ratios = [
            one / two
            for (_, one), (_, two) in zip(timings["batch"], timings["cluster"], strict=True)
        ]
        starts = [statistics.median(start for start, _ in timings[name]) for name in timings]
        table.append(
            f"| {workers} | {rates['batch']:,.0f} images/s | {rates['cluster']:,.0f} images/s | "
            f"{statistics.median(ratios):.2f} [{min(ratios):.2f}, {max(ratios):.2f}] | "
            f"{starts[0]:.1f} s, {starts[1]:.1f} s |"
        )
    click.echo("\n".join(table))
    if write is not None:
        with write.open("a", encoding="utf-8") as results:
            results.write("\n".join(["", *table, ""]))


if __name__ == "__main__":
    main()
