"""What the steps of a batch tell the ledger, and what it tells them."""

from dataclasses import dataclass
from typing import Literal

from digitbox.records import FileReading, FormFields, Source, Version

Disposition = Literal["inbox", "done", "failed", "deleted", "gone", "replaced", "reread"]
"""What became of a file, see ``files.place`` in the schema."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the readings of a batch have in common. ``fingerprint`` is equal where the same content
    is bound to give the same readings. ``forms`` are those that pages may be of."""

    model: str
    fingerprint: str
    forms: tuple[FormFields, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """The record of what stands, or stood, at a name in the inbox: not ``archived`` yet (place
    None), left there (``inbox``), or ``gone`` when it was to be archived."""

    sha256: str | None
    version: Version | None
    place: Disposition | None

    def is_at(self, version: Version) -> bool:
        """Whether what stands there now can be told, without reading it, to be what was recorded.
        What was left there and has only been touched has to be read: its content may be another."""
        if self.version is None:
            return False
        if self.place == "gone":
            return self.version.is_same_file(version)
        return self.version == version

    def is_of(self, file: FileReading) -> bool:
        """Whether ``file`` has the content that was recorded."""
        if self.sha256 is not None:
            return self.sha256 == file.sha256
        if self.version is None or file.version is None:
            return False
        return file.sha256 is None and self.version.is_same_file(file.version)


@dataclass(frozen=True, slots=True)
class Original:
    """A file that was recorded, on its way to its place. ``before`` says where a file that was read
    again has been lying: its place, and the name of the batch that put it there. ``read_as`` is the
    name that it was read and published as, where it is called otherwise now."""

    id: int
    batch: str
    source: Source
    sha256: str | None
    version: Version | None
    failed: bool
    reasons: tuple[str, ...]
    before: tuple[Disposition, str] | None
    read_as: str | None = None

    @property
    def name(self) -> str:
        """The name that it was published as, and is archived under."""
        return self.source.name if self.read_as is None else self.read_as
