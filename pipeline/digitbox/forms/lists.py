"""A CSV, as spreadsheets write it → the values in its first column."""

import csv
import io

from digitbox.errors import ConfigError

UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def listed(content: bytes, key: str) -> tuple[str, ...]:
    """The first column of a CSV with that ``content``, but for a first line without a digit. Raises
    :class:`ConfigError`, which begins with ``key``."""
    try:
        text = content.decode("utf-16" if content[:2] in UTF_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    line = text.lstrip().partition("\n")[0]
    delimiter = next((one for one in ";\t" if one in line), ",")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ConfigError(f"{key}: is no CSV: {error}.") from None
    column = [row[0].strip() for row in rows if row]
    if column and not any(character.isdigit() for character in column[0]):
        column = column[1:]
    values = tuple(dict.fromkeys(value for value in column if value))
    if not values:
        raise ConfigError(f"{key}: has no values in its first column.")
    return values
