"""Names of files, which may be any bytes → text."""

import os


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
