from dataclasses import replace

import pytest

from digitbox.box import Box
from digitbox.errors import InputError
from digitbox.forms.marking import EMPTY, MARKED
from digitbox.ledger.decision import (
    BLANK,
    CHECKBOX,
    CONFIRM,
    LONGEST,
    NOT_DIGIT,
    UNDO,
    UNREADABLE,
    check,
    choices,
    confirmation,
    decided,
    settled,
)
from digitbox.records import DIGITS, Alternative, Digit, Evidence, Reading, Reason, Status

PROBABILITIES = (0.0, 0.6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0)
BOX = Box(1, 2, 3, 4)
DOUBTED = Reading(
    2,
    Status.REVIEW,
    Reason.LOW_CONFIDENCE,
    "1",
    0.48,  # it is a digit with 0.8
    20,
    30,
    (Digit(1, 0.48, PROBABILITIES, BOX),),
)


def test_what_is_confirmed_is_accepted_with_its_guess() -> None:
    found = decided(DOUBTED, CONFIRM)
    assert (found.status, found.reason, found.value) == (Status.ACCEPTED, Reason.REVIEWED, "1")
    assert found.confidence == 0.48
    assert (found.page, found.width, found.height, found.digits) == (2, 20, 30, DOUBTED.digits)


@pytest.mark.parametrize("digit", DIGITS)
def test_a_digit_that_was_given_is_accepted_with_what_the_model_made_of_it(digit: str) -> None:
    found = decided(DOUBTED, digit)
    assert (found.status, found.reason, found.value) == (Status.ACCEPTED, Reason.REVIEWED, digit)
    assert found.confidence == {"1": 0.48, "7": 0.32}.get(digit, 0.0)


def test_what_is_no_digit_has_neither_value_nor_confidence() -> None:
    found = decided(DOUBTED, NOT_DIGIT)
    assert (found.status, found.reason) == (Status.NOT_DIGIT, Reason.REVIEWED)
    assert (found.value, found.confidence) == (None, None)
    assert found.digits == DOUBTED.digits


def test_of_several_candidates_the_digit_that_was_given_is_the_value() -> None:
    several = Reading(
        1,
        Status.REVIEW,
        Reason.SEVERAL_MARKS,
        "1",
        0.48,
        digits=(*DOUBTED.digits, Digit(5, 0.9, (0.1,) * 10, BOX)),
    )
    assert decided(several, "5").value == "5"


def test_what_has_no_candidate_is_given_a_value_and_has_none_to_confirm() -> None:
    for reading in (Reading(1, Status.BLANK), Reading.failed(Reason.CORRUPT)):
        given = decided(reading, "3")
        assert (given.status, given.reason) == (Status.ACCEPTED, Reason.REVIEWED)
        assert (given.value, given.confidence) == ("3", 0.0)
        with pytest.raises(InputError, match="no guess"):
            decided(reading, CONFIRM)


@pytest.mark.parametrize(
    ("says", "status"), [(BLANK, Status.BLANK), (UNREADABLE, Status.NOT_DIGIT)]
)
@pytest.mark.parametrize("field", [None, "total"])
def test_what_is_empty_and_what_nobody_can_read_are_told_apart(
    says: str, status: Status, field: str | None
) -> None:
    form = "exam" if field else None
    for reading in (DOUBTED, Reading.failed(Reason.CORRUPT)):
        made = decided(replace(reading, form=form, field=field), says)
        assert (made.status, made.reason) == (status, Reason.REVIEWED)
        assert (made.value, made.confidence) == (None, None)


def test_a_choice_that_is_called_so_is_that_choice() -> None:
    known = (Alternative("unreadable", 0.6), Alternative("clear", 0.4))
    field = replace(DOUBTED, form="exam", field="state", alternatives=known)
    assert decided(field, UNREADABLE).value == "unreadable"


def test_there_has_to_be_a_guess_to_be_confirmed() -> None:
    none = Reading(1, Status.NOT_DIGIT, digits=DOUBTED.digits)
    with pytest.raises(InputError, match="no guess"):
        decided(none, CONFIRM)
    assert decided(none, "8").value == "8"


NUMBER = Reading(
    1,
    Status.REVIEW,
    Reason.LOW_CONFIDENCE,
    "17",
    0.6,
    digits=DOUBTED.digits * 2,
    alternatives=(Alternative("17", 0.6), Alternative("77", 0.3), Alternative("7", 0.05)),
)


@pytest.mark.parametrize("value", ["0417", "12.5", "7,300", "-3", "12 345", "1" * LONGEST])
def test_a_number_that_was_given_is_the_value_as_it_was_typed(value: str) -> None:
    for reading in (DOUBTED, NUMBER):
        found = decided(reading, value)
        assert (found.status, found.reason, found.value) == (
            Status.ACCEPTED,
            Reason.REVIEWED,
            value,
        )
        assert found.confidence == 0.0  # the model did not think of it


@pytest.mark.parametrize(
    ("says", "confidence"),
    [(CONFIRM, 0.6), ("17", 0.6), ("77", 0.3), ("7", 0.05), ("1", 0.0), ("18", 0.0)],
)
def test_the_confidence_is_the_models_in_the_value_that_was_decided(
    says: str, confidence: float
) -> None:
    found = decided(NUMBER, says)
    assert found.confidence == confidence
    assert (found.digits, found.alternatives) == (NUMBER.digits, NUMBER.alternatives)
    assert decided(decided(NUMBER, "18"), says).confidence == (
        0.0 if says == CONFIRM else confidence
    )


