"""The service is killed at random, again and again, while files arrive."""

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.endurance.arrivals import Writer
from tests.endurance.harness import Harness, until
from tests.endurance.zygote import Zygote

FILES = int(os.environ.get("KILLS_FILES", "5000"))
KILLS = int(os.environ.get("KILLS", "60"))


def is_alive(process: psutil.Process) -> bool:
    """Whether it can still do anything: an orphan stays a zombie until init finds the time."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@contextlib.contextmanager
def forked(zygote: Zygote, harness: Harness) -> Iterator[psutil.Process]:
    """A service that is there at once, to be killed."""
    service = psutil.Process(zygote.start(harness.folder, "watch"))
    try:
        until(lambda: harness.heartbeat().get("pid") == service.pid, what=harness.said())
        yield service
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGKILL)
        assert zygote.wait() == -signal.SIGKILL, harness.said()


@contextlib.contextmanager
def started(harness: Harness) -> Iterator[psutil.Process]:
    """A service as people start it, to be killed."""
    with harness.service(clean=False) as service:
        yield psutil.Process(service.pid)
        assert service.wait(60) == -signal.SIGKILL, harness.said()


@pytest.mark.xdist_group("kills")
def test_every_file_has_one_row_whatever_is_killed(in_memory: Path, zygote: Zygote) -> None:
    harness = Harness(in_memory / "harness", workers=2, batch={"size": 100, "seconds": 0.3})
    chance = random.Random(7)
    writer = Writer(harness, FILES, pause=0.01)
    writer.allowed = 0
    writer.start()
    for kill in range(KILLS):
        writer.allowed = FILES * (kill + 1) // KILLS
        with started(harness) if kill % 5 == 4 else forked(zygote, harness) as service:
            time.sleep(chance.random() * 1.2)  # any instant is as good
            assert is_alive(service), harness.said()
            workers = service.children(recursive=True)
            service.kill()
            if kill % 2:  # else the parent alone
                for worker in workers:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        worker.kill()
            until(lambda: not any(map(is_alive, workers)), 30, "for the workers to end")  # noqa: B023
    writer.join(300)
    with harness.service():
        until(lambda: not harness.in_inbox(), 900, "for the inbox to be empty")
        until(lambda: all(row["place"] for row in harness.recorded()))
    harness.check(writer.dropped)
    assert harness.run("status").returncode == 0
