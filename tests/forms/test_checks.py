import time

import numpy as np
import pytest

from digitbox.forms.checks import DEEPEST, LONGEST, CheckError, check

NAMES = ("q1", "q2", "q3", "total", "sum", "é", *(f"marks.{row}.quiz" for row in range(1, 4)))
NAMES = (*NAMES, *(f"marks.{row}.final" for row in range(1, 4)))

VALUES = {"q1": 1.0, "q2": 2.0, "q3": 3.5, "total": 6.5, "sum": 7.0, "é": -4.0} | {
    f"marks.{row}.{column}": row * factor
    for row in range(1, 4)
    for column, factor in (("quiz", 1.0), ("final", 10.0))
}


def holds(text: str) -> bool:
    """Whether ``text`` holds for VALUES."""
    found = check(text, NAMES)
    return bool(found.holds({name: np.array(VALUES[name]) for name in found.fields}))


@pytest.mark.parametrize(
    "text",
    [
        "total == q1 + q2 + q3",
        "total==q1+q2+q3",
        "q1 + q2 + q3 == total",
        "total - q3 == q1 + q2",
        "total - q2 - q1 == q3",  # from the left
        "total - (q2 - q1) == 5.5",
        "q1 + q2 * q3 == 8",  # products first
        "(q1 + q2) * q3 == 10.5",
        "2 * q1 * q2 == 4",
        "-q1 == -1",
        "--q1 == 1",
        "q2 - -q1 == 3",
        "-(q1 + q2) == -3",
        "-q2 * q2 == -4",
        "q2 * -q2 == -4",
        "-é == 4",
        "((q1)) == (1)",
        "q1 == 1.0",
        "q1 != q2",
        "q1 < q2",
        "q2 > q1",
        "q1 <= 1",
        "q1 >= 1",
        "sum(q1, q2, q3) == total",
        "sum (q1) == 1",
        "sum(sum) == sum",
        "sum == 7",
        "q1 + sum == 8",
        "sum(marks.*.quiz) == 6",
        "sum(marks.*.*) == 66",
        "sum(marks.2.*) == 22",
        "sum(marks.*.quiz, q1, marks.1.final) == 17",
        "sum(q1, q1) == 2",
        "sum(marks.*.final) - sum(marks.*.quiz) == 54",
        "marks.3.quiz * 10 == marks.3.final",
        "q1 ==\n  1\n",
        "\tq1 == 1",
    ],
)
def test_a_check_says_what_it_means_in_arithmetic(text: str) -> None:
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "total == q1 + q2",
        "q1 != 1",
        "q1 < 1",
        "q1 > 1",
        "q1 >= 1.1",
        "q1 <= 0.9",
        "q1 == 1.001",
        "sum(marks.*.quiz) == 7",
        "total - q2 - q1 == q3 + 2 * q1",
    ],
)
def test_what_does_not_hold_does_not(text: str) -> None:
    assert not holds(text)


def test_sums_of_decimals_are_equal_as_people_count() -> None:
    found = check("sum == q1 + q2", NAMES)
    tenths = {"q1": np.array(0.1), "q2": np.array(0.2), "sum": np.array(0.3)}
    assert found.holds(tenths)
    assert not found.holds(tenths | {"sum": np.array(0.301)})
    for text, expected in (("sum <= q1 + q2", True), ("q1 + q2 <= sum", True)):
        assert check(text, NAMES).holds(tenths) == expected
    for text in ("sum < q1 + q2", "q1 + q2 > sum", "q1 + q2 != sum"):
        assert not check(text, NAMES).holds(tenths)


def test_the_fields_are_those_that_it_names_each_once_and_in_their_order() -> None:
    assert check("q2 == q1 + q2", NAMES).fields == ("q2", "q1")
    assert check("sum(marks.*.quiz) <= q1", NAMES).fields == (
        "marks.1.quiz",
        "marks.2.quiz",
        "marks.3.quiz",
        "q1",
    )
    assert check("q1 == 1", NAMES).text == "q1 == 1"


@pytest.mark.parametrize(
    ("comparison", "pins"),
    [("==", True), ("<=", False), (">=", False), ("<", False), (">", False), ("!=", False)],
)
def test_only_an_equation_is_one(comparison: str, pins: bool) -> None:
    assert check(f"q1 {comparison} q2", NAMES).is_equation == pins


def test_several_values_are_compared_as_numpy_broadcasts_them() -> None:
    found = check("total == q1 + q2", NAMES)
    values = {"q1": np.arange(4.0)[:, None], "q2": np.arange(3.0), "total": np.array(3.0)}
    assert found.holds(values).shape == (4, 3)
    assert np.argwhere(found.holds(values)).tolist() == [[1, 2], [2, 1], [3, 0]]
    alone = found.holds({name: np.array(1.0) for name in found.fields})
    assert (alone.shape, alone.dtype) == ((), np.dtype(bool))


