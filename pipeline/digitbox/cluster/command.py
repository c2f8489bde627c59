"""``digitbox cluster``: plans a query, has it run, and says how it goes."""

import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import click

from digitbox.cluster import locations, query
from digitbox.cluster.failures import message_of, unread
from digitbox.cluster.locations import Location, Terms
from digitbox.cluster.query import Plan
from digitbox.cluster.rows import Job
from digitbox.cluster.session import open_session
from digitbox.cluster.sink import Sink
from digitbox.config import Config
from digitbox.engine.setup import Setup
from digitbox.errors import DigitboxError
from digitbox.records import Status
from digitbox.signals import Flags

LISTING = "spark.sql.sources.parallelPartitionDiscovery.threshold"
"""From how many folders on Spark lists them by tasks."""

LOOK_SECONDS = 0.2
"""How soon a signal, and the end of a batch, are seen."""

MOST_REFUSED = 100
"""So many files may cost the query a new start each. More are no matter of single files."""

COUNT_SECONDS = 3600.0
"""How often a query that goes on tells which names it does not see."""


@dataclass(frozen=True)
class Request:
    """What was asked for on the command line. ``originals`` is ``keep``, ``delete`` or where to
    move files whose rows are written; ``every`` is None for once."""

    input: str
    output: str
    checkpoint: str
    form: str
    every: str | None
    originals: str
    master: str | None
    spark: Mapping[str, str] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)


def run(config: Config, request: Request, signals: Callable[[], Flags]) -> int:
    """Run the query until it is done or told to stop; return the number of the signal that did, or
    0. ``signals`` is called once Spark has installed its own handlers."""
    setup = Setup.without_state(config)
    spark = open_session(request.master, request.spark)
    try:
        flags = signals()
        source, output, checkpoint = (
            Location(spark, uri) for uri in (request.input, request.output, request.checkpoint)
        )
        kept = request.originals in ("keep", "delete")
        archive = None if kept else Location(spark, request.originals)
        locations.check(source, output, checkpoint, archive)
        locations.agree(Terms(source.uri, output.uri, request.form), output, checkpoint)
        plan = Plan(
            source.uri,
            output.uri,
            checkpoint.uri,
            request.every,
            _cleaning(request.originals, archive) | dict(request.source),
        )
        if source.is_local and LISTING not in request.spark:  # quicker than any task
            spark.conf.set(LISTING, str(2**31 - 1))
        job = Job(
            config,
            source.root,
            source.folder,
            f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:12]}",
            setup.card.label,
            request.form,
            query.largest(spark, config),
        )
        _follow(spark, plan, job, source, flags)
        return flags.stop
    finally:
        spark.stop()


def _cleaning(originals: str, archive: Location | None) -> dict[str, str]:
    if archive is not None:
        return {"cleanSource": "archive", "sourceArchiveDir": archive.uri}
    return {"cleanSource": "delete" if originals == "delete" else "off"}


def _follow(spark: Any, plan: Plan, job: Job, source: Location, flags: Flags) -> None:
    """Run the query to its end. A file over which it fails costs its own row: the query goes on
    without its content."""
    from pyspark.errors import StreamingQueryException

    totals: Counter[Status] = Counter()
    looked = -COUNT_SECONDS
    is_over = False
    while not (is_over or flags.stop):
        sink = query.start(spark, plan, job)
        try:
            while not (is_over or flags.stop):
                if time.monotonic() - looked > COUNT_SECONDS:
                    looked = time.monotonic()
                    _tell_left_alone(spark, source)
                is_over = bool(sink.query.awaitTermination(LOOK_SECONDS))
                totals += _tell_batches(sink)
        except StreamingQueryException as error:
            totals += _tell_batches(sink)
            cause = sink.failure or error
            file = unread(cause)
            if (
                file is None
                or file.uri in job.refused
                or len(job.refused) == MOST_REFUSED
                or not source.exists()
            ):
                raise DigitboxError(
                    f"The query failed: {message_of(cause)}\nWhat was written stays. The same "
                    "command goes on after it."
                ) from error
            sys.stderr.write(f"{file.uri}: failed: {file.reason.replace('_', ' ')}\n")
            job = replace(job, refused={**job.refused, file.uri: file.reason})
        finally:
            if sink.query.isActive:
                sink.query.stop()
    click.echo(f"{_counts(totals)}\nWritten to {plan.output}")


def _tell_batches(sink: Sink) -> Counter[Status]:
    """Say what was written since this was done last, and return how much."""
    totals: Counter[Status] = Counter()
    while sink.done:
        batch = sink.done.popleft()
        totals += batch.counts
        sys.stderr.write(f"batch {batch.number}: {_counts(batch.counts)}, {batch.seconds:.1f} s\n")
    return totals


def _tell_left_alone(spark: Any, source: Location) -> None:
    counts = locations.left_alone(spark, source)
    if counts:
        reasons = ", ".join(f"{number:,} {why.replace('_', ' ')}" for why, number in counts.items())
        sys.stderr.write(f"Left alone for their names: {reasons}\n")


def _counts(counts: Counter[Status]) -> str:
    number = counts.total()
    if not number:
        return "No image was found."
    said = ", ".join(f"{counts[status]:,} {status}" for status in Status if counts[status])
    return f"{number:,} {'image' if number == 1 else 'images'}: {said.replace('_', ' ')}"
