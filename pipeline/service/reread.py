"""A request to read files again → their originals, read and published as batches of their own."""

from collections.abc import Callable, Iterable, Iterator

from pipeline.ledger.history import History, Lying
from pipeline.records import INACCESSIBLE, FileReading, Reason, Source
from pipeline.service.batches import Published
from pipeline.service.parts import Parts

REQUEST = "retry"
"""The kind of such a request. Its argument is a list of the numbers of files' records."""


def reread(
    files: list[int],
    parts: Parts,
    history: History,
    turn: Callable[[], None],
    is_stopped: Callable[[], bool],
) -> Iterator[Published]:
    """Read the originals of the records ``files`` again, and yield each batch. A record that was
    read again since is left out, so that a request that was interrupted may be repeated. Of records
    of one name each batch holds one: their originals go to one place."""
    left = history.lying(files)
    while left and not is_stopped():
        part = list({one.source: one for one in left}.values())[: parts.config.batch.size]
        taken = {one.file for one in part}
        left = [one for one in left if one.file not in taken]
        found: dict[Source, Lying] = {}
        for one in part:
            place = parts.originals.find(one.place, one.batch, one.source)
            if place is not None:
                found[place] = one
        read = list(_read(found, parts, turn, is_stopped))
        previous = {file.source: number for file, number in read}
        published = parts.batches.complete((file for file, _ in read), "retry", previous)
        if published is not None:
            yield published


def _read(
    found: dict[Source, Lying],
    parts: Parts,
    turn: Callable[[], None],
    is_stopped: Callable[[], bool],
) -> Iterator[tuple[FileReading, int]]:
    """The readings under the names that the files had in the inbox, each with its record's
    number."""
    for files in parts.workers.turns(_until(is_stopped, found), afresh=True):
        turn()
        for file in files:
            lying = found[file.source]
            if file.reasons & (INACCESSIBLE | {Reason.VANISHED}):
                continue
            yield (
                FileReading(lying.source, file.sha256, file.readings, file.version),
                lying.file,
            )


def _until(is_stopped: Callable[[], bool], sources: Iterable[Source]) -> Iterator[Source]:
    for source in sources:
        if is_stopped():
            return
        yield source