@pytest.mark.parametrize("comparison", ["==", "!=", "<", ">", "<=", ">="])
def test_nothing_holds_for_what_is_no_number(comparison: str) -> None:
    found = check(f"q1 * 2 {comparison} q2 - q3", NAMES)
    values = {"q1": np.array([np.nan, 1e308]), "q2": np.array(1.0), "q3": np.array(np.nan)}
    assert not found.holds(values).any()
    # More than a number can be: no warning.
    check(f"q1 * q1 {comparison} q1 * q1", NAMES).holds({"q1": np.array([1e308, -1e308])})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "character 1, where it ends"),
        ("  ", "character 1, where it ends"),
        ("q1", "character 3, where it ends"),
        ("q1 ==", "character 6, where it ends"),
        ("sum(q1, q2)", "character 12, where it ends"),
        ("q1 == (q2", "character 10, where it ends"),
        ("q1 = q2", "character 4, where `=` stands"),
        ("q1 == q2 == q3", "character 10, where `=` stands"),
        ("q1 == q2)", "character 9, where `)` stands"),
        ("(q1 == q2", "character 5, where `=` stands"),
        ("q1 ** 2 == 1", "character 5, where `*` stands"),
        ("q1 / q2 == 1", "character 4, where `/` stands"),
        ("2 q1 == q2", "character 3, where `q` stands"),
        ("q1 == 1e5", "character 8, where `e` stands"),
        ("q1 == 1,5", "character 8, where `,` stands"),
        ("q1 ≤ q2", "character 4, where `≤` stands"),
        ("sum() == 1", "character 5, where `)` stands"),
        ("sum(q1,) == 1", "character 8, where `)` stands"),
        ("sum(q1 + q2) == 1", "character 8, where `+` stands"),
        ("q1 +\n+ q2 == 1", "character 6, where `+` stands"),
        ("q1 == q2; import os", "character 9, where `;` stands"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(CheckError, match="is not understood at") as error:
        check(text, NAMES)
    assert place in str(error.value)
    assert f"`{text}`" in str(error.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("q1 == q4", "there is no field q4"),
        ("sum(marks.*.exam) == 1", r"there is no field marks\.\*\.exam"),
        ("sum(marks.*) == 1", r"there is no field marks\.\*"),
        ("marks.1 == 1", r"there is no field marks\.1"),
        ("marks.1.quiz.x == 1", "there is no field"),
        ("q1 == marks.*.quiz", r"write sum\(marks\.\*\.quiz\)"),
        ("1 == 1", "names no field"),
        ("q1 == 1" + "0" * 400, "a number is too large"),
    ],
)
def test_what_cannot_be_compared_is_refused(text: str, reason: str) -> None:
    with pytest.raises(CheckError, match=reason):
        check(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') == 1",
        "q1.__class__ == 1",
        "q1 == q1.__class__.__mro__",
        "lambda: 1 == 1",
        "q1 == 1 if q1 else 2",
        "eval(q1) == 1",
        "f'{q1}' == 1",
        "{total} == q1",
        "q1 == open('x')",
        "q1 == '1'",
        "(q1 := 2) == 2",
    ],
)
def test_nothing_that_could_run_is_a_check(text: str) -> None:
    with pytest.raises(CheckError):
        check(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 10_000 + "q1" + ")" * 10_000 + " == 1",
        "(" * 10_000,
        "(" * (DEEPEST + 1) + "q1" + ")" * (DEEPEST + 1) + " == 1",
        "-" * 100_000 + "q1 == 1",
        "+".join(["q1"] * 50_000) + " == 1",
        "q1 == " + " " * LONGEST,
        "q" * 100_000 + " == 1",
    ],
)
def test_what_is_too_long_or_too_deep_is_refused_shortly_and_at_once(text: str) -> None:
    start = time.perf_counter()
    with pytest.raises(CheckError, match="is too long") as error:
        check(text, NAMES)
    assert len(str(error.value)) < 400
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "text",
    [
        "(" * DEEPEST + "q1" + ")" * DEEPEST + " == 1",
        "-" * (LONGEST - 8) + "q1 == 1",
        "+".join(["q1"] * 3_000) + " == 3000",
        "*".join(["q1"] * 3_000) + " == 1",
        "-".join(["q1"] * 3_000) + " == -2998",
        "sum(" + ",".join(["q1"] * 3_000) + ") == 3000",
        "(" * DEEPEST + "q1" + "+q1)" * DEEPEST + f" == {DEEPEST + 1}",
    ],
)
def test_what_is_nearly_too_long_is_understood(text: str) -> None:
    assert holds(text)


def test_a_check_over_a_large_table_is_made_at_once() -> None:
    names = [f"t.{row}.c{column}" for row in range(200) for column in range(100)]
    start = time.perf_counter()
    found = check("sum(t.*.*) == 20000", names)
    assert len(found.fields) == 20_000
    assert found.holds(dict.fromkeys(names, np.array(1.0)))
    assert time.perf_counter() - start < 1
