"""Decisions of people → the ledger, and what became of each → those who wait for it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from digitbox.config import Config
from digitbox.errors import DigitboxError
from digitbox.ledger.decision import Decision
from digitbox.service.decisions import Answer, Decisions
from digitbox.signals import Flags

SECONDS = 0.1
"""How often the ledger is asked what became of decisions that a service carries out."""

PAUSE = 2.0
"""Seconds until trouble is tried again."""

KEPT = 10_000
"""Answers that are kept for those who ask late."""

log = logging.getLogger(__name__)


class Dispatcher:
    """Takes decisions one by one, and has them carried out beside. For one event loop."""

    def __init__(self, load: Callable[[], Config]) -> None:
        self._flags = Flags()
        self._decisions = Decisions(load, self._flags)
        # The ledger is held open by one thread; the other works, or waits for whoever does.
        self._asking = ThreadPoolExecutor(1, "ask")
        self._working = ThreadPoolExecutor(1, "carry out")
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._answers: dict[int, Answer] = {}
        self._task: asyncio.Task[None] | None = None

    async def ask(self, decision: Decision) -> int:
        """Note ``decision`` in the ledger, for good, and return the request's number."""
        return await self._note(partial(self._decisions.ask, decision))

    async def read_again(self, file: int) -> int:
        """The same for the wish that the file of that record be read again."""
        return await self._note(partial(self._decisions.read_again, [file]))

    async def draw(self) -> int | None:
        """See :meth:`Decisions.draw`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._asking, self._decisions.draw)

    async def _note(self, wish: Callable[[], int]) -> int:
        loop = asyncio.get_running_loop()
        request = await loop.run_in_executor(self._asking, wish)
        self._open[request] = loop.create_future()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())
        return request

    async def answers(self, requests: Iterable[int], seconds: float) -> dict[int, Answer]:
        """What became of ``requests``; waits for the first one, for so long."""
        wanted = set(requests)
        for request in wanted - self._open.keys() - self._answers.keys():  # of a server before
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._working, self._decisions.answer, request)
            if answer is not None:
                self._keep(request, answer)
        waiting = [self._open[request] for request in wanted & self._open.keys()]
        if waiting and not wanted & self._answers.keys():
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return {number: self._answers[number] for number in wanted & self._answers.keys()}

    async def close(self) -> None:
        """Stop. What is noted and open is carried out by whoever works on the ledger next."""
        self._flags.stop = 1
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._working.shutdown()
        self._asking.submit(self._decisions.close).result()
        self._asking.shutdown()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._open:
            try:
                await loop.run_in_executor(self._working, self._decisions.carry_out)
                for request in list(self._open):
                    answer = await loop.run_in_executor(
                        self._working, self._decisions.answer, request
                    )
                    if answer is not None:
                        self._settle(request, answer)
            except DigitboxError as error:
                log.warning("decisions wait: %s", error)
                await asyncio.sleep(PAUSE)
            else:
                await asyncio.sleep(SECONDS if self._open else 0)

    def _settle(self, request: int, answer: Answer) -> None:
        self._keep(request, answer)
        self._open.pop(request).set_result(answer)

    def _keep(self, request: int, answer: Answer) -> None:
        while len(self._answers) >= KEPT:
            self._answers.pop(next(iter(self._answers)))
        self._answers[request] = answer
