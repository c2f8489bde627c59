"""The process that looks at files, for better or worse."""

import asyncio
import multiprocessing
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from digitbox.config import load
from digitbox.models.registry import PROMOTED, folder
from digitbox.records import Reading, Source, Status
from digitbox.review import renderer as eyes_
from digitbox.review.renderer import Renderer
from tests.endurance.harness import digest
from tests.pages import encoded, sheet
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
