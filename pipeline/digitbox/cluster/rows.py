"""Arrow batches of files → Arrow batches of rows: what runs on the executors.

The reader is a pool of one process, as the service has them: a decoder that crashes, hangs or eats
memory costs its file, and Spark's own Python worker does not notice. It is started once a Python
worker and used for all tasks and batches that this one gets.
"""

import itertools
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

import digitbox
from digitbox.cluster.formats import FORMATS
from digitbox.config import Config
from digitbox.engine.setup import Setup
from digitbox.errors import ModelError
from digitbox.pool.pool import Pool
from digitbox.records import FileReading, Reading, Reason, Row, Source
from digitbox.storage.conventions import skips_place

FILE_COLUMNS = ("path", "uri", "length", "content")
"""What comes of a file: its path, the same percent-encoded, its bytes, and its content, null where
that was not sent."""


@dataclass(frozen=True)
class Job:
    """What every executor needs to know; travels to it with the query.

    ``root`` is what the paths of all files begin with, and ``folder`` the same as it was given;
    ``run`` a name that no other run has; ``model`` the label that rows carry; ``limit`` the bytes
    of the largest file whose content is sent; ``refused`` says by its URI why the content of a file
    could not be had.
    """

    config: Config
    root: str
    folder: str
    run: str
    model: str
    form: str
    limit: int
    version: str = digitbox.__version__
    refused: Mapping[str, Reason] = field(default_factory=dict)

    def name(self, path: str) -> str:
        """The file's name in its rows."""
        return path.removeprefix(self.root).lstrip("/") or path.rpartition("/")[2]


_cached: tuple[Config, Pool] | None = None
"""The pool of this Python worker, and what it was made for."""


def read(job: Job, batches: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of the files in ``batches``, which have the columns :data:`FILE_COLUMNS`.
    Raises :class:`ModelError` where this machine has not the model or the program that the driver
    has."""
    from pyspark import TaskContext

    pool = _pool(job)
    attempt = TaskContext.get().taskAttemptId()  # no other of this run has its number
    numbers = itertools.count(1)
    form = FORMATS[job.form]

    def made(files: Iterable[FileReading]) -> list[Row]:
        return [
            Row(
                f"{job.run}-{attempt}-{next(numbers):06}",
                file.source,
                reading,
                file.sha256,
                job.model,
                datetime.now(UTC),
            )
            for file in files
            for reading in file.readings
        ]

    with tempfile.TemporaryDirectory(prefix="digitbox-", dir=_scratch()) as folder:
        spool = _Spool(job, Path(folder))
        for files in pool.turns(spool.filled(batches)):
            if rows := made([*spool.taken(files), *spool.aside()]):
                yield form.batch(rows)
        if rows := made(spool.aside()):
            yield form.batch(rows)


class _Spool:
    """Contents on their way to the reader, which takes files: each in one of its own in ``folder``
    until it is read. What has no content is put aside."""

    def __init__(self, job: Job, folder: Path) -> None:
        self._job = job
        self._folder = folder
        self._names: dict[str, str] = {}
        self._aside: list[FileReading] = []

    def filled(self, batches: Iterable[Any]) -> Iterator[Source]:
        """Yield what is on the spool, put there one by one."""
        numbers = map(str, itertools.count())
        for batch in batches:
            columns = (batch.column(name) for name in FILE_COLUMNS)
            for path, uri, length, content in zip(*columns, strict=True):
                name = self._job.name(path.as_py())
                if skips_place(name):
                    continue
                if not content.is_valid:
                    self._aside.append(self._failed(uri.as_py(), name, length.as_py()))
                    continue
                number = next(numbers)
                (self._folder / number).write_bytes(content.as_buffer())
                self._names[number] = name
                yield Source(str(self._folder), number)

    def _failed(self, uri: str, name: str, length: int) -> FileReading:
        too_long = length > self._job.limit
        reason = (
            Reason.TOO_MANY_BYTES if too_long else self._job.refused.get(uri, Reason.UNREADABLE)
        )
        return FileReading(Source(self._job.folder, name), None, (Reading.failed(reason),))

    def taken(self, files: Iterable[FileReading]) -> Iterator[FileReading]:
        """``files`` under the names that people know, and off the spool."""
        for file in files:
            number = file.source.name
            (self._folder / number).unlink()
            source = Source(self._job.folder, self._names.pop(number))
            yield FileReading(source, file.sha256, file.readings)

    def aside(self) -> list[FileReading]:
        """What was put aside since this was asked last."""
        found, self._aside = self._aside, []
        return found


def _pool(job: Job) -> Pool:
    """The pool of this Python worker."""
    global _cached
    if _cached is None or _cached[0] != job.config:
        if _cached is not None:
            _cached[1].stop()
        setup = Setup.without_state(msgspec.structs.replace(job.config, workers=1))
        _check(job, setup)
        _cached = job.config, setup.pool()
    return _cached[1]


def _check(job: Job, setup: Setup) -> None:
    label = setup.card.label
    if (digitbox.__version__, label) != (job.version, job.model):
        raise ModelError(
            f"This executor has digitbox {digitbox.__version__} with {label}, the driver "
            f"{job.version} with {job.model}. Give both the same environment: docs/cluster.md."
        )


def _scratch() -> str | None:
    """Where this executor's files go that Spark removes even after a crash."""
    return os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None
