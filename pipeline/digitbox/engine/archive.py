"""Files whose rows are published → their place: moved, left or deleted; never lost or overwritten.

Every step may be repeated after a crash. A file is taken first, by a rename, and compared with what
was read then: in whatever instant another one took its place, it is seen, and goes back.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from digitbox.config import OriginalsConfig
from digitbox.engine.moves import (
    LONGEST_NAME,
    LONGEST_PATH,
    check_root,
    copy,
    has_content,
    is_other_file,
    missing,
    put_back,
    stands,
    take,
    taken_name,
)
from digitbox.errors import TransientError
from digitbox.ledger.values import Disposition, Original
from digitbox.records import Source
from digitbox.storage.files import make_folder, sync_folder

SIDECAR = ".reason.txt"
"""What stands behind a failed file's name in the name of the file that says why it failed."""


EVERYWHERE = {
    errno.EDQUOT, errno.EIO, errno.ENODEV, errno.ENOENT, errno.ENOSPC, errno.ENOTCONN, errno.EROFS,
    errno.ESTALE, errno.ETIMEDOUT,
}  # fmt: skip
"""Errors that are not one file's."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The places of the originals that are there, by their records' numbers; why others are not,
    and whether that is no fault of theirs."""

    places: dict[int, Disposition]
    stuck: dict[int, str]
    outage: str | None


