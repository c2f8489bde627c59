"""A form as it is read: its pages, their fields and what is known of them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from digitbox.forms.alignment import Reference
from digitbox.forms.checks import Check
from digitbox.forms.chroma import Chroma
from digitbox.forms.perspective import Quad


class Kind(StrEnum):
    """What stands in a field."""

    DIGITS = "digits"
    NUMBER = "number"
    CHECKBOX = "checkbox"
    CHOICE = "choice"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of the value of a field of digits: it has ``least`` to ``most`` digits, each in
    one of so many printed ``cells`` (0: there are none); ``filler`` are characters for an empty
    one, and the last ``decimals`` stand after a printed point. Without cells, None leaves
    separators as they are written. A value lies between ``smallest`` and
    ``largest``, and is one of ``values``, where these are not None."""

    least: int = 1
    most: int = 40
    cells: int = 0
    filler: str = ""
    decimals: int | None = 0
    sign: bool = False
    smallest: float | None = None
    largest: float | None = None
    values: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A field with its ``places`` on the reference: one, or for a choice one for each of its
    ``labels``."""

    name: str
    kind: Kind
    places: tuple[Quad, ...]
    labels: tuple[str, ...] = ()
    known: Known = Known()
    required: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Cells of a page that belong together: the fields from ``first`` on, row by row. ``place`` is
    the whole of it on the reference, ``header`` rows at its top included."""

    place: Quad
    rows: int
    columns: int
    header: int
    first: int


@dataclass(frozen=True, slots=True, eq=False)
class FormPage:
    """A page of a form. ``chroma`` is that of its reference. ``align`` is how it is found, see
    :func:`digitbox.forms.alignment.align`."""

    reference: Reference
    chroma: Chroma
    align: str
    fields: tuple[Field, ...]
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A form: ``wrong_sums`` is the share of pages on which a check fails because of who filled
    them in."""

    name: str
    pages: tuple[FormPage, ...]
    checks: tuple[Check, ...]
    wrong_sums: float


def corners(box: tuple[float, float, float, float]) -> Quad:
    """Those of ``box``: x, y, width, height. Boxes begin at the edge of their first pixel, and
    places count from its middle."""
    x, y, width, height = box
    right, bottom = x + width, y + height
    return np.array([[x, y], [right, y], [right, bottom], [x, bottom]], np.float64) - 0.5
