from dataclasses import replace

from digitbox.forms.completeness import Seen
from digitbox.pool.answers import Answer, answered, encoded
from digitbox.records import Reading, Reason, Source, Status

ONE, TWO = (Reading(number, Status.ACCEPTED, None, str(number), 0.99) for number in (1, 2))
SOURCE = Source("in", "a.tiff")


def of_form(number: int, which: int) -> Seen:
    reading = Reading(number, Status.ACCEPTED, None, str(number), 0.99, form="exam", field="q1")
    return Seen(number, (reading,), "exam", which, 2, 100, 200)


def test_an_answer_comes_through_as_it_is() -> None:
    answers = [
        Answer("ab", (ONE,), None, rest=2),
        Answer("cd", (), None, "exam", (of_form(1, 1), of_form(2, 2))),
    ]
    assert answered(encoded(answers)) == answers


def test_parts_make_a_whole() -> None:
    first = Answer("ab", (ONE,), None, rest=2)
    whole = first.before(replace(first, readings=(TWO,), rest=None))
    assert whole.rest is None
    assert whole.of(SOURCE).readings == (ONE, TWO)


def test_what_is_said_of_a_whole_document_needs_all_of_its_parts() -> None:
    first = Answer("ab", (), None, "exam", (of_form(1, 1),), 2)
    second = Answer("ab", (), None, "exam", (of_form(2, 2), of_form(3, 1)))
    fields = [reading.field for reading in first.before(second).of(SOURCE).readings]
    assert fields == ["q1", "q1", "q1", "page.2"]


def test_a_document_that_ended_says_where_and_why() -> None:
    part = Answer("ab", (ONE,), None, rest=2)
    (read, failed) = part.ended(2, Reason.TIMEOUT).of(SOURCE).readings
    assert read == ONE
    assert (failed.page, failed.status, failed.reason) == (2, Status.FAILED, Reason.TIMEOUT)
    forms = Answer("ab", (), None, "exam", (of_form(1, 1),), 2).ended(2, Reason.DECODER_CRASHED)
    assert [reading.reason for reading in forms.of(SOURCE).readings][:2] == [
        None, Reason.DECODER_CRASHED,
    ]  # fmt: skip
