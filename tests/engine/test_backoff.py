from digitbox.engine.backoff import LONGEST_SECONDS, next_delay


def test_each_delay_is_twice_the_one_before_up_to_the_longest() -> None:
    delays = [0.0]
    while len(delays) < 10:
        delays.append(next_delay(delays[-1]))
    assert delays == [0, 1, 2, 4, 8, 16, 32, LONGEST_SECONDS, LONGEST_SECONDS, LONGEST_SECONDS]


def test_the_first_delay_may_be_another() -> None:
    assert next_delay(0.0, first=0.1) == 0.1
    assert next_delay(0.1, first=0.1) == 0.2
    assert next_delay(0.1, first=5.0) == 5.0
