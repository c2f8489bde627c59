"""Files as they come from the workers, made up for the tests."""

import hashlib

from digitbox.box import Box
from digitbox.ledger.values import Provenance
from digitbox.records import Digit, FileReading, Reading, Reason, Source, Status, Version

PROVENANCE = Provenance("cnn-1", "f" * 32)
OTHER_PROVENANCE = Provenance("cnn-2", "0" * 32)


def source(name: str, root: str = "in") -> Source:
    return Source(root, name)


def sources(*names: str) -> list[Source]:
    return [source(name) for name in names]


def sha(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def version(inode: int = 1, **parts: int) -> Version:
    return Version(
        parts.get("device", 1),
        inode,
        parts.get("size", 100),
        parts.get("mtime_ns", 1_000_000_007),
        parts.get("ctime_ns", 2_000_000_011),
    )


def accepted(page: int = 1, value: str = "7") -> Reading:
    return Reading(page, Status.ACCEPTED, None, value, 0.9991, 20, 30)


def doubted(page: int = 1, value: str = "7", confidence: float = 0.6) -> Reading:
    """A page for a person to look at."""
    rest = round((1 - confidence) / 9, 4)
    probabilities = tuple(confidence if str(digit) == value else rest for digit in range(10))
    candidate = Digit(int(value), confidence, probabilities, Box(1, 2, 10, 20))
    return Reading(
        page, Status.REVIEW, Reason.LOW_CONFIDENCE, value, confidence, 20, 30, (candidate,)
    )


def failed(reason: Reason = Reason.CORRUPT, page: int = 1) -> Reading:
    return Reading.failed(reason, page)


def file(
    name: str,
    content: str | None = None,
    *readings: Reading,
    stood: Version | None = None,
    root: str = "in",
) -> FileReading:
    """A file with that content (default: one of its own); one accepted page unless it is said."""
    return FileReading(
        source(name, root), sha(content or name), readings or (accepted(),), stood or version()
    )


def unread(name: str, content: str, stood: Version | None = None) -> FileReading:
    """A file whose content a worker took for known."""
    return FileReading(source(name), sha(content), (), stood or version())
