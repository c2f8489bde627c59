"""Pages of a form and what was read of their fields, put into a ledger: nothing is recognised."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from digitbox.box import Box
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Provenance
from digitbox.records import (
    Alternative,
    FileReading,
    FormFields,
    Reading,
    Reason,
    Source,
    Status,
)
from tests.endurance.harness import Harness
from tests.forms import paper
from tests.ledger.arrivals import PROVENANCE, version

FIELDS = ("student", "q1", "q2", "total", "absent", "grade")

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19", "absent": "empty", "grade": "A"}

Doubt = tuple[Reason, float, tuple[str, ...]]
"""Why a field is in review, how sure its value is, and what else it may be."""


def box_of(field: str) -> Box:
    if field == "grade":
        return Box(500, 430, 110, 30)
    if field == "absent":
        return Box(*paper.BOXES["absent"], 30, 30)
    first, *_, last = paper.cells(field)
    return Box(first[0], first[1], last[0] + last[2] - first[0], 60)


def readings_of(values: Mapping[str, str], doubts: Mapping[str, Doubt]) -> tuple[Reading, ...]:
    """What was read of a page with these ``values``: of fields in ``doubts`` not for sure."""
    made = []
    for field in FIELDS:
        value = values.get(field) or None
        reason, confidence, others = doubts.get(field, (None, 0.9991, ()))
        status = Status.REVIEW if reason else Status.ACCEPTED if value else Status.BLANK
        rest = round((1 - confidence) / max(1, len(others)), 4)
        alternatives = [Alternative(value, confidence)] if value else []
        alternatives += [Alternative(other, rest) for other in others]
        made.append(
            Reading(
                1,
                status,
                reason,
                "" if reason and value is None else value,
                None if status is Status.BLANK else confidence,
                700,
                900,
                alternatives=tuple(alternatives),
                form="exam",
                field=field,
                box=box_of(field),
            )
        )
    return tuple(made)


def put(
    folder: Path, *pages: tuple[Mapping[str, str], Mapping[str, Doubt]], **settings: Any
) -> Harness:
    """A harness with these pages of the form ``exam``, each with its values and what is in doubt of
    them: reading 1 is of the first field of the first one."""
    harness = Harness(folder, **settings)
    paper.put(harness.folder / "forms")
    harness.state.mkdir()
    provenance = Provenance(PROVENANCE.model, PROVENANCE.fingerprint, (FormFields("exam", FIELDS),))
    ledger = Ledger(harness.state)
    files, contents = [], []
    for number, (values, doubts) in enumerate(pages, start=1):
        marked = [values["grade"]] if values.get("grade") else []
        marked += ["absent"] if values.get("absent") == "marked" else []
        written = {name: values[name] for name in paper.COMBS if values.get(name)}
        contents.append(paper.encoded(paper.filled(written, tuple(marked), which=number)))
        files.append(
            FileReading(
                Source(str(harness.inbox), f"exam/{number:02}.png"),
                hashlib.sha256(contents[-1]).hexdigest(),
                readings_of(values, doubts),
                version(number),
                "exam",
            )
        )
    batch = ledger.record(files, provenance, "today")
    assert batch is not None
    ledger.published(batch, reported=True)
    place = harness.done / ledger.batch(batch).name / "exam"
    place.mkdir(parents=True)
    for file, content in zip(files, contents, strict=True):
        (place / Path(file.source.name).name).write_bytes(content)
    ledger.archived({original.id: "done" for original in ledger.unarchived()})
    ledger.close()
    return harness


def wrong_sum(total: str = "85") -> tuple[Mapping[str, str], Mapping[str, Doubt]]:
    """A page whose sum does not hold."""
    doubt = (Reason.CHECK_FAILED, 0.6, ())
    total_ = (Reason.CHECK_FAILED, 0.5, ("19", "35"))
    return {**VALUES, "total": total}, {"q1": doubt, "q2": doubt, "total": total_}
