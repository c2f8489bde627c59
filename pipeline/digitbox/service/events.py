"""What the operating system says about the inbox → hints which files are complete, and wake-ups.

Nothing rests on them: they are lost in bursts, and some ways to bring a file give none.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from digitbox.service.inbox import Hint, Sign

HINTS = 20_000
"""Hints kept until they are taken. What is beyond is found by a scan."""

AGAIN_SECONDS = 60.0

log = logging.getLogger(__name__)


class Events(FileSystemEventHandler):
    """Watches ``folder`` with all that is below it, and calls ``wake`` (from a thread of its own)
    when something was brought there."""

    def __init__(self, folder: Path, wake: Callable[[], None]) -> None:
        self._folder = folder
        self._wake = wake
        self._observer: BaseObserver | None = None
        self._identity: tuple[int, int] | None = None
        self._not_before = 0.0
        self._hints: deque[Hint] = deque(maxlen=HINTS)
        self._uncertain = threading.Event()

    def arm(self) -> bool:
        """Begin to watch, or begin anew where the folder is another one than it was, or the watch
        has died. Returns whether anything changed: then the folder is to be looked at. Where the
        system does not let it, nothing wakes, and it is tried again a minute later."""
        try:
            status = self._folder.stat()
        except OSError:
            was_armed = self.is_armed
            self.stop()
            return was_armed
        identity = status.st_dev, status.st_ino
        if self._observer is not None and identity == self._identity and self._is_alive():
            return False
        if time.monotonic() < self._not_before:
            return False
        self.stop()
        observer = _observer()
        try:
            observer.schedule(
                self,
                str(self._folder),
                recursive=True,
                event_filter=[
                    DirCreatedEvent,
                    DirMovedEvent,
                    FileClosedEvent,
                    FileCreatedEvent,
                    FileMovedEvent,
                ],
            )
            observer.start()
        except OSError as error:  # of inotify: no watches left
            if self._not_before == 0.0:
                log.warning("%s cannot be watched (%s): polling", self._folder, error)
            self._not_before = time.monotonic() + AGAIN_SECONDS
            if observer.is_alive():
                observer.stop()
            return False
        self._observer, self._identity, self._not_before = observer, identity, 0.0
        return True

    def stop(self) -> None:
        """Stop watching."""
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(5.0)

    @property
    def is_armed(self) -> bool:
        return self._observer is not None

    def take(self, most: int) -> tuple[list[Hint], bool]:
        """What was brought since this was last asked, ``most`` of it at a time; and whether there
        may be more than was noticed, so that the folder should be looked at."""
        uncertain = self._uncertain.is_set() or len(self._hints) == HINTS
        self._uncertain.clear()
        hints: list[Hint] = []
        while self._hints and len(hints) < most:
            hints.append(self._hints.popleft())
        return hints, uncertain

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Called by watchdog, in its thread: an exception here would end it, and what takes long
        would have its queue grow."""
        if event.is_directory:
            self._uncertain.set()
        elif isinstance(event, FileMovedEvent):
            if not event.dest_path:  # moved out: by ourselves, mostly
                return
            self._hint(event.dest_path, Sign.MOVED)
        else:  # a hard link is created, and never closed
            closed = isinstance(event, FileClosedEvent)
            self._hint(event.src_path, Sign.CLOSED if closed else Sign.CREATED)
        self._wake()

    def _hint(self, path: bytes | str, sign: Sign) -> None:
        self._hints.append(Hint(os.path.relpath(os.fsdecode(path), self._folder), sign))

    def _is_alive(self) -> bool:
        observer = self._observer
        return (
            observer is not None
            and observer.is_alive()
            and all(emitter.is_alive() for emitter in observer.emitters)
            and len(observer.emitters) > 0
        )


def _observer() -> BaseObserver:
    try:
        from watchdog.observers.inotify import InotifyObserver
        from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper
    except Exception:  # watchdog raises what it likes where there is no inotify
        return Observer()
    # It holds a move out of the folder back, to be paired with one into it, and with it all that
    # follows: each file that is archived would delay the next arrival by half a second.
    InotifyMoveEventGrouper.delay = 0.0
    return InotifyObserver(generate_full_events=True)
