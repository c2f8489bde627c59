import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitbox.recognition.value import Guess, Value, merged, value_of
from digitbox.records import Alternative, Expected, Reason, is_value

ANYTHING = Expected()
WRITTEN = st.text("0123456789.,-", max_size=12)
EXPECTED = st.builds(
    Expected,
    least=st.integers(1, 4),
    most=st.none() | st.integers(4, 8),
    decimals=st.none() | st.integers(0, 4),
    sign=st.booleans(),
)

DECIMALS, LENGTH = Reason.OTHER_DECIMALS, Reason.OTHER_LENGTH
MINUS, WRITING = Reason.MINUS, Reason.OTHER_WRITING


def digits_of(text: str) -> str:
    return re.sub("[^0-9]", "", text)


@pytest.mark.parametrize("text", ["0", "7", "0417", "007", "12.5", "7,300", "1.234,50", "1.2.3"])
def test_what_stands_there_is_the_value(text: str) -> None:
    assert value_of(text, ANYTHING) == Value(text)


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("500,-", "500"),
        ("12.", "12"),
        ("5.-", "5"),
        ("500-", "500"),
        ("3,--", "3"),
        ("1,50-", "1,50"),
    ],
)
@pytest.mark.parametrize("decimals", [None, 2])
def test_what_ends_an_amount_is_no_part_of_it(
    written: str, text: str, decimals: int | None
) -> None:
    if decimals:
        text = text.replace(",", ".")
    assert value_of(written, Expected(decimals=decimals)) == Value(text)


@pytest.mark.parametrize("written", ["", "-", "--", ".", ",-", "-.", " "])
def test_without_a_digit_there_is_no_value(written: str) -> None:
    assert value_of(written, Expected(least=4)) == Value(None)


@pytest.mark.parametrize(
    ("written", "without", "signed"),
    [
        ("-3", Value("3", MINUS), Value("-3")),
        ("-0417", Value("0417", MINUS), Value("-0417")),
        ("-1,5", Value("1,5", MINUS), Value("-1,5")),
        ("-3,-", Value("3", MINUS), Value("-3")),
        ("-.5", Value("5", MINUS), Value("-5", DECIMALS)),
        # in accounts, a minus may stand behind
        ("3-", Value("3"), Value("3", WRITING)),
        ("-3-", Value("3", MINUS), Value("-3", WRITING)),
        ("3-,", Value("3"), Value("3", WRITING)),
        ("3,-", Value("3"), Value("3")),
        # no minus
        ("--3", Value("3", WRITING), Value("3", WRITING)),
        (".-3", Value("3", WRITING), Value("3", WRITING)),
    ],
)
def test_a_minus_is_part_of_the_value_where_a_sign_is_expected(
    written: str, without: Value, signed: Value
) -> None:
    assert value_of(written, Expected(sign=False)) == without
    assert value_of(written, Expected(sign=True)) == signed


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("1-5", "15"), ("5.-3", "5.3"), ("1,-5", "1,5"), ("1 234", "1234"), (" 7", "7"),
        ("7x", "7"), ("1\n2", "12"), ("\u06637", "7"), ("3/4", "34"),
    ],
)  # fmt: skip
def test_other_writing_is_left_out_and_looked_at(written: str, text: str) -> None:
    assert value_of(written, ANYTHING) == Value(text, WRITING)


@pytest.mark.parametrize(
    ("written", "decimals", "text"),
    [
        (".5", None, "5"), (",5", 1, "5"), ("..5", 0, "5"),
        ("1..5", None, "1.5"), ("1,.5", None, "1,5"), ("1...5", None, "1.5"),
        ("1..5", 1, "1.5"), ("1,.5", 1, "1,5"), ("1..500", 0, "1500"), ("1,..500", 2, "1,500"),
    ],
)  # fmt: skip
def test_separators_that_separate_nothing_are_looked_at(
    written: str, decimals: int | None, text: str
) -> None:
    assert value_of(written, Expected(decimals=decimals)) == Value(text, DECIMALS)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("12345", Value("12345")),
        ("0417", Value("0417")),
        ("7,300", Value("7300")),
        ("7.300", Value("7300")),
        ("12,345,678", Value("12345678")),
        ("500,-", Value("500")),
        ("12.5", Value("125", DECIMALS)),
        ("12.50", Value("1250", DECIMALS)),
        ("1,2345", Value("12345", DECIMALS)),
        ("1234,567", Value("1234567", DECIMALS)),
        ("1,234.567", Value("1234567", DECIMALS)),
        ("1,23,456", Value("123456", DECIMALS)),
        ("0,300", Value("0300", DECIMALS)),
        ("000,300", Value("000300", DECIMALS)),
        ("1,000,00", Value("100000", DECIMALS)),
    ],
)
def test_without_decimals_separators_are_those_of_thousands(written: str, value: Value) -> None:
    assert value_of(written, Expected(decimals=0)) == value


