"""The steps of a batch → the ledger, and what it knows about them → the steps.

One process writes batches: whoever holds the lock on the state folder. Others read, and put
:mod:`requests <digitbox.ledger.requests>`.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from digitbox.ledger.entries import Entry, begin_batch, now
from digitbox.ledger.identities import Identities
from digitbox.ledger.mark import write_mark
from digitbox.ledger.rows import (
    COLUMNS,
    key,
    to_forms,
    to_row,
    to_source,
    to_version,
    version_values,
)
from digitbox.ledger.values import Disposition, Original, Provenance, Record
from digitbox.records import Batch, FileReading, Row, Source

AT_ONCE = 400
"""Names in one query: two parameters each, well below SQLite's limit."""


FROM = "FROM readings JOIN files ON files.id = readings.file"

BESIDE = (
    f"SELECT {COLUMNS} {FROM} WHERE readings.batch < ?1 AND readings.form IS NOT NULL "
    "AND (readings.file, readings.page) IN "
    "(SELECT file, page FROM readings WHERE batch = ?1 AND form IS NOT NULL) "
    "AND NOT EXISTS (SELECT 1 FROM readings AS later WHERE later.replaces = readings.id "
    "AND later.batch <= ?1)"
)
"""The rows of earlier batches on the pages of forms of which a batch has rows, as they stood when
it was recorded."""


