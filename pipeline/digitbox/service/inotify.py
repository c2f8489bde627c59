"""watchdog's observer of a folder on Linux, which says besides that events were lost, and that not
all folders can be watched.

Importing this raises whatever watchdog raises where there is no inotify.
"""

import errno
import os
from collections.abc import Callable

from watchdog.observers.api import BaseObserver
from watchdog.observers.inotify import InotifyFullEmitter, InotifyObserver
from watchdog.observers.inotify_c import (
    CallbackId,
    InotifyEvent,
    InotifyFD,
    Mask,
    WatchCallback,
    WatchDescriptor,
)
from watchdog.observers.inotify_move_event_grouper import InotifyMoveEventGrouper

# It holds a move out of the folder back, to be paired with one into it, and with it all that
# follows: each file that is archived would delay the next arrival by half a second.
InotifyMoveEventGrouper.delay = 0.0


class _Descriptor(InotifyFD):
    """What reads the events, in a thread of its own."""

    def __init__(self, lost: Callable[[], None], short: Callable[[], None]) -> None:
        self._lost, self._short = lost, short
        try:
            super().__init__()
        except BaseException:
            # Made before its pipe, for which there was no descriptor left.
            if isinstance(made := getattr(self, "_inotify_fd", None), int):
                os.close(made)
            raise

    def start(self) -> None:
        try:
            super().start()
        except RuntimeError:  # no thread, to close what it would have read
            self._close_resources()
            raise

    def handle_event(self, event: InotifyEvent) -> None:
        if event.is_queue_overflow:
            # watchdog would remove all watches and add them anew, and each that is removed is an
            # event: where there are more folders than events that are kept, without end.
            self._lost()
            return
        super().handle_event(event)

    def add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        try:
            return super().add_callback(path, mask, callback, id_)
        except OSError as error:  # of a subfolder, it goes no further
            if error.errno == errno.ENOSPC:
                self._short()
            raise

    def _add_callback(
        self, path: bytes, mask: Mask, callback: WatchCallback, id_: CallbackId
    ) -> WatchDescriptor:
        # A folder that is made in a new one may be found twice, by a walk of that and by an event.
        # watchdog takes it so, and warns: that would be a line in the log which is none of ours.
        self._get_or_create_watch(path, mask).callbacks.pop(id_, None)
        return super()._add_callback(path, mask, callback, id_)


class Inotify(InotifyObserver):
    """Calls ``lost``, from a thread, when there were more events than the system keeps, and
    ``short`` when it allows no more watches. Raises :class:`OSError` where it allows no
    instance."""

    def __init__(self, lost: Callable[[], None], short: Callable[[], None]) -> None:
        self._descriptor = _Descriptor(lost, short)
        self._inotify_fd = self._descriptor
        self._descriptor.start()
        # InotifyObserver's own would open another descriptor.
        BaseObserver.__init__(self, InotifyFullEmitter, inotify_fd=self._descriptor)

    @property
    def is_reading(self) -> bool:
        """Whether events are still read."""
        return self._descriptor.is_alive()
