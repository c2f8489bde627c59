"""A batch → its files in the outbox, each there whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from pipeline.errors import OutboxError
from pipeline.records import Batch
from pipeline.tables import ENCODERS


class Outbox:
    """Writes batches to ``folder``, in ``formats`` (``csv``, ``json`` or both).

    Making one creates the folder and tries that it can be written, so that a long run does not find
    out at its end. Raises :class:`OutboxError` then and later.
    """

    def __init__(self, folder: Path, formats: Collection[str]) -> None:
        self.folder = folder
        self._formats = [name for name in ENCODERS if name in formats]
        with _reporting(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()

    def publish(self, batch: Batch) -> list[Path]:
        """Write the batch's files and return them: the JSON first, the CSV last, under the batch's
        name. Both are there or none is."""
        files = [self.folder / f"{batch.name}.{name}" for name in self._formats]
        with _reporting(self.folder):
            try:
                for file, name in zip(files, self._formats, strict=True):
                    _write(file, ENCODERS[name](batch))
            except BaseException:  # no half of a batch stays
                for file in files:
                    file.unlink(missing_ok=True)
                raise
        return files


def _write(file: Path, content: bytes) -> None:
    """Write beside the final name, sync, rename, sync the folder: after a crash the old state is
    there or the new one."""
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except BaseException:  # an interrupt, too
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(file.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows cannot open a folder to sync it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _reporting(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutboxError(
            f"{folder}: the results cannot be written: {error.strerror}. "
            "Make room there or make it writable, or choose another folder with --outbox."
        ) from error
