"""Runs the command again and again in forks of a process that has imported everything: for tests
that start it hundreds of times. Its workers are forks too; what they are given and have open, and
what the command does to start them, is as ever.

The process reads a line of JSON for each run, [FOLDER, ARGUMENTS, STOPPED], answers with the
process number of the fork and, once that has ended, with its exit status. A fork that is to be
STOPPED stops before it does anything, to be continued by whoever has attached to it. Without
ARGUMENTS, it makes a ledger.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import multiprocessing.util
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]

SPARES = 3
"""So many processes two workers need: multiprocessing has one of its own."""

MOST_OPEN = 200
"""No process here has more files open."""


LOADED = (
    "PIL.PpmImagePlugin",
    "digitbox.batch.oneshot",
    "digitbox.ledger.ledger",
    "digitbox.recognition.reader",
    "digitbox.service.reports",
    "digitbox.service.sweep",
    "digitbox.service.watch",
    "importlib.resources",
    "multiprocessing.popen_spawn_posix",
    "multiprocessing.resource_tracker",
    "tqdm",
    "yaml",
    "zipfile",
)
"""What the command and its workers would load one after the other."""


class Zygote:
    """The process, as tests see it. It does one run at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.endurance.zygote"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        self._process.communicate(timeout=60)

    def start(self, folder: Path, *arguments: str, stopped: bool = False) -> int:
        """Start the command in ``folder`` and a session of its own; what it says goes to the file
        ``log`` there. The number of its process."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([str(folder), arguments, stopped]) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def wait(self) -> int:
        """Wait until it has ended; the exit status, negative after a signal."""
        return self._answer()

    def _answer(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def main() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before numpy is there: a fork has one thread
    for module in LOADED:
        importlib.import_module(module)
    del os.environ["OPENBLAS_NUM_THREADS"]
    gc.freeze()  # so that no fork looks through it
    for line in sys.stdin:
        folder, arguments, stopped = json.loads(line)
        process = os.fork()
        if not process:
            _run(folder, arguments, stopped)
        if stopped:
            os.waitpid(process, os.WUNTRACED)
        sys.stdout.write(f"{process}\n")
        sys.stdout.flush()
        _, status = os.waitpid(process, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _run(folder: str, arguments: Sequence[str], stopped: bool) -> NoReturn:
    from digitbox.cli import main as command
    from digitbox.ledger.ledger import Ledger

    os.setsid()
    os.chdir(folder)
    log = os.open("log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    spares = Spares(SPARES if arguments else 0)
    multiprocessing.util.spawnv_passfds = spares.spawn  # type: ignore[assignment]
    if stopped:
        os.kill(os.getpid(), signal.SIGSTOP)
    if arguments:
        command(arguments)
    else:
        Ledger(Path())
    sys.exit()


class Spares:
    """Children of this process that wait to be told what to do. They are forked before anything is
    open: SQLite for one does not work in a fork of a process that uses it."""

    def __init__(self, number: int) -> None:
        self._spares = [_spare() for _ in range(number)]
        self._spawn = multiprocessing.util.spawnv_passfds

    def spawn(self, path: bytes, arguments: Sequence[Any], passed: Sequence[int]) -> int:
        """In place of what starts a Python for multiprocessing, with ``passed`` open in it: have a
        spare child run the script that is in ``arguments``. Once they are used up, start one."""
        if not self._spares:
            return self._spawn(path, arguments, passed)
        process, told = self._spares.pop()
        script = arguments.index("-c") + 1
        passed = sorted(set(passed))
        message = json.dumps([arguments[script], arguments[script + 1 :], passed])
        with told:
            socket.send_fds(told, [message.encode()], passed)
        return process


def _spare() -> tuple[int, socket.socket]:
    ours, other = socket.socketpair()
    process = os.fork()
    if process:
        other.close()
        return process, ours
    status = 1
    try:
        kept = other.fileno()
        os.closerange(3, kept)
        os.closerange(kept + 1, MOST_OPEN)
        message, received, _, _ = socket.recv_fds(other, 100_000, 100)
        status = _do(message, received) if message else 0  # else nobody needs it any more
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _do(message: bytes, received: Sequence[int]) -> int:
    script, arguments, wanted = json.loads(message)
    high = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, MOST_OPEN) for descriptor in received]
    os.closerange(3, MOST_OPEN)
    for descriptor, number in zip(high, wanted, strict=True):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.argv = ["-c", *arguments]
    exec(script, {"__name__": "__main__"})
    return 0


if __name__ == "__main__":
    main()
