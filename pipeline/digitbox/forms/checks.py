"""The text of a check → what it compares, and whether it holds for values of fields."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError
from numpy.typing import NDArray

GRAMMAR = r"""
    check: sum COMPARISON sum
    ?sum: product ((PLUS | MINUS) product)* -> added
    ?product: factor ("*" factor)* -> multiplied
    ?factor: MINUS+ positive -> negative | positive
    ?positive: NUMBER -> number | "(" sum ")" | SUM names ")" -> total | NAME -> field
    names: NAME ("," NAME)*
    PLUS: "+"
    MINUS: "-"
    COMPARISON: "==" | "<=" | ">=" | "!=" | "<" | ">"
    SUM.2: /sum\s*\(/
    NAME: /[^\W\d]\w*(\.(\*|\w+))*/
    NUMBER: /\d+(\.\d+)?/
    %ignore /\s+/
"""

LONGEST, DEEPEST = 10_000, 50
"""A check has so many characters at most, and so many parentheses within each other."""

EXACT = 1e-6
"""Sums of decimals that differ by less are equal. Numbers with more than 15 digits are compared by
their first ones."""

Values: TypeAlias = Mapping[str, NDArray[np.float64]]
"""The values of fields by name; arrays of several values are combined as numpy broadcasts them."""

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda one, other: abs(one - other) < EXACT,
    "!=": lambda one, other: abs(one - other) >= EXACT,
    "<=": lambda one, other: one <= other + EXACT,
    ">=": lambda one, other: one >= other - EXACT,
    "<": lambda one, other: one < other - EXACT,
    ">": lambda one, other: one > other + EXACT,
}

Expression: TypeAlias = Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Check:
    """A comparison of sums and products of ``fields``, as it was written in ``text``. An equation
    pins each of its fields down, where all others are known; others do not."""

    text: str
    fields: tuple[str, ...]
    is_equation: bool
    _holds: Expression

    def holds(self, values: Values) -> NDArray[np.bool_]:
        """Whether it holds for the ``values`` of its fields: bool, in the shape that they have
        together; false where one is NaN."""
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self._holds(values), bool)


class CheckError(ValueError):
    """What is wrong with a check, for whoever wrote it."""


def check(text: str, names: Collection[str]) -> Check:
    """What ``text`` compares, where there are fields with these ``names``. ``*`` stands for any
    part of a name: ``marks.*.quiz``. Raises :class:`CheckError`."""
    if len(text) > LONGEST or _depth(text) > DEEPEST:
        raise CheckError(
            f"{_shown(text)} is too long: a check has {LONGEST:,} characters at most, and "
            f"{DEEPEST} parentheses within each other."
        )
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise CheckError(
            f"{_shown(text)} is not understood {_place(text, error)}. A check compares sums and "
            "products of fields, as in total == q1 + q2, or sum(marks.*.quiz) <= 100."
        ) from None
    builder = _Builder(names)
    try:
        comparison, holds = builder.transform(tree)
    except VisitError as error:
        raise CheckError(f"{_shown(text)}: {error.orig_exc}") from None
    if not builder.used:
        raise CheckError(f"{_shown(text)} names no field.")
    return Check(text, tuple(builder.used), comparison == "==", holds)


def _depth(text: str) -> int:
    """How many parentheses there are within each other, at most."""
    steps = [{"(": 1, ")": -1}.get(character, 0) for character in text]
    return int(np.cumsum(steps).max(initial=0))


def _shown(text: str) -> str:
    return f"`{text}`" if len(text) <= 200 else f"`{text[:100]} … {text[-20:]}`"


def _place(text: str, error: UnexpectedInput) -> str:
    at_end = isinstance(error, UnexpectedToken) and error.token.type == "$END"
    place = len(text.rstrip()) if at_end or error.pos_in_stream is None else error.pos_in_stream
    if place >= len(text.rstrip()):
        return f"at character {place + 1}, where it ends"
    return f"at character {place + 1}, where `{text[place]}` stands"


@lru_cache(1)
def _parser() -> Lark:
    return Lark(GRAMMAR, start="check", parser="lalr")


class _Builder(Transformer[Token, Any]):
    """A parsed check → its comparison and a function of the values; ``used`` are its fields."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = dict.fromkeys(names)
        self.used: dict[str, None] = {}

    def check(self, parts: list[Any]) -> tuple[str, Expression]:
        one, comparison, other = parts
        compare = COMPARISONS[comparison]
        return str(comparison), lambda values: compare(one(values), other(values))

    def added(self, parts: list[Any]) -> Expression:
        first, *rest = parts
        signed = [
            (-1 if sign == "-" else 1, part)
            for sign, part in zip(rest[::2], rest[1::2], strict=True)
        ]
        return lambda values: sum(
            (sign * part(values) for sign, part in signed), start=first(values)
        )

    def multiplied(self, parts: list[Expression]) -> Expression:
        return lambda values: math.prod(part(values) for part in parts)

    def negative(self, parts: list[Any]) -> Expression:
        *minus, part = parts
        sign = (-1) ** len(minus)
        return lambda values: sign * part(values)

    def number(self, parts: list[Token]) -> Expression:
        value = float(parts[0])
        if math.isinf(value):
            raise CheckError("a number is too large.")
        return lambda _: value

    def names(self, parts: list[Token]) -> list[str]:
        return [name for part in parts for name in self._matching(part)]

    def total(self, parts: list[Any]) -> Expression:
        names: list[str] = parts[1]
        return lambda values: sum(values[name] for name in names)

    def field(self, parts: list[Token]) -> Expression:
        names = self._matching(parts[0])
        if "*" in parts[0]:
            raise CheckError(f"{parts[0]} stands for several fields: write sum({parts[0]}).")
        return lambda values: values[names[0]]

    def _matching(self, name: str) -> list[str]:
        pattern = re.compile(re.escape(name).replace(r"\*", r"[^.]+"))
        among = self._names if "*" in name else {name} & self._names.keys()
        found = [one for one in among if pattern.fullmatch(one)]
        if not found:
            raise CheckError(f"there is no field {name}.")
        self.used.update(dict.fromkeys(found))
        return found
