"""What people say of values, ``digits``, ``decimals`` and ``sign`` → :class:`Expected`."""

import re

from digitbox.records import Expected


def expectation(digits: int | str, decimals: int | str, sign: bool) -> Expected:
    """``digits`` is ``any``, a number or a range (``1-6``), and ``decimals`` is ``written`` or a
    number. Numbers may be text. Raises :class:`ValueError` with the name of what is wrong, and what
    is allowed."""
    least, most = _digits(digits)
    return Expected(least, most, _decimals(decimals), sign)


def _digits(said: int | str) -> tuple[int, int | None]:
    text = str(said)
    if text == "any":
        return 1, None
    least, dash, most = text.partition("-")
    bounds = _number(least), _number(most if dash else least)
    if bounds[0] is None or bounds[1] is None or not 1 <= bounds[0] <= bounds[1]:
        raise ValueError(
            f"digits: Expected `any`, a whole number from 1 to 999, or a range as `1-6`, got "
            f"`{text}`"
        )
    return bounds[0], bounds[1]


def _decimals(said: int | str) -> int | None:
    text = str(said)
    if text == "written":
        return None
    number = _number(text)
    if number is None:
        raise ValueError(
            f"decimals: Expected `written` or a whole number from 0 to 999, got `{text}`"
        )
    return number


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,3}", text) else None
