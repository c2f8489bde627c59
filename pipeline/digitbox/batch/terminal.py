"""What a person sees of a run: how far it is, and what came out."""

import contextlib
import itertools
import os
import shlex
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from digitbox.batch.run import SHOWN, Summary, page
from digitbox.errors import DigitboxError
from digitbox.extras import how_to_install
from digitbox.form_pages import is_page_field
from digitbox.ledger.pending import COUNTED, Kind
from digitbox.models.registry import LEARNED_FROM, Listed, Role
from digitbox.records import FileReading, Reading, Row, Status
from digitbox.service.reports import LACKS_FORMATS, counted
from digitbox.service.status import ServiceStatus
from digitbox.storage.names import displayed

WORDS = {"unfinished": "hidden or unfinished"}
"""What people call a code, where that is not the code itself."""

LINE_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


class Progress:
    """Shows each file that gets read on stderr: as a bar with rate and time left on a terminal, as
    a line now and then otherwise. Use it as a context manager."""

    def __init__(self, count: Callable[[], int], quiet: bool) -> None:
        """``count`` tells how many files there are. It may take long: on a terminal it runs beside
        the reading, and the bar learns its end when it is done. ``quiet`` shows nothing."""
        from tqdm import tqdm

        self._quiet = quiet
        self._terminal = sys.stderr.isatty() and not quiet
        self._bar = tqdm(unit=" files", disable=not self._terminal, smoothing=0.1)
        self._count = count
        self._files = 0
        self._started = self._said = time.monotonic()

    def __enter__(self) -> "Progress":
        if self._terminal:
            threading.Thread(target=self._learn_total, daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._bar.close()

    def __call__(self, _: FileReading) -> None:
        self.advance(1)

    def advance(self, files: int) -> None:
        """Show that so many more were read."""
        self._files += files
        self._bar.update(files)
        now = time.monotonic()
        if not self._terminal and not self._quiet and now - self._said >= LINE_EVERY:
            self._said = now
            rate = self._files / (now - self._started)
            digits = 1 if rate < 10 else 0
            sys.stderr.write(f"{counted(self._files, 'file')} read, {rate:,.{digits}f} a second\n")

    def _learn_total(self) -> None:
        with contextlib.suppress(DigitboxError):  # a folder that is gone: reading it says so
            self._bar.total = self._count()


MOST_FIELDS = 8
"""So many fields of a page are shown on its line."""


def answers(rows: Sequence[Row]) -> str:
    """A line for each page, for up to ``SHOWN`` of them; nothing where there are more."""
    pages = [list(group) for _, group in itertools.groupby(rows, _line)]
    return "" if len(pages) > SHOWN else "\n".join(_lines(pages))


def _lines(pages: Sequence[Sequence[Row]]) -> list[str]:
    if not pages:
        return []
    width = min(60, max(len(_name(first)) for first, *_ in pages))
    plain = [row for rows in pages for row in rows if row.reading.field is None]
    digits = max((len(_value(row.reading)) for row in plain), default=1)
    return [
        f"{_name(group[0]):{width}}  "
        + (
            _answer(group[0].reading, digits)
            if group[0].reading.field is None
            else _fields([row.reading for row in group])
        )
        for group in pages
    ]


def _line(row: Row) -> object:
    """What stands on one line has the same."""
    return row.id if row.reading.field is None else page(row)


def _fields(readings: Sequence[Reading]) -> str:
    """The values of the fields of a page, and those that a person should look at."""
    fields = [one for one in readings if not is_page_field(one.field)]
    values = [f"{one.field} {one.value or '-'}" for one in fields[:MOST_FIELDS]]
    more = ["…"] if len(fields) > MOST_FIELDS else []
    doubted = [_doubted(one) for one in readings if one.status is Status.REVIEW]
    said = f"look at {', '.join(doubted)}" if doubted else _word(Status.ACCEPTED)
    return f"{', '.join((*values, *more))}  {said}"


def _doubted(reading: Reading) -> str:
    """The field and why, as ``docs/output.md`` lists it; of a whole page its name says it."""
    if reading.reason is None or is_page_field(reading.field):
        return reading.field or ""
    return f"{reading.field} ({reading.reason})"


LISTED = "grep -E ',(review|failed|not_digit),'"
"""What finds the rows of a CSV that a person should look at."""


def to_look_at(summary: Summary, remembers: bool) -> list[str]:
    """Which pages to look at, in a run with more than are answered, and how to list the others:
    from the ledger of the service where that ``remembers``, else from the files of the run."""
    if summary.pages <= SHOWN or not summary.look_at:
        return []
    noun = "image" if summary.pages == summary.statuses.total() else "page"
    lines = [f"To look at: {counted(summary.to_look_at, noun)}"]
    pages = [list(group) for _, group in itertools.groupby(summary.look_at, _line)]
    lines += [f"  {line}" for line in _lines(pages)]
    if (more := summary.to_look_at - SHOWN) > 0:
        tables = [one for one in summary.files if one.suffix == ".csv" and "." not in one.stem]
        if os.name == "nt" or not (remembers or tables):
            how = "their status is review, failed or not_digit"
        elif remembers:
            how = f"all: digitbox export --output - | {LISTED}"
        else:
            which = shlex.quote(str(tables[0]))
            if len(tables) > 1:
                run = shlex.quote(str(tables[0]).rpartition("-")[0])
                which = f"{run}-*[0-9].csv"
            how = f"all: {LISTED} {which}"
        lines.append(f"  … and {more:,} more; {how}")
    return lines


def totals(
    summary: Summary,
    skipped: Mapping[str, int],
    unreadable: Sequence[str],
    nothing: str,
    remembers: bool = False,
) -> str:
    """How many of each status, or that there was ``nothing``; what to look at; what was skipped,
    and what of it may not be looked at; and where the files are."""
    counts = summary.statuses
    lines = [
        _counted(summary)
        + ": "
        + ", ".join(f"{counts[status]:,} {_word(status)}" for status in Status if counts[status])
        if counts
        else nothing,
        *to_look_at(summary, remembers),
    ]
    if skipped:
        reasons = ", ".join(f"{number:,} {_word(reason)}" for reason, number in skipped.items())
        lines.append(f"Skipped: {reasons}")
        lines.extend(f"  {displayed(path)} may not be looked at" for path in unreadable)
    if summary.lacks_formats:
        lines.append(f"{LACKS_FORMATS} {how_to_install('formats')}")
        if remembers:
            lines.append("Then read them again: digitbox retry --failed")
    if summary.files:
        lines.append("Written:")
        lines.extend(f"  {file}" for file in summary.files[:4])
        if len(summary.files) > 4:
            lines.append(f"  … and {len(summary.files) - 4:,} more in {summary.files[-1].parent}")
    return "\n".join(lines)


def _counted(summary: Summary) -> str:
    """How many images there were; and, with forms, how many values on how many pages."""
    values = summary.statuses.total()
    if summary.pages == values:
        return counted(values, "image")
    return f"{counted(values, 'value')} on {counted(summary.pages, 'page')}"


def service(report: ServiceStatus) -> str:
    """How it goes with the service, a line a fact."""
    said = report.state
    if report.running:
        said += f" (`digitbox {report.command}`, process {report.pid}, since {report.since})"
    facts = [
        ("service", said),
        ("model", report.model),
        ("trouble", report.trouble),
        *((name, _folder(name, report)) for name in report.folders),
        *(("not to be had", line) for line in _blocked(report)),
        ("to look at", _open(sum(report.open.values()), "reading", "review")),
        ("", _kinds(report)),
        ("failed", _open(report.failed, "file", "retry --failed")),
        ("rate", f"{report.rate:,.1f} rows a second over the last minute"),
        (
            "skipped",
            ", ".join(f"{number:,} {_word(why)}" for why, number in report.skipped.items()),
        ),
        ("last error", report.last_error),
    ]
    width = max(len(fact) for fact, what in facts if what)
    return "\n".join(f"{fact:{width}}  {what}" for fact, what in facts if what)


def _folder(name: str, report: ServiceStatus) -> str:
    """Where it is, and what there is to say of it."""
    said = displayed(report.folders[name])
    if name in report.free_bytes:
        said += f", {report.free_bytes[name] / 1e9:,.1f} GB left"
    if name == "inbox":
        said += f", {counted(report.backlog.files, 'file')} without a row"
        if report.backlog.oldest is not None:
            said += f", the oldest has waited for {_duration(report.backlog.oldest)}"
    return said


def _blocked(report: ServiceStatus) -> list[str]:
    lines = [f"{displayed(name)}: {why}" for name, why in report.blocked.items()]
    more = report.blocked_files - len(lines)
    return [*lines, f"… and {more:,} more"] if more > 0 else lines


def _kinds(report: ServiceStatus) -> str:
    """How much there is to look at of each kind, and where, while the pages are served."""
    counts = [f"{number:,} {COUNTED[Kind(kind)]}" for kind, number in report.open.items()]
    return ", ".join(counts) + (f", at {report.pages}" if report.pages and counts else "")


def _open(number: int, noun: str, command: str) -> str:
    """What is to be done, and by which command."""
    return counted(number, noun) + (f": `digitbox {command}`" if number else "")


def models(found: Sequence[Listed]) -> str:
    """A line for each model, and beneath what its card says of it."""
    width = max(len(one.name) for one in found)
    lines = []
    for one in found:
        flag = "*" if one.role is Role.USED else " "
        lines.append(f"{flag} {one.name:{width}}  {one.role}")
        indent = " " * (width + 4)
        lines.append(f"{indent}{one.folder}")
        if one.card is None:
            lines.append(f"{indent}{one.trouble}")
            continue
        figures = (f"{_word(name)} {value:.2%}" for name, value in one.card.figures.items())
        lines.append(indent + ", ".join(figures))
        recipe = one.card.recipe
        made = [str(recipe["command"])] if "command" in recipe else []
        made += [f"at {recipe['made_at']}"] if "made_at" in recipe else []
        made += [f"from {recipe[LEARNED_FROM]}"] if LEARNED_FROM in recipe else []
        lines.append(indent + ", ".join(made))
    return "\n".join(line.rstrip() for line in lines)


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def _name(row: Row) -> str:
    page = f" (page {row.reading.page})" if row.reading.page > 1 else ""
    return displayed(row.source.name) + page


def _value(reading: Reading) -> str:
    return reading.value or "-"


def _answer(reading: Reading, width: int) -> str:
    value = f"{_value(reading):{width}}"
    confidence = "      " if reading.confidence is None else f"{reading.confidence:6.1%}"
    reason = f": {_word(reading.reason)}" if reading.reason else ""
    return f"{value}  {confidence}  {_word(reading.status)}{reason}"


def _word(code: str) -> str:
    return WORDS.get(code, str(code).replace("_", " "))
