"""What runs in a worker process: files in, their readings out, within limits."""

import hashlib
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import msgspec

from digitbox.config import NUMBERS, LimitsConfig
from digitbox.records import UNREPEATABLE, Expected, FileReading, Reading, Reason, Source, Version
from digitbox.storage.content import ContentError, load

if TYPE_CHECKING:
    from digitbox.forms.library import FormFiles
    from digitbox.forms.pages import PageReader
    from digitbox.recognition.finder import Finder
    from digitbox.recognition.model import Model
    from digitbox.recognition.reader import Reader
    from digitbox.recognition.transcriber import Transcriber

Chunk = tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says of a file that it was given: a :class:`FileReading` without the source,
    whose name may be no text."""

    sha256: str | None
    readings: tuple[Reading, ...]
    version: Version | None
    form: str | None = None

    def of(self, source: Source) -> FileReading:
        return FileReading(source, self.sha256, self.readings, self.version, self.form)


# Pickling them takes ten times as long.
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[Answer])


def answered(answers: bytes, chunk: Chunk) -> list[FileReading]:
    """What :func:`read` says, for the parent."""
    decoded = _decoder.decode(answers)
    return [answer.of(source) for answer, source in zip(decoded, chunk, strict=False)]


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker needs to know; travels to it once.

    ``finder``, ``model`` and ``numbers`` are model folders, of the last ones none where no number
    has more than one digit; ``accept``, ``expected``, ``limits``, ``keep_frames``: see
    :class:`digitbox.recognition.reader.Reader`. ``known`` is asked in the workers: a content with a
    SHA-256, read as a form or as none, of which it says so is not recognised, and its file comes
    without readings. ``exclusive``: see :func:`digitbox.storage.content.load`. ``forms`` are those
    there are, and ``form`` is the one that all files are of, or ``auto``; None: the one that a
    file's folder is named after.
    """

    finder: Path
    model: Path
    numbers: tuple[Path, ...]
    accept: float
    expected: Expected
    limits: LimitsConfig
    known: Callable[[str, str | None], bool] | None = None
    exclusive: bool = False
    keep_frames: bool = False
    forms: tuple["FormFiles", ...] = ()
    form: str | None = None

    def form_of(self, source: Source) -> str | None:
        """The form that the pages of ``source`` are of, or ``auto``; None: they are of none."""
        if source.form is not None:
            return source.form
        folders = PurePath(source.name).parts[:-1]
        name = next((one.name for one in self.forms if one.name in folders[:1]), None)
        return name or self.form


_task: Task
_reader: "Reader"
_networks: "tuple[Finder, Model, Transcriber | None]"
_pages: "PageReader | None" = None
_limits: LimitsConfig
_known: Callable[[str, str | None], bool] | None = None
_exclusive = False
_started = 0.0
"""When the file in flight was begun, by the monotonic clock."""


def start(task: Task) -> "Reader":
    """Make this process ready to :func:`read`, and return what it reads with."""
    global _task, _reader, _networks, _pages, _limits, _known, _exclusive
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # nor does what is sent to all of its group, or typed at the terminal
    warnings.simplefilter("ignore")  # Pillow's on damaged files; the reason says what counts

    import cv2

    from digitbox.recognition.finder import Finder
    from digitbox.recognition.model import Model
    from digitbox.recognition.reader import Reader
    from digitbox.recognition.transcriber import Transcriber

    cv2.setNumThreads(1)
    models = Finder(task.finder), Model(task.model)
    limits = task.limits
    transcriber = Transcriber(task.numbers) if task.numbers else None
    _reader = Reader(
        *models,
        task.accept,
        limits.pixels,
        limits.pages,
        _is_late,
        keep_frames=task.keep_frames,
        expected=task.expected,
        transcriber=transcriber,
    )
    _task, _networks = task, (*models, transcriber)
    _pages = page_reader(task.forms) if task.forms else None
    _limits, _known, _exclusive = task.limits, task.known, task.exclusive
    _limit_memory(task.limits.memory)
    return _reader


