"""Where the time of ``digitbox batch`` goes, module by module, by samples of all its processes.

    python -m benchmarks.speed.stages [WORKLOAD …] [--share 0.1]

Needs py-spy (``pip install py-spy``), and on Linux the right to trace one's own processes.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import click

from benchmarks.speed.programs import ROOT
from benchmarks.speed.workloads import WORKLOADS

RATE = 250
"""Samples a second, of every process."""

_OURS = re.compile(rf"\({re.escape(str(ROOT))}/pipeline/digitbox/([\w/]+)\.py\)")


@click.command()
@click.argument("names", nargs=-1)
@click.option("--share", default=0.1, help="Of each workload's files, so many are read.")
@click.option("--folder", type=Path, default=Path("/tmp/digitbox-bench"), help="Files go here.")
@click.option("--mnist", type=Path, help="MNIST, where it is not in the cache.")
def main(names: tuple[str, ...], share: float, folder: Path, mnist: Path | None) -> None:
    """Profile the workloads NAMES, all where none is named."""
    if shutil.which("py-spy") is None:
        sys.exit("py-spy is missing: pip install py-spy")
    folder.mkdir(parents=True, exist_ok=True)
    for one in WORKLOADS:
        if not names or one.name in names:
            place = one.build(folder, share, mnist)
            files = sum(1 for _ in place.iterdir())
            click.echo("\n".join(table(f"{files:,} {one.title}", files, profile(place))))


def profile(files: Path) -> Counter[str]:
    """Samples by the innermost module of ours that was at work."""
    with tempfile.TemporaryDirectory() as place:
        record = [
            "py-spy", "record", "--subprocesses", "--nolineno", "--full-filenames",
            "--rate", str(RATE), "--format", "raw", "--output", f"{place}/samples", "--",
        ]  # fmt: skip
        command = [sys.executable, "-m", "digitbox", "batch", str(files), "--quiet"]
        command += ["--outbox", f"{place}/outbox"]
        subprocess.run([*record, *command], cwd=ROOT, check=True, capture_output=True)
        lines = Path(place, "samples").read_text(encoding="utf-8").splitlines()
    samples: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        samples[_module(stack)] += int(count)
    return samples


def table(title: str, files: int, samples: Counter[str]) -> list[str]:
    total = samples.total()
    rows = [
        f"| `{module}` | {1e6 * count / RATE / files:,.0f} µs | {count / total:.0%} |"
        for module, count in samples.most_common()
        if count >= 0.01 * total
    ]
    return [f"| {title} | processor time a file | of all |", "|---|---|---|", *rows, ""]


def _module(stack: str) -> str:
    """The innermost module of ours on a stack; what imports is the start."""
    modules = _OURS.findall(stack)
    return modules[-1] if modules and "importlib" not in stack else "start"


if __name__ == "__main__":
    main()
