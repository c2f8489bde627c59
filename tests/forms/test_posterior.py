import resource
import time

import numpy as np
import pytest

from digitbox.forms.checks import check
from digitbox.forms.posterior import MOST, joint
from digitbox.forms.values import Belief

WRONG_SUMS = 0.02


def beliefs(**said: Belief) -> dict[str, Belief]:
    return {name: dict(belief) for name, belief in said.items()}


def together(
    said: dict[str, Belief], *checks: str, wrong_sums: float = WRONG_SUMS
) -> dict[str, Belief]:
    return joint(said, [check(one, list(said)) for one in checks], wrong_sums)


def first(belief: Belief) -> tuple[str, float]:
    return next(iter(belief.items()))


def test_a_sum_decides_between_two_readings_of_a_digit() -> None:
    said = beliefs(a={"17": 0.6, "11": 0.4}, b={"5": 0.99}, total={"16": 0.99})
    found = together(said, "total == a + b")
    value, likely = first(found["a"])
    assert value == "11"
    assert likely > 0.95
    assert first(found["b"])[1] > 0.99
    assert first(found["total"])[1] > 0.99


def test_a_sum_that_fits_makes_all_surer() -> None:
    said = beliefs(a={"17": 0.9}, b={"5": 0.9}, total={"22": 0.9})
    for belief in together(said, "total == a + b").values():
        assert first(belief)[1] > 0.98


def test_a_clear_reading_with_a_wrong_sum_is_not_overruled() -> None:
    said = beliefs(a={"17": 0.9999, "11": 5e-5}, b={"5": 0.9999}, total={"16": 0.9999, "22": 1e-5})
    found = together(said, "total == a + b")
    assert [first(belief)[0] for belief in found.values()] == ["17", "5", "16"]
    assert first(found["b"])[1] > 0.9
    # But it is not as sure as it was.
    assert first(found["a"])[1] < 0.9999


def test_the_fewer_sums_are_wrong_the_more_they_say() -> None:
    said = beliefs(a={"17": 0.95, "11": 0.05}, b={"5": 0.999}, total={"16": 0.999})
    likely = [
        together(said, "total == a + b", wrong_sums=share)["a"]["11"] for share in (0.5, 0.1, 0.001)
    ]
    assert likely == sorted(likely)
    assert likely[-1] > 0.9


def test_fields_without_a_check_stay_as_they_are() -> None:
    said = beliefs(a={"1": 0.6, "7": 0.3}, b={"2": 0.9}, c={"x": 0.5})
    found = together(said, "a == 1")
    assert found["b"] == said["b"]
    assert found["c"] == said["c"]
    assert list(found) == ["a", "b", "c"]
    assert joint(said, [], WRONG_SUMS) == said


def test_a_check_with_a_field_that_is_not_there_says_nothing() -> None:
    said = beliefs(a={"1": 0.6, "7": 0.3})
    assert joint(said, [check("a == b", ["a", "b"])], WRONG_SUMS) == said


@pytest.mark.parametrize("unknown", [{}, {"marked": 1.0}, {"1.234,5": 0.9}])
def test_what_is_no_number_fails_no_check(unknown: Belief) -> None:
    said = beliefs(a={"1": 0.6, "7": 0.3}, b=unknown)
    found = together(said, "a == b")
    for value, likely in said["a"].items():
        assert found["a"][value] == pytest.approx(likely, abs=1e-3)


def test_a_blank_field_counts_as_zero() -> None:
    said = beliefs(a={"17": 0.9}, b={"": 0.6, "5": 0.3}, total={"17": 0.9})
    assert first(together(said, "total == a + b")["b"])[0] == ""


def test_an_inequality_only_rules_out() -> None:
    said = beliefs(a={"71": 0.5, "11": 0.45})
    found = together(said, "a <= 20")
    assert first(found["a"])[0] == "11"
    assert first(found["a"])[1] == pytest.approx(
        0.45 * 0.98 / (0.45 * 0.98 + 0.01 + 0.05), abs=0.01
    )


