"""A batch → its files in the outbox, each there whole or not at all."""

import contextlib
import functools
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from digitbox.errors import ConflictError, OutboxError
from digitbox.output import workbook
from digitbox.output.tables import to_csv, to_form_csv, to_json
from digitbox.records import Batch
from digitbox.storage.files import make_folder, sync_folder, write_whole

ENCODERS: dict[str, Callable[[Batch], bytes]] = {
    "json": to_json,
    "xlsx": workbook.to_xlsx,
    "csv": to_csv,
}
"""In the order in which they are published: where a CSV is, the others are."""


class Outbox:
    """Writes batches to ``folder``, in ``formats``: ``csv``, ``json``, ``xlsx``.

    Making one creates the folder and tries that it can be written, so that a long run does not find
    out at its end. Raises :class:`OutboxError` then and later, where the system does not let it,
    and :class:`DigitboxError` where a format needs a package that is missing.
    """

    def __init__(self, folder: Path, formats: Collection[str]) -> None:
        self.folder = folder
        self._formats = [name for name in ENCODERS if name in formats]
        if "xlsx" in formats:
            workbook.check()
        with _reporting(folder):
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()

    def publish(self, batch: Batch) -> list[Path]:
        """Write the batch's files and return them: the JSON first, the CSV last, under the batch's
        name. All are there or none is.

        To repeat it is safe: a file that is there already is left as it is, and raises
        :class:`ConflictError` where it is not, byte for byte, what was to be written.
        """
        files = self.files(batch)
        folder = self.folder / batch.folder
        written: list[Path] = []
        with _reporting(self.folder):
            make_folder(folder)
            try:
                for file, encode in self._parts(batch):
                    content = encode()
                    if not _stands(file, content):
                        written.append(file)
                        write_whole(file, content)
            except BaseException:  # no half of a batch stays
                for file in written:
                    file.unlink(missing_ok=True)
                raise
            if len(written) < len(files):  # a crash may have come before that
                sync_folder(folder)
        return files

    def files(self, batch: Batch) -> list[Path]:
        """The files of ``batch``, in the order in which they are written."""
        return [file for file, _ in self._parts(batch)]

    def _parts(self, batch: Batch) -> Iterator[tuple[Path, Callable[[], bytes]]]:
        """Each file with what makes its content."""
        folder = self.folder / batch.folder
        for name in self._formats:
            if name == "csv":  # where the rows are, the records are
                for form in batch.forms:
                    encode = functools.partial(to_form_csv, batch, form)
                    yield folder / f"{batch.name}.{form.form}.csv", encode
            yield folder / f"{batch.name}.{name}", functools.partial(ENCODERS[name], batch)


def _stands(file: Path, content: bytes) -> bool:
    try:
        there = file.read_bytes()
    except FileNotFoundError:
        return False
    if there != content:
        raise ConflictError(
            f"{file}: this file is not what digitbox wrote, or was about to write, there. It "
            "was left as it is. Move it away to have it written anew; where the state folder was "
            "restored from an old backup, see docs/operate.md."
        )
    return True


@contextlib.contextmanager
def _reporting(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutboxError(
            f"{folder}: the results cannot be written: {error.strerror}. "
            "Make room there or make it writable, or choose another folder with --outbox."
        ) from error
