"""Bytes → a file that is there whole or not at all, also after a loss of power."""

import os
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Write beside the final name, sync, rename, sync the folder: after a crash the old state is
    there or the new one. Raises OSError, and then leaves nothing behind."""
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
    sync_folder(file.parent)


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
