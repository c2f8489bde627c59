"""A standalone cluster of Spark on loopback, its master and workers in processes of their own, and
what a query left behind."""

import contextlib
import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote, urlparse

from tests.conftest import ROOT

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""For JVMs that live for seconds, and there are six of them on two cores."""

SMALL = {
    "spark.driver.memory": "600m",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": QUICK,
    "spark.ui.enabled": "false",
}
"""Spark's settings in tests."""

PATIENCE = 240.0
"""Seconds until what does not happen counts as failed."""


def until(condition: Callable[[], object], what: str, alive: subprocess.Popen[bytes]) -> None:
    """Wait for ``condition``, as long as ``alive`` is that."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert alive.poll() is None, f"ended with {alive.returncode} before {what}"
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.05)


class Standalone:
    """A master and ``workers`` workers of one core each. Each of them is started by what
    ``pinned`` says for its number."""

    def __init__(
        self, folder: Path, workers: int, pinned: Callable[[int], list[str]] = lambda _: []
    ) -> None:
        self._folder = folder
        self._pinned = pinned
        self.scratch = folder / "scratch"
        self._master = self._start("master", "org.apache.spark.deploy.master.Master")
        self.url = self._said("master", r"Starting Spark master at (spark://\S+)", self._master)
        self.workers: list[subprocess.Popen[bytes]] = []
        for _ in range(workers):
            self.add_worker()

    def add_worker(self) -> None:
        """Start one more worker, and wait until the master knows it."""
        number = len(self.workers)
        name = f"worker-{number}"
        worker = self._start(
            name,
            "org.apache.spark.deploy.worker.Worker",
            *("--cores", "1", "--memory", "700m", "--work-dir", self._folder / name, self.url),
            before=self._pinned(number),
        )
        self.workers.append(worker)
        self._said(name, r"(Successfully registered with master)", worker)

    def stop(self) -> None:
        for process in (*self.workers, self._master):
            process.kill()
            process.wait()

    def _start(
        self, name: str, java_class: str, *arguments: object, before: Sequence[str] = ()
    ) -> subprocess.Popen[bytes]:
        import pyspark

        spark = Path(pyspark.__file__).parent
        environment = {
            **os.environ,
            "SPARK_HOME": str(spark),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.scratch),
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": QUICK,
            "PYTHONPATH": str(ROOT),
        }
        where = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        with (self._folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                [*before, spark / "bin" / "spark-class", java_class, *where, *map(str, arguments)],
                env=environment,
                stdout=log,
                stderr=log,
            )

    def _said(self, name: str, pattern: str, process: subprocess.Popen[bytes]) -> str:
        log = self._folder / f"{name}.log"

        def found() -> "re.Match[str] | None":
            return re.search(pattern, log.read_text("utf-8", "replace"))

        until(found, f"{name} said {pattern}", process)
        match = found()
        assert match
        return match[1]


def command(*arguments: object, **settings: str) -> list[str]:
    """``digitbox cluster`` with Spark's settings for tests; ``settings`` with ``_`` for ``.``."""
    conf = SMALL | {key.replace("_", "."): value for key, value in settings.items()}
    pairs = [part for key, value in conf.items() for part in ("--conf", f"{key}={value}")]
    return [sys.executable, "-m", "digitbox", "cluster", *map(str, arguments), *pairs]


class Driver:
    """A query in a process group of its own, with its JVM."""

    def __init__(self, arguments: list[str], log: Path, environment: dict[str, str]) -> None:
        self._log = log
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                arguments,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def said(self) -> str:
        return self._log.read_text("utf-8", "replace")

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def manifest(output: Path) -> list[Path]:
    """The files that count of an output: those that Spark's file sink has written down."""
    logs = [path for path in (output / "_spark_metadata").iterdir() if path.name[0] != "."]
    compact = max((number(path) for path in logs if path.suffix), default=-1)
    added = []
    for log in logs:
        if number(log) > compact or (number(log) == compact and log.suffix):
            entries = map(json.loads, log.read_text("utf-8").splitlines()[1:])
            added += [Path(unquote(urlparse(entry["path"]).path)) for entry in entries]
    return added


def number(log: Path) -> int:
    return int(log.name.split(".")[0])


Line = tuple[tuple[str, str], ...]


def lines(tables: list[Path]) -> Counter[Line]:
    """The rows of CSV files as a multiset, without what is each run's own."""
    return Counter(
        tuple((key, value) for key, value in row.items() if key not in ("id", "read_at"))
        for row in _rows(tables)
    )


def ids(tables: list[Path]) -> list[str]:
    return [row["id"] for row in _rows(tables)]


def _rows(tables: list[Path]) -> Iterator[dict[str, str]]:
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)