def test_two_checks_that_share_fields_are_taken_together() -> None:
    said = beliefs(
        first={"18": 0.5, "13": 0.49},
        second={"7": 0.5, "1": 0.49},
        valid={"25": 0.4, "20": 0.35, "19": 0.2},
        invalid={"2": 0.99},
        all={"22": 0.97},
    )
    alone = together(said, "valid == first + second")
    found = together(said, "valid == first + second", "all == valid + invalid")
    assert {name: first(belief)[0] for name, belief in found.items()} == {
        "first": "13",
        "second": "7",
        "valid": "20",
        "invalid": "2",
        "all": "22",
    }
    assert first(found["valid"])[1] > 0.9
    assert alone["valid"]["20"] < found["valid"]["20"]
    # The order of the checks says nothing.
    other = together(said, "all == valid + invalid", "valid == first + second")
    assert other["valid"] == pytest.approx(found["valid"])


def test_checks_of_separate_fields_do_not_touch_each_other() -> None:
    one = beliefs(a={"1": 0.6, "7": 0.3}, b={"7": 0.9})
    two = beliefs(c={"2": 0.6, "3": 0.3}, d={"3": 0.9})
    both = together({**one, **two}, "a == b", "c == d")
    apart = together(one, "a == b") | together(two, "c == d")
    for name, belief in both.items():
        assert belief == pytest.approx(apart[name])


def random_belief(random: np.random.Generator, value: int, sure: float, count: int = 23) -> Belief:
    """``value``, so surely, and others."""
    found = {str(value): sure}
    while len(found) <= count:
        found.setdefault(str(random.integers(0, 1000)), (1 - sure) / count)
    return found


def sums(count: int, sure: float) -> tuple[dict[str, Belief], str, list[int]]:
    """So many fields, the last the sum of the others, and the check that says that."""
    random = np.random.default_rng(count)
    parts = random.integers(0, 1000, count - 1).tolist()
    values = [*parts, sum(parts)]
    names = [f"q{number}" for number in range(count)]
    said = {
        name: random_belief(random, value, sure) for name, value in zip(names, values, strict=True)
    }
    return said, f"{names[-1]} == sum({', '.join(names[:-1])})", values


@pytest.mark.parametrize("count", [2, 3, 5, 12, 40])
@pytest.mark.parametrize("sure", [0.5, 0.95, 0.9999])
def test_marginals_sum_to_one_and_the_likeliest_is_first(count: int, sure: float) -> None:
    said, text, _ = sums(count, sure)
    for name, belief in together(said, text).items():
        assert sum(belief.values()) == pytest.approx(1, abs=1e-6)
        assert list(belief.values()) == sorted(belief.values(), reverse=True)
        assert set(belief) == set(said[name])


def test_few_fields_are_compared_exactly() -> None:
    said, text, _ = sums(3, 0.6)
    found = together(said, text)
    one = check(text, list(said))
    whole: dict[str, Belief] = {name: dict.fromkeys(belief, 0.0) for name, belief in said.items()}
    for a, p in said["q0"].items():
        for b, q in said["q1"].items():
            for total, r in said["q2"].items():
                values = dict(zip(said, (np.array(float(x)) for x in (a, b, total)), strict=True))
                weight = p * q * r * (98.0 if one.holds(values) else 0.02)
                for name, value in zip(said, (a, b, total), strict=True):
                    whole[name][value] += weight
    for name, belief in found.items():
        scale = sum(whole[name].values())
        for value, likely in belief.items():
            assert likely == pytest.approx(whole[name][value] / scale, abs=1e-6)


@pytest.mark.parametrize("sure", [0.5, 0.97])
def test_forty_fields_in_a_sum_take_less_than_a_second_and_little_memory(sure: float) -> None:
    said, text, values = sums(40, sure)
    said["q3"] = {str(values[3] + 60): 0.6, str(values[3]): 0.35}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    found = together(said, text)
    assert time.process_time() - start < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000  # KiB
    if sure > 0.9:
        assert first(found["q3"])[0] == str(values[3])
    else:  # a sum of what nobody can read says nothing
        assert found["q3"] == pytest.approx(said["q3"], abs=0.01)


def test_more_fields_than_values_that_are_compared_at_a_time() -> None:
    count = 600
    said, text, _ = sums(count, 0.9999)
    assert MOST // count < 25**2
    found = together(said, text)
    assert all(np.isfinite(list(belief.values())).all() for belief in found.values())


def test_a_product_is_checked_too() -> None:
    said = beliefs(a={"4": 0.5, "9": 0.45}, b={"6": 0.98}, total={"54": 0.98})
    assert first(together(said, "total == a * b")["a"])[0] == "9"
