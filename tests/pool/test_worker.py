"""What a worker process is told."""

import multiprocessing
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from digitbox.config import load
from digitbox.engine.setup import Setup
from digitbox.pool import worker
from digitbox.records import Expected
from tests.conftest import ROOT


def expected_of(task: worker.Task) -> Expected:
    return worker.start(task)._standards.expected


def test_a_worker_expects_what_the_configuration_says() -> None:
    options = {"model": "mlp", "digits": "1-6", "decimals": "2", "sign": True}
    task = Setup.of(load(options=options)).task()
    context = multiprocessing.get_context("spawn")  # what it does holds for all of its process
    with ProcessPoolExecutor(1, context) as processes:
        assert processes.submit(expected_of, task).result() == Expected(1, 6, 2, True)


LIMITED = """
import resource, sys
from digitbox.pool.worker import _limit_memory
soft, hard, allowance = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
_limit_memory(allowance)
print(*resource.getrlimit(resource.RLIMIT_AS))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its memory")
@pytest.mark.parametrize(
    ("soft", "hard", "most"),
    [
        (2 * 10**9, 2 * 10**9, 2 * 10**9),
        (2 * 10**9, -1, 2 * 10**9),
        (3 * 10**9, 4 * 10**9, 3 * 10**9),
        (10**12, 10**12, 10**11),
        (-1, -1, 10**11),
    ],
)
def test_a_worker_takes_no_more_memory_than_it_was_given(soft: int, hard: int, most: int) -> None:
    """``ulimit -v`` below ``limits.memory``: "not allowed to raise maximum limit"."""
    command = [sys.executable, "-c", LIMITED, str(soft), str(hard), str(5 * 10**10)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    now = [int(limit) for limit in done.stdout.split()]
    assert now[0] == now[1] <= most
    if most < 10**10:
        assert now[0] == most
    else:
        assert now[0] > 5 * 10**10
