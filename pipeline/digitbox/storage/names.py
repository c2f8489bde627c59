"""Names of files, which may be any bytes → text."""

import os
import unicodedata

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV Injection). In the CSV a text that
begins so has an apostrophe in front."""


def printable(name: str) -> str:
    """A file name as valid text: bytes that are not UTF-8 become ``\\xNN``, and on Windows the
    separator becomes a slash."""
    return os.fsencode(name).decode("utf-8", "backslashreplace").replace(os.sep, "/")


def one_line(text: str) -> str:
    """``text`` with what moves the cursor, or turns the direction of writing, as its escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def displayed(name: str) -> str:
    """A file name for people, on one line of a terminal, a log or a page."""
    return one_line(printable(name))


def searchable(text: str) -> str:
    """``text``, a name or a part of one, as names are searched: as it is :func:`displayed`, with
    letters large or small and characters composed (NFC) or not (NFD) all the same."""
    if text.isascii() and text.isprintable():
        return text.lower()
    return _composed(displayed(text)).casefold()


def spells(given: str, name: str) -> bool:
    """Whether ``given`` is ``name`` as the CSV, the JSON or a terminal has it: with an apostrophe
    in front, with ``\\xNN`` for what is no UTF-8, with characters composed (NFC) or not (NFD)."""
    written = printable(name)
    forms = [written, one_line(written)]
    if written.startswith(FORMULA_STARTS):
        forms.append(f"'{written}")
    return _composed(printable(given)) in map(_composed, forms)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
