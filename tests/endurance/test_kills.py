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
from tests.endurance.house import House, until

FILES = int(os.environ.get("KILLS_FILES", "5000"))
KILLS = int(os.environ.get("KILLS", "60"))


@pytest.mark.xdist_group("kills")
def test_every_file_has_one_row_whatever_is_killed(tmp_path: Path) -> None:
    house = House(tmp_path / "house", workers=2, batch={"size": 100, "seconds": 0.3})
    chance = random.Random(7)
    writer = Writer(house, FILES, pause=0.02)
    writer.start()
    for kill in range(KILLS):
        with house.service(clean=False) as service:
            time.sleep(chance.random() * 1.2)  # any instant is as good
            assert service.poll() is None, house.said()
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
    with house.service():
        until(lambda: not house.in_inbox(), 900, "for the inbox to be empty")
        until(lambda: all(row["place"] for row in house.recorded()))
    house.check(writer.dropped)
    assert house.run("status").returncode == 0
