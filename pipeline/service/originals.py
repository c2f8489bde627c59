"""Files whose rows are published → their place: moved, left or deleted; never lost or overwritten.

Every step may be repeated after a crash. A file is taken first, by a rename, and compared with what
was read then: in whatever instant another one took its place, it is seen, and goes back.
"""

import errno
import hashlib
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import OriginalsConfig
from pipeline.errors import Weather
from pipeline.files import make_folder, sync_folder
from pipeline.ledger.ledger import Original, Place
from pipeline.records import Source, Version

LONGEST_NAME = 255
LONGEST_PATH = 4095
"""Bytes that Linux takes (``NAME_MAX``, and ``PATH_MAX`` less the NUL)."""

SIDECAR = ".reason.txt"
"""What stands behind a failed file's name in the name of the file that says why it failed."""


EVERYWHERE = {
    errno.EDQUOT, errno.EIO, errno.ENODEV, errno.ENOENT, errno.ENOSPC, errno.ENOTCONN, errno.EROFS,
    errno.ESTALE, errno.ETIMEDOUT,
}  # fmt: skip
"""Errors that are not one file's."""


@dataclass(frozen=True, slots=True)
class Retirement:
    """The places of the originals that are there, by their records' numbers; why others are not,
    and whether that is no fault of theirs."""

    places: dict[int, Place]
    stuck: dict[int, str]
    weather: str | None


class Originals:
    """Brings files to where ``config`` wants them."""

    def __init__(self, config: OriginalsConfig) -> None:
        self._config = config

    def retire(
        self, originals: Iterable[Original], turn: Callable[[], None] = lambda: None
    ) -> Retirement:
        """Bring each of ``originals`` to its place, and sync it; ``turn`` is called after each.
        One that cannot be moved keeps none of the others: it may be tried again, to the same end.
        """
        places: dict[int, Place] = {}
        stuck: dict[int, str] = {}
        weather = None
        touched: set[Path] = set()
        try:
            for original in originals:
                try:
                    places[original.id] = self._retire(original, touched)
                except OSError as error:
                    if error.errno in EVERYWHERE:
                        raise
                    stuck[original.id] = error.strerror or str(error)
                turn()
        except OSError as error:
            where = error.filename2 or error.filename or self._config.done
            weather = (
                f"{where}: originals cannot be moved: {error.strerror}. Make room there, or bring "
                "it back."
            )
        try:
            for folder in touched:
                if folder.is_dir():
                    sync_folder(folder)
        except OSError as error:  # nothing is known to have been kept
            return Retirement({}, stuck, f"{error.filename}: {error.strerror}")
        return Retirement(places, stuck, weather)

    def find(self, place: str, batch: str, source: Source) -> Source | None:
        """Where an original lies that ``batch`` brought to ``place``; None where it does not."""
        if place == "inbox":
            path = Path(source.root, source.name)
        elif place in ("done", "failed"):
            path = self._target(place, batch, source.name)
        else:
            return None
        try:
            return Source(str(path.parent), path.name) if _stands(path) else None
        except OSError as error:
            raise Weather(f"{path}: cannot be looked at: {error.strerror}.") from error

    def _retire(self, original: Original, touched: set[Path]) -> Place:
        source = Path(original.source.root, original.source.name)
        action: str = self._config.action
        if original.before is not None:
            place, batch = original.before
            if place in ("done", "failed"):
                source = self._target(place, batch, original.source.name)
                action = "move"
        if action == "keep":
            taken = _taken(original, source)
            if _stands(taken):  # a crash came between, when it was to be moved
                _give_back(taken, source, original)
            return "inbox" if _stands(source) else _missing(original, source)
        if action == "delete" and not original.failed:
            return self._delete(original, source, touched)
        return self._move(original, source, touched)

    def _move(self, original: Original, source: Path, touched: set[Path]) -> Place:
        place: Place = "failed" if original.failed else "done"
        target = self._target(place, original.batch, original.source.name)
        folder, stands = target.parent, _stands(target)
        if not stands and folder not in touched:
            _look_at_root(original)  # or folders might be made where the share should be
            make_folder(folder)
        touched.update((source.parent, folder))
        if stands:  # a crash came between
            is_there = self._completed(original, source, target)
        else:
            if original.failed:
                _explain(target, original.reasons)
            is_there = self._bring(original, source, target)
        if not is_there:
            _sidecar(target).unlink(missing_ok=True)
            return _missing(original, source)
        if original.before is not None:
            _sidecar(source).unlink(missing_ok=True)
        return place

    def _completed(self, original: Original, source: Path, target: Path) -> bool:
        """Complete a move that was interrupted after ``target`` stood there. False where that is
        another file than was read: it is given back."""
        if not _has_content(target, original):
            _give_back(target, source, original)
            return False
        taken = _taken(original, source)
        if _stands(taken) and _is_other_file(taken, original.version):  # written to since
            _give_back(taken, source, original)
        taken.unlink(missing_ok=True)
        return True

    def _bring(self, original: Original, source: Path, target: Path) -> bool:
        """Move ``source`` to ``target``, which is not there yet. False where there is nothing to
        be moved, or another file than was read. A copy is made of what was taken, and that stays
        beside ``source`` as long as the copy may not be all."""
        try:
            source.rename(target)
        except OSError as error:
            taken = _taken(original, source)
            if error.errno != errno.EXDEV and not _stands(taken):
                if _stands(source):
                    raise
                return False
        else:
            if not _is_other_file(target, original.version):
                return True
            _give_back(target, source, original)
            taken = _taken(original, source)
            if not _stands(taken):  # it does where a crash came between
                return False
        if not _take(original, source, taken):
            return False
        _copy(taken, target)
        if _is_other_file(taken, original.version):  # written to meanwhile
            target.unlink()
            _give_back(taken, source, original)
            return False
        taken.unlink()
        return True

    def _delete(self, original: Original, source: Path, touched: set[Path]) -> Place:
        taken = _taken(original, source)
        touched.add(source.parent)
        if not _take(original, source, taken):
            return _missing(original, source)
        taken.unlink()
        return "deleted"

    def _target(self, place: str, batch: str, name: str) -> Path:
        """``done/BATCH/relative/path``. A name with a hash takes the place of one that leaves no
        room for a sidecar's or could be one, and of a path that gets too long."""
        folder = self._config.failed if place == "failed" else self._config.done
        target = Path(folder, batch, name)
        room = LONGEST_NAME - len(SIDECAR) - len(b"..part")
        last = os.fsencode(target.name)
        is_long = len(os.fsencode(target)) - len(last) - 1 + LONGEST_NAME > LONGEST_PATH
        is_sidecar = target.name.endswith(SIDECAR)  # or looks like one
        if not (is_long or is_sidecar) and len(last) <= room:
            return target
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        suffix = "" if is_sidecar else os.fsdecode(last[-(room - 17) :])
        short = f"{digest}~{suffix or 'reason'}"
        return (folder / batch if is_long else target.parent) / short


