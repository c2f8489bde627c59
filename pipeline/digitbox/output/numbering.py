"""The readings of a run that keeps no ledger → its rows, whose ids no other run has."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from digitbox.records import FileReading, Row


class Numbering:
    """Counts the rows of one run. ``name`` is the run's."""

    def __init__(self) -> None:
        self.name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:12]}"
        self._numbered = 0

    def rows_of(self, file: FileReading, model: str) -> Iterator[Row]:
        """The rows of ``file``, which the model with the label ``model`` has read just now."""
        read_at = datetime.now(UTC)
        for reading in file.readings:
            self._numbered += 1
            row_id = f"{self.name}-{self._numbered:06d}"
            yield Row(row_id, file.source, reading, file.sha256, model, read_at)
