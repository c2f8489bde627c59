import math
import time

import numpy as np
import pytest

from digitbox.forms.cells import ELSE, FILLER, NOTHING, Cell
from digitbox.forms.form import Field, Kind, Known
from digitbox.forms.values import KEPT, kept, number, of_cells, possible, text, without_zeros


def cell(what: str, sure: float = 0.99, other: str = "") -> Cell:
    """A cell with that digit in it, ``x`` for something else, or a space for nothing; or else the
    ``other`` one."""
    found = np.full(13, 1e-4)
    found[_index(what)] = sure
    found[_index(other) if other else ELSE] += 1 - sure
    return np.asarray(found / found.sum())


def _index(what: str) -> int:
    return {"?": ELSE, " ": NOTHING, "x": FILLER}.get(what) or int(what)


def cells(text_: str) -> list[Cell]:
    return [cell(what) for what in text_]


def field(kind: Kind = Kind.DIGITS, **known: object) -> Field:
    return Field("f", kind, (), known=Known(**known))  # type: ignore[arg-type]


def first(belief: dict[str, float]) -> tuple[str, float]:
    return next(iter(belief.items()))


@pytest.mark.parametrize(
    ("seen", "kind", "value"),
    [
        ("1234", Kind.DIGITS, "1234"),
        ("0012", Kind.DIGITS, "0012"),
        ("0012", Kind.NUMBER, "12"),
        ("0000", Kind.NUMBER, "0"),
        ("0000", Kind.DIGITS, "0000"),
        ("  12", Kind.NUMBER, "12"),
        ("12  ", Kind.NUMBER, "12"),
        (" 12 ", Kind.NUMBER, "12"),
        ("    ", Kind.NUMBER, ""),
        ("    ", Kind.DIGITS, ""),
        ("7", Kind.NUMBER, "7"),
    ],
)
def test_digits_side_by_side_are_the_value(seen: str, kind: Kind, value: str) -> None:
    belief = of_cells(cells(seen), field(kind, cells=len(seen)))
    assert first(belief)[0] == value
    assert first(belief)[1] > 0.9


@pytest.mark.parametrize(
    ("seen", "value"),
    [
        (" 75", "7.5"),
        ("075", "7.5"),
        ("105", "10.5"),
        ("10 ", "10"),
        (" 7 ", "7"),
        (" 70", "7.0"),
        (" 05", "0.5"),
        ("000", "0.0"),
        ("   ", ""),
        ("xxx", ""),
        ("x75", "7.5"),
        ("x7x", "7"),
    ],
)
def test_the_last_cells_stand_after_the_point(seen: str, value: str) -> None:
    belief = of_cells(cells(seen), field(Kind.NUMBER, cells=3, decimals=1))
    assert first(belief)[0] == value
    assert first(belief)[1] > 0.9


@pytest.mark.parametrize("seen", ["  5", "7  ", "7 5", "1?5"])
def test_what_does_not_stand_at_the_point_is_no_value(seen: str) -> None:
    belief = of_cells(cells(seen), field(Kind.NUMBER, cells=3, decimals=1))
    assert sum(belief.values()) < 0.1


def test_of_two_decimals_one_may_be_written() -> None:
    belief = of_cells(cells("125 "), field(Kind.NUMBER, cells=4, decimals=2))
    assert first(belief)[0] == "12.5"


def test_an_empty_cell_between_digits_is_no_value() -> None:
    belief = of_cells(cells("1 34"), field(cells=4))
    assert sum(belief.values()) < 0.2


@pytest.mark.parametrize(
    ("seen", "value"), [("x12", "12"), ("xx7", "7"), ("xxx", ""), ("   ", ""), (" x7", "7")]
)
def test_fillers_stand_before_digits(seen: str, value: str) -> None:
    belief = of_cells(cells(seen), field(Kind.NUMBER, cells=3, filler="x"))
    assert first(belief)[0] == value
    assert first(belief)[1] > 0.9


@pytest.mark.parametrize("seen", ["?12", "x?7", "???", "1?2", "12?", "12x"])
def test_what_is_no_filler_stands_for_no_empty_cell(seen: str) -> None:
    belief = of_cells(cells(seen), field(Kind.NUMBER, cells=3, filler="x"))
    assert first(belief)[1] < 0.1


@pytest.mark.parametrize("seen", ["12x", "1xx", "1x2"])
def test_behind_digits_there_are_no_fillers(seen: str) -> None:
    belief = of_cells(cells(seen), field(Kind.NUMBER, cells=3, filler="x"))
    assert sum(belief.values()) < 0.1


def test_probabilities_are_those_of_the_cells_and_sum_to_one_at_most() -> None:
    random = np.random.default_rng(5)
    for kind in (Kind.DIGITS, Kind.NUMBER):
        for count in (1, 3, 8):
            seen = [random.dirichlet(np.full(13, 0.3)) for _ in range(count)]
            for filler in ("", "x"):
                belief = of_cells(seen, field(kind, cells=count, filler=filler))
                assert 0 < sum(belief.values()) <= 1 + 1e-9
                assert list(belief.values()) == sorted(belief.values(), reverse=True)
                assert len(belief) <= KEPT
    doubtful = of_cells([cell("1"), cell("3", 0.6, "8")], field(cells=2))
    assert doubtful["13"] / doubtful["18"] == pytest.approx(1.5, rel=0.02)


def test_a_number_has_the_probability_of_all_ways_to_write_it() -> None:
    seen = [cell("0", 0.5, " "), cell("5")]
    assert of_cells(seen, field(Kind.NUMBER, cells=2))["5"] > 0.95
    both = of_cells(seen, field(Kind.DIGITS, cells=2))
    assert both["05"] == pytest.approx(both["5"], rel=0.05)