def test_a_digit_that_is_corrected_back_has_the_models_confidence_again() -> None:
    assert decided(decided(DOUBTED, "17"), "7").confidence == 0.32


def test_what_was_given_once_holds_however_long_it_is() -> None:
    value = "1" * (LONGEST + 1)
    assert settled(NUMBER, value).value == value
    long = replace(NUMBER, value=value)
    assert decided(long, CONFIRM).value == value


@pytest.mark.parametrize(
    "says",
    [
        "",
        "²",
        "seven",
        "12a",
        "1.",
        ".5",
        "--1",
        "1..2",
        " 1",
        "1 ",
        "1  2",
        "1\n",
        "1\u00a02",
        "+1",
        "\u0664",
    ],
)
def test_what_is_no_decision_is_named(says: str) -> None:
    with pytest.raises(
        InputError,
        match=r"no decision. There are confirm, x, undo, blank, unreadable, and values: dig",
    ):
        decided(DOUBTED, says)


def test_to_undo_is_no_decision_about_a_page() -> None:
    with pytest.raises(InputError, match="no decision"):
        decided(DOUBTED, UNDO)


def test_what_is_far_too_long_is_refused_by_its_length() -> None:
    with pytest.raises(InputError, match="257 characters: a value has at most 256"):
        check("1" * (LONGEST + 1))
    with pytest.raises(InputError, match="1,000,000 characters"):
        check("a" * 1_000_000)


def test_what_may_be_said_passes() -> None:
    for says in (CONFIRM, NOT_DIGIT, UNDO, "7", "0417", "12 345"):
        check(says)


MISSING = Reading(
    3, Status.REVIEW, Reason.PAGE_MISSING, "", 0.0, 20, 30, form="exam", field="page.2"
)


@pytest.mark.parametrize("reason", [Reason.PAGE_MISSING, Reason.PAGE_DOUBLED, Reason.DUPLICATE])
@pytest.mark.parametrize("says", [CONFIRM, "7"])
def test_a_page_that_is_missing_has_no_value(reason: Reason, says: str) -> None:
    with pytest.raises(InputError, match="missing or doubled has no value: x settles it"):
        decided(replace(MISSING, reason=reason), says)


def test_a_page_that_is_missing_is_settled_by_a_person() -> None:
    found = decided(MISSING, NOT_DIGIT)
    assert (found.status, found.reason, found.value, found.confidence) == (
        Status.BLANK, Reason.REVIEWED, None, None
    )  # fmt: skip
    assert found.field == "page.2"


def test_the_words_of_a_checkbox_are_those_that_forms_give() -> None:
    assert CHECKBOX == (MARKED, EMPTY)


def of_field(*values: str) -> Reading:
    """A field that says one of these, the first one for sure."""
    sure = tuple(Alternative(value, float(not place)) for place, value in enumerate(values))
    return Reading(
        1,
        Status.REVIEW,
        Reason.MISALIGNED,
        values[0] if values else "",
        1.0,
        alternatives=sure,
        form="exam",
        field="q1",
    )


@pytest.mark.parametrize(
    ("reading", "words"),
    [
        (of_field("marked"), ["marked", "empty"]),
        (of_field("empty", "marked"), ["empty", "marked"]),
        (of_field("A", "B"), ["A", "B"]),
        (of_field("7"), ["7"]),
        (of_field(), []),
        (DOUBTED, []),
    ],
)
def test_a_field_may_say_what_was_considered_and_a_checkbox_both(
    reading: Reading, words: list[str]
) -> None:
    assert [one.value for one in choices(reading)] == words
    for word in words:
        assert decided(reading, word).value == word
    for word in {"marked", "empty", "A", "C"} - set(words):
        with pytest.raises(InputError, match="no decision"):
            decided(reading, word)


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (DOUBTED, CONFIRM),
        (Reading(1, Status.REVIEW, value="", form="exam", field="total"), CONFIRM),
        (Reading(1, Status.BLANK), BLANK),
        (Reading(1, Status.NOT_DIGIT), NOT_DIGIT),
        (Reading(1, Status.NOT_DIGIT, form="exam", field="total"), UNREADABLE),
        (Reading(1, Status.REVIEW, form="exam", field="page.2"), NOT_DIGIT),
        (Reading(1, Status.NOT_DIGIT, Reason.OTHER_PAGE, form="exam"), None),
        (Reading.failed(Reason.CORRUPT), None),
    ],
)
def test_to_confirm_a_reading_keeps_what_it_says(reading: Reading, says: str | None) -> None:
    assert confirmation(reading) == says
    if says is not None:
        made = decided(reading, says)
        assert made.value == (reading.value or None)
        settled_page = reading.field == "page.2"
        assert settled_page or made.status in (reading.status, Status.ACCEPTED, Status.BLANK)


def test_of_a_choice_that_was_taken_for_blank_each_label_can_be_chosen() -> None:
    seen = tuple(Alternative(*one) for one in (("", 0.98), ("A", 0.01), ("B", 0.01)))
    blank = Reading(1, Status.BLANK, form="exam", field="grade", evidence=Evidence(seen))
    assert [one.value for one in choices(blank)] == ["A", "B"]
    made = decided(blank, "B")
    assert (made.status, made.value) == (Status.ACCEPTED, "B")
    assert choices(replace(blank, evidence=None)) == ()
    assert choices(replace(blank, alternatives=seen[1:2])) == seen[1:2]
