"""A gray page → the marks of ink on it that may be a digit each, the most prominent first."""

import dataclasses
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.ink import Contrast, Gray, Mask, contrast_of, ink_of, scaled
from pipeline.recognition.rules import without_rules
from pipeline.recognition.stroke import stroke_width
from pipeline.records import Box

# The constants below were tuned on half of the labelled scans, by source; docs/design.md has what
# they gave on the other half.

MIN_SIDE, MAX_SIDE = 128, 512
"""The working size, in pixels: the page's longer side is scaled into this range. Small drawings are
enlarged, so that aliased strokes a pixel wide become lines with two edges."""

MIN_RULED_SIDE = 100
"""Pages of fewer pixels than this, as decoded, are not ruled."""

GAP, SPECK_GAP, EDGE_GAP = 0.22, 0.06, 0.03
"""Parts of one digit are at most this share of its size apart: GAP for those of some weight,
SPECK_GAP for those below MINOR of the main part's prominence, EDGE_GAP for those that meet the
page's edge."""

MINOR = 0.02

MIN_PART, MAX_PART = 0.04, 1.3
"""A part below this share of the digit's size is dirt, one above that of its main part another
thing."""

SPECK_SIZE, SPECK_STROKE = 0.1, 0.3
"""A mark below this share of the page's longer side is dirt where its stroke is as wide as this
share of its size: real digits stay below 0.2."""

MAX_PARTS = 64
"""Only so many parts, the heaviest, are looked at: what is scattered wider is no digit."""

EDGE_WEIGHT = (1.0, 0.15, 0.03, 0.03, 0.03)
"""How much a part's prominence counts by the number of page edges that it meets: shadows, table
tops and neighbours come in from there."""

CENTRE_WIDTH = 0.25
"""Prominence falls off as a Gaussian of the distance from the page's centre, of this width as a
share of the page's diagonal."""

RIVAL = 0.5
"""A second mark of more than this share of the first one's size and mass is reported too."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``ink`` is float32 ``[h, w]`` in [0, 1]: how much of each pixel is ink, at the working size.
    ``box`` is the mark's place on the page that was searched, in its pixels."""

    ink: NDArray[np.float32]
    box: Box


