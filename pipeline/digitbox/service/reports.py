"""What the service tells: a line a batch, a line a failed file; for people, or as JSON."""

import logging
import sys
from collections import Counter

from digitbox.engine.observer import Published
from digitbox.extras import how_to_install
from digitbox.records import Reason, Row, Status
from digitbox.storage.names import one_line, printable

LACKS_FORMATS = "PDF and HEIC are not read: packages are missing. To install them here:"

log = logging.getLogger(__name__)


def set_up(verbose: bool) -> None:
    """Log to stderr: readable lines on a terminal, a JSON object a line otherwise."""
    handler = logging.StreamHandler()
    if sys.stderr.isatty():
        handler.setFormatter(_Lines("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    else:
        from pythonjsonlogger.json import JsonFormatter

        handler.setFormatter(
            JsonFormatter(
                "%(levelname)s %(message)s",
                rename_fields={"levelname": "level"},
                timestamp="time",
                json_ensure_ascii=False,
            )
        )
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True
    )
    for chatty in ("watchdog", "filelock"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _Lines(logging.Formatter):
    """A line is a line: no file name gets to move the cursor."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # its name there
        return one_line(super().formatMessage(record))


def counted(number: int, noun: str) -> str:
    """``1 file``, ``1,200 files``."""
    return f"{number:,} {noun if number == 1 else noun + 's'}"


def say_published(published: Published, seconds: float) -> None:
    """One line for the batch, one for each page that failed; with ``--verbose`` one for each."""
    batch = published.batch
    counts = Counter(row.reading.status for row in batch.rows)
    said = ", ".join(f"{counts[status]} {status}" for status in Status if counts[status])
    fields = {
        "batch": batch.name,
        "rows": len(batch.rows),
        "seconds": round(seconds, 3),
        **{status.value: number for status, number in counts.items()},
    }
    log.info("batch %s: %s, %.2f s", batch.name, said.replace("_", " "), seconds, extra=fields)
    for row in batch.rows:
        _say_row(row)
    if any(row.reading.reason is Reason.FORMATS_EXTRA_MISSING for row in batch.rows):
        log.warning("%s %s", LACKS_FORMATS, how_to_install("formats"))


def _say_row(row: Row) -> None:
    reading = row.reading
    is_failed = reading.status == Status.FAILED
    level = logging.WARNING if is_failed else logging.DEBUG
    if not log.isEnabledFor(level):
        return
    name = printable(row.source.name)
    what = f"{reading.value or '-'} {reading.confidence or ''}".strip()
    fields = {
        "file": name,
        "page": reading.page,
        "row": row.id,
        "status": reading.status.value,
        "reason": reading.reason.value if reading.reason else None,
    }
    said = f"failed: {reading.reason}" if is_failed else f"{reading.status}: {what}"
    log.log(level, "%s (page %d) %s", name, reading.page, said, extra=fields)
