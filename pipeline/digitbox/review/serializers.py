"""Rows of the ledger → what the pages show of them."""

from typing import Any

from digitbox.ledger.decision import choices, confirmation
from digitbox.pool.images import written
from digitbox.records import Reading, Row
from digitbox.storage.names import displayed

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
    """What was read of a page; ``probabilities`` are those of its first candidate, and ``written``
    is the part of the page that is shown large; ``confirms`` is what to say if it is right."""
    return {
        "page": reading.page,
        "value": reading.value,
        "confidence": reading.confidence,
        "status": reading.status.value,
        "reason": reading.reason.value if reading.reason else None,
        "confirms": confirmation(reading),
        "candidates": len(reading.digits),
        "probabilities": reading.digits[0].probabilities if reading.digits else ODDS,
        "digits": reading.digits,
        "alternatives": choices(reading) or reading.alternatives,
        "lines": reading.lines,
        "written": written(reading),
        "form": reading.form,
        "field": reading.field,
        "width": reading.width,
        "height": reading.height,
        "box": reading.box,
    }
