"""What ``form.yaml`` says of a value that is written in digits → checked."""

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

MOST_DIGITS = 40


class Part(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A part of ``form.yaml``."""


class Values(Part, frozen=True, kw_only=True):
    """What is known of a value that is written in digits."""

    # Bounds within this union make msgspec 0.22 free what it still uses.
    length: Annotated[
        int | tuple[int, int] | None,
        Meta(description="how many digits: a number, or the least and the most"),
    ] = None
    cells: Annotated[bool, Meta(description="one digit a printed cell, as many as length says")] = (
        False
    )
    filler: Annotated[str, Meta(description="characters that stand for an empty cell")] = ""
    values: Annotated[
        str | None,
        Meta(description="a CSV beside the form; its first column has all values there can be"),
    ] = msgspec.field(name="list", default=None)
    unique: Annotated[bool, Meta(description="no two pages of a batch have the same value")] = False
    required: Annotated[bool, Meta(description="whether a blank field goes to review")] = False

    def __post_init__(self) -> None:
        least, most = self.digits
        if not 1 <= least <= most <= MOST_DIGITS:
            raise ValueError(
                f"Expected `length` to be 1 to {MOST_DIGITS}, the least before the most"
            )
        if self.cells and not isinstance(self.length, int):
            raise ValueError("Expected `length`, the number of cells, where `cells` is true")
        if not self.cells and self.filler:
            raise ValueError("Expected `cells` to be true where there is a `filler`")
        if any(character.isdigit() or character.isspace() for character in self.filler):
            raise ValueError("Expected `filler` to be characters that are no digits or spaces")

    @property
    def digits(self) -> tuple[int, int]:
        """The least and the largest number of digits there can be."""
        if self.length is None:
            return 1, MOST_DIGITS
        return self.length if isinstance(self.length, tuple) else (self.length, self.length)


class Numeric(Values, frozen=True, kw_only=True):
    """What is known of a number besides."""

    decimals: Annotated[
        Annotated[int, Meta(ge=0, le=10)] | Literal["written"],
        Meta(
            description="how many decimals it has at most; of cells, so many stand after a printed "
            "point; written: separators stay"
        ),
    ] = 0
    sign: Annotated[bool, Meta(description="whether a minus may stand before it")] = False
    least: Annotated[float | None, Meta(description="the least value there can be")] = (
        msgspec.field(name="min", default=None)
    )
    most: Annotated[float | None, Meta(description="the largest value there can be")] = (
        msgspec.field(name="max", default=None)
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        bounds = [bound for bound in (self.least, self.most) if bound is not None]
        if not all(map(math.isfinite, bounds)):
            raise ValueError("Expected `min` and `max` to be numbers")
        if bounds != sorted(bounds):
            raise ValueError("Expected `min` to be `max` at most")
        if bounds and bounds[0] < 0 and not self.sign:
            raise ValueError("Expected `sign` to be true where `min` or `max` is below 0")
        if self.cells and (self.sign or self.decimals == "written"):
            raise ValueError(
                "Expected no `sign` where `cells` is true, and a number of `decimals`: digits only"
            )
        if self.cells and isinstance(self.decimals, int) and self.decimals:
            if self.decimals >= self.digits[1]:
                raise ValueError("Expected more cells than `decimals`")
            if self.values is not None:
                raise ValueError("Expected no values of a list where `cells` have `decimals`")
