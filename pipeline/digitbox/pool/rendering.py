"""What runs in a process that looks at files for people and for training, within limits."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digitbox.config import LimitsConfig
from digitbox.pool import worker
from digitbox.pool.images import Pictures, pictures
from digitbox.recognition.card import read_card
from digitbox.recognition.damage import of_damaged
from digitbox.records import Reading, Source
from digitbox.storage.content import ContentError, load

if TYPE_CHECKING:
    from digitbox.recognition.preprocess import Preprocessed
    from digitbox.recognition.reader import Reader

_reader: "Reader"
_limits: LimitsConfig
_label = ""
"""That of the model, as tables have it."""
_last: "tuple[str, int, Preprocessed] | None" = None
"""The page of a form that was seen last: many of its fields are shown, one after the other."""


def start(task: worker.Task) -> None:
    """Make this process ready."""
    global _reader, _limits, _label
    _reader, _limits = worker.start(task), task.limits
    _label = read_card(task.model).label


def render(source: Source, sha256: str, reading: Reading) -> Pictures | None:
    """Pictures of the page of the file at ``source`` that ``reading`` is of; None where its content
    is not the one with that SHA-256 any more, or cannot be had or decoded."""
    seen = _see(source, sha256, reading.page, is_form=reading.form is not None)
    return pictures(seen, reading) if seen else None


def frames(source: Source, sha256: str, page: int) -> list[bytes] | None:
    """What the network sees of a page, see :func:`render`: of each candidate the frames, uint8
    ``[1 or 2, 28, 28]``."""
    seen = _see(source, sha256, page)
    return [candidate.frames.tobytes() for candidate in seen.candidates] if seen else None


@dataclass(frozen=True, slots=True)
class Tried:
    """What a page of an image says, and how it looks; None where it was not decoded. ``pages`` is
    how many the image has."""

    reading: Reading
    pictures: Pictures | None
    pages: int = 1


def read(content: bytes, number: int = 1) -> Tried:
    """Read the page with that ``number``, or the last one, of an image that is no file, as the
    service would."""
    from digitbox.recognition.extent import pages_of

    worker.begin()
    pages = pages_of(content, _limits.pages)
    reading, seen = _reader.page_of(content, min(number, pages))
    if worker.is_damaged(content):
        reading = of_damaged(reading)
    return Tried(reading, pictures(seen, reading) if seen else None, pages)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What the model with that label says of a page: ``readings`` has it, or none where there is no
    such page. ``rest`` is the number of the next one; None where this was the last."""

    model: str
    readings: tuple[Reading, ...]
    rest: int | None


def read_page(content: bytes, number: int) -> Leaf:
    """Read the page with that ``number``, from 1, of an image that is no file, as the service
    would."""
    worker.begin()
    (readings,) = _reader.read([content], number, 1)
    found, rest = worker.in_time(readings, number, one_page=True)
    if worker.is_damaged(content):
        found = tuple(map(of_damaged, found))
    return Leaf(_label, found, rest)


def nothing() -> None:
    """What the process does to show that it has started."""


def _see(source: Source, sha256: str, page: int, is_form: bool = False) -> "Preprocessed | None":
    from digitbox.recognition.preprocess import preprocess_page

    try:
        content = load(source, _limits.bytes).data
    except ContentError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    if is_form:
        return _form_page(content, sha256, page)
    return preprocess_page(content, page, _reader.finder, _limits.pixels)


def _form_page(content: bytes, sha256: str, page: int) -> "Preprocessed | None":
    global _last
    from digitbox.forms.pages import page_of
    from digitbox.recognition.preprocess import Preprocessed

    if _last is None or _last[:2] != (sha256, page):
        gray = page_of(content, page, _limits.pixels)
        if gray is None:
            return None
        _last = sha256, page, Preprocessed(gray, ())
    return _last[2]