class Ledger(Identities):
    """The ledger as the steps of a batch work on it: claim, record, publish, archive."""

    # claim

    def claim(self, sources: Iterable[Source]) -> None:
        """Note, before they are read, that ``sources`` are about to be."""
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO claims VALUES (?, ?, 1) "
                "ON CONFLICT DO UPDATE SET attempts = attempts + 1",
                (key(source) for source in sources),
            )

    def release(self, sources: Iterable[Source]) -> None:
        """Take claims back that came to nothing through no fault of their files."""
        keys = [key(source) for source in sources]
        with self._transaction():
            self._connection.executemany(
                "UPDATE claims SET attempts = attempts - 1 WHERE root = ? AND name = ?", keys
            )
            self._connection.execute("DELETE FROM claims WHERE attempts < 1")

    def claims(self) -> dict[Source, int]:
        """What is claimed, and how often without an outcome."""
        found = self._all("SELECT root, name, attempts FROM claims")
        return {to_source(root, name): attempts for root, name, attempts in found}

    def forget(self, sources: Iterable[Source]) -> None:
        """Drop the claims on files that are gone."""
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM claims WHERE root = ? AND name = ?",
                [key(source) for source in sources],
            )

    # what is new

    def records(self, sources: Sequence[Source]) -> dict[Source, Record]:
        """The records of those of ``sources`` that were read and, as far as is known, are not
        elsewhere by now."""
        found = {}
        for part in _parts(sources):
            query = (
                "SELECT root, name, sha256, place, device, inode, size, mtime_ns, ctime_ns "
                "FROM files WHERE (place IS NULL OR place IN ('inbox', 'gone')) "
                f"AND (root, name) IN (VALUES {','.join(['(?, ?)'] * len(part))}) ORDER BY id"
            )
            keys = [value for source in part for value in key(source)]
            for root, name, sha256, place, *version in self._all(query, keys):
                found[to_source(root, name)] = Record(sha256, to_version(version), place)
        return found

    def rebase(self, root: str) -> None:
        """Have what stands in the inbox stand in ``root``: the folder was moved."""
        with self._transaction():
            self._connection.execute(
                "UPDATE files SET root = ? "
                "WHERE (place IS NULL OR place IN ('inbox', 'gone')) AND root != ?",
                (os.fsencode(root), os.fsencode(root)),
            )

    # record

    def record(
        self,
        files: Iterable[FileReading],
        provenance: Provenance,
        folder: str,
        kind: Literal["arrival", "retry"] = "arrival",
        previous: Mapping[Source, int] | None = None,
    ) -> int | None:
        """Record ``files`` as one batch to be published in ``folder``, and return its number; or
        None where none of them is new: what stands at its name with the same content gets no row.

        A content that was read before under the same fingerprint repeats its readings, marked as
        ``duplicate``; but not in a retry, where ``previous`` gives the record that each file is
        read again for, and rows replace those of the same page.
        """
        files = sorted(files, key=lambda file: (file.source.root, file.source.name))
        read_at = now()
        with self._transaction():
            self._connection.executemany(
                "DELETE FROM claims WHERE root = ? AND name = ?",
                [key(file.source) for file in files],
            )
            entry = Entry(self._connection, provenance.fingerprint, read_at)
            if kind == "arrival":
                files = [file for file in self._new(files) if file.readings or entry.knows(file)]
            if not files:
                return None
            batch = begin_batch(
                self._connection,
                self.tag,
                kind,
                folder,
                provenance.model,
                provenance.fingerprint,
                read_at,
            )
            for file in files:
                if previous is not None:
                    entry.repeat(batch, file, previous[file.source])
                else:
                    entry.add(batch, file)
            entry.describe(batch, provenance.forms)
        return batch

    def _new(self, files: list[FileReading]) -> list[FileReading]:
        """``files`` less those that were left in their place and have not changed since. Of those
        that have, the old record ends."""
        records = self.records([file.source for file in files])
        new = []
        for file in files:
            record = records.get(file.source)
            if record is None:
                new.append(file)
            elif record.place == "inbox" and record.is_of(file):
                # Else every look at it would read it again.
                self._connection.execute(
                    "UPDATE files SET device = ?, inode = ?, size = ?, mtime_ns = ?, ctime_ns = ? "
                    "WHERE root = ? AND name = ? AND place = 'inbox'",
                    (*version_values(file.version), *key(file.source)),
                )
            elif record.place is not None:
                self._connection.execute(
                    "UPDATE files SET place = 'replaced' "
                    "WHERE root = ? AND name = ? AND place IN ('inbox', 'gone')",
                    key(file.source),
                )
                new.append(file)
        return new

    # publish

    def mark(self, number: int) -> None:
        """Note outside of the ledger that it has a batch of that number: see :func:`write_mark`."""
        write_mark(self._file, self._one("SELECT uuid FROM ledger"), number)

    def unpublished(self) -> list[int]:
        """The numbers of the batches that are recorded and not known to be published."""
        found = self._all("SELECT id FROM batches WHERE published_at IS NULL ORDER BY id")
        return [number for (number,) in found]

    def batch(self, number: int) -> Batch:
        """The batch with that number, always the same."""
        folder, name, model, forms = self._all(
            "SELECT folder, name, model, forms FROM batches WHERE id = ?", (number,)
        )[0]
        rows = self._rows(f"SELECT {COLUMNS} {FROM} WHERE readings.batch = ?", number, model)
        fields = to_forms(forms)
        beside = self._rows(BESIDE, number, model) if fields else ()
        return Batch(name, model, rows, folder, fields, beside)

    def _rows(self, query: str, batch: int, model: str) -> tuple[Row, ...]:
        found = self._all(f"{query} ORDER BY readings.id", (batch,))
        return tuple(to_row(columns, self.tag, model) for columns in found)

    def published(self, number: int, reported: bool) -> None:
        """Note that a batch is published, and whether there is no one to be told."""
        self._execute(
            "UPDATE batches SET published_at = ?, reported_at = ? WHERE id = ?",
            (now(), now() if reported else None, number),
        )

    def unreported(self, limit: int = -1) -> list[int]:
        """The numbers of the published batches that nobody was told of yet, the first ``limit`` of
        them."""
        found = self._all(
            "SELECT id FROM batches "
            "WHERE reported_at IS NULL AND published_at IS NOT NULL ORDER BY id LIMIT ?",
            (limit,),
        )
        return [number for (number,) in found]

    def reported(self, number: int) -> None:
        """Note that whoever is to be told of a batch was told."""
        self._execute("UPDATE batches SET reported_at = ? WHERE id = ?", (now(), number))

    # archive

    def unarchived(self) -> list[Original]:
        """The files of published batches that were not brought to their place yet."""
        found = self._all(
            "SELECT files.id, batches.name, files.root, files.name, files.sha256, files.failed, "
            "old.place, old_batch.name, files.device, files.inode, files.size, files.mtime_ns, "
            "files.ctime_ns, files.read_as FROM files JOIN batches ON batches.id = files.batch "
            "LEFT JOIN files AS old ON old.id = files.previous "
            "LEFT JOIN batches AS old_batch ON old_batch.id = old.batch "
            "WHERE files.place IS NULL AND batches.published_at IS NOT NULL ORDER BY files.id"
        )
        return [
            Original(
                number,
                batch,
                to_source(root, name),
                sha256,
                to_version(version),
                bool(failed),
                self._reasons(number) if failed else (),
                (before, before_batch) if before else None,
                os.fsdecode(read_as) if read_as is not None else None,
            )
            for (
                number, batch, root, name, sha256, failed, before, before_batch, *version, read_as
            ) in found
        ]  # fmt: skip

    def archived(self, places: Mapping[int, Disposition]) -> None:
        """Note what became of files, by their records' numbers."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE files SET place = 'reread' WHERE place IS NOT NULL AND id = "
                "(SELECT previous FROM files WHERE id = ?)",
                [(number,) for number in places],
            )
            self._connection.executemany(
                "UPDATE files SET place = ? WHERE id = ?",
                [(place, number) for number, place in places.items()],
            )
            # What is not in the inbox any more goes by the name that it was published as.
            self._connection.executemany(
                "UPDATE files SET name = read_as, read_as = NULL WHERE id = ? "
                "AND read_as IS NOT NULL AND place IN ('done', 'failed', 'deleted')",
                [(number,) for number in places],
            )

    def returned(self, sources: Iterable[Source]) -> None:
        """Have files archived after all that were gone when they were to be: they are back."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE files SET place = NULL WHERE root = ? AND name = ? AND place = 'gone'",
                [key(source) for source in sources],
            )

    def _reasons(self, number: int) -> tuple[str, ...]:
        found = self._all(
            "SELECT readings.page, COALESCE(first.reason, readings.reason) FROM readings "
            "LEFT JOIN readings AS first ON first.id = readings.duplicate_of "
            "WHERE readings.file = ? AND readings.status = 'failed' ORDER BY readings.page",
            (number,),
        )
        return tuple(f"page {page}: {reason}" for page, reason in found)


def _parts(sources: Sequence[Source]) -> Iterator[Sequence[Source]]:
    for start in range(0, len(sources), AT_ONCE):
        yield sources[start : start + AT_ONCE]
