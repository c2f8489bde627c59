"""Bytes → a file that is there whole or not at all, also after a loss of power."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def writing_whole(file: Path) -> Iterator[BinaryIO]:
    """Give a stream for the content of ``file``: it is written beside the final name, synced and
    renamed, and the folder is synced. After a crash the old state is there or the new one. Raises
    OSError; after any exception nothing is left behind."""
    partial = file.with_name(f".{file.name}.part")
    try:
        with partial.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    except BaseException:  # an interrupt, too
        with contextlib.suppress(OSError):  # what went wrong first is what is told
            partial.unlink(missing_ok=True)
        raise
    sync_folder(file.parent)


def write_whole(file: Path, content: bytes) -> None:
    """The same for ``content`` that is in memory."""
    with writing_whole(file) as stream:
        stream.write(content)


def sync_folder(folder: Path | str) -> None:
    """Have the names in ``folder`` survive a loss of power, as far as its file system does that."""
    if os.name == "nt":  # Windows cannot open a folder to sync it
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make ``folder`` and what is missing above it, to survive a loss of power."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
