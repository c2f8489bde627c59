import pytest

from benchmarks.speed import bars
from benchmarks.speed.timing import Timing


def timings(**seconds: float) -> dict[str, Timing]:
    return {program: Timing((of_all, of_all), 0.1) for program, of_all in seconds.items()}


@pytest.mark.parametrize(
    ("seconds", "ratio", "met"), [(3.9, "1.95", "met"), (4.1, "2.05", "missed")]
)
def test_a_number_may_cost_twice_what_a_digit_does(seconds: float, ratio: str, met: str) -> None:
    measured = {
        ("w7", "cnn"): timings(batch=seconds),
        ("w7-digits", "cnn"): timings(batch=2.0),
    }
    assert bars.table(measured)[2:] == [
        f"| batch : batch | w7 : w7-digits | `cnn` | ≤ 2 | {ratio} [{ratio}, {ratio}] | {met} |"
    ]


def test_numbers_are_compared_with_digits_of_the_same_model_only() -> None:
    measured = {("w7", "cnn"): timings(batch=1.0)}
    assert not bars.table(measured)[2:]
    assert not bars.table(measured | {("w7-digits", "mlp"): timings(batch=1.0)})[2:]


def test_programs_are_compared_on_each_workload() -> None:
    rows = bars.table({("w1", "cnn"): timings(floor=1.0, batch=1.4, watch=2.1)})[2:]
    assert rows == [
        "| batch : floor | w1 | `cnn` | ≤ 1.5 | 1.40 [1.40, 1.40] | met |",
        "| watch : batch | w1 | `cnn` | ≤ 1.3 | 1.50 [1.50, 1.50] | missed |",
    ]
