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
    from pipeline.recognition.sight import look as see

    try:
        content = load(source, _limits.bytes).data
    except ContentError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    sight = see(content, page, _finder, _limits.pixels)
    return pictures(sight) if sight else None


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


def nothing() -> None:
    """What the process does to show that it has started."""
