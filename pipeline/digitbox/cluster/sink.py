"""Batches of files → rows in the output, by Spark's file sink.

Spark never opens a file without content, so that it would have no row. This knows from Spark's own
list which of a batch those are, and adds their rows. What is written, it writes through the class
behind ``writeStream.format(…)``: in one manifest with the batch's number, which is what makes a
batch that is repeated after a crash no second one.
"""

import functools
import hashlib
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from digitbox.cluster.formats import DAY, FORMATS, Format
from digitbox.cluster.rows import Job, read
from digitbox.records import Reading, Reason, Row, Source, Status
from digitbox.storage.conventions import skips_place

_WRITERS = {
    "parquet": "parquet.ParquetFileFormat",
    "csv": "csv.CSVFileFormat",
    "json": "json.JsonFileFormat",
}
_SQL = "org.apache.spark.sql.execution"
_SINK = f"{_SQL}.streaming.sinks.FileStreamSink"

_EMPTY = re.compile(r"\bpath=((?:(?!; isDirectory=).)+); isDirectory=false; length=0;", re.DOTALL)
"""A file without content, as Hadoop's ``FileStatus`` prints it."""

_COUNTS = "digitbox"


@dataclass(frozen=True)
class Done:
    """A batch that is written: its number, its rows of each status, and how long it took."""

    number: int
    counts: Counter[Status]
    seconds: float


class Sink:
    """Writes the batches of a query to ``output``. ``done`` is filled meanwhile, and ``failure``
    is what went wrong with the last one."""

    def __init__(self, spark: Any, job: Job, output: str) -> None:
        self._job = job
        self._form: Format = FORMATS[job.form]
        self._output = output
        self._jvm = spark.sparkContext._jvm
        self.query: Any = None
        self._started = threading.Event()
        self.done: deque[Done] = deque()
        self.failure: Exception | None = None

    def start(self, writer: Any) -> None:
        """Start the query of ``writer``, a ``DataStreamWriter``: it is ``query`` from then on."""
        self.query = writer.foreachBatch(self._write).start()
        self._started.set()

    def _write(self, files: Any, number: int) -> None:
        """Write the rows of ``files``, a data frame of :data:`FILE_COLUMNS`, as batch ``number``,
        unless it is written already."""
        from pyspark.sql import functions
        from pyspark.sql.pandas.types import from_arrow_schema

        self._started.wait()
        begun = time.monotonic()
        session = files.sparkSession
        rows = files.mapInArrow(
            functools.partial(read, self._job), from_arrow_schema(self._form.schema)
        )
        if empty := list(self._empty(number)):
            rows = rows.unionByName(session.createDataFrame(self._form.table(empty)))
        status = functions.col("status")
        counts = [functions.count_if(status == one.value).alias(one.value) for one in Status]
        frame = rows.observe(_COUNTS, *counts)._jdf
        try:
            self._sink(session).addBatch(number, frame)
        except Exception as error:
            self.failure = error  # the query's own says only that this raised
            raise
        found = frame.queryExecution().observedMetrics().get(_COUNTS)
        if found.isDefined():  # not where the batch had been written before
            values = (found.get().getLong(index) for index in range(len(Status)))
            totals = Counter(dict(zip(Status, values, strict=True)))
            self.done.append(Done(number, totals, time.monotonic() - begun))

    def _sink(self, session: Any) -> Any:
        utils = self._jvm.PythonUtils
        return self._class(_SINK)(
            session._jsparkSession,
            self._output,
            self._class(f"{_SQL}.datasources.{_WRITERS[self._job.form]}")(),
            utils.toSeq([DAY]),
            utils.toScalaMap(dict(self._form.options)),
        )

    def _empty(self, batch: int) -> Iterator[Row]:
        """The rows of the files in the batch in flight that have no content."""
        sha256 = hashlib.sha256(b"").hexdigest()
        for number, path in enumerate(sorted(self._empty_files()), 1):
            name = self._job.name(path)
            if skips_place(name):
                continue
            yield Row(
                f"{self._job.run}-b{batch}-{number:06}",
                Source(self._job.folder, name),
                Reading.failed(Reason.EMPTY),
                sha256,
                self._job.model,
                datetime.now(UTC),
            )

    def _empty_files(self) -> set[str]:
        """The paths of the files in the batch in flight that Spark has listed, and will not
        open."""
        nothing = self._jvm.PythonUtils.toSeq([])
        plan = self.query._jsq.streamingQuery().lastExecution().logical()
        location = plan.collectLeaves().head().relation().location()  # the same in both halves
        listed, opened = location.allFiles(), location.listFiles(nothing, nothing)
        count = sum(opened.apply(each).files().size() for each in range(opened.size()))
        # One text, as it would take a call a file to ask each for its length.
        return set(_EMPTY.findall(listed.mkString("\n"))) if count < listed.size() else set()

    def _class(self, name: str) -> Any:
        """The class of Java called ``name``."""
        return functools.reduce(getattr, name.split("."), self._jvm)
