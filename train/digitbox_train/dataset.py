"""Drawn scans → what the networks are trained on, made by processes beside the training."""

import multiprocessing
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import CLOSE
from digitbox.recognition.normalize import normalize
from digitbox.recognition.preprocess import Candidate, preprocess
from digitbox.recognition.view import Window, view, whole
from digitbox.storage.files import writing_whole
from digitbox_train.drawing.scans import Kind, Scan, draw
from digitbox_train.drawing.writers import NOT_DIGIT, Writers
from digitbox_train.progress import counted

ZOOM = (1.2, 2.4)
"""Shapes that serving would crop (see CLOSE of :mod:`digitbox.recognition.locate`) are shown a
second time: in a window of so many times their size."""

EMPTY = (0.2, 0.7)
"""An empty page is shown from near too: a square of such a share of its longer side."""

LEGIBLE = 0.6
"""A frame counts as the digit that was drawn where it correlates so well with the frame that the
drawn ink gives by itself: what was lost on the way from the page teaches nothing."""

TONED, PLACED = 0.3, 0.4
"""The second frame of a candidate shows what the first may have lost: it counts where it correlates
so well, and the box of what was found and that of what was drawn share so much of both together."""

TOGETHER = 0.9
"""What is found on a page with several digits is all of them where it covers so much of their
ink, else most likely one of them, which is a digit."""

IGNORED = 255
"""The label of a frame that teaches nothing."""

AHEAD = 6
"""Pieces of work that are handed out in advance."""

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""What is shown, and what is to be said of it: views and their ink, or pairs of frames and their
labels."""

T = TypeVar("T")


def views(scan: Scan, random: np.random.Generator) -> Iterator[Arrays]:
    """What the finder sees of a scan, and the ink in it (each uint8 ``[VIEW_SIDE, VIEW_SIDE]``):
    the whole page and, from near, the shape where it is small, or a part of an empty page."""
    window = whole(scan.page)
    yield view(scan.page, window), _visible(view(scan.ink, window))
    ys, xs = np.nonzero(scan.ink > 60)
    if not len(ys):
        near = _part(window, random)
        yield view(scan.page, near), view(scan.ink, near)
        return
    left, top, right, bottom = (int(v) for v in (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1))
    extent = max(right - left, bottom - top)
    if extent < CLOSE * window.side:
        side = max(8, round(extent * random.uniform(*ZOOM)))
        x, y = random.uniform(-0.12, 0.12, 2) * side
        near = Window(
            round((left + right - side) / 2 + x), round((top + bottom - side) / 2 + y), side
        )
        yield view(scan.page, near), _visible(view(scan.ink, near))


def _part(window: Window, random: np.random.Generator) -> Window:
    """A square within ``window``, anywhere."""
    side = max(8, round(window.side * random.uniform(*EMPTY)))
    x, y = random.uniform(0, max(0, window.side - side), 2)
    return Window(window.left + round(x), window.top + round(y), side)


def _visible(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``ink`` with its strength brought to 255: strokes that are thinner than a pixel of the view
    cover none of them, and are ink all the same."""
    strokes = ink[ink > 12]
    if not len(strokes):
        return ink
    strength = max(40.0, float(np.percentile(strokes, 80)))
    return np.asarray(np.clip(ink * (255 / strength), 0, 255), np.uint8)


def frames(scan: Scan, finder: Finder) -> Iterator[tuple[NDArray[np.uint8], tuple[int, int]]]:
    """What the pipeline makes of a scan: pairs of frames, uint8 ``[2, 28, 28]``, and a label for
    each of the two, which is IGNORED where nobody could say what it shows. A candidate that has
    only one frame has it twice, so that it counts as much as the others."""
    candidates = preprocess(scan.page, finder)
    if not candidates:
        return
    shown = candidates[0].frames
    if scan.label in (None, NOT_DIGIT):
        if _may_be_a_digit(candidates, scan):
            return
        labels = NOT_DIGIT, NOT_DIGIT
    else:
        labels = _labels_of(candidates[0], scan, scan.label)
    if len(shown) == 1:
        shown, labels = shown.repeat(2, axis=0), (labels[1], labels[1])
    if labels != (IGNORED, IGNORED):
        yield shown, labels


def _may_be_a_digit(candidates: Sequence[Candidate], scan: Scan) -> bool:
    """Whether the first of ``candidates`` may be a digit, though the page is about none, or about
    several: one of these, or what came in from beside."""
    if scan.kind is Kind.CROP and (not scan.ink.any() or not _covers(candidates[0], scan)):
        return True
    several = scan.label is None and bool(scan.ink.any())
    return several and (len(candidates) > 1 or not _covers(candidates[0], scan, TOGETHER))


