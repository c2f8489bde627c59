"""The steps in which a file is moved: each compares it with what was read, and may be repeated."""

import errno
import hashlib
import itertools
import os
import shutil
import stat
from pathlib import Path

from digitbox.ledger.values import Disposition, Original
from digitbox.records import Version
from digitbox.storage.files import make_folder, writing_whole

LONGEST_PATH = 4095
"""Bytes that Linux takes (``PATH_MAX``, less the NUL)."""


def stands(path: Path) -> bool:
    """Whether there is something at ``path``. Raises OSError where that cannot be told."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return False
        raise
    return True


def missing(original: Original, source: Path) -> Disposition:
    """What is said of a file that is not at ``source``, or is another than was read."""
    check_root(original)
    return "replaced" if stands(source) else "gone"


def check_root(original: Original) -> None:
    """Raises OSError where it is not there: a share that is away has lost no file."""
    Path(original.source.root).stat()


def taken_name(original: Original, source: Path) -> Path:
    """The hidden name, beside ``source`` where there is room, that a file has while it is taken
    away."""
    taken = source.with_name(f".digitbox-{original.batch}-{original.id}.tmp")
    is_long = len(os.fsencode(taken)) > LONGEST_PATH
    return Path(original.source.root, taken.name) if is_long else taken


def take(original: Original, source: Path, taken: Path) -> bool:
    """Rename ``source`` to ``taken``. False where it is gone, or is not the file that was read:
    then it stays where it is."""
    if not stands(taken):
        try:
            source.rename(taken)
        except (FileNotFoundError, NotADirectoryError):
            return False
    if is_other_file(taken, original.version):
        put_back(taken, source, original)
        return False
    return True


def is_other_file(path: Path, version: Version | None) -> bool:
    """Whether what lies at ``path``, moved there on the same file system, is not what was read."""
    return version is not None and not version.is_same_file(Version.of(path.lstat()))


def has_content(path: Path, original: Original) -> bool:
    """Whether what lies at ``path`` is what was read, or a copy of it."""
    version = original.version
    if version is None or not is_other_file(path, version):
        return True
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_ino == version.inode:
        return False
    if original.sha256 is None:  # too large to be read
        return status.st_size == version.size
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == original.sha256


def put_back(path: Path, source: Path, original: Original) -> None:
    """Put a file that was taken wrongly back to ``source``, or beside what stands there by now."""
    check_root(original)  # not to be made anew
    make_folder(source.parent)
    for number in itertools.count(1):
        target = source
        if number > 1:
            target = source.with_name(f"{source.stem} ({number}){source.suffix}")
        try:
            target.hardlink_to(path)
        except FileExistsError:
            if not target.samefile(path):
                continue
            # As far as this it came before a crash.
        except OSError:  # no hard links here
            if stands(target):
                continue
            path.rename(target)
            return
        path.unlink()
        return


def copy(source: Path, target: Path) -> None:
    """Copy to another file system, with the time of the last change."""
    with source.open("rb") as original, writing_whole(target) as copy:
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.flush()
        status = source.stat()
        os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
