"""What C libraries write to the standard error of a worker."""

import multiprocessing
import os
import re
import sys

SILENT = (b"\x89PNG", b"BM", b"GIF8")
"""How files begin of which decoders write nothing: there is nothing to look for."""

_MOST = 1 << 16

_HARMLESS = re.compile(
    rb"\[ *(?:INFO|WARN|ERROR):"  # OpenCV, of what it does not read; Pillow did
    rb"|Unknown Adobe color transform"
    rb"|Invalid SOS parameters for sequential JPEG"
)
"""Of libjpeg's words those on what it need not know to show the picture."""


class Words:
    """Keeps what is written to file descriptor 2 of this process from the log, which has lines of
    another kind, and tells that there was something. What Python writes goes where it went before.
    What is more than a pipe holds is lost."""

    def __init__(self) -> None:
        self._pipe: int | None = None

    def catch(self) -> None:
        """Begin, in a child process; in another one nothing happens."""
        if self._pipe is not None or multiprocessing.parent_process() is None:
            return
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        self._pipe, end = os.pipe()
        os.set_blocking(self._pipe, False)
        os.set_blocking(end, False)  # a library that says much is not to wait for a reader
        os.dup2(end, 2)
        os.close(end)

    def were_said(self) -> bool:
        """Whether something was written since this was asked last that tells of damage."""
        said = b""
        while self._pipe is not None:
            try:
                if not (more := os.read(self._pipe, _MOST)):
                    break
            except BlockingIOError:
                break
            said += more
        return any(line and not _HARMLESS.match(line) for line in said.splitlines())
