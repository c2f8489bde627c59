"""Published batches → the user's command, run with their files, beside the service."""

import contextlib
import logging
import queue
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from digitbox.ledger.ledger import Ledger
from digitbox.output.outbox import Outbox

log = logging.getLogger(__name__)


class Hook:
    """Runs ``command`` with the paths of each batch's files as further arguments: no shell, one at
    a time, for at most ``seconds``. That it fails is logged, and no more."""

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
        for number in ledger.unreported():
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
            done = subprocess.run(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=self._seconds,
            )
        except subprocess.TimeoutExpired:
            log.error("on_batch: %s took longer than %g s", arguments[0], self._seconds)
        except OSError as error:
            log.error("on_batch: %s cannot be run: %s", arguments[0], error.strerror)
        else:
            if done.returncode:
                said = done.stderr.decode("utf-8", "replace").strip()[-500:]
                log.error("on_batch: %s ended with %d: %s", arguments[0], done.returncode, said)
