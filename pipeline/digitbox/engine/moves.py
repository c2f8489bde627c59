"""The steps in which a file is moved: each compares it with what was read, and may be repeated."""

import errno
import functools
import hashlib
import itertools
import os
import stat
from pathlib import Path
from typing import BinaryIO

from digitbox.ledger.values import Disposition, Original
from digitbox.records import Version
from digitbox.storage.content import is_being_written, open_unwaited
from digitbox.storage.files import make_folder, writing_whole
from digitbox.storage.mounts import is_network

LONGEST_NAME = 255
"""Bytes that Linux takes (``NAME_MAX``)."""

LONGEST_PATH = 4095
"""Bytes that Linux takes (``PATH_MAX``, less the NUL)."""

COARSE_NS = 10_000_000
"""Times that are all multiples of so many nanoseconds are too coarse to tell two changes apart."""


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
    """The hidden name that a file has while it is taken away: at the top of the inbox, where no
    folder above it is renamed meanwhile. Beside ``source`` where that is another file system, or
    where it was left there."""
    beside = source.with_name(f".digitbox-{original.batch}-{original.id}.tmp")
    root = Path(original.source.root)
    if len(os.fsencode(beside)) > LONGEST_PATH:
        return root / beside.name
    try:
        has_room = source.parent.stat().st_dev == root.stat().st_dev and os.access(root, os.W_OK)
    except OSError:  # a folder that is gone, and what was taken from it is not
        has_room = True
    return root / beside.name if has_room and not stands(beside) else beside


def take(original: Original, source: Path, taken: Path) -> bool:
    """Rename ``source`` to ``taken``. False where it is gone, or is not the file that was read:
    then it stays where it is."""
    if not stands(taken):
        try:
            source.rename(taken)
        except (FileNotFoundError, NotADirectoryError):
            return False
    if is_other_file(taken, original):
        put_back(taken, source, original)
        return False
    return True


def is_other_file(path: Path, original: Original) -> bool:
    """Whether what lies at ``path``, moved there on the same file system, is not what was read.
    Where times are too coarse to tell, its content is compared, and a file that is open for writing
    is taken for another one."""
    version = original.version
    if version is None:
        return False
    if not version.is_same_file(Version.of(path.lstat())):
        return True
    if original.sha256 is None or not _is_coarse(version, path):
        return False
    descriptor = open_unwaited(path)
    try:
        # First: nobody else can open it any more, by the name that it had.
        if is_being_written(descriptor):
            return True
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != original.sha256
    finally:
        os.close(descriptor)


def _is_coarse(version: Version, path: Path) -> bool:
    """Whether a file may have been written to and have the same time: where times are whole seconds
    (ext4 with small inodes, FAT, HFS+) or hundredths of them (exFAT), and on shares, which say what
    another machine has told them, or some while ago."""
    return version.mtime_ns % COARSE_NS == 0 or _is_share(version.device, path.parent)


@functools.lru_cache(maxsize=64)
def _is_share(device: int, folder: Path) -> bool:  # noqa: ARG001  # another one may be mounted
    return is_network(folder)


def has_content(path: Path, original: Original) -> bool:
    """Whether what lies at ``path`` is what was read, or a copy of it."""
    version = original.version
    if version is None or not is_other_file(path, original):
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
            target = _numbered(source, number)
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


def _numbered(source: Path, number: int) -> Path:
    """``a (2).png`` for ``a.png``. A name that gets too long loses characters before the number."""
    end = f" ({number}){source.suffix}"
    if len(os.fsencode(end)) > LONGEST_NAME // 2:  # no ending that says anything
        end = f" ({number})"
    stem = source.name.removesuffix(source.suffix) if end.endswith(source.suffix) else source.name
    while len(os.fsencode(stem + end)) > LONGEST_NAME:
        stem = stem[:-1]
    return source.with_name(stem + end)


def copy(source: Path, target: Path) -> None:
    """Copy to another file system, with the time of the last change. An error to read has the name
    of ``source``."""
    with source.open("rb") as original, writing_whole(target) as copy:
        while block := _block(original, source):
            copy.write(block)
        copy.flush()
        status = source.stat()
        os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))


def _block(file: BinaryIO, source: Path) -> bytes:
    try:
        return file.read(1 << 20)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(source)) from error
