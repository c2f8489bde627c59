"""A file → its whole content, and which file it was; or why that could not be had."""

import errno
import os
import signal
import stat
import sys
import time
from dataclasses import dataclass

from digitbox.records import Reason, Source, Version

TICK_NS = 20_000_000
"""Two changes of a file within so many nanoseconds may have the same time: the kernel's clock for
them moves on with its timer, 100 times a second or more."""


@dataclass(frozen=True, slots=True)
class Content:
    """The whole content of a file, and which file it was."""

    data: bytes
    version: Version


class ContentError(Exception):
    """The content of a file could not be had."""

    def __init__(self, reason: Reason, version: Version | None = None) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.version = version


def load(source: Source, max_bytes: int, exclusive: bool = False) -> Content:
    """Return the whole content of a file. Raises :class:`ContentError` where it is longer than
    ``max_bytes`` or than there is memory for, gone, not permitted, not a regular file any more, not
    readable, or written to meanwhile; with ``exclusive`` also where another process has it open for
    writing (Linux, local file systems)."""
    try:
        descriptor = open_unwaited(os.path.join(source.root, source.name))
        try:
            return _content(descriptor, max_bytes, exclusive)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise ContentError(Reason.VANISHED) from None
    except PermissionError:
        raise ContentError(Reason.NO_PERMISSION) from None
    except OSError:
        raise ContentError(Reason.UNREADABLE) from None


def open_unwaited(path: str | os.PathLike[str]) -> int:
    """Open a file for reading. A name that has become a pipe meanwhile does not make it wait for a
    writer."""
    return os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))


def _content(descriptor: int, max_bytes: int, exclusive: bool) -> Content:
    """See :func:`load`. Without a file object, which asks the system four more times."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise ContentError(Reason.UNREADABLE)
    if exclusive:
        if is_being_written(descriptor):
            raise ContentError(Reason.BUSY)
        rest = TICK_NS - (time.time_ns() - status.st_mtime_ns)
        if 0 < rest <= TICK_NS:  # or a change after this could not be told by its time
            time.sleep(rest / 1e9)
            status = os.fstat(descriptor)
    version = Version.of(status)
    # One byte more than there should be, to see a file that grows meanwhile; no more, since as much
    # memory is taken as is asked for.
    wanted = min(status.st_size, max_bytes) + 1
    try:
        data = os.read(descriptor, wanted)
        while len(data) < status.st_size and (more := os.read(descriptor, wanted - len(data))):
            data += more
    except MemoryError:
        raise ContentError(Reason.MEMORY, version) from None
    if len(data) > max_bytes:
        raise ContentError(Reason.TOO_MANY_BYTES, version)
    if len(data) != status.st_size or not version.is_same_file(Version.of(os.fstat(descriptor))):
        raise ContentError(Reason.BUSY, version)
    return Content(data, version)


def is_being_written(descriptor: int) -> bool:
    """Whether the file is open for writing anywhere on this machine. The kernel grants a lease for
    reading only where it is not (fcntl(2), F_SETLEASE); where it cannot tell, it is taken not to
    be."""
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        # Who opens it meanwhile breaks the lease. Of that comes this signal, which does nothing,
        # and not SIGIO, which ends a process.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:  # others: another's file, or a file system without leases
        return error.errno == errno.EAGAIN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
