"""Places and settings → the streaming query: files at the input → rows in the output."""

import functools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.cluster.forms import DAY, FORMS
from pipeline.cluster.rows import Job, read
from pipeline.config import Config
from pipeline.records import Status

SCHEMA = "path string, modificationTime timestamp, length long, content binary"
"""What Spark's ``binaryFile`` gives."""

FILES = 20_000
"""Files in a batch, at most, unless the source is told otherwise."""

COUNTS = "digitbox"
"""The name of what is counted of each batch."""

LONGEST = "spark.sql.sources.binaryFile.maxLength"


@dataclass(frozen=True)
class Plan:
    """What the query is to do. ``every`` is how often it looks for files, as Spark has it
    (``30 seconds``), None for once; ``source`` are options of Spark's file source."""

    input: str
    output: str
    checkpoint: str
    form: str
    every: str | None
    source: Mapping[str, str] = field(default_factory=dict)


def largest(spark: Any, config: Config) -> int:
    """The bytes of the largest file whose content is read."""
    return min(config.limits.bytes, int(spark.conf.get(LONGEST)))


def start(spark: Any, plan: Plan, job: Job) -> Any:
    """Start the query and return it, a ``pyspark.sql.streaming.StreamingQuery``."""
    from pyspark.sql import functions
    from pyspark.sql.pandas.types import from_arrow_schema

    form = FORMS[job.form]
    rows = _files(spark, plan, job).mapInArrow(
        functools.partial(read, job), from_arrow_schema(form.schema)
    )
    status = functions.col("status")
    counts = (
        functions.count(functions.when(status == one.value, 1)).alias(one.value) for one in Status
    )
    writer = (
        rows.observe(COUNTS, *counts)
        .writeStream.queryName("digitbox")
        .format(plan.form)
        .outputMode("append")
        .partitionBy(DAY)
        .options(**form.options)
        .option("path", plan.output)
        .option("checkpointLocation", plan.checkpoint)
    )
    trigger = {"availableNow": True} if plan.every is None else {"processingTime": plan.every}
    return writer.trigger(**trigger).start()


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
    files = source.options(**options | plan.source).load(plan.input)
    uri, size = functions.col("_metadata.file_path"), functions.col("_metadata.file_size")
    to_be_opened = size.between(1, job.limit) & ~uri.isin(list(job.refused))
    content = functions.col("content")
    columns = ["path", uri.alias("uri"), "length"]
    opened = files.where(to_be_opened).select(*columns, content)
    closed = files.where(~to_be_opened).select(
        *columns, functions.lit(None).cast("binary").alias("content")
    )
    return opened.union(closed)


def counted(progress: Any) -> Counter[Status]:
    """How many rows of each status a batch has, of its progress."""
    row = progress.observedMetrics.get(COUNTS)
    found = {} if row is None else row.asDict()
    return Counter({status: found.get(status.value) or 0 for status in Status})


_UNREAD = re.compile(r"\[FAILED_READ_FILE[.\w]*\] Encountered error while reading file (\S+?)\.?\s")


def unread(text: str) -> str | None:
    """The URI of the file over which a query failed; None where it was something else."""
    found = _UNREAD.search(text)
    return found[1] if found else None