def _stands(path: Path) -> bool:
    """Whether there is something at ``path``. Raises OSError where that cannot be told."""
    try:
        path.lstat()
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return False
        raise
    return True


def _missing(original: Original, source: Path) -> Place:
    """What is said of a file that is not at ``source``, or is another than was read."""
    _look_at_root(original)
    return "replaced" if _stands(source) else "gone"


def _look_at_root(original: Original) -> None:
    """Raises OSError where it is not there: a share that is away has lost no file."""
    Path(original.source.root).stat()


def _taken(original: Original, source: Path) -> Path:
    """The hidden name, beside ``source`` where there is room, that a file has while it is taken
    away."""
    taken = source.with_name(f".digitbox-{original.batch}-{original.id}.tmp")
    is_long = len(os.fsencode(taken)) > LONGEST_PATH
    return Path(original.source.root, taken.name) if is_long else taken


def _take(original: Original, source: Path, taken: Path) -> bool:
    """Rename ``source`` to ``taken``. False where it is gone, or is not the file that was read:
    then it stays where it is."""
    if not _stands(taken):
        try:
            source.rename(taken)
        except (FileNotFoundError, NotADirectoryError):
            return False
    if _is_other_file(taken, original.version):
        _give_back(taken, source, original)
        return False
    return True


def _is_other_file(path: Path, version: Version | None) -> bool:
    """Whether what lies at ``path``, moved there on the same file system, is not what was read."""
    return version is not None and not version.is_same_file(Version.of(path.lstat()))


def _has_content(path: Path, original: Original) -> bool:
    """Whether what lies at ``path`` is what was read, or a copy of it."""
    version = original.version
    if version is None or not _is_other_file(path, version):
        return True
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_ino == version.inode:
        return False
    if original.sha256 is None:  # too large to be read
        return status.st_size == version.size
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == original.sha256


def _give_back(path: Path, source: Path, original: Original) -> None:
    """Put a file that was taken wrongly back to ``source``, or beside what stands there by now."""
    _look_at_root(original)  # not to be made anew
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
            if _stands(target):
                continue
            path.rename(target)
            return
        path.unlink()
        return


def _copy(source: Path, target: Path) -> None:
    """Copy to another file system: whole, synced, then renamed."""
    partial = target.with_name(f".{target.name}.part")
    with source.open("rb") as original, partial.open("wb") as copy:
        shutil.copyfileobj(original, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    status = source.stat()
    os.utime(partial, ns=(status.st_atime_ns, status.st_mtime_ns))
    partial.rename(target)
    sync_folder(target.parent)


def _explain(target: Path, reasons: tuple[str, ...]) -> None:
    with _sidecar(target).open("w", encoding="utf-8") as file:
        file.writelines(f"{reason}\n" for reason in reasons)
        file.flush()
        os.fsync(file.fileno())


def _sidecar(target: Path) -> Path:
    return target.with_name(target.name + SIDECAR)
