"""Decisions under way."""

import asyncio
import signal
from contextlib import chdir

import pytest

from digitbox.config import load
from digitbox.errors import TransientError
from digitbox.ledger.decision import UNDO, Decision
from digitbox.review import dispatcher
from digitbox.review.dispatcher import Dispatcher
from digitbox.service.decisions import Answer, Decisions
from digitbox.service.pause import Pause
from digitbox.signals import Flags
from tests.endurance.harness import Harness, lines


def test_each_gets_its_answer(harness: Harness) -> None:
    async def decide() -> dict[int, Answer]:
        open_ = Dispatcher(load)
        requests = [await open_.ask(Decision(1, says, "Ada")) for says in ("5", "6")]
        found: dict[int, Answer] = {}
        while len(found) < 2:
            found |= await open_.answers(set(requests) - found.keys(), 10)
        await open_.close()
        return found

    with chdir(harness.folder):
        assert asyncio.run(decide()) == {
            1: Answer(row=4),
            2: Answer(refused="Ada has decided meanwhile: 5."),
        }


def test_what_a_service_is_busy_with_is_answered_later(harness: Harness) -> None:
    async def decide() -> Answer:
        open_ = Dispatcher(load)
        request = await open_.ask(Decision(1, "5", "Ada"))
        found: dict[int, Answer] = {}
        while not found:
            found = await open_.answers([request], 10)
        await open_.close()
        return found[request]

    with harness.service(), chdir(harness.folder):
        assert asyncio.run(decide()) == Answer(row=4)


def test_what_another_server_was_asked_is_answered(harness: Harness) -> None:
    async def ask() -> int:
        open_ = Dispatcher(load)
        request = await open_.ask(Decision(1, "5", "Ada"))
        assert await open_.answers([request], 10)
        await open_.close()
        return request

    async def answer(request: int) -> dict[int, Answer]:
        open_ = Dispatcher(load)
        found = await open_.answers([request], 10)
        await open_.close()
        return found

    with chdir(harness.folder):
        request = asyncio.run(ask())
        assert asyncio.run(answer(request)) == {request: Answer(row=4)}


def test_transient_errors_is_waited_out(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []
    carry_out = Decisions.carry_out

    def stormy(self: Decisions) -> object:
        tried.append(1)
        if len(tried) < 3:
            raise TransientError("the disk is full")
        return carry_out(self)

    async def decide() -> dict[int, Answer]:
        open_ = Dispatcher(load)
        request = await open_.ask(Decision(1, "5", "Ada"))
        found = await open_.answers([request], 30)
        await open_.close()
        return found

    monkeypatch.setattr(Decisions, "carry_out", stormy)
    monkeypatch.setattr(dispatcher, "PAUSE", 0.01)
    with chdir(harness.folder):
        assert asyncio.run(decide()) == {1: Answer(row=4)}


def made(harness: Harness) -> list[list[str]]:
    """The values in each table of decisions."""
    tables = [[row["value"] for row in lines(file) if row["replaces"]] for file in harness.tables()]
    return [values for values in tables if values]


def test_decisions_of_some_seconds_make_one_batch(harness: Harness) -> None:
    async def decide() -> None:
        open_ = Dispatcher(load, Pause())
        asked = set()
        for reading, says in ((1, "5"), (2, "6"), (3, "7")):
            asked.add(await open_.ask(Decision(reading, says, "Ada", key=f"k{reading}")))
            await asyncio.sleep(0.5)
        asked.add(await open_.ask(Decision(2, UNDO, "Ada", key="k4", undoes="k2")))
        assert made(harness) == []
        found: dict[int, Answer] = {}
        while found.keys() < asked:
            found |= await open_.answers(asked - found.keys(), 10)
        assert [found[one] for one in sorted(asked)] == [
            Answer(row=4),
            Answer(),
            Answer(row=5),
            Answer(row=2),
        ]
        assert made(harness) == [["5", "7"]]
        await open_.close()

    with chdir(harness.folder):
        asyncio.run(decide())


def test_one_that_is_sent_twice_is_carried_out_once(harness: Harness) -> None:
    async def decide() -> list[int]:
        open_ = Dispatcher(load)
        decision = Decision(1, "5", "Ada", key="k1")
        asked = [await open_.ask(decision), await open_.ask(decision)]
        assert await open_.answers(asked, 10) == {asked[0]: Answer(row=4)}
        asked.append(await open_.ask(decision))  # the answer to it was lost
        assert await open_.answers(asked, 10) == {asked[0]: Answer(row=4)}
        await open_.close()
        return asked

    with chdir(harness.folder):
        assert len(set(asyncio.run(decide()))) == 1
        assert len(set(asyncio.run(decide()))) == 1  # and by a server that comes later
    assert made(harness) == [["5"]]


@pytest.mark.parametrize("others", [False, True])
def test_what_waits_at_the_end_is_carried_out(harness: Harness, others: bool) -> None:
    async def decide() -> None:
        open_ = Dispatcher(load, Pause())
        await open_.ask(Decision(1, "5", "Ada"))
        await open_.ask(Decision(2, "6", "Ada"))
        if others:
            await open_.read_again(3)
        await open_.close()

    with chdir(harness.folder):
        asyncio.run(decide())
    assert made(harness) == [["5", "6"]]


def test_what_cannot_be_done_at_the_end_is_done_by_who_comes_next(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: Decisions) -> object:
        raise TransientError("the disk is full")

    async def decide() -> None:
        open_ = Dispatcher(load, Pause())
        await open_.ask(Decision(1, "5", "Ada"))
        await open_.close()

    monkeypatch.setattr(Decisions, "carry_out", full)
    with chdir(harness.folder):
        asyncio.run(decide())
    assert made(harness) == []
    assert harness.run("batch").returncode == 0
    assert made(harness) == [["5"]]


def test_who_waits_for_an_answer_hears_of_a_stop(harness: Harness) -> None:
    async def decide() -> int:
        flags = Flags()
        open_ = Dispatcher(load, Pause(60.0, 60.0), flags)
        request = await open_.ask(Decision(1, "5", "Ada"))
        waiting = asyncio.create_task(open_.answers([request], 60))
        await asyncio.sleep(0)
        flags.stop = signal.SIGTERM
        found = await asyncio.wait_for(waiting, 10)
        await open_.close()
        return len(found)

    with chdir(harness.folder):
        assert asyncio.run(decide()) == 0
    assert made(harness) == [["5"]]
