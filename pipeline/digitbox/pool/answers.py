"""What a worker says of the files that it was given, on its way to the parent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from digitbox.forms.completeness import Seen, readings_of
from digitbox.records import FileReading, Reading, Reason, Source, Version


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says of a file that it was given: a :class:`FileReading` without the source,
    whose name may be no text. Of pages of forms there is what was ``seen``, and no readings.
    ``rest`` is the number of the page to go on with: there was no time for the others."""

    sha256: str | None
    readings: tuple[Reading, ...]
    version: Version | None
    form: str | None = None
    seen: tuple[Seen, ...] = ()
    rest: int | None = None

    def of(self, source: Source) -> FileReading:
        readings = readings_of(self.seen) if self.seen else self.readings
        return FileReading(source, self.sha256, readings, self.version, self.form)

    def before(self, other: "Answer") -> "Answer":
        """What this one and ``other`` say together, which goes on where this one ends."""
        readings, seen = self.readings + other.readings, self.seen + other.seen
        return replace(self, readings=readings, seen=seen, rest=other.rest)

    def ended(self, page: int, reason: Reason) -> "Answer":
        """This one, and that the ``page`` after it is ``failed``, beyond which nothing is known."""
        failed = Reading.failed(reason, page)
        if self.form is not None:
            return replace(self, seen=(*self.seen, Seen(page, (failed,))), rest=None)
        return replace(self, readings=(*self.readings, failed), rest=None)


# Pickling them takes ten times as long.
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Answer])


def encoded(answers: Sequence[Answer]) -> bytes:
    """What :func:`answered` understands."""
    return _encoder.encode(answers)


def answered(answers: bytes) -> list[Answer]:
    """What a worker has :func:`encoded`, for the parent."""
    return _decoder.decode(answers)
