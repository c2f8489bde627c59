"""Time and events → the inbox knows what was brought, and is walked when that is due."""

import logging
import time
from collections.abc import Callable

from digitbox.config import Config
from digitbox.service.events import Events
from digitbox.service.inbox import Inbox
from digitbox.storage.mounts import is_network

log = logging.getLogger(__name__)


class Scanner:
    """Looks after ``config.inbox``. With ``wake`` it watches for events, where there are any, and
    calls it when there was one; without, it only looks when it is asked to."""

    def __init__(self, config: Config, wake: Callable[[], None] | None) -> None:
        self.settings = config.watch
        """How often to look; may be changed while it runs."""
        self._begun = float("-inf")
        self._events: Events | None = None
        self.is_due = True
        """Whether the whole inbox is to be walked as soon as it may be."""
        if wake is None:
            return
        if config.watch.events == "polling" or is_network(config.inbox):
            log.info("%s: looked at every %g s", config.inbox, config.watch.poll)
        else:
            self._events = Events(config.inbox, wake)

    def update(self, inbox: Inbox) -> None:
        """Pass on what events said, and begin to walk the inbox where that is due. Raises
        :class:`TransientError` where it is away."""
        now = time.monotonic()
        every = self.settings.poll
        if self._events is not None:
            self.is_due |= self._events.arm()  # before the walk: what comes meanwhile is not missed
            hints, uncertain = self._events.take(inbox.room())
            for hint in hints:
                inbox.hint(hint)
            self.is_due |= uncertain
            if self._events.is_whole:
                every = self.settings.rescan
        # A large inbox is not walked all the time, whatever the events say.
        soonest = (inbox.scanned_at or 0.0) + 3 * inbox.scan_seconds
        is_due = self.is_due or now - self._begun >= every
        if is_due and now >= soonest and not inbox.is_scanning:
            inbox.scan()
            self._begun, self.is_due = now, False

    def stop(self) -> None:
        """Stop watching."""
        if self._events is not None:
            self._events.stop()
