"""How far a training is: bars on a terminal, else a line an epoch."""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import keras
from tqdm import tqdm

log = logging.getLogger(__name__)

Item = TypeVar("Item")

LINES = 10
"""So many lines there are about what is not counted in epochs."""


def shown(callbacks: Sequence[keras.callbacks.Callback] = ()) -> dict[str, Any]:
    """What :meth:`keras.Model.fit` is told, so that it shows its progress and has ``callbacks``."""
    if sys.stdout.isatty():
        return {"verbose": "auto", "callbacks": [*callbacks]}
    return {"verbose": 0, "callbacks": [*callbacks, _Lines()]}


def counted(items: Sequence[Item], what: str, unit: str, done: int = 0) -> Iterator[Item]:
    """Each of ``items``, while it is shown how many there were, after ``done`` ones from before."""
    if sys.stderr.isatty():
        yield from tqdm(items, what, done + len(items), initial=done, unit=f" {unit}")
        return
    total = done + len(items)
    said = LINES * done // total if total else 0
    for number, item in enumerate(items, start=done + 1):
        yield item
        if LINES * number // total > said:
            said = LINES * number // total
            log.info("%s: %d of %d %s", what, number, total, unit)


class _Lines(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
        self._begun = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = [f"{name} {float(value):.4f}" for name, value in (logs or {}).items()]
        figures.append(f"{time.monotonic() - self._begun:.0f} s")
        said = ", ".join(figures)
        sys.stdout.write(f"epoch {epoch + 1} of {self.params['epochs']}: {said}\n")
        sys.stdout.flush()