def page_reader(forms: tuple["FormFiles", ...]) -> "PageReader":
    """What reads pages of ``forms`` in this process, with what that was started with: numbers
    whatever ``digits`` says of pages that are of none. Raises :class:`ConfigError`."""
    from digitbox.forms.cells import Networks
    from digitbox.forms.library import form_of
    from digitbox.forms.pages import PageReader
    from digitbox.forms.reading import FormReader
    from digitbox.recognition.reader import Reader
    from digitbox.recognition.transcriber import Transcriber

    limits, accept = _task.limits, _task.accept
    finder, model, transcriber = _networks
    networks = Networks(finder, model, transcriber or Transcriber(NUMBERS))
    numbers = Reader(
        finder,
        model,
        accept,
        limits.pixels,
        limits.pages,
        transcriber=networks.transcriber,
    )
    reader = FormReader([form_of(one) for one in forms], networks, numbers, accept)
    return PageReader(reader, finder, limits.pixels, limits.pages, _is_late)


def _limit_memory(allowance: int) -> None:
    """Let this process grow by ``allowance`` bytes from here on. Linux only: elsewhere the kernel
    does not hold processes to it."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + allowance
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_late() -> bool:
    """Whether the file in flight has had most of its time: what it has to say has to be said
    now."""
    return time.monotonic() - _started > 0.8 * _limits.seconds


def read(chunk: Chunk, afresh: bool = False) -> bytes:
    """Read the files of ``chunk``; only the first of them where they take long together, so that
    slow files are not taken for hanging ones. ``afresh``: also those whose content is known.
    Returns what :func:`answered` understands."""
    loaded: list[_Loaded] = []
    begun: set[tuple[str | None, str | None]] = set()
    of_forms: deque[tuple[Reading, ...]] = deque()

    def contents() -> Iterator[bytes]:  # one at a time: together they may not fit
        global _started
        first = time.monotonic()
        for source in chunk:
            _started = time.monotonic()
            if _started - first > 0.4 * _limits.seconds:
                return
            try:
                content = load(source, _limits.bytes, _exclusive)
            except ContentError as error:
                loaded.append(_Loaded(error.reason, None, error.version))
                continue
            digest = hashlib.sha256(content.data).hexdigest()
            form = _task.form_of(source) if _pages is not None else None
            known = _known is not None and not afresh and _known(digest, form)
            one = _Loaded(None, digest, content.version, known, form)
            loaded.append(one)
            if known or (_known is not None and one.identity in begun):
                continue
            begun.add(one.identity)
            if form is None:
                yield content.data
            elif _pages is not None:
                of_forms.append(_pages.read(content.data, form))

    readings = iter(_reader.read(contents()))  # those of forms are there then, too
    answers = []
    of_content: dict[tuple[str | None, str | None], tuple[Reading, ...]] = {}
    for one in loaded:
        found: tuple[Reading, ...] = ()
        if one.reason:
            found = (Reading.failed(one.reason),)
        elif one.known:
            pass
        elif _known is not None and one.identity in of_content:  # as another one of the chunk
            found = of_content[one.identity]
            if any(reading.reason in UNREPEATABLE for reading in found):
                found = (Reading.failed(Reason.BUSY),)  # to be read for itself
        elif one.form is None:
            found = of_content[one.identity] = next(readings)
        else:
            found = of_content[one.identity] = of_forms.popleft()
        answers.append(Answer(one.sha256, found, one.version, one.form))
    return _encoder.encode(answers)


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file between its content and its readings: why it was not had, or what it is."""

    reason: Reason | None
    sha256: str | None = None
    version: Version | None = None
    known: bool = False
    form: str | None = None

    @property
    def identity(self) -> tuple[str | None, str | None]:
        """Files that have the same have the same readings."""
        return self.sha256, self.form


def nothing() -> None:
    """What a worker does to show that it has started."""
