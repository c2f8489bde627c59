"""Pages with numbers and what was read of them, put into a ledger: nothing is recognised."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from digitbox.box import Box
from digitbox.ledger.ledger import Ledger
from digitbox.records import (
    Alternative,
    Digit,
    FileReading,
    Line,
    Reading,
    Reason,
    Source,
    Status,
)
from tests.endurance.harness import Harness
from tests.ledger.arrivals import PROVENANCE, version
from tests.pages import Gray, digit, encoded

SIDE = 28
TOP, LEFT, BELOW = 40, 60, 20
"""Pixels above the first line, before it, and between two lines."""


def drawn(*lines: str, width: int = 500) -> Gray:
    """A page with these lines: MNIST's digits in dark ink, a dot for each separator."""
    page = np.full((2 * TOP + len(lines) * (SIDE + BELOW), width), 235, np.uint8)
    for number, line in enumerate(lines):
        for place, character in enumerate(line):
            box = _box(number, place)
            part = page[box.y : box.y + SIDE, box.x : box.x + SIDE]
            if character.isdigit():
                part -= (digit(int(character)) * 0.8).astype(np.uint8)
            elif character == "-":
                part[13:15, 8:20] = 40
            else:
                part[22:26, 12:16] = 40
    return page


def _box(line: int, place: int) -> Box:
    return Box(LEFT + place * SIDE, TOP + line * (SIDE + BELOW), SIDE, SIDE)


def reading_of(
    *lines: str,
    confidence: float = 0.6,
    reason: Reason = Reason.LOW_CONFIDENCE,
    others: tuple[str, ...] = (),
) -> Reading:
    """What was read of :func:`drawn` the same lines: just that, or with less confidence one of
    ``others``. The second digit is in doubt."""
    height, width = drawn(*lines).shape
    value = " ".join(lines)
    found = [
        (int(character), _box(number, place))
        for number, line in enumerate(lines)
        for place, character in enumerate(line)
        if character.isdigit()
    ]
    digits = tuple(
        Digit(
            value,
            confidence if number == 1 or len(found) == 1 else 0.9991,
            tuple(0.91 if one == value else 0.01 for one in range(10)),
            box,
        )
        for number, (value, box) in enumerate(found)
    )
    rest = round((1 - confidence) / (len(others) + 1), 4)
    alternatives = [Alternative(value, confidence), *(Alternative(one, rest) for one in others)]
    return Reading(
        1,
        Status.REVIEW,
        reason,
        value,
        confidence,
        width,
        height,
        digits,
        tuple(alternatives),
        tuple(Line(line, confidence, _line(number, line)) for number, line in enumerate(lines))
        if len(lines) > 1
        else (),
    )


def _line(number: int, line: str) -> Box:
    first = _box(number, 0)
    return Box(first.x, first.y, SIDE * len(line), SIDE)


def numbered(
    folder: Path, *pages: tuple[Gray, Reading], name: str = "", **settings: Any
) -> Harness:
    """A harness with these pages, as they were read, published and archived: reading 1 is of the
    first. The names of the files begin with ``name``."""
    harness = Harness(folder, **settings)
    harness.state.mkdir()
    ledger = Ledger(harness.state)
    files, contents = [], []
    for number, (page, reading) in enumerate(pages, start=1):
        contents.append(encoded(page))
        source = Source(str(harness.inbox), f"{name}{number:02}.png")
        sha256 = hashlib.sha256(contents[-1]).hexdigest()
        files.append(FileReading(source, sha256, (reading,), version(number)))
    batch = ledger.record(files, PROVENANCE, "today")
    assert batch is not None
    ledger.published(batch, reported=True)
    place = harness.done / ledger.batch(batch).name
    place.mkdir(parents=True)
    for file, content in zip(files, contents, strict=True):
        (place / file.source.name).write_bytes(content)
    ledger.archived({original.id: "done" for original in ledger.unarchived()})
    ledger.close()
    return harness


def pages_of(*values: str, **parts: Any) -> list[tuple[Gray, Reading]]:
    """One page a value, which says just that; the first one is the least certain."""
    return [
        (drawn(value), reading_of(value, confidence=0.3 + 0.01 * number, **parts))
        for number, value in enumerate(values)
    ]
