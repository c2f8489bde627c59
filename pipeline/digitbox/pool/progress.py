"""Which file of its chunk a worker is at, seen by the parent → what need not wait for that file."""

import multiprocessing
import time
from collections.abc import MutableSequence
from dataclasses import dataclass

from digitbox.records import Source

SLOW_SECONDS = 1.0
"""What takes longer is slow: the files of its chunk that are not begun go to another worker."""

Chunk = tuple[Source, ...]
Shared = MutableSequence[int]
"""Two integers for each place: the file of its chunk that a worker is at, and how many it may
begin."""


def shared(places: int) -> Shared | None:
    """Memory that workers share with their parent; None where there is none to be had: then files
    wait for slow ones of their chunk."""
    try:
        memory: Shared = multiprocessing.get_context("spawn").RawArray("i", 2 * places)
    except OSError:
        return None
    return memory


@dataclass(slots=True)
class Handed:
    """A chunk that was handed out. ``chunk`` is what is still expected of its worker, which skips
    ``before`` answers; only that counts, whatever else it answers."""

    chunk: Chunk
    place: int
    before: int = 0
    at: int = 0
    since: float = 0.0


class Progress:
    """Gives each chunk that is handed out a place in ``memory``. Another one that writes there, as
    a worker does whose chunk was given up, at worst has a file read twice, and answered once."""

    def __init__(self, memory: Shared | None, places: int) -> None:
        self._memory = memory
        self._free = list(range(places))

    def begin(self, chunk: Chunk) -> Handed:
        place = self._free.pop()
        if self._memory is not None:
            self._memory[2 * place : 2 * place + 2] = -1, len(chunk)
        return Handed(chunk, place, at=-1, since=time.monotonic())

    def end(self, handed: Handed) -> None:
        self._free.append(handed.place)

    def take_back(self, handed: Handed, idle: bool) -> list[Chunk]:
        """Take back the files of a chunk that wait for one that is slow: those that are not begun,
        and where a worker is ``idle`` those before, which are read and not answered yet."""
        if self._memory is None or len(handed.chunk) < 2:
            return []
        at, now = self._memory[2 * handed.place], time.monotonic()
        if at != handed.at:
            handed.at, handed.since = at, now
        index = at - handed.before
        if now - handed.since < SLOW_SECONDS or not 0 <= index < len(handed.chunk):
            return []
        self._memory[2 * handed.place + 1] = at + 1
        before, behind = handed.chunk[:index], handed.chunk[index + 1 :]
        handed.chunk = handed.chunk[: index + 1]
        if idle and before:
            handed.chunk, handed.before = handed.chunk[index:], at
            return [part for part in (before, behind) if part]
        return [behind] if behind else []
