"""A CSV, as spreadsheets write it → the values in its first column."""

import csv

from digitbox.delimited import decoded, rows
from digitbox.errors import ConfigError


def listed(content: bytes, key: str) -> tuple[str, ...]:
    """The first column of a CSV with that ``content``, but for a first line without a digit. Raises
    :class:`ConfigError`, which begins with ``key``."""
    try:
        text = decoded(content)
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    try:
        column = [cells[0] for _, cells in rows(text)]
    except csv.Error as error:
        raise ConfigError(f"{key}: is no CSV: {error}.") from None
    if column and not any(character.isdigit() for character in column[0]):
        column = column[1:]
    values = tuple(dict.fromkeys(value for value in column if value))
    if not values:
        raise ConfigError(f"{key}: has no values in its first column.")
    return values
