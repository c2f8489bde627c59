"""What people decided, in the ledger → the frames of those images and their labels, split by file.

What was decided to be a number of several characters is left out: which part of the image each of
them is was never decided, and of a page with several candidates the ledger keeps the first one's
frames only. Images are read as the service reads them, by processes within ``limits``; where the
original is gone, the frames serve that the ledger has kept.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pebble import ProcessExpired

from digitbox.config import Config
from digitbox.engine.archive import Archive
from digitbox.engine.setup import Setup
from digitbox.errors import TrainingError
from digitbox.ledger.history import History
from digitbox.ledger.truths import Truth
from digitbox.pool import rendering as rendering
from digitbox.pool.pool import cores
from digitbox.pool.processes import spawned
from digitbox.recognition.card import PREPROCESSING
from digitbox.recognition.normalize import FRAME_SIDE
from digitbox.records import DIGITS, Source
from digitbox_train.drawing.writers import NOT_DIGIT
from digitbox_train.progress import counted

LEAST = 20
"""Fewer decided images say nothing."""

HELD_OUT = 5
"""One file in so many is never learned from."""

Candidate = NDArray[np.uint8]
"""The frames of a candidate, ``[1 or 2, 28, 28]``."""


@dataclass(frozen=True)
class Examples:
    """``candidates``, and what each is: 0 to 9, or NOT_DIGIT."""

    candidates: tuple[Candidate, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.candidates)


@dataclass(frozen=True)
class Reviewed:
    """What may be learned from, what is ``held_out``, and how many images that were decided about
    can be had neither from their originals nor from the ledger."""

    learned: Examples
    held_out: Examples
    lost: int


def load(config: Config) -> Reviewed:
    """What people decided about pages with one candidate, in the ledger of ``config``: that it is
    one digit, or none; the last word on each content. Raises :class:`TrainingError` where that is
    not enough to learn from and to measure with."""
    with History(config.state) as history:
        truths = [one for one in history.truths() if one.value in (None, *DIGITS)]
        if len(truths) < LEAST:
            raise _too_few(len(truths))
        if not any(is_held_out(one.sha256) for one in truths):
            raise _none_held_out(len(truths))
        found = list(zip(truths, _candidates(config, history, truths), strict=True))
    had = [(truth, candidate) for truth, candidate in found if candidate is not None]
    reviewed = Reviewed(
        _examples((truth, candidate) for truth, candidate in had if not is_held_out(truth.sha256)),
        _examples((truth, candidate) for truth, candidate in had if is_held_out(truth.sha256)),
        len(found) - len(had),
    )
    if len(had) < LEAST:
        raise _too_few(len(had), reviewed.lost)
    if not reviewed.held_out:
        raise _none_held_out(len(had))
    return reviewed


def _too_few(number: int, lost: int = 0) -> TrainingError:
    more = f" {lost} more cannot be had any more." if lost else ""
    return TrainingError(
        f"{number} images with one candidate were decided about: at least {LEAST} are needed to "
        f"learn from.{more} Decide about more with `digitbox review`."
    )


def _none_held_out(number: int) -> TrainingError:
    return TrainingError(
        f"Of {number} images that were decided about none is held out to measure with: one file in "
        f"{HELD_OUT} is. Decide about more with `digitbox review`."
    )


def is_held_out(sha256: str) -> bool:
    """Whether a file with that content is never learned from: the same in every round."""
    return int(sha256[:8], 16) % HELD_OUT == 0


def _candidates(
    config: Config, history: History, truths: Sequence[Truth]
) -> Iterator[Candidate | None]:
    """The one candidate of each page, or None where it is not to be had."""
    archive = Archive(config.originals)
    places: dict[int, Source] = {}
    for number, truth in enumerate(truths):
        shown = history.shown(truth.reading)
        lying = shown.lying if shown else None
        place = archive.find(lying.place, lying.batch, lying.source) if lying else None
        if place is not None:
            places[number] = place
    seen = dict(zip(places, _looked(config, truths, places), strict=True))
    for number, truth in enumerate(truths):
        candidates = seen.get(number)
        if candidates is None:
            kept = history.frames(truth.reading)
            serves = kept is not None and kept.preprocessing == PREPROCESSING
            candidates = [kept.pixels] if kept and serves else []
        yield _candidate(candidates[0]) if len(candidates) == 1 else None


def _looked(
    config: Config, truths: Sequence[Truth], places: dict[int, Source]
) -> Iterator[list[bytes] | None]:
    """The candidates on the pages at ``places``, by other processes; None where one is not there
    any more, or is too much for them."""
    if not places:
        return
    task = Setup.of(config).task()
    wanted = [
        (place, truths[number].sha256, truths[number].page) for number, place in places.items()
    ]
    pool = spawned(min(cores(), len(wanted)), rendering.start, task)
    try:
        looking = [
            pool.schedule(rendering.frames, one, timeout=config.limits.seconds) for one in wanted
        ]
        for future in counted(looking, "looking at reviewed images", "images"):
            try:
                yield future.result()
            except BrokenProcessPool as error:
                raise TrainingError(
                    "The processes that look at images keep dying as they start. What they said "
                    "stands above."
                ) from error
            except (TimeoutError, ProcessExpired, MemoryError):
                yield None
    finally:
        pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it unannotated
        pool.join()


def _candidate(pixels: bytes) -> Candidate:
    return np.frombuffer(pixels, np.uint8).reshape(-1, FRAME_SIDE, FRAME_SIDE)


def _examples(found: "Iterator[tuple[Truth, Candidate]]") -> Examples:
    pairs = list(found)
    return Examples(
        tuple(candidate for _, candidate in pairs),
        tuple(NOT_DIGIT if truth.value is None else int(truth.value) for truth, _ in pairs),
    )
