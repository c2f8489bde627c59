"""What other commands have asked for in the ledger → done, by whoever holds the lock."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from digitbox.engine.engine import Engine
from digitbox.engine.observer import Observer
from digitbox.ledger.history import History
from digitbox.ledger.originals import Lying
from digitbox.ledger.requests import REVIEW
from digitbox.records import INACCESSIBLE, FileReading, Reason, Source

RETRY = "retry"
"""The kind of a request to read files again. Its argument is a list of the numbers of files'
records."""

REMATCH = "rematch"
"""The kind of a request to weigh what was read of forms anew. Its argument is a list of their
names."""

NO_ROWS = "0 rows"
"""What came of a request that nothing came of."""


def answer(engine: Engine, observer: Observer, is_stopped: Callable[[], bool]) -> None:
    """Carry out decisions of people, and read again what was asked for. What ``is_stopped``
    interrupts is gone on with by whoever is asked next: but for decisions, which take no time."""
    engine.batches.decide()
    for request in engine.ledger.requests():
        if request.kind == REVIEW:  # came meanwhile
            continue
        rows = 0
        if request.kind == RETRY:
            rows = read_again(request.argument, engine, observer, is_stopped)
        elif request.kind == REMATCH:
            rows = weigh_again(request.argument, engine, observer, is_stopped)
        if is_stopped():
            return
        engine.ledger.answered(request, f"{rows} rows")


def read_again(
    files: list[int], engine: Engine, observer: Observer, is_stopped: Callable[[], bool]
) -> int:
    """Read the originals of the records ``files`` again, publish what comes of it, and return how
    many rows that were. A record that was read again since is left out, so that a request that was
    interrupted may be repeated. Of records of one name each batch holds one: their originals go to
    one place."""
    rows = 0
    with History(engine.ledger.folder) as history:
        left = history.lying(files)
        while left and not is_stopped():
            part = list({one.source: one for one in left}.values())
            part = part[: engine.setup.config.batch.size]
            taken = {one.file for one in part}
            left = [one for one in left if one.file not in taken]
            found: dict[Source, Lying] = {}
            for one in part:
                place = engine.archive.find(one.place, one.batch, one.source)
                if place is not None:
                    found[replace(place, form=one.form)] = one
            read = list(_read(found, engine, observer, is_stopped))
            previous = {file.source: number for file, number in read}
            published = engine.batches.complete((file for file, _ in read), "retry", previous)
            if published is not None:
                rows += len(published.batch.rows)
    return rows


def weigh_again(
    forms: list[str], engine: Engine, observer: Observer, is_stopped: Callable[[], bool]
) -> int:
    """Weigh what was read of ``forms`` anew, by the templates and lists of now, and return how many
    rows came of it. To repeat it is safe: what says the same gets no row."""
    rows = 0
    for form in forms:
        last = 0
        while not is_stopped():
            observer.turn()
            last, published = engine.batches.rematch(form, last, engine.setup.config.batch.size)
            rows += sum(len(one.batch.rows) for one in published)
            if not last:
                break
    return rows


def _read(
    found: dict[Source, Lying],
    engine: Engine,
    observer: Observer,
    is_stopped: Callable[[], bool],
) -> Iterator[tuple[FileReading, int]]:
    """The readings under the names that the files had in the inbox, each with its record's
    number."""
    for files in engine.pool.turns(_until(is_stopped, found), afresh=True):
        observer.turn()
        for file in files:
            lying = found[file.source]
            if file.reasons & (INACCESSIBLE | {Reason.VANISHED}):
                continue
            yield (
                replace(file, source=lying.source),
                lying.file,
            )


def _until(is_stopped: Callable[[], bool], sources: Iterable[Source]) -> Iterator[Source]:
    for source in sources:
        if is_stopped():
            return
        yield source
