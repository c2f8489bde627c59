"""A gray page → the marks of ink on it that may be a digit each, the most prominent first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.contrast import contrast, plain_ink
from pipeline.recognition.finder import Finder, InkMap
from pipeline.recognition.view import SIDE, Gray, Window, on_page, view, whole
from pipeline.records import Box

SEED, EDGE = 0.5, 0.3
"""Hysteresis: a piece of ink has at least one pixel of the first likelihood and goes on down to the
second."""

FINE, FINE_EDGE = 1.0, 0.08
"""Where a view shows so many pixels of the page in one, or more, thin strokes cover none of them
whole, and a piece goes on down to this likelihood. Where it enlarges the page, what is as faint is
smear."""

TINY = 20
"""A page whose sides have at most so many pixels has no room for paper, rules or neighbours: what
stands out on it is the ink."""

CLOSE, ROOM = 0.6, 1.5
"""A mark below the first share of its view is looked at again, from near: in a window so many times
its size."""

WIDE, QUARTER = 3.0, 0.6
"""Where nothing is found on a page of which a view shows so many pixels in one, its quarters, of
this share of its side, are looked at: a digit of a thirtieth of the page has four pixels in a
view."""

LOOKS = 3
"""How often a mark is looked at, at most."""

GAP, SPECK_GAP, SPECK = 0.22, 0.06, 0.04
"""Parts of one mark are at most this share of its size apart: GAP for those of some weight,
SPECK_GAP for those below SPECK of the main part's mass."""

ABREAST = 0.7
"""Two pieces that share so much of the height of the taller one may be two digits."""

DIRT = 12.0
"""A mark of less ink than so many pixels of its view is none."""

RIVAL = 0.45
"""A second mark of more than this share of the first one's size and mass is reported too."""

MAX_PARTS, MAX_MARKS = 48, 12
"""Only so many parts, the heaviest, are looked at, and so many marks reported."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``ink`` and ``contrast`` are float32 ``[SIDE, SIDE]`` in [0, 1]: of each pixel of the view
    that shows the mark best, how much of it is the mark's ink, and how far it stands out from the
    ground. ``box`` is the mark's place on the page that was searched, in its pixels."""

    ink: NDArray[np.float32]
    contrast: NDArray[np.float32]
    box: Box


def locate(page: Gray, finder: Finder) -> tuple[Mark, ...]:
    """Find what may be a digit on ``page`` (uint8 ``[H, W]``, dark on light or light on dark, of
    any size and aspect). Returns nothing where the page is blank."""
    window = whole(page)
    if window.side <= TINY:
        return _all(page, window)
    seen = _looked(page, window, finder)
    if not seen and window.side > WIDE * SIDE:
        seen = [found for part in _quarters(window) for found in _looked(page, part, finder)]
    marks: list[Mark] = []
    for found, where in seen[:MAX_MARKS]:
        mark = _on(page, *_closer(page, found, where, finder))
        # Seen from near, two marks may turn out to be one.
        if not any(_overlap(mark.box, other.box) for other in marks):
            marks.append(mark)
    return tuple(marks)


def _all(page: Gray, window: Window) -> tuple[Mark, ...]:
    """All that is written on a tiny page, as one mark."""
    ink, there = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, window)
    rows, columns = (part.stop - part.start for part in there)
    found = cv2.resize(plain_ink(page), (columns, rows), interpolation=cv2.INTER_CUBIC)
    ink[there] = np.clip(found, 0, 1)
    parts = _parts(ink, SEED / 2)
    if not parts or sum(part.mass for part in parts) < DIRT:
        return ()
    boxes = [(part.left, part.top, part.right, part.bottom) for part in parts]
    left, top = np.min(boxes, axis=0)[:2].tolist()
    right, bottom = np.max(boxes, axis=0)[2:].tolist()
    place = window.box(Box(left, top, right - left, bottom - top)).within(page.shape)
    return (Mark(ink, ink, place),)


def _looked(page: Gray, window: Window, finder: Finder) -> list[tuple["_Mark", Window]]:
    return [(mark, window) for mark in _marks(_seen(page, window, finder), _edge(window))]


def _quarters(window: Window) -> Iterator[Window]:
    """Four windows at its corners, which overlap: what is as small as that is whole in one."""
    side = round(QUARTER * window.side)
    for top in (window.top, window.top + window.side - side):
        for left in (window.left, window.left + window.side - side):
            yield Window(left, top, side)


def _closer(page: Gray, mark: "_Mark", window: Window, finder: Finder) -> tuple["_Mark", Window]:
    """``mark`` of ``window`` as it looks from near enough, and the window that shows it so."""
    for _ in range(LOOKS - 1):
        if mark.size >= CLOSE * SIDE:
            break
        near = _around(mark, window)
        if near.side >= 0.9 * window.side:
            break
        marks = _marks(_seen(page, near, finder), _edge(near))
        if not marks:
            break
        # A neighbour may be heavier; what is looked for stands in the middle.
        mark, window = min(marks, key=lambda found: found.off_centre), near
    return mark, window


def _seen(page: Gray, window: Window, finder: Finder) -> InkMap:
    """The ink in a view of ``window``; beyond the page's edges there is none."""
    ink, part = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, window)
    ink[part] = finder.ink(view(page, window))[part]
    return ink


