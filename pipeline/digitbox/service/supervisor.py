"""What the service says to systemd, by sd_notify(3)'s protocol: a datagram to a socket it names."""

import contextlib
import os
import socket


class Supervisor:
    """Says nothing where nobody listens. Takes the socket's name out of the environment, so that no
    other process speaks for the service."""

    def __init__(self) -> None:
        name = os.environ.pop("NOTIFY_SOCKET", "")
        self._address = "\0" + name[1:] if name.startswith("@") else name
        self._is_ready = False

    def ready(self) -> None:
        """Say, the first time, that the service is up."""
        if not self._is_ready:
            self._is_ready = True
            self.say("READY=1")

    def alive(self) -> None:
        """Say that it is not hanging; nothing before it is up."""
        if self._is_ready:
            self.say("WATCHDOG=1")

    def say(self, message: str) -> None:
        """``READY=1``, ``WATCHDOG=1``, ``STOPPING=1``, ``STATUS=…``."""
        if not self._address:
            return
        # Full or gone: the next one will do.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as connection,
        ):
            connection.settimeout(1.0)
            connection.sendto(message.encode(), self._address)
