"""What is known of numbers and of fields of forms → what a page checks before it sends a value.

A person has the last word: what is typed and does not fit is only asked about again.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from digitbox.errors import ConfigError
from digitbox.forms import library
from digitbox.forms.form import Known
from digitbox.forms.template import Digits, Number, Table, names_of
from digitbox.records import Expected


class Fit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What values fit: with ``least`` to ``most`` digits and so many ``decimals``, see
    :class:`Expected`; between ``smallest`` and ``largest``; one of ``values``, where these are
    given."""

    least: int = 1
    most: int | None = None
    decimals: int | None = None
    sign: bool = False
    smallest: float | None = None
    largest: float | None = None
    values: tuple[str, ...] | None = None


def of_numbers(expected: Expected) -> Fit:
    """What fits a page that is of no form."""
    return Fit(expected.least, expected.most, expected.decimals, expected.sign)


def of_form(forms: Path, name: str) -> dict[str, Fit]:
    """What fits each field of digits of the form ``name`` in the folder ``forms``, as it is now;
    nothing is known of one that is not there any more, or broken."""
    for folder in library.folders(forms):
        if folder.name == name:
            try:
                files = library.files_of(folder, library.content_of(folder / library.FILE))
            except ConfigError:
                return {}
            return {field: _fit(known) for field, known in _known(files)}
    return {}


def _known(files: library.FormFiles) -> Iterator[tuple[str, Known]]:
    lists = dict(files.lists)
    for page in files.template.pages:
        for field in page.fields:
            if isinstance(field, Digits | Number):
                yield field.name, library.known_of(field, lists)
            elif isinstance(field, Table):
                columns = [library.known_of(column, lists) for column in field.described]
                yield from zip(names_of(field), columns * field.rows, strict=True)


def _fit(known: Known) -> Fit:
    return Fit(
        1 if known.filler else known.least,  # not all cells have to be filled
        known.most,
        known.decimals,
        known.sign,
        known.smallest,
        known.largest,
        known.values,
    )
