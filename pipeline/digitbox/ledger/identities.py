"""What a file is → its records, whatever it was called; and what it is called now → them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from digitbox.ledger.requests import Requests
from digitbox.ledger.rows import key, to_source, version_values
from digitbox.ledger.values import Disposition
from digitbox.records import FileReading, Source


@dataclass(frozen=True, slots=True)
class Twin:
    """The record of a file that was the same: its number, where it stood, what became of it, and
    whether it may still be in the inbox, under whatever name."""

    id: int
    source: Source
    place: Disposition | None
    may_stand: bool


class Identities(Requests):
    """The ledger as it knows files apart from their names."""

    def twins(self, file: FileReading) -> list[Twin]:
        """The records of files with the device, inode, size, mtime and content of ``file``, the
        oldest first. None where it was not had."""
        if file.version is None:
            return []
        device, inode, size, mtime_ns, _ = version_values(file.version)
        found = self._all(
            "SELECT id, root, name, place, (place IS NULL OR place IN ('gone', 'replaced')) "
            "AND previous IS NULL OR place IS 'inbox' FROM files WHERE inode = ? AND mtime_ns = ? "
            "AND size = ? AND device = ? AND sha256 IS ? ORDER BY id",
            (inode, mtime_ns, size, device, file.sha256),
        )
        return [
            Twin(number, to_source(root, name), place, bool(may_stand))
            for number, root, name, place, may_stand in found
        ]

    def unkeep(self, limit: int) -> int:
        """Have up to ``limit`` files that were left in the inbox be archived anew, and return how
        many those are."""
        with self._transaction():
            return self._connection.execute(
                "UPDATE files SET place = NULL WHERE id IN "
                "(SELECT id FROM files WHERE place IS NOT NULL AND place = 'inbox' LIMIT ?)",
                (limit,),
            ).rowcount

    def renamed(self, files: Mapping[int, FileReading], known: Iterable[Source]) -> None:
        """Have the records with the numbers in ``files`` stand where those were read. Those that
        were not to be found are to be archived anew; what stood there before was replaced. The
        claims on these files and on ``known`` end."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM claims WHERE root = ? AND name = ?",
                [key(source) for source in (*known, *(file.source for file in files.values()))],
            )
            self._connection.executemany(
                "UPDATE files SET place = 'replaced' "
                "WHERE root = ? AND name = ? AND place IN ('inbox', 'gone')",
                [key(file.source) for file in files.values()],
            )
            for number, file in files.items():
                root, name = key(file.source)
                self._connection.execute(
                    "UPDATE files SET root = ?, name = ?, "
                    "read_as = NULLIF(COALESCE(read_as, name), ?), "
                    "device = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ?, "
                    "place = NULL WHERE id = ?",
                    (root, name, name, *version_values(file.version), number),
                )
