"""Timings of each workload and model → which bars are met."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.speed.timing import Timing


@dataclass(frozen=True)
class Bar:
    """The time of ``program`` is to be ``least`` times that of ``other``, or more; or ``most``
    times, or less. ``workload``: of that one alone. ``beside``: with ``other`` on that one, which
    has as many files."""

    program: str
    other: str
    least: float = 0.0
    most: float = float("inf")
    workload: str | None = None
    beside: str | None = None

    @property
    def text(self) -> str:
        return f"≥ {self.least:g}" if self.least else f"≤ {self.most:g}"

    def met(self, ratio: float) -> bool:
        return self.least <= ratio <= self.most


BARS = (
    Bar("batch", "floor", most=1.5),
    Bar("watch", "batch", most=1.3),
    Bar("tutorial", "batch", least=60, workload="w2"),
    Bar("loop", "batch", least=1.4, workload="w2"),
    Bar("tesseract", "batch", least=100, workload="w2"),
    Bar("batch, one core", "batch", least=1.8, workload="w2"),
    Bar("batch", "batch", most=2, workload="w7", beside="w7-digits"),
)


def table(measured: Mapping[tuple[str, str], Mapping[str, Timing]]) -> list[str]:
    """The rows of Markdown about all of ``measured``: by workload and model, by program."""
    rows = ["| ratio | files | model | bar | measured | |", "|---|---|---|---|---|---|"]
    for bar in BARS:
        for (workload, model), timings in measured.items():
            others = measured.get((bar.beside or workload, model), {})
            if (
                bar.workload not in (None, workload)
                or bar.program not in timings
                or bar.other not in others
            ):
                continue
            median, low, high = timings[bar.program].ratio(others[bar.other])
            files = f"{workload} : {bar.beside}" if bar.beside else workload
            rows.append(
                f"| {bar.program} : {bar.other} | {files} | `{model}` | {bar.text} | "
                f"{median:.2f} [{low:.2f}, {high:.2f}] | {'met' if bar.met(median) else 'missed'} |"
            )
    return rows


def legend(workloads: Iterable[tuple[str, str, int]]) -> str:
    """What the short names of workloads stand for: name, title and number of files of each."""
    return "; ".join(f"{name}: {files:,} {title}" for name, title, files in workloads) + "."
