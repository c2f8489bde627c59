"""The ink of a view → groups of its pieces that may be a digit each, the most prominent first."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.finder import InkMap

GAP, SPECK_GAP, SPECK = 0.28, 0.06, 0.04
"""Pieces of one group are at most this share of its size apart: GAP for those of some weight,
SPECK_GAP for those below SPECK of the heaviest one's mass."""

ABREAST = 0.7
"""Two pieces that share so much of the height of the taller one may be two digits."""

DIRT = 12.0
"""A group of less ink than so many pixels is none."""

RIVAL = 0.45
"""A second group of more than this share of the first one's size and mass is reported too."""

MAX_PIECES = 48
"""Only so many pieces, the heaviest, are looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Pieces of ink taken together: their extent, in pixels of the view, and their mass, the sum of
    its ink. ``labels`` are theirs in ``pieces``, where each pixel has that of its piece, or 0."""

    left: int
    top: int
    right: int
    bottom: int
    mass: float
    labels: tuple[int, ...]
    pieces: NDArray[np.int32]

    @property
    def size(self) -> int:
        """The longer side, in pixels."""
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def off_centre(self) -> float:
        """Distance of its middle from that of the view, in pixels."""
        height, width = self.pieces.shape
        return math.hypot(self.left + self.right - width, self.top + self.bottom - height) / 2

    def mask(self, part: tuple[slice, slice]) -> NDArray[np.uint8]:
        """1 where the group is, in these rows and columns of the view, else 0."""
        return np.isin(self.pieces[part], self.labels).astype(np.uint8)

    def gap(self, other: "Group") -> float:
        """Distance of the two boxes, in pixels."""
        across = max(self.left - other.right, other.left - self.right, 0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0)
        return math.hypot(across, down)

    def __add__(self, other: "Group") -> "Group":
        return Group(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.mass + other.mass,
            self.labels + other.labels,
            self.pieces,
        )


def groups(ink: InkMap, edge: float, seed: float) -> list[Group]:
    """What is written in a view (float32 ``[H, W]`` in [0, 1]): the heaviest piece with all that
    belongs to it, and, where what is left holds another like it, that too. A piece has
    a pixel above the likelihood ``seed``, and goes on from there down to ``edge``."""
    rest = pieces(ink, edge, seed)
    found: list[Group] = []
    while rest:
        main, rest = _gathered(rest[0], rest[1:])
        if found and (main.size < RIVAL * found[0].size or main.mass < RIVAL * found[0].mass):
            break
        if main.mass < DIRT:
            break
        found.append(main)
    return found


def pieces(ink: InkMap, edge: float, seed: float) -> list[Group]:
    """The connected pieces of ``ink``, the heaviest first, each as a group of its own; see
    :func:`groups`."""
    mask = (ink > edge).astype(np.uint8)
    # The usual algorithm takes three times as long.
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        mask, 8, cv2.CV_32S, cv2.CCL_BBDT
    )
    there = mask.view(bool)
    masses = np.bincount(labels[there], ink[there], minlength=count)
    seeds = np.bincount(labels[ink > seed], minlength=count)
    seeded = (label for label in range(1, count) if seeds[label])
    heaviest = sorted(seeded, key=lambda label: -masses[label])[:MAX_PIECES]
    places = np.asarray(labels, np.int32)
    found = []
    for label in heaviest:
        left, top, across, down, _ = stats[label].tolist()
        mass = float(masses[label])
        found.append(Group(left, top, left + across, top + down, mass, (label,), places))
    return found


def _gathered(main: Group, others: list[Group]) -> tuple[Group, list[Group]]:
    """``main`` with those of ``others`` that belong to it, and the rest."""
    weight = main.mass

    def belongs(piece: Group) -> bool:
        share = SPECK_GAP if piece.mass < SPECK * weight else GAP
        # A 5's thick bar may be heavier than the rest of it, which is larger.
        reach = share * max(main.size, piece.size)
        return piece.gap(main) <= reach and not _side_by_side(piece, main)

    while near := [piece for piece in others if belongs(piece)]:
        for piece in near:
            main += piece
        others = [piece for piece in others if piece not in near]
    return main, others


def _side_by_side(one: Group, other: Group) -> bool:
    """Whether two groups are as tall as each other and stand beside each other, as two digits do,
    however they slant: in all rows that both have, one is on the same side of the other."""
    heights = one.bottom - one.top, other.bottom - other.top
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    if shared < ABREAST * max(heights):
        return False
    rows = slice(max(one.top, other.top), min(one.bottom, other.bottom))
    masks = [group.mask((rows, slice(None))) for group in (one, other)]
    both = masks[0].any(axis=1) & masks[1].any(axis=1)
    if both.sum() < ABREAST * max(heights):
        return False
    width = one.pieces.shape[1]
    ends = [
        (mask.argmax(axis=1)[both], width - mask[:, ::-1].argmax(axis=1)[both]) for mask in masks
    ]
    return bool((ends[0][1] <= ends[1][0]).all() or (ends[1][1] <= ends[0][0]).all())
