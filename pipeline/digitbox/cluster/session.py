"""A machine with Java, settings → a session of Spark."""

import importlib.util
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitbox.cluster.failures import message_of
from digitbox.errors import ConfigError, DigitboxError
from digitbox.extras import how_to_install

NEEDED = ("pandas", "pyarrow", "pyspark")

JAVA = 17
"""The oldest Java that Spark 4 runs on."""

SETTINGS = {
    # What a file costs besides its bytes. With Spark's 4 MB, a task has 32 files at most.
    "spark.sql.files.openCostInBytes": "64k",
    "spark.sql.files.maxPartitionBytes": "128m",
    # As many files go to the reader at once; what a large one weighs does not add up.
    "spark.sql.execution.arrow.maxRecordsPerBatch": "64",
    "spark.sql.execution.arrow.maxBytesPerBatch": "64m",
    # A batch names its files one by one, and each name counts as a folder to list: with Spark's
    # 10,000 that is a task a file.
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "200",
    "spark.sql.session.timeZone": "UTC",
    # Streams know nothing of it, and say so.
    "spark.sql.adaptive.enabled": "false",
    "spark.log.level": "WARN",
    # Names of files that are not ASCII.
    "spark.executorEnv.LC_ALL": "C.UTF-8",
    "spark.executorEnv.PYTHONUTF8": "1",
}
"""What makes many small files bearable, and quiet; whatever is given goes first."""

ON_THIS_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""The same where Spark is no cluster: nobody else gets to reach it."""

TOLD_BY_US = (
    "org.apache.spark.executor.Executor",
    "org.apache.spark.sql.execution.datasources.FileFormatWriter",
    "org.apache.spark.sql.execution.streaming",
)
"""What logs a hundred lines of stack where a query fails, and we say why."""


def open_session(master: str | None, given: Mapping[str, str]) -> Any:
    """Return a ``pyspark.sql.SparkSession``: the one that ``spark-submit`` prepared, or one on
    ``master`` (else that of ``spark-defaults.conf``, else this machine's cores). ``given`` are
    settings of Spark's, by their names. Raises :class:`DigitboxError` where pyspark or Java is
    missing, or there is no such cluster."""
    missing = [name for name in NEEDED if not importlib.util.find_spec(name)]
    if missing:
        listed = f"{', '.join(missing[:-1])} and {missing[-1]}" if missing[1:] else missing[0]
        raise DigitboxError(f"A cluster needs {listed}: {how_to_install('cluster')}")
    if "PYSPARK_GATEWAY_PORT" not in os.environ:  # else there is a JVM, and nothing to ask of it
        _check_java()
        _prepare(master, given)
    logging.getLogger("py4j").setLevel(logging.CRITICAL)  # it tells of every call
    from pyspark import SparkConf, SparkContext
    from pyspark.sql import SparkSession

    try:
        SparkContext._ensure_initialized()  # else the configuration does not know the JVM's
        conf = SparkConf()
        conf.setAppName("digitbox")
        if master:
            conf.setMaster(master)
        conf.setIfMissing("spark.master", "local[*]")
        for key, value in given.items():
            conf.set(key, value)
        is_local = conf.get("spark.master").startswith("local")
        for key, value in (SETTINGS | (ON_THIS_MACHINE if is_local else {})).items():
            conf.setIfMissing(key, value)
        spark = SparkSession.builder.config(conf=conf).getOrCreate()
        levels = spark.sparkContext._jvm.org.apache.logging.log4j
        for name in TOLD_BY_US:
            levels.core.config.Configurator.setLevel(name, levels.Level.OFF)
        return spark
    except Exception as error:  # what Java throws, or says before there is one to ask
        raise DigitboxError(f"Spark does not start: {message_of(error)}") from error


def _prepare(master: str | None, given: Mapping[str, str]) -> None:
    """What has to be settled before the JVM starts: its own options, the locale that it takes file
    names by, and which Python the executors run."""
    if os.environ.get("LC_ALL") in ("C", "POSIX"):
        os.environ["LC_ALL"] = "C.UTF-8"
    os.environ.setdefault("PYSPARK_PYTHON", given.get("spark.pyspark.python", sys.executable))
    options = ["--master", master] if master else []
    # Python's own entry to Spark asks for the bar, so that a default would come too late.
    for key, value in ({"spark.ui.showConsoleProgress": "false"} | dict(given)).items():
        options += ["--conf", f"{key}={value}"]
    os.environ["PYSPARK_SUBMIT_ARGS"] = shlex.join([*options, "pyspark-shell"])


def _check_java() -> None:
    """Raises :class:`ConfigError` where there is no Java that is new enough."""
    install = (
        f"Install Java {JAVA} or newer (Debian, Ubuntu: apt install openjdk-17-jre-headless; macOS:"
        " brew install openjdk@17), or say with JAVA_HOME where it is."
    )
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=str(Path(home) / "bin")) if home else shutil.which("java")
    if java is None:
        where = f"in JAVA_HOME ({home})" if home else "on this machine"
        raise ConfigError(f"Spark needs Java, and there is none {where}. {install}")
    done = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(?:1\.)?(\d+)', done.stderr)
    if found is None:
        raise ConfigError(f"{java}: does not say which Java it is. {install}")
    if int(found[1]) < JAVA:
        raise ConfigError(f"{java}: this is Java {found[1]}, too old for Spark. {install}")