def test_a_cell_that_nobody_is_sure_of_makes_no_value_likely() -> None:
    belief = of_cells([np.full(13, 1 / 13)] * 8, field(cells=8))
    assert max(belief.values()) < 1e-3


def test_of_a_list_the_value_is_chosen_that_the_cells_show() -> None:
    values = ("12345", "12845", "99999")
    listed = field(cells=5, values=values)
    seen = [cell("1"), cell("2"), cell("3", 0.3, "8"), cell("4"), cell("5")]
    assert first(of_cells(seen, listed))[0] == "12845"
    # One doubtful digit that the list does not have.
    seen[2] = cell("7", 0.6, "3")
    value, likely = first(of_cells(seen, listed))
    assert value == "12345"
    assert likely > 0.9


def test_a_clear_value_that_is_not_on_the_list_makes_none_of_it_likely() -> None:
    listed = field(cells=5, values=("12345", "12346"))
    assert sum(of_cells(cells("98765"), listed).values()) < 0.01
    near = of_cells(cells("12347"), listed)
    assert max(near.values()) < 0.9


def test_a_blank_field_with_a_list_is_blank() -> None:
    value, likely = first(of_cells(cells("     "), field(cells=5, values=("12345", "1"))))
    assert value == ""
    assert likely > 0.99


@pytest.mark.parametrize(
    ("seen", "filler"), [("  123", ""), ("123  ", ""), ("xx123", "x"), (" 123 ", "")]
)
def test_a_shorter_value_of_a_list_stands_anywhere_in_the_cells(seen: str, filler: str) -> None:
    listed = field(cells=5, values=("123", "456"), filler=filler)
    assert first(of_cells(cells(seen), listed))[0] == "123"


@pytest.mark.parametrize("value", ["", "²", "١٢", "12a", "1.5", "-1", "123456", "a"])
def test_what_cannot_stand_in_the_cells_is_no_value_of_a_list(value: str) -> None:
    belief = of_cells(cells("12345"), field(cells=5, values=(value, "12345")))
    assert first(belief)[0] == "12345"
    assert set(belief) <= {"", "12345"}


def test_a_long_list_takes_less_than_a_second() -> None:
    values = tuple(str(10_000_000 + 7 * number_) for number_ in range(100_000))
    start = time.process_time()
    belief = of_cells(cells(values[5000]), field(cells=8, values=values))
    assert first(belief)[0] == values[5000]
    assert len(belief) <= KEPT
    assert time.process_time() - start < 1.5


@pytest.mark.parametrize(
    ("known", "possible_values"),
    [
        ({}, {"", "7", "12", "123", "-5", "1.5"}),
        ({"least": 2}, {"", "12", "123", "1.5"}),
        ({"most": 2}, {"", "7", "12", "-5", "1.5"}),
        ({"least": 3, "most": 3}, {"", "123"}),
        ({"smallest": 7}, {"", "7", "12", "123"}),
        ({"largest": 12}, {"", "7", "12", "-5", "1.5"}),
        ({"smallest": 0, "largest": 10.0}, {"", "7", "1.5"}),
        ({"least": 3, "most": 3, "cells": 3}, {"", "123"}),
        ({"least": 3, "most": 3, "cells": 3, "filler": "x"}, {"", "7", "12", "123", "-5", "1.5"}),
        ({"least": 3, "most": 3, "cells": 3, "values": ("12", "123")}, {"", "12", "123"}),
    ],
)
def test_what_there_cannot_be_has_no_probability(
    known: dict[str, object], possible_values: set[str]
) -> None:
    found = dict.fromkeys(["", "7", "12", "123", "-5", "1.5"], 0.1)
    left = possible(found, Known(**known))  # type: ignore[arg-type]
    assert set(left) == possible_values
    # That of the others is not given to them.
    assert set(left.values()) == {0.1}


def test_the_likeliest_are_kept_first_the_likeliest() -> None:
    found = {str(number_): number_ / 5000 for number_ in range(100)}
    assert list(kept(found)) == [str(number_) for number_ in range(99, 99 - KEPT, -1)]
    assert kept({}) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("", 0),
        ("7", 7),
        ("007", 7),
        ("-7", -7),
        ("1.5", 1.5),
        ("1,5", 1.5),
        ("0,300", 0.3),
        ("7,300", 7300),
        ("7,300.5", 7300.5),
        ("1,234,567", 1234567),
        ("-12,5", -12.5),
    ],
)
def test_a_value_stands_for_a_number(value: str, expected: float) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "marked",
        "A",
        "1.234,50",
        "1,2,3",
        "1..2",
        "nan",
        "inf",
        "1e5",
        "1_000",
        "²",
        "١",
        " 1",
        "1-",
    ],
)
def test_what_is_no_number_stands_for_none(value: str) -> None:
    assert math.isnan(number(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("007", "7"),
        ("000", "0"),
        ("-05", "-5"),
        ("00.5", "0.5"),
        ("0", "0"),
        ("10", "10"),
        ("", ""),
    ],
)
def test_a_number_has_no_leading_zeros(value: str, expected: str) -> None:
    assert without_zeros(value) == expected


def test_an_identifier_keeps_its_zeros() -> None:
    assert text("007", field(Kind.DIGITS), 3) == "007"
    assert text("007", field(Kind.NUMBER), 3) == "7"
    assert text("000", field(Kind.NUMBER), 3) == "0"
    assert text("007", field(Kind.NUMBER), 2) == "0.7"
