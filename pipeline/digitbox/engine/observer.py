"""What an engine tells of its work while it goes on."""

from dataclasses import dataclass
from pathlib import Path

from digitbox.records import Batch


@dataclass(frozen=True, slots=True)
class Published:
    """A batch, its number in the ledger, and its files in the outbox."""

    number: int
    batch: Batch
    files: tuple[Path, ...]


class Observer:
    """Is told by an engine what it does. This one does not listen."""

    def published(self, published: Published, seconds: float) -> None:
        """A batch was published, so many seconds after the first of its files was read; 0.0 where
        it was recorded before, or nothing was read for it."""

    def spent(self, stage: str, seconds: float) -> None:
        """``stage`` (``record``, ``publish``, ``retire``) has taken so long."""

    def turn(self) -> None:
        """Called now and then in what may take long."""
