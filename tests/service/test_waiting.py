import pytest

from digitbox.engine.backoff import LONGEST_SECONDS
from digitbox.service import waiting as module
from digitbox.service.waiting import Waiting
from tests.ledger.arrivals import source, sources, version

A, B = sources("a", "b")


class Held:
    def __init__(self) -> None:
        self.now = 100.0
        self.waiting = Waiting(lambda: self.now)


@pytest.fixture
def held() -> Held:
    return Held()


def test_a_file_is_due_after_its_time(held: Held) -> None:
    held.waiting.put(A, version(), 5)
    assert held.waiting.is_due(A, version()) is False
    assert held.waiting.due() == []
    assert held.waiting.next_due() == 105
    held.now += 5
    assert held.waiting.is_due(A, version()) is True
    assert held.waiting.due() == [A]


def test_what_is_not_known_is_not_due(held: Held) -> None:
    assert held.waiting.is_due(A, version()) is None
    assert held.waiting.next_due() is None
    assert held.waiting.stood_still(A, version()) == 0
    assert len(held.waiting) == 0


def test_another_version_starts_anew(held: Held) -> None:
    held.waiting.put(A, version(1), 5)
    held.now += 10
    assert held.waiting.stood_still(A, version(1)) == 10
    assert held.waiting.is_due(A, version(2)) is None
    assert held.waiting.stood_still(A, version(2)) == 0
    held.waiting.put(A, version(2), 5)
    assert held.waiting.is_due(A, version(2)) is False
    assert held.waiting.stood_still(A, version(2)) == 0
    assert len(held.waiting) == 1


def test_a_file_that_waits_again_has_stood_still_all_the_time(held: Held) -> None:
    held.waiting.put(A, version(), 5)
    held.now += 10
    held.waiting.put(A, version(), 5)
    held.now += 1
    assert held.waiting.stood_still(A, version()) == 11
    assert held.waiting.next_due() == 115


def test_delays_double_up_to_the_longest(held: Held) -> None:
    delays = []
    for _ in range(9):
        held.waiting.put_longer(A, version(), 1.0, True)
        due = held.waiting.next_due()
        assert due is not None
        delays.append(due - held.now)
        held.now = due
    assert delays == [1, 2, 4, 8, 16, 32, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]


def test_transient_errors_is_news_once(held: Held) -> None:
    assert not held.waiting.put_longer(A, version(), 1.0, False)
    assert held.waiting.put_longer(A, version(), 1.0, True)
    assert not held.waiting.put_longer(A, version(), 1.0, True)
    assert held.waiting.forget(A)
    assert not held.waiting.forget(A)
    assert held.waiting.put_longer(A, version(), 1.0, True)


def test_why_a_file_cannot_be_had_is_told_until_it_can(held: Held) -> None:
    held.waiting.put_longer(A, version(), 1.0, False, "busy")
    held.waiting.put(B, version(), 5)
    assert held.waiting.blocked() == []
    held.waiting.put_longer(A, version(), 1.0, True, "no permission")
    held.waiting.put_longer(B, version(), 1.0, True, "unreadable")
    assert held.waiting.blocked() == [(A, "no permission"), (B, "unreadable")]
    held.waiting.put(A, version(2), 1)
    held.waiting.forget(B)
    assert held.waiting.blocked() == []


def test_to_forget_what_only_settled_is_no_news(held: Held) -> None:
    held.waiting.put(A, version(), 1)
    assert not held.waiting.forget(A)
    assert len(held.waiting) == 0


def test_settling_is_what_waits_for_nothing_but_time(held: Held) -> None:
    assert not held.waiting.is_settling(1e9)
    held.waiting.put_longer(A, version(), 1.0, True)
    assert not held.waiting.is_settling(1e9)
    held.waiting.put(B, version(), 5)
    assert held.waiting.is_settling(105)
    assert not held.waiting.is_settling(104.9)


def test_memory_is_bounded(held: Held, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    for name in "abcdef":
        held.waiting.put(source(name), version(), 5)
    assert len(held.waiting) == 3
    held.waiting.put(A, version(2), 50)  # a known one still has its version renewed
    assert held.waiting.is_due(A, version(2)) is False
    assert held.waiting.is_due(source("f"), version()) is None
    held.waiting.forget(A)
    held.waiting.put(source("f"), version(), 5)
    assert held.waiting.is_due(source("f"), version()) is False
