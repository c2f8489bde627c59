"""What Spark throws → what to say of it, and whether one file is to blame."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from digitbox.records import Reason

_UNREAD = re.compile(r"\[FAILED_READ_FILE[.\w]*\] Encountered error while reading file (\S+?)\.?\s")

_OURS = re.compile(r"^digitbox\.errors\.\w+: (.+)$", re.MULTILINE)
"""An error of ours, from an executor."""

_SAID = re.compile(r"\n\s*(?:at |JVM stacktrace|=== |Driver stacktrace|Caused by)|\n\n")
"""Where the stack of Java begins."""


@dataclass(frozen=True)
class Unread:
    """A file whose content could not be had, by its percent-encoded URI, and why."""

    uri: str
    reason: Reason


def message_of(error: Exception) -> str:
    """What an error of Spark's says, without the stacks that it brings."""
    texts = [text for _, text in _causes(error)] or [str(error)]
    for text in texts:
        if ours := _OURS.search(text):
            return ours[1]
    return _SAID.split(texts[0].strip(), maxsplit=1)[0].strip()


def unread(error: Exception) -> Unread | None:
    """The file that ``error`` is about; None where it is about something else. Spark has tried it
    ``spark.task.maxFailures`` times by then."""
    uri, reason = None, Reason.UNREADABLE
    for name, text in _causes(error):
        if found := _UNREAD.search(text + "\n"):
            uri = re.sub("^file:/+", "file:/", found[1])  # as the files' metadata has it
        # Java calls a local file missing that it may not open.
        if re.search(r"AccessControl|AccessDenied", name) or "Permission denied" in text:
            reason = Reason.NO_PERMISSION
        elif "exceeds the max length" in text:
            reason = Reason.TOO_MANY_BYTES
        elif name.endswith("FileNotFoundException"):
            reason = Reason.VANISHED
    return Unread(uri, reason) if uri else None


def _causes(error: Exception) -> Iterator[tuple[str, str]]:
    """The class and the message of what Java threw, and of what was behind it."""
    cause: Any = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    while cause is not None:
        yield str(cause.getClass().getName()), str(cause.getMessage())
        cause = cause.getCause()