@pytest.mark.parametrize(
    ("written", "decimals", "value"),
    [
        ("730", 2, Value("730")),
        ("12.5", 1, Value("12.5")),
        ("12,5", 2, Value("12.5")),
        ("12,50", 2, Value("12.50")),
        ("0,05", 2, Value("0.05")),
        ("012,5", 1, Value("012.5")),
        ("1234,50", 2, Value("1234.50")),
        ("7,300", 1, Value("7300")),
        ("7,300", 2, Value("7300")),
        ("1.234,50", 2, Value("1234.50")),
        ("1,234,567.5", 1, Value("1234567.5")),
        ("1,234,567", 2, Value("1234567")),
        ("1,234", 3, Value("1.234")),
        ("1,234", 4, Value("1.234")),
        ("12,50", 1, Value("12,50", DECIMALS)),
        ("1.234.50", 2, Value("1.234.50", DECIMALS)),
        ("1,234,567", 3, Value("1,234,567", DECIMALS)),
        ("1.234,500", 2, Value("1.234,500", DECIMALS)),
        ("12.34,5", 1, Value("12.34,5", DECIMALS)),
        ("1.5,5", 2, Value("1.5,5", DECIMALS)),
        ("1,00,000.50", 2, Value("1,00,000.50", DECIMALS)),
        ("1.234,567.89", 2, Value("1.234,567.89", DECIMALS)),
        ("0.300", 2, Value("0.300", DECIMALS)),
    ],
)
def test_the_last_separator_may_be_the_decimal_point(
    written: str, decimals: int, value: Value
) -> None:
    assert value_of(written, Expected(decimals=decimals)) == value


@pytest.mark.parametrize(
    ("written", "expected", "value"),
    [
        ("0417", Expected(4, 4), Value("0417")),
        ("417", Expected(4, 4), Value("417", LENGTH)),
        ("04170", Expected(4, 4), Value("04170", LENGTH)),
        ("7", Expected(1, 6), Value("7")),
        ("1.234,50", Expected(1, 6, 2), Value("1234.50")),
        ("1.234,50", Expected(1, 5, 2), Value("1234.50", LENGTH)),
        ("-12", Expected(2, 2, sign=True), Value("-12")),
        ("500,-", Expected(3, 3), Value("500")),
        ("12", Expected(3), Value("12", LENGTH)),
        ("1" * 50, Expected(3), Value("1" * 50)),
    ],
)
def test_digits_are_counted(written: str, expected: Expected, value: Value) -> None:
    assert value_of(written, expected) == value


def test_of_several_reasons_the_first_is_given() -> None:
    assert value_of("-1-..5", Expected(9)).reason is WRITING
    assert value_of("-1..5", Expected(9)).reason is MINUS
    assert value_of("1..5", Expected(9)).reason is DECIMALS
    assert value_of("1.5", Expected(9)).reason is LENGTH


@given(st.text() | WRITTEN, EXPECTED)
def test_a_text_is_a_value_with_the_digits_that_are_written(
    written: str, expected: Expected
) -> None:
    value = value_of(written, expected)
    if value.text is None:
        assert value.reason is None
        assert not digits_of(written)
    else:
        assert is_value(value.text)
        assert " " not in value.text
        assert digits_of(value.text) == digits_of(written)
        assert expected.sign or "-" not in value.text


@given(WRITTEN, EXPECTED)
@example("-1.234,50", Expected(decimals=2, sign=True))
def test_what_is_accepted_is_as_expected_and_stands_for_itself(
    written: str, expected: Expected
) -> None:
    value = value_of(written, expected)
    if value.text is None or value.reason:
        return
    digits = len(digits_of(value.text))
    assert expected.least <= digits <= (expected.most or digits)
    if expected.decimals is not None:
        fraction = rf"(\.[0-9]{{1,{expected.decimals}}})?" if expected.decimals else ""
        assert re.fullmatch(f"-?[0-9]+{fraction}", value.text)
    assert value_of(value.text, expected) == value


