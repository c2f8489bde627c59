"""Rows of the ledger → what the pages show of them."""

from typing import Any

from digitbox.ledger.decision import choices, confirmation
from digitbox.pool.images import written
from digitbox.records import DIGITS, Alternative, Reading, Row
from digitbox.storage.names import displayed

PLACES = 4

ODDS = (0.1,) * 10
"""What is known of a page without a candidate."""


def serialized_row(number: int, row: Row) -> dict[str, Any]:
    """A reading, for the page to show: text alone, and numbers. ``row`` is no other ledger's."""
    return {
        "id": number,
        "row": row.id,
        "file": displayed(row.source.name),
        **serialized_reading(row.reading),
    }


def serialized_reading(reading: Reading) -> dict[str, Any]:
    """What was read of a page. ``probabilities`` are how likely the page says each of the ten
    digits, and ``no_digit`` that it says none, nor any of the other ``alternatives``. These are of
    the same probability as the confidence. ``written`` is the part of the page that is shown
    large; ``confirms`` is what to say if it is right."""
    odds, alternatives = _odds(reading), _alternatives(reading)
    return {
        "page": reading.page,
        "value": reading.value,
        "confidence": reading.confidence,
        "status": reading.status.value,
        "reason": reading.reason.value if reading.reason else None,
        "confirms": confirmation(reading),
        "candidates": len(reading.digits),
        "probabilities": odds,
        "no_digit": _no_digit(odds, alternatives) if reading.digits else None,
        "digits": reading.digits,
        "alternatives": alternatives,
        "lines": reading.lines,
        "written": written(reading),
        "form": reading.form,
        "field": reading.field,
        "width": reading.width,
        "height": reading.height,
        "box": reading.box,
    }


def _odds(reading: Reading) -> tuple[float, ...]:
    """How likely the page says each digit. The network that reads says which digit it is, if it is
    one; how likely it is one, the confidence says, in which all that is known went."""
    if not reading.digits:
        return ODDS
    first = reading.digits[0]
    best = first.probabilities[first.value]
    sure = first.confidence
    if reading.value == str(first.value) and reading.confidence is not None:
        sure = reading.confidence
    share = min(1.0, sure / best) if best else 0.0
    return tuple(round(share * one, PLACES) for one in first.probabilities)


def _alternatives(reading: Reading) -> tuple[Alternative, ...]:
    """What else the page may say. Where something may be written beside a number, the confidence is
    less than the probability of the value: then all are less likely by as much."""
    found = choices(reading) or reading.alternatives
    own = next((one.probability for one in found if one.value == reading.value), 0.0)
    if not own or reading.confidence is None:
        return found
    share = min(1.0, reading.confidence / own)
    return tuple(Alternative(one.value, round(share * one.probability, PLACES)) for one in found)


def _no_digit(odds: tuple[float, ...], alternatives: tuple[Alternative, ...]) -> float:
    others = (one.probability for one in alternatives if one.value not in DIGITS)
    return round(max(0.0, 1 - sum(odds) - sum(others)), PLACES)
