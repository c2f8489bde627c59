"""Sessions and their ends."""

import pytest

from digitbox.review import sessions
from digitbox.review.sessions import IDLE_SECONDS, LONGEST_SECONDS, Sessions


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_no_two_are_called_the_same_and_none_is_kept_as_it_is_called() -> None:
    made = Sessions()
    names = {made.begin() for _ in range(100)}
    assert len(names) == len(made) == 100
    assert all(len(name) >= 40 and made.use(name) for name in names)
    assert not any(name.encode() in key for key in made._open for name in names)


@pytest.mark.parametrize("name", ["", "x", "ä"])
def test_what_was_never_begun_is_no_session(name: str) -> None:
    made = Sessions()
    made.begin()
    assert not made.use(name)


def test_one_that_is_ended_is_over_and_the_others_go_on() -> None:
    made = Sessions()
    one, other = made.begin(), made.begin()
    made.end(one)
    made.end("never begun")
    assert (made.use(one), made.use(other)) == (False, True)
    made.end_all()
    assert not made.use(other)
    assert len(made) == 0


def test_one_that_is_not_used_ends() -> None:
    clock = Clock()
    made = Sessions(clock)
    used, looked_at = made.begin(), made.begin()
    clock.now += IDLE_SECONDS - 1
    assert made.use(used)
    assert made.is_open(looked_at)  # which is no use
    clock.now += 2
    assert (made.use(used), made.use(looked_at)) == (True, False)
    assert len(made) == 1


def test_one_that_is_used_all_the_time_ends_too() -> None:
    clock = Clock()
    made = Sessions(clock)
    name = made.begin()
    begun = clock.now
    while clock.now < begun + LONGEST_SECONDS - 3600:
        clock.now += 3600
        assert made.use(name) == (clock.now < begun + LONGEST_SECONDS)
    clock.now += 3601
    assert not made.use(name)


def test_one_too_many_ends_that_which_was_used_longest_ago(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sessions, "MOST", 3)
    clock = Clock()
    made = Sessions(clock)
    names = []
    for _ in range(3):
        clock.now += 1
        names.append(made.begin())
    clock.now += 1
    made.use(names[0])
    clock.now += 1
    made.begin()
    assert [made.is_open(name) for name in names] == [True, False, True]
