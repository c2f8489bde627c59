"""What runs in the process that looks at files for the pages, within limits."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import worker
from pipeline.config import LimitsConfig
from pipeline.records import Reading, Source
from pipeline.review.pictures import Pictures, pictures
from pipeline.sources import ContentError, load

if TYPE_CHECKING:
    from pipeline.recognition.finder import Finder
    from pipeline.recognition.reader import Reader
    from pipeline.recognition.sight import Sight

_finder: "Finder"
_reader: "Reader"
_limits: LimitsConfig


def start(task: worker.Task) -> None:
    """Make this process ready to look."""
    from pipeline.recognition.finder import Finder

    global _finder, _limits, _reader
    _reader = worker.start(task)
    _finder, _limits = Finder(task.finder), task.limits


def look(source: Source, sha256: str, page: int) -> Pictures | None:
    """Show a page of the file at ``source``; None where its content is not the one with that
    SHA-256 any more, or cannot be had or decoded."""
    sight = _see(source, sha256, page)
    return pictures(sight) if sight else None


def frames(source: Source, sha256: str, page: int) -> list[bytes] | None:
    """What the network sees of a page, see :func:`look`: of each mark the frames, uint8
    ``[1 or 2, 28, 28]``."""
    sight = _see(source, sha256, page)
    return [mark.tobytes() for mark in sight.marks] if sight else None


@dataclass(frozen=True, slots=True)
class Tried:
    """What the first page of an image says, and how it looks; None where it was not decoded."""

    reading: Reading
    pictures: Pictures | None


def read(content: bytes) -> Tried:
    """Read an image that is no file, as the service would."""
    from pipeline.recognition.sight import look as see

    ((reading, *_),) = _reader.read([content])
    sight = see(content, reading.page, _finder, _limits.pixels)
    return Tried(reading, pictures(sight) if sight else None)


def _see(source: Source, sha256: str, page: int) -> "Sight | None":
    from pipeline.recognition.sight import look as see

    try:
        content = load(source, _limits.bytes).data
    except ContentError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    return see(content, page, _finder, _limits.pixels)


def nothing() -> None:
    """What the process does to show that it has started."""
