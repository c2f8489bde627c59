"""What runs in a worker process: files in, their readings out, within limits."""

import hashlib
import logging
import os
import signal
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeVar

from digitbox.config import NUMBERS, LimitsConfig
from digitbox.form_pages import CUT_SHORT
from digitbox.forms.completeness import Seen
from digitbox.pool.answers import Answer, encoded
from digitbox.pool.progress import Chunk, Shared
from digitbox.pool.words import SILENT, Words
from digitbox.recognition.damage import of_damaged
from digitbox.records import UNREPEATABLE, Expected, Reading, Reason, Source, Version
from digitbox.storage.content import ContentError, load

if TYPE_CHECKING:
    from digitbox.forms.library import FormFiles
    from digitbox.forms.pages import PageReader
    from digitbox.recognition.finder import Finder
    from digitbox.recognition.model import Model
    from digitbox.recognition.reader import Reader
    from digitbox.recognition.transcriber import Transcriber


@dataclass(frozen=True, slots=True)
class Task:
    """What every worker needs to know; travels to it once.

    ``finder``, ``model`` and ``numbers`` are model folders, of the last ones none where no number
    has more than one digit; ``accept``, ``expected``, ``limits``, ``keep_frames``: see
    :class:`digitbox.recognition.reader.Reader`. ``known`` is asked in the workers: a content with a
    SHA-256, read as a form or as none, of which it says so is not recognised, and its file comes
    without readings. ``exclusive``: see :func:`digitbox.storage.content.load`. ``forms`` are those
    there are, and ``form`` is the one that all files are of, or ``auto``; None: the one that a
    file's folder is named after. ``progress``: where to say what is begun.
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
    progress: Shared | None = None

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
_words = Words()
_started = 0.0
"""When the file in flight was begun, by the monotonic clock."""


def start(task: Task) -> "Reader":
    """Make this process ready to :func:`read`, and return what it reads with."""
    global _task, _reader, _networks, _pages, _limits, _known, _exclusive
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # nor does what is sent to all of its group, or typed at the terminal
    # Pillow's words on damaged files; the reason says what counts.
    warnings.simplefilter("ignore")
    logging.getLogger("PIL").setLevel(logging.CRITICAL + 1)

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
    _words.catch()
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
    """Let this process grow by ``allowance`` bytes from here on, or less where it may not have so
    many (``ulimit -v``). Linux only: elsewhere the kernel does not hold processes to it."""
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        given = resource.getrlimit(resource.RLIMIT_AS)
        limit = pages * resource.getpagesize() + allowance
        limit = min([limit, *(one for one in given if one != resource.RLIM_INFINITY)])
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _is_late() -> bool:
    """Whether the file in flight has had most of its time: what it has to say has to be said
    now."""
    return time.monotonic() - _started > 0.8 * _limits.seconds


def read(
    chunk: Chunk, afresh: bool = False, first: int = 1, one_page: bool = False, place: int = 0
) -> bytes:
    """Read the files of ``chunk``; only the first of them, and of a document its first pages, where
    they take long together, so that what is slow is not taken for hanging. ``afresh``: also those
    whose content is known. ``first`` is the page to begin with; ``one_page``: no more than that.
    ``place``: that of the chunk in the progress, which may also say that no more are to be begun.
    Returns what :func:`digitbox.pool.answers.answered` understands."""
    most = 1 if one_page else None
    loaded: list[_Loaded] = []
    begun: set[tuple[str | None, str | None]] = set()
    of_forms: deque[tuple[Seen, ...]] = deque()
    damaged: set[tuple[str | None, str | None]] = set()

    def contents() -> Iterator[bytes]:  # one at a time: together they may not fit
        global _started
        start = time.monotonic()
        for number, source in enumerate(chunk):
            _started = time.monotonic()
            if _started - start > 0.4 * _limits.seconds:
                return
            if _task.progress is not None:
                if number >= _task.progress[2 * place + 1]:
                    return
                _task.progress[2 * place] = number
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
                of_forms.append(_pages.see(content.data, form, first, most))
            if is_damaged(content.data):
                damaged.add(one.identity)

    readings = iter(_reader.read(contents(), first, most))  # those of forms are there then, too
    answers = []
    of_content: dict[tuple[str | None, str | None], Answer] = {}
    for one in loaded:
        answer = Answer(one.sha256, (), one.version, one.form)
        if one.reason:
            answer = replace(answer, readings=(Reading.failed(one.reason),))
        elif one.known:
            pass
        elif _known is not None and one.identity in of_content:  # as another one of the chunk
            same = of_content[one.identity]
            if same.rest or same.of(chunk[0]).reasons & UNREPEATABLE:
                # to be read for itself
                answer = replace(answer, readings=(Reading.failed(Reason.BUSY),))
            else:
                answer = replace(answer, readings=same.readings, seen=same.seen)
        elif one.form is None:
            found, rest = in_time(next(readings), first, one_page)
            if one.identity in damaged:
                found = tuple(map(of_damaged, found))
            answer = of_content[one.identity] = replace(answer, readings=found, rest=rest)
        else:
            seen, rest = in_time(of_forms.popleft(), first, one_page)
            if one.identity in damaged:
                seen = tuple(
                    replace(page, readings=tuple(map(of_damaged, page.readings))) for page in seen
                )
            answer = of_content[one.identity] = replace(answer, seen=seen, rest=rest)
        answers.append(answer)
    return encoded(answers)


def begin() -> None:
    """Begin with another content: with the time of it, and without words on the one before."""
    global _started
    _started = time.monotonic()
    _words.were_said()


def is_damaged(content: bytes) -> bool:
    """Whether a decoder has said so of ``content``: they say nothing where nothing is wrong."""
    return not content.startswith(SILENT) and _words.were_said()


Pages = TypeVar("Pages", bound=Reading | Seen)


def in_time(
    pages: tuple[Pages, ...], first: int, one_page: bool
) -> tuple[tuple[Pages, ...], int | None]:
    """Those of ``pages`` for which there was time, and the number of the one that comes next."""
    # Of a file that cannot be opened, or that breaks off, there is a page before the first.
    pages = tuple(page for page in pages if _said(page)[0] >= first)
    if not pages:
        return pages, None
    last, reason = _said(pages[-1])
    if reason is Reason.TIMEOUT and last > first:
        return pages[:-1], last
    return pages, first + 1 if one_page and reason not in CUT_SHORT else None


def _said(page: Reading | Seen) -> tuple[int, Reason | None]:
    """The number of ``page``, and the reason of what is said of all of it."""
    if isinstance(page, Reading):
        return page.page, page.reason
    return page.number, page.readings[0].reason if page.readings else None


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
