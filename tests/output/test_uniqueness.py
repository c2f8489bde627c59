import pytest

from digitbox.output.uniqueness import compared
from digitbox.records import FormFields, Reading, Reason, Status

FORMS = (FormFields("exam", ("student", "q1"), ("student",)), FormFields("tally", ("student",)))


def read(value: str | None, page: int = 1, **parts: str) -> Reading:
    status = Status(parts.get("status", Status.ACCEPTED if value else Status.BLANK))
    reason = Reason.LOW_CONFIDENCE if status is Status.REVIEW else None
    form, field = parts.get("form", "exam"), parts.get("field", "student")
    return Reading(page, status, reason, value, 0.99, form=form, field=field)


def doubted(readings: list[Reading]) -> list[bool]:
    return [one.reason is Reason.NOT_UNIQUE for one in compared(readings, FORMS)]


def test_all_pages_with_the_same_value_go_to_review() -> None:
    readings = [read("1"), read("2", 2), read("1", 3)]
    found = compared(readings, FORMS)
    assert [one.status for one in found] == [Status.REVIEW, Status.ACCEPTED, Status.REVIEW]
    assert doubted(readings) == [True, False, True]
    assert [one.value for one in found] == ["1", "2", "1"]


@pytest.mark.parametrize("parts", [{"form": "tally"}, {"field": "q1"}])
def test_other_fields_may_have_the_same_value(parts: dict[str, str]) -> None:
    assert not any(doubted([read("1", 1, **parts), read("1", 2, **parts)]))


def test_blank_fields_are_not_the_same() -> None:
    assert not any(doubted([read(None), read(None, 2)]))


def test_what_goes_to_review_keeps_its_reason_and_counts() -> None:
    found = compared([read("1", status=Status.REVIEW), read("1", 2)], FORMS)
    assert [one.reason for one in found] == [Reason.LOW_CONFIDENCE, Reason.NOT_UNIQUE]


def test_without_forms_nothing_changes() -> None:
    readings = [read("1"), read("1", 2)]
    assert compared(readings, ()) == readings
