"""A wish to read files again → a request in the ledger, done by whoever holds the lock."""

from collections.abc import Callable, Sequence

from digitbox.config import Config
from digitbox.engine.requests import RETRY
from digitbox.errors import InputError
from digitbox.ledger.history import History
from digitbox.ledger.originals import Lying
from digitbox.records import Status
from digitbox.service.reports import counted
from digitbox.service.requests import ask
from digitbox.signals import Flags


def retry(
    load: Callable[[], Config],
    signals: Flags,
    names: Sequence[str],
    failed: bool,
    review: bool,
) -> str:
    """Have files read again, and say what came of it. Raises :class:`InputError` where a name is
    not known, or its file is not there any more."""
    config = load().absolute()
    with History(config.state) as history:
        files = _chosen(history, names, failed, review)
    if not files:
        return "Nothing to read again."
    outcome = ask(config, signals, RETRY, files)
    if outcome.is_asked:
        return f"To be read again by the service that is running: {counted(len(files), 'file')}."
    if outcome.is_stopped:
        return (
            "Stopped before the end: what is left is read again by the next `digitbox watch`, "
            "`batch` or `retry`."
        )
    statuses = ", ".join(
        f"{number} {status}".replace("_", " ")
        for status in Status
        if (number := sum(row.reading.status == status for row in outcome.rows))
    )
    return f"{counted(len(files), 'file')} read again: {statuses or 'none could be had'}"


def _chosen(history: History, names: Sequence[str], failed: bool, review: bool) -> list[int]:
    chosen: list[Lying] = []
    for name, found in history.named(names).items():
        if not found:
            raise InputError(
                f"{name}: no such file came through the inbox, or it is not kept any more. "
                "Give it as it stands in the column `file`."
            )
        newest = {one.source.name: one for one in reversed(found)}
        chosen += newest.values()
    for status, wanted in ((Status.FAILED, failed), (Status.REVIEW, review)):
        if wanted:
            chosen += history.with_status(status)
    return sorted({one.file for one in chosen})
