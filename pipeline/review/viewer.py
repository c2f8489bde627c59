"""What runs in the process that looks at files for the pages, within limits."""

import hashlib
from typing import TYPE_CHECKING

from pipeline import worker
from pipeline.config import LimitsConfig
from pipeline.records import Source
from pipeline.review.pictures import Pictures, pictures
from pipeline.sources import ContentError, load

if TYPE_CHECKING:
    from pipeline.recognition.finder import Finder

_finder: "Finder"
_limits: LimitsConfig


def start(task: worker.Task) -> None:
    """Make this process ready to look."""
    from pipeline.recognition.finder import Finder

    global _finder, _limits
    worker.start(task)
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


def nothing() -> None:
    """What the process does to show that it has started."""
