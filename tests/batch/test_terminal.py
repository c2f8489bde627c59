from digitbox.batch.terminal import answers
from tests.output.test_tables import READINGS, batch, number


def test_what_follows_a_value_stands_below_each_other_however_long_values_are() -> None:
    rows = batch(READINGS[0], number("1234567890123456"), READINGS[2]).rows
    first, second, third = answers(rows).splitlines()
    assert first.split()[:2] == ["a.png", "7"]
    assert second.split()[:2] == ["a.png", "1234567890123456"]
    assert first.index("accepted") == second.index("review") == third.index("blank")