def _labels_of(candidate: Candidate, scan: Scan, digit: int) -> tuple[int, int]:
    """The labels of the frames of a ``candidate`` that was found on a page about a ``digit``."""
    share = np.asarray(scan.ink / np.float32(255), np.float32)
    if share.max() < 0.5:
        return IGNORED, IGNORED
    clean = normalize(share, share)[0]
    outline, tone = (_correlation(frame, clean) for frame in candidate.frames[[0, -1]])
    if outline < 0.1 and not _covers(candidate, scan):
        # On a crop that is most likely a neighbour, which may be a digit too.
        return (IGNORED, IGNORED) if scan.kind is Kind.CROP else (NOT_DIGIT, NOT_DIGIT)
    # The damage to small images, as their inversion in part, does not correlate with anything.
    visible = TONED if scan.kind is not Kind.SMALL else -1.0
    return (
        digit if outline >= LEGIBLE else IGNORED,
        digit if tone >= visible and _fits(candidate, scan) else IGNORED,
    )


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Of the pixels of two frames, -1 to 1."""
    return float(np.corrcoef(one.ravel().astype(np.float64), other.ravel())[0, 1])


def _covers(candidate: Candidate, scan: Scan, share: float = 0.6) -> bool:
    """Whether the candidate's box holds more than ``share`` of the ink that was drawn."""
    box = candidate.box
    part = scan.ink[box.y : box.y + box.height, box.x : box.x + box.width]
    return bool(part.sum(dtype=np.int64) > share * scan.ink.sum(dtype=np.int64))


def _fits(candidate: Candidate, scan: Scan) -> bool:
    """Whether the candidate's box is about that of the ink that was drawn."""
    ys, xs = np.nonzero(scan.ink > 50)
    box = candidate.box
    across = min(box.x + box.width, int(xs.max()) + 1) - max(box.x, int(xs.min()))
    down = min(box.y + box.height, int(ys.max()) + 1) - max(box.y, int(ys.min()))
    shared = max(0, across) * max(0, down)
    drawn = (int(np.ptp(xs)) + 1) * (int(np.ptp(ys)) + 1)
    return shared > PLACED * (box.width * box.height + drawn - shared)


@dataclass(frozen=True)
class ViewDataset:
    """Makes batches of ``size`` views and their ink, each uint8 ``[size, VIEW_SIDE, VIEW_SIDE]``.
    The same ``seed`` and number give the same batch."""

    writers: Writers
    size: int
    seed: int

    def __call__(self, number: int) -> Arrays:
        random = np.random.default_rng((self.seed, number))
        drawn: list[Arrays] = []
        while len(drawn) < self.size:
            drawn.extend(views(draw(self.writers, random), random))
        pages, inks = zip(*drawn[: self.size], strict=True)
        return np.stack(pages), np.stack(inks)


@dataclass(frozen=True)
class FrameDataset:
    """Makes the pairs of frames, uint8 ``[N, 2, 28, 28]``, and their labels, uint8 ``[N, 2]``, of
    ``size`` scans, as the finder in the folder ``finder`` finds them. The same ``seed`` and number
    give the same frames."""

    writers: Writers
    finder: Path
    size: int
    seed: int

    def __call__(self, number: int) -> Arrays:
        random = np.random.default_rng((self.seed, number))
        finder = _finder(self.finder)
        found = [
            pair for _ in range(self.size) for pair in frames(draw(self.writers, random), finder)
        ]
        images, labels = zip(*found, strict=True)
        return np.stack(images), np.array(labels, np.uint8)


_finders: dict[Path, Finder] = {}


def _finder(folder: Path) -> Finder:
    """Loaded once a process."""
    if folder not in _finders:
        _finders[folder] = Finder(folder)
    return _finders[folder]


def made(work: Callable[[int], T], start: int, processes: int) -> Generator[T, None, None]:
    """``work(start)``, ``work(start + 1)``, … without end, made in order by other processes. To be
    closed when there are enough."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context, _begin, (work,)) as pool:
        waiting: list[Future[T]] = []
        try:
            for number in count(start):
                waiting.append(pool.submit(_work, number))
                if len(waiting) > AHEAD:
                    yield waiting.pop(0).result()
        finally:
            pool.shutdown(cancel_futures=True)


_job: Callable[[int], Any]
"""What a process that is beside the training does."""


def _begin(work: Callable[[int], Any]) -> None:
    global _job
    _job = work
    cv2.setNumThreads(1)


def _work(number: int) -> Any:
    return _job(number)


def kept(work: Callable[[int], Arrays], count: int, folder: Path, processes: int) -> Arrays:
    """``work(0)`` to ``work(count - 1)``, one after the other. Each is kept as a file in
    ``folder``: what an interrupted run made is there for the next."""
    folder.mkdir(parents=True, exist_ok=True)
    start = len(list(folder.glob("[0-9]*.npz")))
    if start < count:
        making = made(work, start, processes)
        for number in counted(range(start, count), "drawing", "pieces", start):
            images, labels = next(making)
            with writing_whole(folder / f"{number:04}.npz") as file:
                np.savez_compressed(file, images=images, labels=labels)
        making.close()
    pieces = [np.load(folder / f"{number:04}.npz") for number in range(count)]
    return (
        np.concatenate([piece["images"] for piece in pieces]),
        np.concatenate([piece["labels"] for piece in pieces]),
    )
