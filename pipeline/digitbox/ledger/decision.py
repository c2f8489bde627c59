"""What a person says of a reading → the reading that follows from it."""

import dataclasses
from dataclasses import dataclass

from digitbox.errors import InputError
from digitbox.form_pages import is_page_field
from digitbox.records import DIGITS, Alternative, Reading, Reason, Status, is_value

CONFIRM, NOT_DIGIT, UNDO = "confirm", "x", "undo"

BLANK, UNREADABLE = "blank", "unreadable"
"""Nothing is written there; something is, and nobody can read it."""

CHECKBOX = ("marked", "empty")
"""What a checkbox may say."""

WORDS = (CONFIRM, NOT_DIGIT, UNDO, BLANK, UNREADABLE)
"""What may be said besides a value."""

_WITHOUT = {NOT_DIGIT: None, BLANK: Status.BLANK, UNREADABLE: Status.NOT_DIGIT}
"""The status of what has no value, by what was said; None: it depends on what it is of."""

LONGEST = 256
"""Characters of a value that is given: sixteen lines of fifteen digits. What has more of them is a
table or a key that was held down, and no value."""

PLACES = 4


@dataclass(frozen=True, slots=True)
class Decision:
    """``who`` says of the reading with that number one of :data:`WORDS`, or which value it has. To
    undo names the reading that was decided about, not the row that came of it.

    ``key`` is unlike that of any other decision; one without a key may be noted twice. ``undoes``
    is the key of the decision that is undone; without it, that is the last one on the reading."""

    reading: int
    says: str
    who: str
    key: str = ""
    undoes: str = ""


def check(says: str, reading: Reading | None = None) -> None:
    """Raise :class:`InputError` unless ``says`` may be said of a reading: of that one, where it is
    given. What a field may say, as the label of a choice, may be said of it."""
    if says in WORDS:
        return
    if reading is not None and says in (one.value for one in choices(reading)):
        return
    if len(says) > LONGEST:
        raise InputError(f"That has {len(says):,} characters: a value has at most {LONGEST}.")
    if not is_value(says):
        raise InputError(
            f"{says}: no decision. There are {', '.join(WORDS)}, and values: digits, with points "
            "or commas between them, a minus before them, and a space between lines."
        )


def choices(reading: Reading) -> tuple[Alternative, ...]:
    """What a field may say, also where that is a word; of a checkbox both, however sure it was, and
    of one that was taken for blank what it was thought to be perhaps. None where it is no field."""
    if reading.field is None:
        return ()
    likely = reading.alternatives
    if not likely and reading.evidence is not None:
        likely = tuple(one for one in reading.evidence.values if one.value)
    known = [one.value for one in likely]
    is_checkbox = any(word in (*known, reading.value) for word in CHECKBOX)
    rest = [word for word in CHECKBOX if is_checkbox and word not in known]
    return (*likely, *(Alternative(word, 0.0) for word in rest))


def confirmation(reading: Reading) -> str | None:
    """What to say of ``reading`` where it is right as it stands; None where there is nothing that
    could be confirmed."""
    if reading.form is not None and reading.field is None:
        return None
    if is_page_field(reading.field):
        return NOT_DIGIT
    if reading.status is Status.BLANK:
        return BLANK
    if reading.status is Status.NOT_DIGIT:
        return NOT_DIGIT if reading.field is None else UNREADABLE
    return None if reading.value is None else CONFIRM


def decided(reading: Reading, says: str) -> Reading:
    """``reading`` once a person confirmed it, gave its value, or said that it has none.

    Raises :class:`InputError` where there is nothing on the page to decide about, or ``says`` is no
    decision about it.
    """
    check(says, reading)
    if says == UNDO:
        raise InputError(f"{says}: no decision about what is read on a page.")
    if is_page_field(reading.field) and says != NOT_DIGIT:
        raise InputError(f"A page that is missing or doubled has no value: {NOT_DIGIT} settles it.")
    if reading.form is not None and reading.field is None:
        raise InputError("That page is none of the form's: there is nothing to decide about.")
    if says == CONFIRM and reading.value is None:
        raise InputError("There is no guess to confirm: say which value it is, or that it is none.")
    if says in _WITHOUT and says not in (one.value for one in choices(reading)):
        made = settled(reading, None)
        return dataclasses.replace(made, status=_WITHOUT[says] or made.status)
    # A field may be confirmed to be blank.
    return settled(reading, (reading.value or None) if says == CONFIRM else says)


def settled(reading: Reading, value: str | None) -> Reading:
    """``reading`` with the ``value`` that a person gave it, None for none: a field is blank then.

    Its confidence stays the model's, in the value that was given: nobody has measured the person.
    What else the model saw stays, too.
    """
    return dataclasses.replace(
        reading,
        status=_without_value(reading) if value is None else Status.ACCEPTED,
        reason=Reason.REVIEWED,
        value=value,
        confidence=None if value is None else _confidence(reading, value),
    )


def _without_value(reading: Reading) -> Status:
    return Status.NOT_DIGIT if reading.field is None else Status.BLANK


def _confidence(reading: Reading, value: str) -> float:
    """How sure the model was that the page says ``value``; 0.0 where it did not consider that."""
    if value == reading.value and reading.confidence is not None:
        return reading.confidence
    for alternative in reading.alternatives:
        if alternative.value == value:
            return alternative.probability
    if not reading.digits:
        return 0.0
    is_one = len(reading.digits) == 1 or reading.value in (None, *DIGITS)
    return _confidence_in_digit(reading, int(value)) if is_one and value in DIGITS else 0.0


def _confidence_in_digit(reading: Reading, digit: int) -> float:
    """How sure the model was that the most prominent candidate is ``digit``."""
    candidate = reading.digits[0]
    if digit == candidate.value:
        return candidate.confidence
    best = candidate.probabilities[candidate.value]
    is_digit = min(1.0, candidate.confidence / best) if best else 0.0
    return round(candidate.probabilities[digit] * is_digit, PLACES)
