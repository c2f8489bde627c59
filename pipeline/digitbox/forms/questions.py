"""The text of ``questions.yaml`` → the questions that a form is to ask, checked."""

import math
from collections import Counter
from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from digitbox.errors import ConfigError
from digitbox.faults import fault
from digitbox.forms.checks import CheckError, check
from digitbox.forms.template import Name

MOST_DIGITS, MOST_OPTIONS = 20, 24
"""More fit neither on a line nor on a page."""

Label: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]


class _Part(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    pass


class _Question(_Part, frozen=True, kw_only=True, tag_field="type"):
    """``label`` is printed beside the field ``name``; with ``required``, a blank one goes to
    review."""

    name: Name
    label: Label
    required: bool = False


class Digits(_Question, frozen=True, kw_only=True, tag="digits"):
    """An identifier: text, its leading zeros kept. It has a cell for each digit, or a box without
    cells where ``length`` is the least and the most."""

    # Bounds within this union make msgspec 0.22 free what it still uses.
    length: Annotated[
        int | tuple[int, int],
        Meta(description="how many digits: a number, or the least and the most"),
    ]
    values: Annotated[
        str | None,
        Meta(description="a CSV beside the form; its first column has all values there can be"),
    ] = msgspec.field(name="list", default=None)
    unique: Annotated[bool, Meta(description="no two pages of a batch have the same value")] = False

    def __post_init__(self) -> None:
        least, most = self.digits
        if not 1 <= least <= most <= MOST_DIGITS:
            raise ValueError(
                f"Expected `length` to be 1 to {MOST_DIGITS}, the least before the most"
            )

    @property
    def digits(self) -> tuple[int, int]:
        """The least and the largest number of digits there can be."""
        return self.length if isinstance(self.length, tuple) else (self.length, self.length)

    @property
    def cells(self) -> int:
        """How many cells are printed for it; 0: a box without."""
        return self.length if isinstance(self.length, int) else 0


class Number(_Question, frozen=True, kw_only=True, tag="number"):
    """A value. It has cells where it has no sign, and ``length`` or ``max`` says how many digits
    stand before its decimal point; else a box without cells."""

    length: Annotated[
        int | None, Meta(description="how many digits stand before its decimal point, at most")
    ] = None
    decimals: Annotated[int, Meta(description="how many decimals it has at most")] = 0
    sign: Annotated[bool, Meta(description="whether a minus may stand before it")] = False
    least: Annotated[float | None, Meta(description="the least value there can be")] = (
        msgspec.field(name="min", default=None)
    )
    most: Annotated[float | None, Meta(description="the largest value there can be")] = (
        msgspec.field(name="max", default=None)
    )

    def __post_init__(self) -> None:
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        if not all(map(math.isfinite, bounds)) or bounds != sorted(bounds):
            raise ValueError("Expected `min` to be `max` at most, both of them finite")
        if self.length is not None and self.length < 1:
            raise ValueError("Expected `length` to be 1 or more")
        if self.decimals < 0 or (self.whole or 1) + self.decimals > MOST_DIGITS:
            raise ValueError(f"Expected {MOST_DIGITS} digits at most, 0 or more of them `decimals`")

    @property
    def whole(self) -> int | None:
        """How many digits stand before its decimal point, at most; None where that is unknown."""
        if self.length is not None or self.most is None:
            return self.length
        return len(str(int(max(abs(self.most), abs(self.least or 0)))))

    @property
    def has_sign(self) -> bool:
        """Whether it may be negative."""
        return self.sign or min(self.least or 0, self.most or 0) < 0

    @property
    def cells(self) -> int:
        """How many cells are printed for it; 0: a box without."""
        return self.whole + self.decimals if self.whole and not self.has_sign else 0


class Checkbox(_Question, frozen=True, kw_only=True, tag="checkbox"):
    """A box that is marked or left empty."""


class Choice(_Question, frozen=True, kw_only=True, tag="choice"):
    """Boxes of which one is marked."""

    options: tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...]

    def __post_init__(self) -> None:
        if not 2 <= len(set(self.options)) == len(self.options) <= MOST_OPTIONS:
            raise ValueError(f"Expected 2 to {MOST_OPTIONS} `options`, no two of them the same")


Question: TypeAlias = Digits | Number | Checkbox | Choice


class Questions(_Part, frozen=True, kw_only=True):
    """What ``questions.yaml`` says: ``title`` and ``text`` stand above the questions; ``checks``
    and ``wrong_sums`` are those of :class:`digitbox.forms.template.Template`."""

    title: Annotated[str, Meta(min_length=1, max_length=100)]
    text: Annotated[str, Meta(max_length=2000)] = ""
    questions: Annotated[tuple[Question, ...], Meta(min_length=1, max_length=500)]
    checks: tuple[str, ...] = ()
    wrong_sums: Annotated[
        float,
        Meta(gt=0, lt=1, description="share of pages on which the writer's own sum is wrong"),
    ] = 0.02


KEYS = {
    field.encode_name
    for part in (Questions, Digits, Number, Checkbox, Choice)
    for field in msgspec.structs.fields(part)
} | {"type"}

VALUES = {"type": "digits, number, checkbox or choice"}
"""What may stand at these keys."""


def parse(text: str, origin: str) -> Questions:
    """The questions that ``text`` describes. Raises :class:`ConfigError` with ``origin``, the key's
    path and what is wrong."""
    import yaml

    try:
        content = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"{origin}: not valid YAML: {error}") from error
    try:
        questions = msgspec.convert(content, Questions)
    except msgspec.ValidationError as error:
        key, reason = fault(error, KEYS, VALUES)
        raise ConfigError(f"{origin}: {key or 'the file'}: {reason}.") from None
    names = Counter(question.name for question in questions.questions)
    for name, times in names.items():
        if times > 1:
            raise ConfigError(f"{origin}: two questions have the name {name}.")
    for number, one in enumerate(questions.checks):
        try:
            check(one, list(names))
        except CheckError as error:
            raise ConfigError(f"{origin}: checks[{number}]: {error}") from None
    return questions