class Archive:
    """Brings files to where ``config`` wants them."""

    def __init__(self, config: OriginalsConfig) -> None:
        self._config = config

    def store(
        self, originals: Iterable[Original], turn: Callable[[], None] = lambda: None
    ) -> Stored:
        """Bring each of ``originals`` to its place, and sync it; ``turn`` is called after each.
        One that cannot be moved keeps none of the others: it may be tried again, to the same end.
        """
        places: dict[int, Disposition] = {}
        stuck: dict[int, str] = {}
        outage = None
        touched: set[Path] = set()
        try:
            for original in originals:
                try:
                    places[original.id] = self._store(original, touched)
                except OSError as error:
                    if error.errno in EVERYWHERE and not _is_of_a_part(original, error):
                        raise
                    stuck[original.id] = error.strerror or str(error)
                turn()
        except OSError as error:
            where = error.filename2 or error.filename or self._config.done
            outage = (
                f"{where}: originals cannot be moved: {error.strerror}. Make room there, or bring "
                "it back."
            )
        try:
            for folder in touched:
                if folder.is_dir():
                    sync_folder(folder)
        except OSError as error:  # nothing is known to have been kept
            return Stored({}, stuck, f"{error.filename}: {error.strerror}")
        return Stored(places, stuck, outage)

    def find(self, place: str | None, batch: str, source: Source) -> Source | None:
        """Where an original lies that ``batch`` brought to ``place``, or, where that is None, has
        not put away yet; None where it does not."""
        if place is None or place == "inbox":
            path = Path(source.root, source.name)
        elif place in ("done", "failed"):
            path = self._place(place, batch, source.name)
        else:
            return None
        try:
            return Source(str(path.parent), path.name) if stands(path) else None
        except OSError as error:
            raise TransientError(f"{path}: cannot be looked at: {error.strerror}.") from error

    def _store(self, original: Original, touched: set[Path]) -> Disposition:
        source = Path(original.source.root, original.source.name)
        action: str = self._config.action
        if original.before is not None:
            place, batch = original.before
            if place in ("done", "failed"):
                source = self._place(place, batch, original.name)
                action = "move"
        if action == "keep":
            taken = taken_name(original, source)
            if stands(taken):  # a crash came between, when it was to be moved
                put_back(taken, source, original)
            return "inbox" if stands(source) else missing(original, source)
        if action == "delete" and not original.failed:
            return self._delete(original, source, touched)
        return self._move(original, source, touched)

    def _move(self, original: Original, source: Path, touched: set[Path]) -> Disposition:
        place: Disposition = "failed" if original.failed else "done"
        target = self._target(place, original.batch, original.name)
        folder, is_there = target.parent, stands(target)
        if not is_there and folder not in touched:
            check_root(original)  # or folders might be made where the share should be
            make_folder(folder)
        touched.update((source.parent, folder))
        if is_there:  # a crash came between
            is_there = self._completed(original, source, target, touched)
        else:
            if original.failed:
                _explain(target, original.reasons)
            is_there = self._bring(original, source, target, touched)
        if not is_there:
            _sidecar(target).unlink(missing_ok=True)
            return missing(original, source)
        if original.before is not None and original.before[0] == "failed":
            _sidecar(source).unlink(missing_ok=True)
        return place

    def _completed(
        self, original: Original, source: Path, target: Path, touched: set[Path]
    ) -> bool:
        """Complete a move that was interrupted after ``target`` stood there. False where that is
        another file than was read: it is given back."""
        if not has_content(target, original):
            put_back(target, source, original)
            return False
        taken = taken_name(original, source)
        if not stands(taken):
            return True
        touched.add(taken.parent)
        if is_other_file(taken, original):  # written to since
            put_back(taken, source, original)
        taken.unlink(missing_ok=True)
        return True

    def _bring(self, original: Original, source: Path, target: Path, touched: set[Path]) -> bool:
        """Move ``source`` to ``target``, which is not there yet. False where there is nothing to
        be moved, or another file than was read. A copy is made of what was taken, and that stays
        in the inbox as long as the copy may not be all."""
        try:
            source.rename(target)
        except OSError as error:
            taken = taken_name(original, source)
            if error.errno != errno.EXDEV and not stands(taken):
                if stands(source):
                    raise
                return False
        else:
            if not is_other_file(target, original):
                return True
            put_back(target, source, original)
            taken = taken_name(original, source)
            if not stands(taken):  # it does where a crash came between
                return False
        if not take(original, source, taken):
            return False
        touched.add(taken.parent)
        copy(taken, target)
        if is_other_file(taken, original):  # written to meanwhile
            target.unlink()
            put_back(taken, source, original)
            return False
        taken.unlink()
        return True

    def _delete(self, original: Original, source: Path, touched: set[Path]) -> Disposition:
        taken = taken_name(original, source)
        touched.update((source.parent, taken.parent))
        if not take(original, source, taken):
            return missing(original, source)
        taken.unlink()
        return "deleted"

    def _place(self, place: str, batch: str, name: str) -> Path:
        """Where the file lies. What was in its way may not be there any more."""
        target, top = self._names(place, batch, name)
        return top if stands(top) or _is_in_the_way(target) else target

    def _target(self, place: str, batch: str, name: str) -> Path:
        """Where the file is to lie: another place where something is in the way of the first. Files
        of several batches that are read again in one may be called ``a`` and ``a/b``."""
        target, top = self._names(place, batch, name)
        return top if _is_in_the_way(target) else target

    def _names(self, place: str, batch: str, name: str) -> tuple[Path, Path]:
        """``done/BATCH/relative/path``, and the place at the top of that folder where the first is
        taken. A name with a hash takes the place of one that leaves no room for a sidecar's or
        could be one, and of a path that gets too long or has such a folder in it."""
        folder = self._config.failed if place == "failed" else self._config.done
        target = Path(folder, batch, name)
        room = LONGEST_NAME - len(SIDECAR) - len(b"..part")
        last = os.fsencode(target.name)
        is_long = len(os.fsencode(target)) - len(last) - 1 + LONGEST_NAME > LONGEST_PATH
        is_sidecar = target.name.endswith(SIDECAR)  # or looks like one
        is_below = any(part.endswith(SIDECAR) for part in Path(name).parts[:-1])
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        suffix = "" if is_sidecar else os.fsdecode(last[-(room - 17) :])
        short = f"{digest}~{suffix or 'reason'}"
        top = folder / batch / short
        if is_long or is_below:
            return top, top
        if is_sidecar or len(last) > room:
            target = target.with_name(short)
        return target, top


def _is_of_a_part(original: Original, error: OSError) -> bool:
    """Whether ``error`` only concerns this file, or the file system below the inbox that it is on:
    one that is mounted read-only, say, or whose server is away."""
    root = Path(original.source.root)
    if not isinstance(error.filename, str) or not Path(error.filename).is_relative_to(root):
        return False
    try:
        whole = root.stat().st_dev
    except OSError:
        return False
    try:
        part = (root / original.source.name).parent.stat().st_dev
    except OSError:
        return True
    return part != whole or error.errno == errno.EIO


def _is_in_the_way(target: Path) -> bool:
    """Whether there is a folder at ``target``, or a file where a folder above it should be."""
    try:
        return stat.S_ISDIR(target.lstat().st_mode)
    except NotADirectoryError:
        return True
    except FileNotFoundError:
        return False


def _explain(target: Path, reasons: tuple[str, ...]) -> None:
    with _sidecar(target).open("w", encoding="utf-8") as file:
        file.writelines(f"{reason}\n" for reason in reasons)
        file.flush()
        os.fsync(file.fileno())


def _sidecar(target: Path) -> Path:
    return target.with_name(target.name + SIDECAR)
