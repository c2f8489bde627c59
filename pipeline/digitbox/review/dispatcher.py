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
from digitbox.service.pause import Pause
from digitbox.signals import Flags

SECONDS = 0.1
"""How often the ledger is asked what waits in it, and what became of it."""

PAUSE = 2.0
"""Seconds until trouble is tried again."""

STOP_SECONDS = 0.25
"""How long it takes until who waits notices a stop."""

KEPT = 10_000
"""Answers that are kept for those who ask late."""

log = logging.getLogger(__name__)


class Dispatcher:
    """Takes decisions one by one, and has them carried out beside, those of some seconds together.
    For one event loop."""

    def __init__(
        self,
        load: Callable[[], Config],
        pause: Pause | None = None,
        signals: Flags | None = None,
    ) -> None:
        """Nobody waits for an answer any more once ``signals`` say stop."""
        self._pause = pause or Pause()
        self._signals = signals or Flags()
        self._flags = Flags()
        self._decisions = Decisions(load, self._flags)
        # The ledger is held open by one thread; the other works, or waits for whoever does.
        self._asking = ThreadPoolExecutor(1, "ask")
        self._working = ThreadPoolExecutor(1, "carry out")
        self._open: dict[int, asyncio.Future[Answer]] = {}
        self._answers: dict[int, Answer] = {}
        self._task: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Go on with what was noted before and is not done."""
        self._begin()

    async def ask(self, decision: Decision, ledger: str | None = None) -> int:
        """Note ``decision`` in the ledger, for good, and return the request's number. Raises
        :class:`InputError` where ``ledger`` is not what that is called, see
        :meth:`Decisions.ask`."""
        return await self._note(partial(self._decisions.ask, decision, ledger))

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
        if request in self._answers:  # of one that was sent before
            return request
        self._open.setdefault(request, loop.create_future())
        self._begin()
        return request

    async def answers(self, requests: Iterable[int], seconds: float) -> dict[int, Answer]:
        """What became of ``requests``; waits for the first one, for so long."""
        wanted = set(requests)
        if others := wanted - self._open.keys() - self._answers.keys():  # of a server before
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._working, self._decisions.answers, others)
            for request, answer in found.items():
                self._keep(request, answer)
        waiting = [self._open[request] for request in wanted & self._open.keys()]
        left = seconds
        while waiting and not wanted & self._answers.keys() and left > 0 and not self._signals.stop:
            slice_ = min(left, STOP_SECONDS)
            await asyncio.wait(waiting, timeout=slice_, return_when=asyncio.FIRST_COMPLETED)
            left -= slice_
        return {number: self._answers[number] for number in wanted & self._answers.keys()}

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """Stop. Decisions that wait for others are carried out; what else is open is left to
        whoever works on the ledger next."""
        self._flags.stop = 1
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._working.shutdown()
        self._asking.submit(self._end).result()
        self._asking.shutdown()

    def _end(self) -> None:
        try:
            if self._decisions.waiting().last is not None:
                self._decisions.carry_out()
        except DigitboxError as error:
            log.warning("decisions are left to who comes next: %s", error)
        finally:
            self._decisions.close()

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                waiting = await loop.run_in_executor(self._asking, self._decisions.waiting)
                if not self._open and waiting.last is None:
                    return
                self._pause.notice(waiting)
                if self._pause.seconds() <= 0:
                    await loop.run_in_executor(self._working, self._decisions.carry_out)
                found = await loop.run_in_executor(
                    self._working, self._decisions.answers, list(self._open)
                )
                for request, answer in found.items():
                    self._settle(request, answer)
            except DigitboxError as error:
                log.warning("decisions wait: %s", error)
                await asyncio.sleep(PAUSE)
            else:
                await asyncio.sleep(SECONDS)

    def _settle(self, request: int, answer: Answer) -> None:
        self._keep(request, answer)
        self._open.pop(request).set_result(answer)

    def _keep(self, request: int, answer: Answer) -> None:
        while len(self._answers) >= KEPT:
            self._answers.pop(next(iter(self._answers)))
        self._answers[request] = answer
