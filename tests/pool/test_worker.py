"""What a worker process is told."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from digitbox.config import load
from digitbox.engine.setup import Setup
from digitbox.pool import worker
from digitbox.records import Expected


def expected_of(task: worker.Task) -> Expected:
    return worker.start(task)._standards.expected


def test_a_worker_expects_what_the_configuration_says() -> None:
    options = {"model": "mlp", "digits": "1-6", "decimals": "2", "sign": True}
    task = Setup.of(load(options=options)).task()
    context = multiprocessing.get_context("spawn")  # what it does holds for all of its process
    with ProcessPoolExecutor(1, context) as processes:
        assert processes.submit(expected_of, task).result() == Expected(1, 6, 2, True)
