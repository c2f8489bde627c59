"""What the ledger knows of an original and of what was read on its pages."""

from dataclasses import dataclass

from digitbox.records import Reading, Row, Source


@dataclass(frozen=True, slots=True)
class Lying:
    """An original: ``file`` is its record's number, ``form`` its form. ``place`` is None as long as
    it is not put away."""

    file: int
    source: Source
    place: str | None
    batch: str
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A page that can be shown: where its original lies, what was in it, and what was read."""

    lying: Lying
    sha256: str
    reading: Reading


@dataclass(frozen=True, slots=True)
class FieldRow:
    """The latest row of a field of a form, and its number. ``is_open``: it is in review, and nobody
    has decided about it."""

    number: int
    row: Row
    is_open: bool
