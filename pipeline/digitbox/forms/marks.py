"""A page → the dark squares in its four corners, which printers set to align pages by."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.view import Gray

LONGEST = 1000
"""They are looked for on a page of so many pixels along its longer side, at most."""

LEAST, LARGEST = 0.006, 0.05
"""Their sides, as shares of the page's longer side."""

FILLED, SQUARE = 0.82, 1.4
"""So much of their rectangle is dark, which may be turned, and one side is at most so many times
the other: a disc fills 0.79."""

CORNER = 0.25
"""They stand within such a share of the page's sides from its corners."""

PER_CORNER, TRIED = 3, 6
"""So many candidates are kept in each corner, those nearest to it; and so many ways are tried in
which they may lie on each other, those that bend the page the least."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """What may be a mark in each corner, clockwise from the top left: float64 ``[N, 2]`` each, the
    nearest to the corner first; in pixels of the page."""

    corners: tuple[NDArray[np.float64], ...]

    def fitted(self, other: "Marks") -> Iterator[NDArray[np.float64]]:
        """The perspectives, float64 ``[3, 3]``, by which these marks may come to lie on those of
        an ``other`` page, which may be turned by quarters."""
        ours = np.array([corner[0] for corner in self.corners])
        ways = [
            (_bend(ours, theirs), theirs)
            for quarter in range(4)
            for some in product(*other.corners)
            for theirs in [np.roll(np.array(some), -quarter, axis=0)]
        ]
        ways.sort(key=lambda way: way[0])
        for _, theirs in ways[:TRIED]:
            matrix = cv2.getPerspectiveTransform(ours.astype(np.float32), theirs.astype(np.float32))
            yield np.asarray(matrix, np.float64)


def _bend(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> float:
    """How far ``theirs`` are from where ``ours`` may be turned, scaled and shifted to, as a share
    of their extent."""
    one = (ours - ours.mean(axis=0)) @ np.array([1, 1j])
    other = (theirs - theirs.mean(axis=0)) @ np.array([1, 1j])
    extent = float(np.linalg.norm(other)) or 1.0
    return float(np.linalg.norm(other - one * (one.conj() @ other) / (one.conj() @ one))) / extent


def marks(page: Gray) -> Marks | None:
    """The marks of ``page`` (uint8 ``[H, W]``); None where a corner has none."""
    scale = min(1.0, LONGEST / max(page.shape))
    size = tuple(max(1, round(side * scale)) for side in page.shape[::-1])
    small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    level, _ = cv2.threshold(small, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = (small < level).astype(np.uint8)
    _, labels, found, middles = cv2.connectedComponentsWithStats(dark, connectivity=4)
    longer = max(small.shape)
    wide, high, area = found[:, 2], found[:, 3], found[:, 4]
    sides = np.maximum(wide, high)
    may_be = (
        (sides >= max(4, LEAST * longer))
        & (sides <= LARGEST * longer)
        & (sides <= SQUARE * np.minimum(wide, high))
        & (area >= 0.5 * wide * high)  # a square that is turned by 45 degrees
    )
    height, width = small.shape
    corners = []
    for corner in ((0, 0), (width, 0), (width, height), (0, height)):
        away = np.abs(middles - corner)
        near = may_be & (away[:, 0] < CORNER * width) & (away[:, 1] < CORNER * height)
        order = np.argsort(np.where(near, away.sum(axis=1), np.inf))[: int(near.sum())].tolist()
        chosen = (one for one in order if _is_square(labels, found[one], one))
        places = [
            _middle(page, (middles[one] + 0.5) / scale - 0.5, float(sides[one]) / scale)
            for one in islice(chosen, PER_CORNER)
        ]
        if not places:
            return None
        corners.append(np.array(places))
    return Marks(tuple(corners))


def _is_square(labels: NDArray[Any], box: NDArray[Any], label: int) -> bool:
    """Whether the component ``label``, within its ``box``, fills a rectangle."""
    x, y, wide, high, area = box.tolist()
    ys, xs = np.nonzero(labels[y : y + high, x : x + wide] == label)
    _, sides, _ = cv2.minAreaRect(np.stack([xs, ys], axis=1).astype(np.float32))
    # Between the middles of its outermost pixels it is a pixel smaller each way.
    longer, shorter = max(sides) + 1, min(sides) + 1
    return longer <= SQUARE * shorter and area >= FILLED * longer * shorter


def _middle(page: Gray, about: NDArray[np.float64], side: float) -> NDArray[np.float64]:
    """The middle of a mark on ``page`` that is ``about`` there, to a fraction of a pixel: that of
    what is darker than the paper around it."""
    (left, top), (right, bottom) = (
        np.clip(np.rint(about + one * 0.75 * side).astype(int), 0, page.shape[::-1])
        for one in (-1, 1)
    )
    part = page[top : bottom + 1, left : right + 1].astype(np.float64)
    dark = np.maximum(0.0, (part.max() + part.min()) / 2 - part)
    if not dark.any():
        return about
    x, y = np.arange(part.shape[1]), np.arange(part.shape[0])
    middle = np.array([dark.sum(axis=0) @ x, dark.sum(axis=1) @ y]) / dark.sum()
    return np.asarray(middle + np.array([left, top]))
