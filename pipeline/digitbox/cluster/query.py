"""Places and settings → the streaming query: files at the input → rows in the output."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from digitbox.cluster.rows import Job
from digitbox.cluster.sink import Sink
from digitbox.config import Config

SCHEMA = "path string, modificationTime timestamp, length long, content binary"
"""What Spark's ``binaryFile`` gives."""

FILES = 20_000
"""Files in a batch, at most, unless the source is told otherwise."""

LONGEST = "spark.sql.sources.binaryFile.maxLength"


@dataclass(frozen=True)
class Plan:
    """What the query is to do. ``every`` is how often it looks for files, as Spark has it
    (``30 seconds``), None for once; ``source`` are options of Spark's file source."""

    input: str
    output: str
    checkpoint: str
    every: str | None
    source: Mapping[str, str] = field(default_factory=dict)


def largest(spark: Any, config: Config) -> int:
    """The bytes of the largest file whose content is read."""
    return min(config.limits.bytes, int(spark.conf.get(LONGEST)))


def start(spark: Any, plan: Plan, job: Job) -> Sink:
    """Start the query; it is ``query`` of what is returned, a
    ``pyspark.sql.streaming.StreamingQuery``."""
    sink = Sink(spark, job, plan.output)
    writer = (
        _files(spark, plan, job)
        .writeStream.queryName("digitbox")
        .option("checkpointLocation", plan.checkpoint)
    )
    trigger = {"availableNow": True} if plan.every is None else {"processingTime": plan.every}
    sink.start(writer.trigger(**trigger))
    return sink


def _files(spark: Any, plan: Plan, job: Job) -> Any:
    """The stream of files, each with its content where that can be had.

    Both halves are one source to Spark, which lists it once. What they know of a file before it is
    opened decides in which one it is; the other one leaves it out before there is a task.
    """
    from pyspark.sql import functions

    options = {
        "recursiveFileLookup": "true",
        "ignoredPathSegmentRegex": r"^\.",  # as `digitbox batch`, and not those with _
    }
    if "maxBytesPerTrigger" not in plan.source:  # Spark takes one of them
        options["maxFilesPerTrigger"] = str(FILES)
    source = spark.readStream.format("binaryFile").schema(SCHEMA)
    files = source.options(**options | dict(plan.source)).load(plan.input)
    uri, size = functions.col("_metadata.file_path"), functions.col("_metadata.file_size")
    to_be_opened = (size <= job.limit) & ~uri.isin(list(job.refused))
    if job.root.startswith("file:"):  # whose checksum beside it has a name that Hadoop refuses
        to_be_opened &= ~uri.rlike("/[^/]*:[^/]*$")
    content = functions.col("content")
    columns = ["path", uri.alias("uri"), "length"]
    opened = files.where(to_be_opened).select(*columns, content)
    closed = files.where(~to_be_opened).select(
        *columns, functions.lit(None).cast("binary").alias("content")
    )
    return opened.union(closed)
