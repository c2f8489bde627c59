"""When decisions are due."""

import pytest

from digitbox.ledger.requests import Waiting
from digitbox.service.pause import LONGEST_SECONDS, QUIET_SECONDS, Pause


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pause(clock: Clock) -> Pause:
    return Pause(clock=clock)


def test_nothing_is_due_where_nothing_waits(pause: Pause) -> None:
    assert pause.seconds() == float("inf")
    pause.notice(Waiting())
    assert pause.seconds() == float("inf")


def test_a_decision_waits_for_others(pause: Pause, clock: Clock) -> None:
    pause.notice(Waiting(1, 1))
    assert pause.seconds() == QUIET_SECONDS
    clock.now += QUIET_SECONDS - 1
    pause.notice(Waiting(1, 1))  # it is heard of again
    assert pause.seconds() == 1
    pause.notice(Waiting(1, 2))
    assert pause.seconds() == QUIET_SECONDS
    clock.now += QUIET_SECONDS + 1
    assert pause.seconds() == 0


def test_none_waits_for_long_though_more_and_more_are_made(pause: Pause, clock: Clock) -> None:
    seconds = 0
    for number in range(1, 100):
        pause.notice(Waiting(1, number))
        if not pause.seconds():
            break
        clock.now += 1
        seconds += 1
    assert seconds == LONGEST_SECONDS
    clock.now += 1
    pause.notice(Waiting(200, 200))  # these were carried out, and another one came
    assert pause.seconds() == QUIET_SECONDS


def test_what_somebody_waits_for_is_due_at_once(pause: Pause, clock: Clock) -> None:
    pause.notice(Waiting(1, 1))
    clock.now += 1
    pause.notice(Waiting(1, 2, is_urgent=True))
    assert pause.seconds() == 0
    pause.notice(Waiting())
    assert pause.seconds() == float("inf")


def test_to_read_again_is_due_without_any_decision(pause: Pause) -> None:
    pause.notice(Waiting(is_urgent=True))
    assert pause.seconds() == 0


def test_without_a_pause_all_is_due_at_once(clock: Clock) -> None:
    pause = Pause(0.0, 0.0, clock)
    pause.notice(Waiting(1, 1))
    assert pause.seconds() == 0
