"""Files and folders on the command line → the files to read, as a stream."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from digitbox.errors import InputError
from digitbox.records import Source
from digitbox.storage.conventions import PLACEHOLDER_SIDECARS, SIDECARS, skips_name

OWN_NAMES = (".gitkeep",)
"""What keeps a folder of ours in the repository: neither read nor counted."""

NAMED = 5
"""So many files are named where there are more of a kind."""


HELD_OPEN = 32
"""So many folders within each other are read as the walk goes, each with a descriptor; of those
that are deeper, the names are held."""


class Sources:
    """The files below ``paths``: those given, and every file in the folders given, recursively.

    Iterating walks the folders as it goes: a folder of a million names is never held, though with
    ``looks_beside`` its names are gone through once before. What is not
    read, and why, is counted in ``skipped`` meanwhile: ``symlink`` (unless they are followed),
    ``special`` (pipes, sockets, devices), ``unfinished`` and ``system`` by their names, and, with
    ``looks_beside``, ``unfinished`` where what lies beside a file says so (:func:`is_written_to`),
    ``own_folder`` for those in ``exclude``, ``unreadable`` for what may not be looked at: the first
    few of these are named in the list ``unreadable``.

    Raises :class:`InputError` at once where one of ``paths`` does not exist, may not be looked at,
    or is in ``exclude``.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        follow_symlinks: bool = False,
        exclude: Sequence[Path] = (),
        looks_beside: bool = True,
    ) -> None:
        for path in paths:
            _check(path)
        self._exclude = {os.path.realpath(path) for path in exclude}
        for path in paths:
            if os.path.realpath(path) in self._exclude:
                raise InputError(
                    f"{path}: this is where digitbox writes. Give another folder to read, or "
                    "another one to write to with --outbox."
                )
        self.skipped: Counter[str] = Counter()
        self.unreadable: list[str] = []
        self._paths = paths
        self._follow = follow_symlinks
        self._looks_beside = looks_beside

    def __iter__(self) -> Iterator[Source]:
        self.skipped.clear()
        self.unreadable.clear()
        for path in self._paths:
            if path.is_dir():
                yield from self._walk(os.fspath(path))
            elif path.is_file():
                yield Source(os.fspath(path.parent), path.name)
            else:
                self.skipped["special"] += 1

    def _walk(self, root: str) -> Iterator[Source]:
        # Open folders, outermost first, each with its identity, so that a link back to one of them
        # is seen.
        folders = [(self._scan(root), _identity(root), "", self._accounted(root))]
        while folders:
            entries, _, below, accounted = folders[-1]
            entry = next(entries, None)
            if entry is None:
                folders.pop()
                continue
            if entry.name in OWN_NAMES:
                continue
            name = os.path.join(below, entry.name)
            try:
                reason = self._skips(entry, entry.name in accounted)
                identity = _identity(entry.path) if not reason and entry.is_dir() else None
            except OSError:  # gone, or in a folder that may be listed but not looked into
                self._note(entry.path)
                continue
            if reason:
                self.skipped[reason] += 1
            elif not identity:
                yield Source(root, name)
            elif identity in (seen for _, seen, _, _ in folders):
                self.skipped["symlink"] += 1
            else:
                inner = self._scan(entry.path)
                if len(folders) >= HELD_OPEN:  # a listing that is held needs no descriptor
                    inner = iter(list(inner))
                folders.append((inner, identity, name, self._accounted(entry.path)))

    def _scan(self, folder: str) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                yield from entries
        except OSError:
            self._note(folder)

    def _accounted(self, folder: str) -> set[str]:
        """The names in ``folder`` beside which a file of another program may lie. Listing it once
        more is quicker than to look beside each file."""
        if not self._looks_beside:
            return set()
        suffixes = (*SIDECARS, *PLACEHOLDER_SIDECARS)
        try:
            with os.scandir(folder) as entries:
                there = (entry.name for entry in entries if entry.name.endswith(suffixes))
                return {name.rpartition(".")[0] for name in there}
        except OSError:  # noted where it is walked
            return set()

    def _note(self, unreadable: str) -> None:
        self.skipped["unreadable"] += 1
        if len(self.unreadable) < NAMED:
            self.unreadable.append(unreadable)

    def _skips(self, entry: os.DirEntry[str], is_accounted: bool) -> str | None:
        if reason := skips_name(entry.name):
            return reason
        if entry.is_symlink() and not (self._follow and os.path.exists(entry.path)):  # noqa: PTH110
            return "symlink"
        if entry.is_dir():
            own = self._exclude and os.path.realpath(entry.path) in self._exclude
            return "own_folder" if own else None
        if not entry.is_file():
            return "special"
        if is_accounted and is_written_to(entry.path, entry.stat().st_size):
            return "unfinished"
        return None


def is_written_to(path: str, size: int) -> bool:
    """Whether a program's account of the file at ``path``, or its content, is beside it: the file
    of ``size`` bytes has its name already, and is not complete."""
    suffixes = SIDECARS if size else (*SIDECARS, *PLACEHOLDER_SIDECARS)
    return any(os.path.lexists(path + suffix) for suffix in suffixes)


def _check(path: Path) -> None:
    """Raise :class:`InputError` where there is nothing at ``path``, or that cannot be told."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"{path}: no such file or folder.") from None
    except OSError as error:
        raise InputError(
            f"{path}: cannot be looked at: {error.strerror}. Change its permissions, or run this "
            "as a user who may read it."
        ) from error


def _identity(folder: str) -> tuple[int, int]:
    status = os.stat(folder)  # noqa: PTH116  # names may not be UTF-8
    return status.st_dev, status.st_ino


def count(sources: Sources) -> int:
    """How many files there are now. Walks all of them."""
    return sum(1 for _ in sources)
