import pytest

from digitbox.errors import InputError
from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, UNDO, decided
from digitbox.records import DIGITS, Box, Digit, Reading, Reason, Status

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


def test_nothing_is_decided_about_a_page_without_a_candidate() -> None:
    for reading in (Reading(1, Status.BLANK), Reading.failed(Reason.CORRUPT)):
        with pytest.raises(InputError, match="No candidate"):
            decided(reading, "3")


def test_there_has_to_be_a_guess_to_be_confirmed() -> None:
    none = Reading(1, Status.NOT_DIGIT, digits=DOUBTED.digits)
    with pytest.raises(InputError, match="no guess"):
        decided(none, CONFIRM)
    assert decided(none, "8").value == "8"


@pytest.mark.parametrize("says", [UNDO, "10", "", "²", "seven"])
def test_what_is_no_decision_is_named(says: str) -> None:
    with pytest.raises(InputError, match="no decision"):
        decided(DOUBTED, says)
