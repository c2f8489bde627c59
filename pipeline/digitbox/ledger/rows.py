"""Rows of the ledger → :class:`Row`, and what records hold → columns of the ledger."""

import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from digitbox.box import Box
from digitbox.records import (
    Alternative,
    Digit,
    Evidence,
    FormFields,
    Line,
    Reading,
    Reason,
    Row,
    Source,
    Status,
    Version,
)

COLUMNS = (
    "readings.id, files.root, COALESCE(files.read_as, files.name), files.sha256, readings.page, "
    "readings.status, readings.reason, readings.value, readings.confidence, readings.width, "
    "readings.height, readings.digits, readings.alternatives, readings.lines, readings.read_at, "
    "readings.replaces, readings.duplicate_of, readings.form, readings.field, readings.box, "
    "readings.evidence"
)
"""What :func:`to_row` takes, of ``readings`` joined with ``files``."""

_DIGITS = msgspec.json.Decoder(tuple[Digit, ...])
_ALTERNATIVES = msgspec.json.Decoder(tuple[Alternative, ...])
_FORMS = msgspec.json.Decoder(tuple[FormFields, ...])
_BOX = msgspec.json.Decoder(Box)
_EVIDENCE = msgspec.json.Decoder(Evidence)
_LINES = msgspec.json.Decoder(tuple[Line, ...])


def to_row(columns: Sequence[Any], tag: str, model: str) -> Row:
    """The row that :data:`COLUMNS` gave, of the ledger with that ``tag``."""
    number, root, name, sha256, page, status, reason, *rest = columns
    value, confidence, width, height, digits, alternatives, lines, *rest = rest
    read_at, replaces, duplicate_of, form, field, box, evidence = rest
    reading = Reading(
        page,
        Status(status),
        Reason(reason) if reason else None,
        value,
        confidence,
        width,
        height,
        _DIGITS.decode(digits),
        _ALTERNATIVES.decode(alternatives),
        _LINES.decode(lines),
        form,
        field,
        _BOX.decode(box) if box else None,
        _EVIDENCE.decode(evidence) if evidence else None,
    )
    return Row(
        row_id(tag, number),
        to_source(root, name),
        reading,
        sha256,
        model,
        datetime.fromisoformat(read_at),
        row_id(tag, replaces) if replaces else None,
        row_id(tag, duplicate_of) if duplicate_of else None,
    )


def row_id(tag: str, number: int) -> str:
    """A row's id, unlike any other's in any ledger."""
    return f"{tag}-{number:09}"


def key(source: Source) -> tuple[bytes, bytes]:
    """``root`` and ``name`` as they stand in the ledger."""
    return os.fsencode(source.root), os.fsencode(source.name)


def to_source(root: bytes, name: bytes) -> Source:
    return Source(os.fsdecode(root), os.fsdecode(name))


def version_values(version: Version | None) -> tuple[int | None, ...]:
    """``device``, ``inode``, ``size``, ``mtime_ns`` and ``ctime_ns``. The first two are unsigned 64
    bits wide, SQLite's integers signed."""
    if version is None:
        return (None,) * 5
    device, inode = (_signed(version.device), _signed(version.inode))
    return device, inode, version.size, version.mtime_ns, version.ctime_ns


def to_version(values: Sequence[int | None]) -> Version | None:
    device, inode, *rest = values
    if device is None or inode is None:
        return None
    size, mtime_ns, ctime_ns = (value or 0 for value in rest)
    return Version(device % 2**64, inode % 2**64, size, mtime_ns, ctime_ns)


def details(reading: Reading) -> tuple[str, str, str]:
    """``digits``, ``alternatives`` and ``lines``, as JSON."""
    digits, alternatives, lines = (
        msgspec.json.encode(part).decode()
        for part in (reading.digits, reading.alternatives, reading.lines)
    )
    return digits, alternatives, lines


def of_field(reading: Reading) -> tuple[str | None, ...]:
    """``form``, ``field``, ``box`` and ``evidence``, the last two as JSON."""
    box, evidence = (
        msgspec.json.encode(part).decode() if part else None
        for part in (reading.box, reading.evidence)
    )
    return reading.form, reading.field, box, evidence


def to_forms(text: str) -> tuple[FormFields, ...]:
    """The forms of a batch, from JSON."""
    return _FORMS.decode(text)


def _signed(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number
