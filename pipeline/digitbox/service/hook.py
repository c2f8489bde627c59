"""Published batches → the user's command, run with their files, beside the service."""

import contextlib
import logging
import os
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from digitbox.ledger.ledger import Ledger
from digitbox.output.outbox import Outbox

LEFT_SECONDS = 1.0
"""How long a command that has ended may leave a process that can still write to stderr."""

TAIL = 500
"""Characters of what a command writes to stderr that are logged, the last ones."""

CHUNK = 65_536

WAKE_SECONDS = 0.1
"""How soon it is seen that nobody wants to know more."""
AHEAD = 20
"""Batches that wait for the command, at most; the ledger has the others."""

log = logging.getLogger(__name__)


class Hook:
    """Runs ``command`` with the paths of each batch's files as further arguments: no shell, one at
    a time, for at most ``seconds``. That it fails is logged, and no more. What it leaves running
    with its stderr open is ended."""

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self._command = command
        self._seconds = seconds
        self._batches: queue.SimpleQueue[tuple[int, Sequence[Path]] | None] = queue.SimpleQueue()
        self._finished: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._running: set[int] = set()
        self._thread = threading.Thread(target=self._work, name="on_batch", daemon=True)
        self._thread.start()

    def catch_up(self, ledger: Ledger, outbox: Outbox) -> None:
        """Have the command run for the batches that it was not run for yet, and note in the ledger
        for which it has ended."""
        for number in self.finished():
            ledger.reported(number)
            self._running.discard(number)
        for number in ledger.unreported(AHEAD):  # there may be millions
            if number not in self._running:
                self._running.add(number)
                self.tell(number, outbox.files(ledger.batch(number)))

    def tell(self, number: int, files: Sequence[Path]) -> None:
        """Have the command run for the batch with that number."""
        self._batches.put((number, files))

    def finished(self) -> list[int]:
        """The numbers of the batches for which it has ended since this was last asked."""
        numbers = []
        while not self._finished.empty():
            numbers.append(self._finished.get())
        return numbers

    def close(self, seconds: float) -> None:
        """Wait until all is told, for at most so long. What was not begun by then is not: the next
        one tells it."""
        self._batches.put(None)
        self._thread.join(seconds)
        with contextlib.suppress(queue.Empty):
            while True:
                self._batches.get_nowait()
        self._batches.put(None)

    def _work(self) -> None:
        while (task := self._batches.get()) is not None:
            number, files = task
            self._run([*self._command, *(str(file) for file in files)])
            self._finished.put(number)

    def _run(self, arguments: list[str]) -> None:
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,  # a group of its own, which is ended as a whole
            )
        except OSError as error:
            log.error("on_batch: %s cannot be run: %s", arguments[0], error.strerror)
            return
        except ValueError as error:  # a zero byte in an argument
            log.error("on_batch: %s cannot be run: %s", ascii(arguments[0]), error)
            return
        assert process.stderr is not None
        tail = _Tail(process.stderr)
        try:
            code = process.wait(self._seconds)
        except subprocess.TimeoutExpired:
            log.error("on_batch: %s took longer than %g s", arguments[0], self._seconds)
            code = 0
            _end(process)
            process.wait()
        if not tail.is_whole(LEFT_SECONDS):
            log.warning("on_batch: %s left a process running: it is ended", arguments[0])
            _end(process)
        said = tail.close()
        if code:
            log.error("on_batch: %s ended with %d: %s", arguments[0], code, said)


class _Tail:
    """The end of what a process writes to stderr. All of it is read, so that the process can go on,
    and no more than the end is held."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._content = b""
        self._is_left = False
        self._thread = threading.Thread(target=self._read, name="on_batch stderr", daemon=True)
        self._thread.start()

    def is_whole(self, seconds: float) -> bool:
        """Whether nobody can write any more, within so many seconds."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def close(self) -> str:
        """Read no more than what is written by now; returns the last characters."""
        self._thread.join(LEFT_SECONDS)
        self._is_left = True
        self._thread.join(LEFT_SECONDS)
        return self._content.decode("utf-8", "replace").strip()[-TAIL:]

    def _read(self) -> None:
        with self._stream as stream:
            while self._has_more() and (said := os.read(stream.fileno(), CHUNK)):
                self._content = (self._content + said)[-4 * TAIL :]  # a character has up to 4 bytes

    def _has_more(self) -> bool:
        """Wait for more, or for the end; returns False once nobody wants it."""
        if sys.platform == "win32":  # where pipes cannot be waited for
            return not self._is_left
        poll = select.poll()
        poll.register(self._stream, select.POLLIN)
        while not self._is_left:
            if poll.poll(WAKE_SECONDS * 1000):
                return True
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process and those of its group, which it may have left behind."""
    process.kill()
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
