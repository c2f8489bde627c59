"""The view /live, asked as its page asks."""

import asyncio
import json
from contextlib import chdir
from typing import Any

from starlette.responses import Response
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.review.dispatcher import Dispatcher
from digitbox.review.live import Live
from digitbox.signals import Flags
from tests.endurance.harness import Harness


def told(harness: Harness, number: int) -> list[tuple[str, Any]]:
    """The first events that a page hears, until there are so many; then it stops."""

    async def hear() -> list[tuple[str, Any]]:
        flags, dispatcher = Flags(), Dispatcher(load)
        live = Live(load().absolute(), dispatcher, lambda *_: Response(), flags)
        heard = []
        async for text in live.happenings():
            name, data = text.strip().split("\n")
            heard.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
            if len(heard) == number:
                flags.stop = 1
        await dispatcher.close()
        return heard

    with chdir(harness.folder):
        return asyncio.run(hear())


def test_the_last_rows_and_the_state_are_told_at_once(harness: Harness) -> None:
    harness.drop("broken.png", b"no image")
    assert harness.run("batch").returncode == 0
    (_, rows), (name, state) = told(harness, 2)
    assert [row["id"] for row in rows] == [4, 3, 2, 1]
    assert rows[0]["reason"] == "not_an_image"
    assert (name, state["state"], state["backlog"]) == ("state", "stopped", 0)
    assert state["today"]["failed"] == 1
    assert [failure["file"] for failure in state["failures"]] == ["broken.png"]


def test_what_cannot_be_read_again_is_named(pages: TestClient) -> None:
    assert pages.post("/live/retry", json={"reading": 99}).status_code == 404
    assert pages.post("/live/retry", content=b"").status_code == 400
    assert (
        pages.post("/live/retry", json={"reading": 1}, headers={"Origin": "x"}).status_code == 403
    )


def test_a_file_is_read_again(pages: TestClient, harness: Harness) -> None:
    request = pages.post("/live/retry", json={"reading": 1}).json()["request"]
    (answer,) = pages.get("/review/answers", params={"request": request}).json()["answers"]
    assert answer == {"request": request, "row": None, "refused": None}
    assert len(harness.published()) == 4


def test_the_page_is_served(pages: TestClient) -> None:
    assert pages.get("/live").status_code == 200
