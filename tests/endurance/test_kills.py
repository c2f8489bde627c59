"""The service is killed at random, again and again, while files arrive."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import psutil
import pytest

from tests.endurance.arrivals import Writer
from tests.endurance.harness import Harness, until

FILES = int(os.environ.get("KILLS_FILES", "5000"))
KILLS = int(os.environ.get("KILLS", "60"))


@pytest.mark.xdist_group("kills")
def test_every_file_has_one_row_whatever_is_killed(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", workers=2, batch={"size": 100, "seconds": 0.3})
    chance = random.Random(7)
    writer = Writer(harness, FILES, pause=0.02)
    writer.start()
    for kill in range(KILLS):
        with harness.service(clean=False) as service:
            time.sleep(chance.random() * 1.2)  # any instant is as good
            assert service.poll() is None, harness.said()
            workers = psutil.Process(service.pid).children(recursive=True)
            service.send_signal(signal.SIGKILL)
            if kill % 2:  # else the parent alone
                for worker in workers:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        worker.kill()
            service.wait(60)
            psutil.wait_procs(workers, 30)
            assert not any(map(psutil.Process.is_running, workers))
    writer.join(300)
    with harness.service():
        until(lambda: not harness.in_inbox(), 900, "for the inbox to be empty")
        until(lambda: all(row["place"] for row in harness.recorded()))
    harness.check(writer.dropped)
    assert harness.run("status").returncode == 0
