"""What is sent: how much of it there may be, and how long it may take."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.types import Message

from digitbox.review import uploads
from digitbox.review.answers import RefusedError
from digitbox.review.uploads import Uploads


def request(*parts: bytes, said: int | None = None, silent: bool = False) -> Request:
    """One that sends these ``parts``, and says that they are so many bytes; ``silent``: and then
    nothing, though it has not ended."""
    left = [*parts, b""]

    async def receive() -> Message:
        if silent and not left:
            await asyncio.Event().wait()
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left) or silent}

    headers = [] if said is None else [(b"content-length", str(said).encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def never_read() -> Request:
    async def receive() -> Message:
        raise AssertionError("it was read")

    headers = [(b"content-length", b"1001")]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


def with_uploads(work: Callable[[Uploads], Awaitable[None]], most: int = 1000) -> None:
    async def run() -> None:
        made = Uploads(most)
        await work(made)
        assert (made._bytes, made._number) == (0, 0)

    asyncio.run(run())


async def refusal(made: Uploads, asked: Request, beside: int = 0) -> RefusedError:
    with pytest.raises(RefusedError) as raised:
        async with made.content(asked, beside):
            pass
    return raised.value


@pytest.mark.parametrize("said", [None, 6])
def test_what_is_sent_is_there_until_it_is_done_with(said: int | None) -> None:
    async def work(made: Uploads) -> None:
        async with made.content(request(b"abc", b"def", said=said)) as content:
            assert content == b"abcdef"
            assert made._bytes == 6

    with_uploads(work)


def test_what_says_that_it_is_too_large_is_not_read() -> None:
    async def work(made: Uploads) -> None:
        refused = await refusal(made, never_read())
        assert (refused.status, refused.reason) == (413, "too_many_bytes")
        assert "1,000 bytes" in str(refused)

    with_uploads(work)


@pytest.mark.parametrize("said", [None, 10, 0])
def test_what_turns_out_to_be_too_large_is_given_up(said: int | None) -> None:
    async def work(made: Uploads) -> None:
        assert (await refusal(made, request(b"a" * 600, b"b" * 401, said=said))).status == 413
        async with made.content(request(b"a" * 1400), beside=400) as content:
            assert len(content) == 1400

    with_uploads(work)


def test_no_limit_of_files_lets_in_more_than_memory_is_for() -> None:
    assert Uploads(10**12).most == uploads.MOST_BYTES
    assert Uploads(10).most == 10


@pytest.mark.parametrize("says", [True, False])
def test_all_together_have_a_limit(monkeypatch: pytest.MonkeyPatch, says: bool) -> None:
    monkeypatch.setattr(uploads, "MOST_TOGETHER", 1500)

    def one(size: int) -> Request:
        return request(b"a" * size, said=size if says else None)

    async def work(made: Uploads) -> None:
        async with made.content(one(1000)):
            refused = await refusal(made, one(501))
            assert (refused.status, refused.reason) == (503, "busy")
            assert refused.answer.headers["Retry-After"] == str(uploads.AGAIN_SECONDS)
            async with made.content(one(500)) as content:
                assert len(content) == 500
        async with made.content(one(1000)):
            pass

    with_uploads(work)


def test_there_are_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_AT_A_TIME", 1)

    async def work(made: Uploads) -> None:
        async with made.content(request(b"a")):
            assert (await refusal(made, request(b"a"))).status == 503
        async with made.content(request(b"a")):
            pass

    with_uploads(work)


def test_what_is_never_sent_whole_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SECONDS", 0.1)

    async def work(made: Uploads) -> None:
        refused = await refusal(made, request(b"a", said=10, silent=True))
        assert (refused.status, refused.reason) == (408, "slow")

    with_uploads(work)


def test_what_fails_meanwhile_leaves_no_trace() -> None:
    async def work(made: Uploads) -> None:
        with pytest.raises(ZeroDivisionError):
            async with made.content(request(b"a" * 1000)):
                raise ZeroDivisionError

    with_uploads(work)
