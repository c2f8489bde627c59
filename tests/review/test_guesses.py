"""Wrong tokens: how many there may be, and what is said of them."""

import asyncio

import pytest

from digitbox.review import guesses
from digitbox.review.guesses import BURST, SECONDS, Guesses


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def counted(made: Guesses, *places: str) -> None:
    async def count() -> None:
        for place in places:
            made.count(place)

    asyncio.run(count())


def test_a_few_wrong_ones_do_not_make_anybody_wait(clock: Clock) -> None:
    made = Guesses(clock)
    for _ in range(BURST - 1):
        counted(made, "here")
        assert made.wait("here") == 0


def test_many_make_their_place_wait_and_no_other(clock: Clock) -> None:
    made = Guesses(clock)
    counted(made, *["here"] * BURST)
    assert 0 < made.wait("here") <= SECONDS
    assert made.wait("there") == 0
    clock.now += made.wait("here")
    assert made.wait("here") == 0
    counted(made, "here")
    assert made.wait("here") > 0


def test_there_are_less_than_100_an_hour(clock: Clock) -> None:
    made = Guesses(clock)
    tried, end = 0, clock.now + 3600
    while clock.now < end:
        if made.wait("here") == 0:
            counted(made, "here")
            tried += 1
        else:
            clock.now += 1
    assert 60 <= tried < 100


def test_what_was_long_ago_is_forgiven(clock: Clock) -> None:
    made = Guesses(clock)
    counted(made, *["here"] * BURST)
    clock.now += BURST * SECONDS
    counted(made, *["here"] * (BURST - 1))
    assert made.wait("here") == 0


def test_only_so_many_places_are_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "MOST", 10)
    made = Guesses(clock)
    counted(made, *["worst"] * BURST, *(str(number) for number in range(100)))
    assert len(made._full) == 10
    assert made.wait("worst") > 0


def test_they_are_logged_at_once_and_then_together(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    made = Guesses(clock)
    counted(made, "10.0.0.1", "10.0.0.1", "10.0.0.2", *(f"10.0.1.{n}" for n in range(9)))
    assert caplog.messages == ["wrong tokens for the pages: 1 from 10.0.0.1"]
    clock.now += guesses.SAID_SECONDS
    counted(made, "10.0.0.1")
    assert len(caplog.messages) == 2
    assert "2 from 10.0.0.1, 1 from 10.0.0.2, " in caplog.messages[1]
    assert caplog.messages[1].endswith("others from 6 more addresses")


def test_the_last_ones_are_logged_without_another(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "SAID_SECONDS", 0.05)
    made = Guesses()

    async def work() -> None:
        for _ in range(3):
            made.count("10.0.0.1")
        while len(caplog.messages) < 2:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(work(), 20))
    assert caplog.messages[1] == "wrong tokens for the pages: 2 from 10.0.0.1"
