"""Decisions under way."""

import asyncio
from contextlib import chdir

import pytest

from digitbox.config import load
from digitbox.errors import TransientError
from digitbox.ledger.decision import Decision
from digitbox.review import dispatcher
from digitbox.review.dispatcher import Dispatcher
from digitbox.service.decisions import Answer, Decisions
from tests.endurance.harness import Harness


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


def test_what_is_open_at_the_end_is_done_by_who_comes_next(harness: Harness) -> None:
    async def decide() -> None:
        open_ = Dispatcher(load)
        await open_.ask(Decision(1, "5", "Ada"))
        await open_.close()

    with chdir(harness.folder):
        asyncio.run(decide())
    assert harness.run("batch").returncode == 0
    assert [row["value"] for row in harness.published() if row["replaces"]] == ["5"]