def locate(page: Gray) -> tuple[Mark, ...]:
    """Find what may be a digit on ``page`` (uint8 ``[H, W]``, dark on light or light on dark, of
    any size and aspect). Returns nothing where the page is blank."""
    working = _working(page)
    contrast = contrast_of(working)
    ink = ink_of(contrast)
    parts, labels = _parts(ink, contrast)
    digits = _digits(parts, ink.shape)
    if digits and digits[0].edges(ink.shape) and min(page.shape) >= MIN_RULED_SIDE:
        ruled_parts, ruled_labels = _parts(without_rules(ink), contrast)
        if ruled_parts:
            digits, labels = _digits(ruled_parts, ink.shape), ruled_labels
    return tuple(
        _mark(digit, labels, contrast, page.shape)
        for digit in digits
        if not _is_speck(digit, labels)
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A connected piece of ink, or several taken together: its extent, the sum of its contrast, how
    likely it is what the page is about, and the labels it has on the page."""

    left: int
    top: int
    right: int
    bottom: int
    mass: float
    prominence: float
    labels: tuple[int, ...]

    @property
    def size(self) -> int:
        return max(self.right - self.left, self.bottom - self.top)

    def gap(self, other: "_Part") -> float:
        across = max(self.left - other.right, other.left - self.right, 0)
        down = max(self.top - other.bottom, other.top - self.bottom, 0)
        return math.hypot(across, down)

    def edges(self, shape: tuple[int, ...]) -> int:
        """How many of the four edges of a page of ``shape`` (height, width) it meets."""
        height, width = shape
        met = (self.left <= 0, self.top <= 0, self.right >= width, self.bottom >= height)
        return sum(met)

    def __add__(self, other: "_Part") -> "_Part":
        return _Part(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
            self.mass + other.mass,
            max(self.prominence, other.prominence),
            self.labels + other.labels,
        )


def _working(page: Gray) -> Gray:
    longer = max(page.shape)
    if longer < MIN_SIDE:
        return scaled(page, MIN_SIDE / longer, cv2.INTER_CUBIC)
    if longer > MAX_SIDE:
        return scaled(page, MAX_SIDE / longer, cv2.INTER_AREA)
    return page


def _parts(ink: Mask, contrast: Contrast) -> tuple[list[_Part], NDArray[np.int32]]:
    """The connected pieces of ``ink``, the most prominent first, and the page of their labels."""
    count, labels, stats, centres = cv2.connectedComponentsWithStats(ink, connectivity=8)
    masses = np.bincount(labels.ravel(), contrast.ravel(), minlength=count)
    heaviest = sorted(range(1, count), key=lambda label: -masses[label])[:MAX_PARTS]
    height, width = ink.shape
    parts = []
    for label in heaviest:
        left, top, across, down, _ = stats[label].tolist()
        part = _Part(left, top, left + across, top + down, float(masses[label]), 0.0, (label,))
        x, y = centres[label]
        off_centre = math.hypot(x - width / 2, y - height / 2) / math.hypot(width, height)
        prominence = (
            part.mass
            * part.size
            * math.exp(-((off_centre / CENTRE_WIDTH) ** 2))
            * EDGE_WEIGHT[part.edges(ink.shape)]
        )
        parts.append(dataclasses.replace(part, prominence=prominence))
    return sorted(parts, key=lambda part: -part.prominence), labels.astype(np.int32, copy=False)


def _digits(parts: list[_Part], shape: tuple[int, ...]) -> list[_Part]:
    """Put pieces that belong together into one: the most prominent with all that is near it, and,
    where what is left holds another like it, that too."""
    digits: list[_Part] = []
    while parts:
        main, parts = _gathered(parts[0], parts[1:], shape)
        if digits and not _rivals(main, digits[0], shape):
            break
        digits.append(main)
    return digits


def _gathered(
    main: _Part, others: list[_Part], shape: tuple[int, ...]
) -> tuple[_Part, list[_Part]]:
    """``main`` with those of ``others`` that belong to it, and the rest."""
    core = main
    while near := [part for part in others if _belongs(part, main, core, shape)]:
        for part in near:
            main += part
        others = [part for part in others if part not in near]
    return main, others


def _belongs(part: _Part, digit: _Part, core: _Part, shape: tuple[int, ...]) -> bool:
    if part.size < MIN_PART * digit.size or part.size > MAX_PART * core.size:
        return False
    if part.edges(shape):
        reach = EDGE_GAP
    elif part.prominence < MINOR * core.prominence:
        reach = SPECK_GAP
    else:
        reach = GAP
    return part.gap(digit) <= reach * digit.size


def _rivals(part: _Part, digit: _Part, shape: tuple[int, ...]) -> bool:
    return (
        not part.edges(shape) and part.size > RIVAL * digit.size and part.mass > RIVAL * digit.mass
    )


def _is_speck(digit: _Part, labels: NDArray[np.int32]) -> bool:
    if digit.size >= SPECK_SIZE * max(labels.shape):
        return False
    window = labels[digit.top : digit.bottom, digit.left : digit.right]
    mask = np.isin(window, digit.labels).astype(np.uint8)
    return stroke_width(mask) >= SPECK_STROKE * digit.size


def _mark(
    digit: _Part, labels: NDArray[np.int32], contrast: Contrast, page: tuple[int, ...]
) -> Mark:
    height, width = contrast.shape
    left, top = max(0, digit.left - 1), max(0, digit.top - 1)
    right, bottom = min(width, digit.right + 1), min(height, digit.bottom + 1)
    window = np.s_[top:bottom, left:right]
    mask = np.isin(labels[window], digit.labels)
    # A pixel of soft edge around the stroke keeps its outline smooth.
    soft = cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8))
    full = float(np.percentile(contrast[window][mask], 70))
    ink = np.clip(contrast[window] / full, 0, 1) * soft
    box = Box(left, top, right - left, bottom - top)
    return Mark(ink.astype(np.float32), box.scaled(page[1] / width, page[0] / height))
