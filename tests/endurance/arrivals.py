"""Files that arrive in every way in which files do."""

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

from tests.endurance.harness import Harness, digest, image

WAYS = ("slowly", "at once", "renamed in", "renamed within", "linked")


class Writer(threading.Thread):
    """Brings ``number`` files into the inbox of ``harness``, all ways in turn, a few folders deep;
    every tenth has a content that was there before, every twentieth is no image."""

    def __init__(self, harness: Harness, number: int, pause: float = 0.0, seed: int = 1) -> None:
        super().__init__(daemon=True)
        self.dropped: Counter[tuple[str, str]] = Counter()
        self.allowed = number
        """So many it brings for now, and waits then."""
        self._harness = harness
        self._number = number
        self._pause = pause
        self._random = random.Random(seed)
        self._slow: list[threading.Thread] = []

    def run(self) -> None:
        for number in range(self._number):
            while number >= self.allowed:
                time.sleep(0.01)
            self._bring(number)
            if self._pause:
                time.sleep(self._random.random() * 2 * self._pause)
        for thread in self._slow:
            thread.join()

    def _bring(self, number: int) -> None:
        way = WAYS[number % len(WAYS)]
        content = image(self._random.randrange(number) if number % 10 == 9 else number)
        if number % 20 == 7:
            content = b"no image %d" % number
        folder = ("", "tick", "form/page 2", "zähler")[number % 4]
        name = os.path.join(folder, f"{number:05}-{way.replace(' ', '-')}.png")
        target = self._harness.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.dropped[name, digest(content)] += 1
        if way == "slowly":
            self._slow = [thread for thread in self._slow if thread.is_alive()]
            thread = threading.Thread(target=_write_slowly, args=(target, content), daemon=True)
            thread.start()
            self._slow.append(thread)
            return
        if way == "at once":
            target.write_bytes(content)
            return
        beside = self._harness.folder / f"beside-{number}"
        if way == "renamed within":
            beside = target.with_name(f".{target.name}.tmp")
        beside.write_bytes(content)
        if way == "linked":
            target.hardlink_to(beside)
            beside.unlink()
        else:
            beside.replace(target)


def _write_slowly(target: Path, content: bytes) -> None:
    with target.open("wb") as file:
        for start in range(0, len(content), 100):
            file.write(content[start : start + 100])
            file.flush()
            time.sleep(0.05)
