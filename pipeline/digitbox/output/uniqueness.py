"""The readings of a batch → the same, those sent to review that have the same value but may not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digitbox.records import FormFields, Reading, Reason, Status


def compared(readings: Sequence[Reading], forms: Iterable[FormFields]) -> list[Reading]:
    """``readings`` of a batch, in their order: of fields of which no two pages have the same value,
    as their ``forms`` say, those that have go to review. What goes there for another reason keeps
    that."""
    unique = {(form.form, field) for form in forms for field in form.unique}
    if not unique:
        return list(readings)
    times: Counter[object] = Counter(
        (one.form, one.field, one.value)
        for one in readings
        if one.value and (one.form, one.field) in unique
    )
    return [
        replace(one, status=Status.REVIEW, reason=Reason.NOT_UNIQUE)
        if one.status is Status.ACCEPTED and times[one.form, one.field, one.value] > 1
        else one
        for one in readings
    ]
