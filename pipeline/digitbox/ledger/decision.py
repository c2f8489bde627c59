"""What a person says of a reading → the reading that follows from it."""

import dataclasses
from dataclasses import dataclass

from digitbox.errors import InputError
from digitbox.records import DIGITS, Reading, Reason, Status

CONFIRM, NOT_DIGIT, UNDO = "confirm", "x", "undo"

SAYINGS = (CONFIRM, *DIGITS, NOT_DIGIT, UNDO)
"""What may be said."""

PLACES = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """``who`` says one of :data:`SAYINGS` of the reading with that number. To undo names the
    reading that was decided about, not the row that came of it."""

    reading: int
    says: str
    who: str


def decided(reading: Reading, says: str) -> Reading:
    """``reading`` once a person confirmed it, gave its digit, or said that it is none.

    Its confidence stays the model's, in the digit that was decided: nobody has measured the person.
    Raises :class:`InputError` where there is nothing on the page to decide about.
    """
    if not reading.digits:
        raise InputError("No candidate was found on that page: there is nothing to decide about.")
    if says == CONFIRM and reading.value is None:
        raise InputError("There is no guess to confirm: say which digit it is, or that it is none.")
    if says == NOT_DIGIT:
        return dataclasses.replace(
            reading,
            status=Status.NOT_DIGIT,
            reason=Reason.REVIEWED,
            value=None,
            confidence=None,
        )
    value = reading.value if says == CONFIRM else says
    if value not in DIGITS:
        raise InputError(f"{says}: no decision. There are {', '.join(SAYINGS)}.")
    return dataclasses.replace(
        reading,
        status=Status.ACCEPTED,
        reason=Reason.REVIEWED,
        value=value,
        confidence=_confidence(reading, int(value)),
    )


def _confidence(reading: Reading, digit: int) -> float:
    """How sure the model was that the most prominent candidate is ``digit``."""
    candidate = reading.digits[0]
    if digit == candidate.value:
        return candidate.confidence
    best = candidate.probabilities[candidate.value]
    is_digit = min(1.0, candidate.confidence / best) if best else 0.0
    return round(candidate.probabilities[digit] * is_digit, PLACES)
