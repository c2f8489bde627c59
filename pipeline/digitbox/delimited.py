"""A CSV as people and spreadsheets write it → its rows."""

import csv
import io
import re

DELIMITERS = "\t;,"
"""The first of these that stands in the first line, but for what is in quotes, is the file's."""


def decoded(content: bytes) -> str:
    """``content``, which is UTF-8 or UTF-16, with or without a mark of that. Raises
    :class:`UnicodeDecodeError`."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    if content[1:2] == b"\0":
        return content.decode("utf-16-le")
    if content[:1] == b"\0":
        return content.decode("utf-16-be")
    return content.decode("utf-8-sig")


def rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows that have anything in them, each with the number of its line from 1 on, and its
    cells without white space around them. A first line ``sep=;`` names the delimiter, as for Excel.
    Raises :class:`csv.Error` where quotes are not in order."""
    lines = io.StringIO(text, newline=None)
    named = re.match(r'sep=(.)\n|"sep=(.)"\n', lines.read(8))
    lines.seek(named.end() if named else 0)
    if named:
        delimiter = named[1] or named[2]
    else:
        first = next((line for line in lines if line.strip()), "")
        bare = re.sub('"[^"]*"', "", first.strip())
        delimiter = next((one for one in DELIMITERS if one in bare), ",")
        lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    stripped = ([cell.strip() for cell in cells] for cells in reader)
    above = 1 if named else 0
    return [(reader.line_num + above, cells) for cells in stripped if any(cells)]