def _around(mark: "_Mark", window: Window) -> Window:
    scale = window.side / SIDE
    side = max(4, round(ROOM * mark.size * scale))
    x, y = (mark.left + mark.right) / 2 * scale, (mark.top + mark.bottom) / 2 * scale
    return Window(round(window.left + x - side / 2), round(window.top + y - side / 2), side)


@dataclass(frozen=True, slots=True, eq=False)
class _Mark:
    """Pieces of ink taken together: their extent and mass in a view, and all of its ink."""

    left: int
    top: int
    right: int
    bottom: int
    mass: float
    labels: tuple[int, ...]
    ink: InkMap
    pieces: NDArray[np.int32]

    @property
    def size(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    @property
    def off_centre(self) -> float:
        """Distance of its middle from that of the view."""
        return math.hypot(self.left + self.right - SIDE, self.top + self.bottom - SIDE) / 2

    def gap(self, other: "_Mark") -> float:
        across = max(self.left - other.right, other.left - self.right, 0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0)
        return math.hypot(across, down)

    def __add__(self, other: "_Mark") -> "_Mark":
        return _Mark(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.mass + other.mass,
            self.labels + other.labels,
            self.ink,
            self.pieces,
        )


def _marks(ink: InkMap, edge: float) -> list[_Mark]:
    """What is written in a view: the heaviest piece with all that belongs to it, and, where what is
    left holds another like it, that too."""
    parts = _parts(ink, edge)
    marks: list[_Mark] = []
    while parts:
        main, parts = _gathered(parts[0], parts[1:])
        if marks and (main.size < RIVAL * marks[0].size or main.mass < RIVAL * marks[0].mass):
            break
        if main.mass < DIRT:
            break
        marks.append(main)
    return marks


def _parts(ink: InkMap, edge: float) -> list[_Mark]:
    """The connected pieces of ink, the heaviest first."""
    mask = (ink > edge).astype(np.uint8)
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    masses = np.bincount(pieces.ravel(), ink.ravel(), minlength=count)
    seeded = set(np.unique(pieces[ink > SEED]).tolist()) - {0}
    heaviest = sorted(seeded, key=lambda label: -masses[label])[:MAX_PARTS]
    places = np.asarray(pieces, np.int32)
    parts = []
    for label in heaviest:
        left, top, across, down, _ = stats[label].tolist()
        mass = float(masses[label])
        part = _Mark(left, top, left + across, top + down, mass, (label,), ink, places)
        parts.append(part)
    return parts


def _gathered(main: _Mark, others: list[_Mark]) -> tuple[_Mark, list[_Mark]]:
    """``main`` with those of ``others`` that belong to it, and the rest."""
    weight = main.mass

    def belongs(part: _Mark) -> bool:
        return part.gap(main) <= _reach(part, weight) * main.size and not _side_by_side(part, main)

    while near := [part for part in others if belongs(part)]:
        for part in near:
            main += part
        others = [part for part in others if part not in near]
    return main, others


def _side_by_side(one: _Mark, other: _Mark) -> bool:
    """Whether two pieces are as tall as each other and stand beside each other, as two digits do,
    however they slant: in all rows that both have, one is on the same side of the other."""
    heights = one.bottom - one.top, other.bottom - other.top
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    if shared < ABREAST * max(heights):
        return False
    rows = slice(max(one.top, other.top), min(one.bottom, other.bottom))
    masks = [np.isin(mark.pieces[rows], mark.labels) for mark in (one, other)]
    both = masks[0].any(axis=1) & masks[1].any(axis=1)
    if both.sum() < ABREAST * max(heights):
        return False
    ends = [
        (mask.argmax(axis=1)[both], SIDE - mask[:, ::-1].argmax(axis=1)[both]) for mask in masks
    ]
    return bool((ends[0][1] <= ends[1][0]).all() or (ends[1][1] <= ends[0][0]).all())


def _reach(part: _Mark, weight: float) -> float:
    return SPECK_GAP if part.mass < SPECK * weight else GAP


def _on(page: Gray, mark: _Mark, window: Window) -> Mark:
    left, top = max(0, mark.left - 1), max(0, mark.top - 1)
    right, bottom = min(SIDE, mark.right + 1), min(SIDE, mark.bottom + 1)
    part = np.s_[top:bottom, left:right]
    mask = np.isin(mark.pieces[part], mark.labels).astype(np.uint8)
    # A pixel of soft edge around the stroke keeps its outline smooth.
    soft = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    ink = np.zeros((SIDE, SIDE), np.float32)
    ink[part] = np.clip(mark.ink[part] / (2 * _edge(window)), 0, 1) * soft
    tone, there = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, window)
    tone[there] = contrast(view(page, window)[there], ink[there])
    box = window.box(Box(left, top, right - left, bottom - top)).within(page.shape)
    return Mark(ink, tone, box)


def _edge(window: Window) -> float:
    return FINE_EDGE if window.side > FINE * SIDE else EDGE


def _overlap(one: Box, other: Box) -> bool:
    """Whether the middle of either lies in the other."""
    return one.holds(*other.middle) or other.holds(*one.middle)
