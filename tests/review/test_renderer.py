"""The process that looks at files, for better or worse."""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image
from starlette.requests import ClientDisconnect

from digitbox.config import load
from digitbox.errors import TransientError
from digitbox.models.registry import PROMOTED, folder
from digitbox.pool import rendering
from digitbox.records import Reading, Reason, Source, Status
from digitbox.review import renderer as eyes_
from digitbox.review.renderer import Renderer
from tests.endurance.harness import digest
from tests.pages import encoded, sheet
from tests.pool.test_words import damaged_fax
from tests.variants import variant

T = TypeVar("T")

READING = Reading(1, Status.REVIEW)


def with_eyes(work: Callable[[Renderer], Awaitable[T]], **settings: object) -> T:
    async def run() -> T:
        renderer = Renderer(load(options={"model": "mlp", **settings}))
        try:
            await renderer.open()
            return await work(renderer)
        finally:
            renderer.close()

    return asyncio.run(run())


def file(content: bytes) -> Source:
    Path("a.png").write_bytes(content)
    return Source(str(Path.cwd()), "a.png")


def test_what_is_no_longer_what_was_read_is_not_shown() -> None:
    content = encoded(sheet(3))
    source = file(content)

    async def look(renderer: Renderer) -> list[bool]:
        found = [await renderer.render(source, digest(b"another"), READING)]
        found.append(
            await renderer.render(Source(source.root, "none.png"), digest(content), READING)
        )
        found.append(await renderer.render(source, digest(content), READING))
        Path("a.png").unlink()
        found.append(await renderer.render(source, digest(content), READING))  # kept
        return [one is not None for one in found]

    assert with_eyes(look) == [False, False, True, True]


def test_what_takes_too_much_is_not_shown_and_the_next_one_is() -> None:
    vast = encoded(Image.new("L", (15_000, 15_000), 255), compress_level=1)  # takes seconds
    small = encoded(sheet(3))

    async def look(renderer: Renderer) -> list[bool]:
        found = [await renderer.render(file(one), digest(one), READING) for one in (vast, small)]
        return [one is not None for one in found]

    assert with_eyes(look, **{"limits.seconds": 0.3, "limits.pixels": 10**9}) == [False, True]


def test_a_process_that_died_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded(sheet(3))
    source = file(content)
    monkeypatch.setattr(eyes_, "STALL_SECONDS", 0.0)

    async def look(renderer: Renderer) -> bool:
        children = multiprocessing.active_children()
        assert children
        for child in children:
            child.kill()
        for _ in range(20):
            if await renderer.render(source, digest(content), READING):
                return True
        return False

    assert with_eyes(look, **{"limits.seconds": 5.0})


@pytest.mark.parametrize(
    ("settings", "fault", "reason"),
    [
        ({"limits.seconds": 0.3, "limits.pixels": 10**9}, None, Reason.TIMEOUT),
        ({"limits.memory": 64_000_000, "limits.pixels": 10**9}, None, Reason.MEMORY),
        ({}, os.abort, Reason.DECODER_CRASHED),
    ],
)
def test_the_true_reason_is_told(
    settings: dict[str, object], fault: Callable[[], None] | None, reason: Reason
) -> None:
    vast = encoded(Image.new("L", (15_000, 15_000), 255), compress_level=1)  # takes seconds

    async def look(renderer: Renderer) -> Reason | None:
        found = await renderer.attempt(fault) if fault else (await renderer.read(vast)).reading
        return found.reason if isinstance(found, Reading) else found

    assert with_eyes(look, **settings) is reason


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    async def look(renderer: Renderer) -> list[bool]:
        async def has_gone() -> bool:
            return True

        with pytest.raises(ClientDisconnect):
            await renderer.read(encoded(sheet(3)), given_up=has_gone)
        return [(await renderer.read(encoded(sheet(3)))).reading.value == "3"]

    assert with_eyes(look) == [True]


def test_who_waits_when_it_ends_is_told_so() -> None:
    async def look(renderer: Renderer) -> list[type]:
        waiting = [asyncio.create_task(renderer.do(time.sleep, 60)) for _ in range(3)]
        await asyncio.sleep(0.5)
        renderer.end()
        return [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)]

    assert with_eyes(look) == [TransientError] * 3


def test_what_a_decoder_has_said_before_is_not_said_of_the_next_image() -> None:
    async def read(renderer: Renderer) -> list[Reason | None]:
        bad, good = damaged_fax(), booklet()
        found = []
        for content in (bad, good, bad, good):
            found.append((await renderer.read(content)).reading.reason)
            await renderer.do(rendering.read_page, bad, 1)
        return found

    assert with_eyes(read) == [Reason.DAMAGED, None, Reason.DAMAGED, None]


def booklet() -> bytes:
    return encoded(sheet(5, height=600, width=480, side=300), "TIFF")


def test_the_environment_of_the_process_has_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITBOX_REVIEW_TOKEN", "correct horse battery")

    async def look(_: Renderer) -> list[bytes]:
        children = [child.pid for child in multiprocessing.active_children()]
        assert children
        return [Path(f"/proc/{pid}/environ").read_bytes() for pid in children]

    assert not any(b"correct horse" in one for one in with_eyes(look))


def test_what_is_tried_is_read_with_what_is_promoted_by_now() -> None:
    content = encoded(sheet(3))

    async def read(renderer: Renderer) -> list[tuple[str | None, str]]:
        found = []
        config = load(options={"model": "mlp"})
        variant(folder(config) / "mine", "Ada")
        listing = folder(config) / PROMOTED
        for promoted in ("", "none", "mine"):
            if promoted:
                listing.write_text(f'{{"mlp": ["{promoted}"]}}')
            tried = await renderer.read(content)
            found.append((tried.reading.value, renderer.model.name))
        return found

    # What does not serve changes nothing.
    assert with_eyes(read) == [("3", "mlp"), ("3", "mlp"), ("3", "mine")]
