"""When a file last changed → for how long it has stood still, whatever is done to the clocks."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from digitbox.records import Version

STEP_SECONDS = 1.0
"""A clock that is off by more than this against the monotonic one was set."""


class FileClock:
    """The clock of ``folder``'s file system: on a network share the server's, and not ours."""

    def __init__(
        self,
        folder: Path,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] | None = None,
    ) -> None:
        """``now`` gives the file system's time in seconds since the epoch; by default it is asked.
        Both may be replaced to have time pass in a test."""
        self.monotonic = monotonic
        self._folder = folder
        self._now = now or self._ask
        self._offset: float | None = None
        self._trusted_since = float("-inf")

    def read(self) -> Callable[[Version], float]:
        """Ask for the time once, and return what tells of a version for how many seconds it has
        stood still by then. After the clock was set, that is no longer than since it was noticed:
        what the clock said before means nothing."""
        monotonic, now = self.monotonic(), self._now()
        offset = now - monotonic
        if self._offset is not None and abs(offset - self._offset) > STEP_SECONDS:
            self._trusted_since = monotonic
        self._offset = offset
        longest = monotonic - self._trusted_since
        # Rounded: as floating-point numbers, two equal times may be 1e-7 s apart.
        return lambda version: min(round(now - version.ctime_ns / 1e9, 6), longest)

    def _ask(self) -> float:
        try:
            # On Linux a file without a name, which nobody sees coming and going.
            with tempfile.TemporaryFile(dir=self._folder, prefix=".digitbox-") as file:
                return os.fstat(file.fileno()).st_ctime
        except OSError:  # a folder that may only be read
            return time.time()
