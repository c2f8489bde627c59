"""What the parts pass to each other: frozen values, without any input or output."""

import dataclasses
import os
import re
from dataclasses import dataclass
from datetime import datetime

from digitbox.box import Box
from digitbox.reasons import INACCESSIBLE as INACCESSIBLE
from digitbox.reasons import UNDECODABLE as UNDECODABLE
from digitbox.reasons import UNREPEATABLE as UNREPEATABLE
from digitbox.reasons import Reason as Reason
from digitbox.reasons import Status as Status

DIGITS = tuple("0123456789")
"""What a network that reads tells apart, and what a person may say that it is."""


_VALUE = re.compile(r"-?[0-9]+([.,][0-9]+)*( -?[0-9]+([.,][0-9]+)*)*")


def is_value(text: str) -> bool:
    """Whether ``text`` is what a page may say: digits with points or commas between them, with a
    minus before them or without; several lines with a space between."""
    return _VALUE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit found on a page. ``probabilities[d]`` is that of digit ``d`` if it is a digit, and
    ``confidence`` that of ``value``'s being right, which is less where it may be none; rounded to
    four places."""

    value: int
    confidence: float
    probabilities: tuple[float, ...]
    box: Box


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a page may say, and how likely that is, 0 to 1, rounded to four places."""

    value: str
    probability: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page that has several. ``confidence`` is that of ``value``'s being right."""

    value: str
    confidence: float
    box: Box


@dataclass(frozen=True, slots=True)
class Expected:
    """What the values of a job look like: ``least`` to ``most`` digits (None: any number of them).

    ``decimals``: None leaves separators as they are written. 0 takes them for those of thousands,
    which are left out. With 1 or more, the last one with at most so many digits after it is the
    decimal point. ``sign``: a minus may stand before it.
    """

    least: int = 1
    most: int | None = None
    decimals: int | None = None
    sign: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen in a field of a form, before it is weighed with what is known: ``cells`` are
    the probabilities of what stands in each of its printed cells, ``[cells][13]`` (see
    :data:`digitbox.forms.cells.Cell`); without cells, ``values`` are those that it may have, the
    likeliest first. ``doubt`` is why a person has to see it, whatever is known."""

    values: tuple[Alternative, ...] = ()
    cells: tuple[tuple[float, ...], ...] = ()
    doubt: Reason | None = None


@dataclass(frozen=True, slots=True)
class KeptFrames:
    """What a network saw of one candidate: ``pixels`` are uint8 ``[1 or 2, 28, 28]``, ink 255 on
    background 0, one after the other, as that version of the ``preprocessing`` makes them."""

    preprocessing: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What one page says.

    ``page`` counts from 1. ``width`` and ``height`` are the upright page's, in pixels (of one that
    failed, as they stand in the file), or None where they never came to light. ``value`` and
    ``confidence`` are None unless the status is ``accepted`` or ``review``; ``alternatives`` are
    the values that are likeliest, itself among them, and ``lines`` what each line says where a page
    has several. ``digits`` keeps what was found in any case: those of a number from left to right,
    else first what may be a digit, then by prominence. ``frames`` are those of the first candidate
    where they are to be kept; they are no part of what was read. ``form``, ``field``, ``evidence``
    and ``box``, in pixels of the page, are those of a field of a form.
    """

    page: int
    status: Status
    reason: Reason | None = None
    value: str | None = None
    confidence: float | None = None
    width: int | None = None
    height: int | None = None
    digits: tuple[Digit, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    lines: tuple[Line, ...] = ()
    form: str | None = None
    field: str | None = None
    box: Box | None = None
    evidence: Evidence | None = None
    frames: KeptFrames | None = dataclasses.field(default=None, compare=False, repr=False)

    @classmethod
    def failed(
        cls, reason: Reason, page: int = 1, width: int | None = None, height: int | None = None
    ) -> "Reading":
        return cls(page, Status.FAILED, reason, width=width, height=height)


AUTO = "auto"
"""The form that a page fits best, instead of the name of one."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: ``name`` is its place below ``root``, which is the folder that was given
    (or the folder of the file that was given). Both are as the operating system spells them.
    ``form`` is the form that its pages are of, where that is known otherwise than by its place."""

    root: str
    name: str
    form: str | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Version:
    """What tells a file from the one that stood at the same name before, as stat has it."""

    device: int
    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Version":
        return cls(
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )

    def is_same_file(self, other: "Version") -> bool:
        """Whether neither was replaced by the other nor written to in between. A rename and a
        change of the permissions, which only move the ctime, are neither."""
        return (self.inode, self.size, self.mtime_ns) == (other.inode, other.size, other.mtime_ns)


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file's readings, one a page; none where the readings of this content are known already.

    ``sha256`` is that of its whole content, in hexadecimal, and ``version`` what stat said of the
    file that was read; None where the content could not be had. ``form`` is the form that its pages
    were read as. A page of a form has a reading for each of its fields.
    """

    source: Source
    sha256: str | None
    readings: tuple[Reading, ...]
    version: Version | None = None
    form: str | None = None

    @property
    def reasons(self) -> frozenset[Reason]:
        return frozenset(reading.reason for reading in self.readings if reading.reason)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: a reading, where it is from and what made it. ``replaces`` and
    ``duplicate_of`` are the ids of other rows."""

    id: str
    source: Source
    reading: Reading
    sha256: str | None
    model: str
    read_at: datetime
    replaces: str | None = None
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class FormFields:
    """The names of a form's ``fields``, in the order of its template; of those that are ``unique``,
    no two pages of a batch have the same value."""

    form: str
    fields: tuple[str, ...]
    unique: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows that are published together, in ``folder`` of the outbox, under a name that no other
    batch ever has. ``forms`` are those of which it has pages; ``beside`` are rows of other batches
    that stand on these pages and were not replaced: with its own, they make whole records."""

    name: str
    model: str
    rows: tuple[Row, ...]
    folder: str = ""
    forms: tuple[FormFields, ...] = ()
    beside: tuple[Row, ...] = ()
