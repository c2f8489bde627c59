import pytest

from digitbox.recognition.damage import of_damaged
from digitbox.records import Evidence, Reading, Reason, Status


def test_nothing_is_accepted() -> None:
    reading = of_damaged(Reading(1, Status.ACCEPTED, None, "5", 1.0))
    assert (reading.status, reading.reason, reading.value) == (Status.REVIEW, Reason.DAMAGED, "5")


@pytest.mark.parametrize("status", [Status.BLANK, Status.NOT_DIGIT])
def test_a_page_where_nothing_was_read_has_failed(status: Status) -> None:
    assert of_damaged(Reading(2, status)) == Reading.failed(Reason.CORRUPT, 2)


@pytest.mark.parametrize("status", [Status.ACCEPTED, Status.BLANK])
def test_a_field_of_a_form_is_looked_at_whatever_is_known(status: Status) -> None:
    reading = of_damaged(Reading(1, status, field="sum", evidence=Evidence()))
    assert reading.status is Status.REVIEW
    assert reading.evidence == Evidence(doubt=Reason.DAMAGED)


def test_a_reading_that_goes_to_review_anyway_keeps_its_reason() -> None:
    reading = Reading(1, Status.REVIEW, Reason.MINUS, "5", 1.0)
    assert of_damaged(reading) == reading
