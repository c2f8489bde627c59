"""What the system and the user signal → flags, for a loop to look at."""

import signal

STOPPING = (signal.SIGINT, signal.SIGTERM)


class Flags:
    """What a loop is told."""

    def __init__(self) -> None:
        self.stop = 0
        """The number of the signal to stop; 0 until there is one."""
        self.reload = False


class Signals(Flags):
    """Remembers what was signalled, so that what is in flight gets finished. The second signal to
    stop ends the process at once."""

    def __init__(self) -> None:
        super().__init__()
        for number in STOPPING:
            signal.signal(number, self._stop)

    def accept_reload(self) -> None:
        """Have SIGHUP set ``reload``, where there is such a signal."""
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self._reload)

    # Only flags are set: a handler that took a lock could meet itself.

    def _stop(self, number: int, _: object) -> None:
        self.stop = number
        for each in STOPPING:
            signal.signal(each, signal.SIG_DFL)

    def _reload(self, _: int, __: object) -> None:
        self.reload = True
