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

from digitbox.service.hints import Hint, Sign

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
        self._not_anew_before = 0.0
        self._hints: deque[Hint] = deque(maxlen=HINTS)
        self._uncertain = threading.Event()
        self._lost = threading.Event()
        self._short = threading.Event()

    def arm(self) -> bool:
        """Begin to watch, or begin anew where the folder is another one than it was, the watch has
        died, or events were lost: then there may be subfolders that are not watched. Returns
        whether anything changed: then the folder is to be looked at. Where the system does not let
        it, nothing wakes, and it is tried again a minute later."""
        try:
            status = self._folder.stat()
        except OSError:
            was_armed = self.is_armed
            self.stop()
            return was_armed
        identity = status.st_dev, status.st_ino
        now = time.monotonic()
        if self._observer is not None and identity == self._identity and self._is_alive():
            # In a flood of events, they are lost again and again.
            if not self._lost.is_set() or now < self._not_anew_before:
                return False
            self._not_anew_before = now + AGAIN_SECONDS
            log.warning("%s: more happened than was told: looked at anew", self._folder)
        if now < self._not_before:
            return False
        self.stop()
        observer: BaseObserver | None = None
        try:
            observer = self._make()
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
        except Exception as error:  # no instance, watch or thread; folders too deep: we can poll
            if self._not_before == 0.0:
                log.warning("%s cannot be watched (%s): polling", self._folder, error)
            self._not_before = time.monotonic() + AGAIN_SECONDS
            if observer is not None:
                observer.stop()
            return False
        self._observer, self._identity, self._not_before = observer, identity, 0.0
        if self._short.is_set():
            log.warning("%s has more folders than can be watched: polling", self._folder)
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

    @property
    def is_whole(self) -> bool:
        """Whether the folder is watched with all that is below it."""
        return self.is_armed and not self._short.is_set()

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

    def _loses(self) -> None:
        self._lost.set()
        self._uncertain.set()
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
            and getattr(observer, "is_reading", True)
        )

    def _make(self) -> BaseObserver:
        self._lost.clear()
        self._short.clear()
        try:
            from digitbox.service.inotify import Inotify
        except Exception:  # watchdog raises what it likes where there is no inotify
            return Observer()
        return Inotify(self._loses, self._short.set)
