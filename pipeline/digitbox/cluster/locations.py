"""URIs of any file system that Hadoop knows → what is there, by Spark's own JVM."""

import fnmatch
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from digitbox.cluster.failures import message_of
from digitbox.errors import ConflictError, InputError
from digitbox.storage.conventions import skips_place
from digitbox.storage.walk import Sources

MANIFEST = "_spark_metadata"
"""Where Spark's file sink says which of the files in an output count."""

_WILD = re.compile(r"[*?\[{]")


class Location:
    """A file or folder at ``uri``, which may have Hadoop's wildcards."""

    def __init__(self, spark: Any, uri: str) -> None:
        """Raises :class:`InputError` where no file system answers to ``uri``."""
        self.given = uri
        self._jvm = spark.sparkContext._jvm
        try:
            path = self._jvm.org.apache.hadoop.fs.Path(uri)
            self._system = path.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
            self._path = self._system.makeQualified(path)
        except Exception as error:  # what Java throws, of many classes
            raise InputError(
                f"{uri}: no file system that Spark knows here: {message_of(error)}. "
                "Does it need a connector? See docs/cluster.md."
            ) from error
        self.uri: str = self._path.toString().rstrip("/")

    @property
    def is_local(self) -> bool:
        return self.uri.startswith("file:")

    @property
    def root(self) -> str:
        """The part of ``uri`` without wildcards: what the paths of all that is there begin with."""
        return _fixed(self.uri)

    @property
    def folder(self) -> str:
        """The same as it was given."""
        return _fixed(self.given.rstrip("/"))

    def exists(self) -> bool:
        return bool(self._found())

    def folders(self) -> list[Path]:
        """The local files and folders that these are."""
        return [Path(status.getPath().toUri().getPath()) for status in self._found()]

    def _found(self) -> list[Any]:
        return list(self._system.globStatus(self._path) or ())

    def below(self, name: str) -> "Location":
        """What is called ``name`` in this folder."""
        place = object.__new__(Location)
        place.given, place._jvm, place._system = f"{self.given}/{name}", self._jvm, self._system
        place._path = self._jvm.org.apache.hadoop.fs.Path(self._path, name)
        place.uri = place._path.toString()
        return place

    def holds(self, other: "Location") -> bool:
        """Whether ``other`` is here, or in here."""
        parts, others = self.uri.split("/"), other.uri.split("/")
        return len(others) >= len(parts) and all(map(fnmatch.fnmatchcase, others, parts))

    def is_empty(self) -> bool:
        """Whether this folder has nothing in it, or is not there."""
        return not self.exists() or len(self._system.listStatus(self._path)) == 0

    def text(self) -> str | None:
        """The content of a small file; None where there is none."""
        if not self._system.exists(self._path):
            return None
        stream = self._system.open(self._path)
        try:
            return bytes(stream.readAllBytes()).decode()
        finally:
            stream.close()

    def write(self, text: str) -> None:
        stream = self._system.create(self._path, True)
        try:
            stream.write(bytearray(text.encode()))
        finally:
            stream.close()


class Terms(msgspec.Struct, frozen=True):
    """What a checkpoint is for; written into it by the first run."""

    input: str
    output: str
    format: str


def check(
    source: Location, output: Location, checkpoint: Location, archive: Location | None
) -> None:
    """Raises :class:`InputError` where a query could not read its input, or would read its own
    output."""
    if not (_WILD.search(source.uri) or source.exists()):
        raise InputError(f"{source.given}: no such file or folder.")
    locations = {"--output": output, "--checkpoint": checkpoint, "--originals": archive}
    for option, place in locations.items():
        if place is not None and source.holds(place):
            raise InputError(
                f"{place.given}: this is inside of the input, and would be read. "
                f"Give another place with {option}."
            )


def agree(terms: Terms, output: Location, checkpoint: Location) -> None:
    """Have ``checkpoint`` stand for ``terms`` from here on. Raises :class:`ConflictError` where it
    stands for others, or ``output`` belongs to another checkpoint: Spark would take batches of this
    one for known, and leave them out."""
    file = checkpoint.below("digitbox.json")
    text = file.text()
    if text is None:
        if not checkpoint.is_empty():
            raise ConflictError(
                f"{checkpoint.given}: there is something, and no checkpoint of digitbox. "
                "Give a new folder with --checkpoint."
            )
        if not output.below(MANIFEST).is_empty():
            raise ConflictError(
                f"{output.given}: this output belongs to another checkpoint. Give that one with "
                "--checkpoint to go on, or a new folder with --output."
            )
        file.write(msgspec.json.encode(terms).decode())
        return
    known = msgspec.json.decode(text, type=Terms)
    if known != terms:
        raise ConflictError(
            f"{checkpoint.given}: this checkpoint reads {known.input} into {known.output} as "
            f"{known.format}. Give the same again, or a new folder with --checkpoint."
        )
    if not checkpoint.below("commits").is_empty() and output.below(MANIFEST).is_empty():
        raise ConflictError(
            f"{output.given}: what was written there is gone, and would be missing in all that "
            "follows. Bring it back, or begin anew with another --checkpoint and --output."
        )


def left_alone(spark: Any, source: Location) -> Counter[str]:
    """How many files in ``source`` have no row for their names, and why: as ``digitbox batch``
    counts them, and besides ``not_utf8``, which Spark does not see. Walks a local folder; of any
    other, Spark tells what it hides."""
    if not source.is_local:
        return _hidden(spark, source)
    sources = Sources(source.folders(), follow_symlinks=True, looks_beside=False)
    unseen = sum(not _is_text(found.name) for found in sources)
    return Counter({"not_utf8": unseen} if unseen else {}) + sources.skipped


def _hidden(spark: Any, source: Location) -> Counter[str]:
    from pyspark.sql import functions

    # A lambda, since Spark does not understand the hints of the function.
    skips = functions.udf(lambda name: skips_place(name), "string")
    below = functions.substring("_metadata.file_path", len(source.root) + 1, 10_000)
    reasons = (
        spark.read.format("binaryFile")
        .option("recursiveFileLookup", "true")
        .option("ignoredPathSegmentRegex", "(?!)")
        .load(source.uri)
        .select(skips(below).alias("reason"))
    )
    return Counter(dict(reasons.dropna().groupBy("reason").count().collect()))


def _is_text(name: str) -> bool:
    try:
        os.fsencode(name).decode()
    except UnicodeDecodeError:
        return False
    return True


def _fixed(uri: str) -> str:
    wild = _WILD.search(uri)
    return uri if wild is None else uri[: wild.start()].rpartition("/")[0]
