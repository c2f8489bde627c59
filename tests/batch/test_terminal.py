from digitbox.batch.terminal import answers
from digitbox.records import Reading, Reason, Status
from tests.output.test_tables import READINGS, batch, number


def test_what_follows_a_value_stands_below_each_other_however_long_values_are() -> None:
    rows = batch(READINGS[0], number("1234567890123456"), READINGS[2]).rows
    first, second, third = answers(rows).splitlines()
    assert first.split()[:2] == ["a.png", "7"]
    assert second.split()[:2] == ["a.png", "1234567890123456"]
    assert first.index("accepted") == second.index("review") == third.index("blank")


def test_a_missing_page_is_named_after_the_fields() -> None:
    missing = Reading(1, Status.REVIEW, Reason.PAGE_MISSING, "", 0.0, form="exam", field="page.2")
    field = Reading(1, Status.ACCEPTED, None, "7", 0.99, form="exam", field="q1")
    (line,) = answers(batch(field, missing).rows).splitlines()
    assert line.split(maxsplit=1)[1] == "q1 7  look at page.2"
