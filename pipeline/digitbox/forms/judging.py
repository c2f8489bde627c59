"""What was seen in the fields of a page, and what is known of them → their readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from digitbox.forms import values
from digitbox.forms.form import Field, Form, Kind
from digitbox.forms.posterior import joint
from digitbox.forms.values import Belief, among, kept, of_cells, possible
from digitbox.records import Alternative, Evidence, Reading, Reason, Status

MOST_ALTERNATIVES = 5


@dataclass(frozen=True, slots=True)
class _Weighed:
    """A ``field`` by itself: a ``belief`` about the values that there can be, and what it was
    ``read`` as, whether there can be that or not."""

    field: Field
    belief: Belief
    read: Belief
    doubt: Reason | None


def judged(readings: Sequence[Reading], form: Form, accept: float) -> list[Reading]:
    """``readings`` of one page of ``form``, those with evidence by what is known now: lists, ranges
    and checks, all at once. What a person decided stays, and is certain to the checks. From a
    confidence of ``accept`` on a value is accepted."""
    fields = {field.name: field for page in form.pages for field in page.fields}
    decided: dict[str, Belief] = {}
    weighed: dict[str, _Weighed] = {}
    for one in readings:
        name = one.field or ""
        if name not in fields:
            continue
        if one.reason is Reason.REVIEWED and one.status is Status.NOT_DIGIT:
            continue  # nobody can read it: what it says is not known to any check
        if one.reason is Reason.REVIEWED:
            decided[name] = {one.value or "": 1.0}
        elif one.evidence is not None and (found := _weighed(fields[name], one.evidence)):
            weighed[name] = found
    beliefs = decided | {name: one.belief for name, one in weighed.items()}
    checks = [check for check in form.checks if set(check.fields) <= beliefs.keys()]
    together = joint(beliefs, checks, form.wrong_sums)
    said = {name: np.array(values.number(likeliest(one)[0])) for name, one in together.items()}
    failed = {name for check in checks if not check.holds(said) for name in check.fields}
    return [
        _judged(one, weighed[name], together[name], name in failed, accept)
        if (name := one.field or "") in weighed
        else one
        for one in readings
    ]


def likeliest(belief: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest value and its probability; nothing at all where there is none."""
    return max(belief.items(), key=lambda one: one[1], default=("", 0.0))


def _weighed(field: Field, evidence: Evidence) -> _Weighed | None:
    """What ``evidence`` says of ``field``; None where the template has changed so much that it says
    nothing."""
    if len(evidence.cells) != field.known.cells:
        return None
    if field.known.cells:
        cells = [np.array(one) for one in evidence.cells]
        free = replace(field, known=replace(field.known, values=None))
        listed, read = of_cells(cells, field), of_cells(cells, free)
        return _Weighed(field, kept(possible(listed, field.known)), read, evidence.doubt)
    read = {one.value: one.probability for one in evidence.values}
    if field.kind in (Kind.CHECKBOX, Kind.CHOICE) or list(read) == [""]:
        return _Weighed(field, read, read, evidence.doubt)
    listed = among(read, field.known)
    return _Weighed(field, kept(possible(listed, field.known)), read, evidence.doubt)


def _judged(
    reading: Reading, weighed: _Weighed, belief: Belief, failed: bool, accept: float
) -> Reading:
    value, likely = likeliest(belief)
    read, surely = likeliest(weighed.read)
    if read not in weighed.belief and surely > likely:
        # There cannot be that, but a person sees what is written.
        value, likely = read, 0.0
    confidence = round(likely, 4)
    by = None
    if value != read:
        is_listed = value == likeliest(weighed.belief)[0]
        by = Reason.BY_LIST if is_listed else Reason.BY_CHECK
    doubts = (
        weighed.doubt,
        Reason.NOT_POSSIBLE if value not in weighed.belief else None,
        Reason.CHECK_FAILED if failed else None,
        # What is clear is not overruled without a person.
        by if by is not None and surely >= accept else None,
        Reason.LOW_CONFIDENCE if confidence < accept else None,
        Reason.REQUIRED if weighed.field.required and not value else None,
    )
    doubt = next(filter(None, doubts), None)
    status = Status.REVIEW if doubt else Status.ACCEPTED if value else Status.BLANK
    is_blank = status is Status.BLANK
    # A person may choose any label.
    is_choice = weighed.field.kind is Kind.CHOICE
    alternatives = tuple(
        Alternative(other, round(probability, 4))
        for other, probability in list(belief.items())[: None if is_choice else MOST_ALTERNATIVES]
        if other and (is_choice or probability >= 5e-5)
    )
    return replace(
        reading,
        status=status,
        reason=doubt or by,
        value=None if is_blank else value,
        confidence=None if is_blank else confidence,
        alternatives=() if is_blank else alternatives,
    )
