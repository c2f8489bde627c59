"""What was seen of a file that was brought."""

import enum
from typing import NamedTuple


class Sign(enum.Enum):
    """What was seen of a file."""

    CREATED = enum.auto()
    """It is there; its writer may be at work on it."""
    CLOSED = enum.auto()
    """A writer has closed it."""
    MOVED = enum.auto()
    """It was moved to its name."""


class Hint(NamedTuple):
    """A file that was brought, by its name relative to the inbox."""

    name: str
    sign: Sign