@given(WRITTEN, st.booleans())
@example("7,300", True)
def test_a_whole_number_is_accepted_only_as_it_is_written_everywhere(
    written: str, sign: bool
) -> None:
    value = value_of(written, Expected(decimals=0, sign=sign))
    if value.text is None or value.reason:
        return
    grouped = f"{abs(int(value.text)):,}"
    number = re.sub("[.,-]+$", "", written).removeprefix("-")
    assert number in (value.text.removeprefix("-"), grouped, grouped.replace(",", "."))
    assert written.startswith("-") == value.text.startswith("-")


@given(
    st.integers(0, 10**10),
    st.text("0123456789", max_size=3),
    st.sampled_from([(",", "."), (".", ",")]),
    st.booleans(),
    st.booleans(),
)
def test_a_number_that_was_written_is_read(
    whole: int, fraction: str, separators: tuple[str, str], grouped: bool, minus: bool
) -> None:
    thousands, point = separators
    written = "-" * minus + (f"{whole:,}".replace(",", thousands) if grouped else str(whole))
    text = "-" * minus + str(whole)
    if fraction:
        written, text = f"{written}{point}{fraction}", f"{text}.{fraction}"
    decimals = 3 if fraction else 2  # with three, the only separator of 1,234 is the point
    assert value_of(written, Expected(decimals=decimals, sign=True)) == Value(text)


def alternatives(probabilities: dict[str, float]) -> list[Alternative]:
    return [Alternative(value, probability) for value, probability in probabilities.items()]


def test_what_stands_for_the_same_value_is_added_up() -> None:
    written = alternatives({"500,-": 0.5, "50,-": 0.1, "500": 0.25, "500,": 0.125})
    assert merged(written, ANYTHING) == (
        Guess(Value("500"), 0.875),
        Guess(Value("50"), 0.1),
    )


def test_separators_in_doubt_count_where_they_are_part_of_the_value() -> None:
    written = alternatives({"7,300": 0.5, "7.300": 0.25, "7300": 0.125})
    assert [one.probability for one in merged(written, ANYTHING)] == [0.5, 0.25, 0.125]
    assert merged(written, Expected(decimals=0)) == (Guess(Value("7300"), 0.875),)


def test_what_is_in_doubt_makes_nothing_surer() -> None:
    written = alternatives({"3": 0.5, "-3": 0.375, "8": 0.125})
    assert merged(written, ANYTHING) == (Guess(Value("3"), 0.5), Guess(Value("8"), 0.125))
    written = alternatives({"-3": 0.5, "3": 0.375})
    assert merged(written, ANYTHING) == (Guess(Value("3", MINUS), 0.5),)
    # together they are likelier than what is likeliest
    written = alternatives({"-3": 0.4, "3": 0.3, "3,": 0.3})
    assert merged(written, ANYTHING) == (Guess(Value("3"), 0.6),)


def test_a_value_with_a_reason_goes_before_an_equally_likely_one_without() -> None:
    written = alternatives({"3": 0.5, "-3": 0.5})
    assert merged(written, ANYTHING) == (Guess(Value("3", MINUS), 0.5),)
    written = alternatives({"34": 0.5, "3": 0.5})
    assert merged(written, Expected(1, 1))[0] == Guess(Value("34", LENGTH), 0.5)


def test_that_no_digit_may_be_there_is_a_guess_too() -> None:
    written = alternatives({"-": 0.5, "1": 0.25, "": 0.125})
    assert merged(written, ANYTHING) == (Guess(Value(None), 0.625), Guess(Value("1"), 0.25))
    assert merged([], ANYTHING) == ()


@given(
    st.lists(st.builds(Alternative, WRITTEN, st.floats(0, 1)), max_size=20),
    EXPECTED,
)
def test_each_text_is_there_once_with_no_more_than_it_has(
    written: list[Alternative], expected: Expected
) -> None:
    guesses = merged(written, expected)
    texts = [guess.value.text for guess in guesses]
    assert len(set(texts)) == len(texts)
    assert set(texts) == {value_of(one.value, expected).text for one in written}
    probabilities = [guess.probability for guess in guesses]
    assert probabilities == sorted(probabilities, reverse=True)
    for guess in guesses:
        same = [one.probability for one in written if value_of(one.value, expected) == guess.value]
        assert guess.probability == min(1.0, math.fsum(same))
