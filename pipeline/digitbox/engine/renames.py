"""Files that were read → those that are new; the others were read before, under another name.

A file, a folder above it, or two names that are swapped may be renamed at any time between the
claim and the move to the archive. Which file it is says what the system knows of it and its
content, not what it is called.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

from digitbox.ledger.identities import Twin
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.values import Record
from digitbox.records import FileReading, Source, Version

_Identity = tuple[int, int, int, int, str | None]


@dataclass(frozen=True, slots=True)
class Renames:
    """Compares what was read with the records of ``ledger``; ``follow``: links are followed."""

    ledger: Ledger
    follow: bool = False

    def settle(self, files: Iterable[FileReading]) -> list[FileReading]:
        """Those of ``files`` that have no record of the same file. The records of the others stand
        under their new names from here on, to be archived from there.

        A file with several names (hard links) is as many files as it has names.
        """
        whole = list(files)
        groups: dict[_Identity, list[FileReading]] = {}
        for file in whole:
            if file.version is not None:
                groups.setdefault(_identity(file.version, file.sha256), []).append(file)
        moved: dict[int, FileReading] = {}
        known: set[Source] = set()
        for group in groups.values():
            twins = self.ledger.twins(group[0])
            if twins or len(group) > 1:
                self._settle(group, twins, moved, known)
        if moved or known:
            self.ledger.renamed(moved, known)
        had = known | {file.source for file in moved.values()}
        return [file for file in whole if file.source not in had]

    def _settle(
        self,
        group: list[FileReading],
        twins: list[Twin],
        moved: dict[int, FileReading],
        known: set[Source],
    ) -> None:
        """Settle ``group``, which are one file as far as can be told, or names of one."""
        standing = [file for file in group if self._is_at(file.source, file.version)]
        away = [file for file in group if file not in standing]
        if not (standing or twins):
            away.pop()  # one of them has its row, and will be found under its new name
        known.update(file.source for file in away)
        lost = [
            twin
            for twin in twins
            if twin.may_stand and not self._is_at(twin.source, group[0].version)
        ]
        records = self.ledger.records([file.source for file in standing])
        for file in standing:
            twin = _former(file, twins, records.get(file.source), lost)
            if twin is not None:
                moved[twin.id] = file

    def _is_at(self, source: Source, version: Version | None) -> bool:
        """Whether that very file stands at that name now."""
        path = os.path.join(source.root, source.name)
        try:
            found = Version.of(os.stat(path, follow_symlinks=self.follow))  # noqa: PTH116
        except (OSError, ValueError):
            return False
        return version is not None and _identity(found, None) == _identity(version, None)


def _former(
    file: FileReading, twins: list[Twin], record: Record | None, lost: list[Twin]
) -> Twin | None:
    """The record of the file that stands at that name now; one of ``lost`` is taken out of it."""
    if record is not None and record.place is None:
        return None  # that of what stood here before is not archived yet
    own = next((twin for twin in twins if twin.source == file.source and twin.may_stand), None)
    if own is None:
        return lost.pop(0) if lost else None
    if own.place == "inbox" or _was_rewritten(file, record):
        return None
    return own


def _was_rewritten(file: FileReading, record: Record | None) -> bool:
    """Whether ``record`` is that of another content of the same file: it has its former content
    again, with its former time, and what was said last of it is wrong."""
    if record is None or record.version is None or file.version is None:
        return False
    return record.place == "inbox" and record.version.inode == file.version.inode


def _identity(version: Version, sha256: str | None) -> _Identity:
    return version.device, version.inode, version.size, version.mtime_ns, sha256
