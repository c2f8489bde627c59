"""Processes of ours: spawned, or in one line why there can be none."""

import errno
import multiprocessing
import os
from collections.abc import Callable
from typing import TypeVar

from pebble import ProcessPool

from digitbox.errors import DigitboxError, TransientError

_PASSING = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}

TOKEN = "DIGITBOX_REVIEW_TOKEN"
"""The variable that may hold the token of the pages. Who asks for processes has read it."""

T = TypeVar("T")


def spawned(count: int, start: Callable[[T], object], task: T) -> ProcessPool:
    """A pool of ``count`` processes, each of which begins with ``start(task)``: once there is
    something to do. Raises :class:`DigitboxError` where the system gives no semaphores, and
    :class:`TransientError` where it has none left."""
    # What has taken over a process that decodes may read the environment that it was given.
    os.environ.pop(TOKEN, None)
    # Spawned, not forked: a worker inherits neither locks nor threads.
    context = multiprocessing.get_context("spawn")
    try:
        context.Lock()  # the pool makes some, and does not say what it lacks
    except (OSError, ImportError) as error:
        why = getattr(error, "strerror", None) or "this Python has none"
        kind = TransientError if getattr(error, "errno", None) in _PASSING else DigitboxError
        raise kind(
            f"No semaphore can be made for the processes that read: {why}. On Linux they are in "
            "/dev/shm: it has to be a tmpfs with room that this user may write to."
        ) from error
    return ProcessPool(count, initializer=start, initargs=(task,), context=context)
