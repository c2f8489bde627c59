"""A gray page → the lines of writing on it, the most prominent first."""

import math
from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.crop import Crop, Overview
from digitbox.recognition.finder import Finder
from digitbox.recognition.view import VIEW_SIDE, Gray, Window
from digitbox.recognition.writing import APART, RIVAL, Writing, writing

WIDE = 1.25
"""A page that is so many times wider than high is one field: all on it is one line, however far
apart."""

TINY = 20
"""On a page whose sides have at most so many pixels all is one line."""

CLOSE, ROOM = 0.6, 1.5
"""A line that is smaller than the first share of the view is looked at from near: in a window so
many times its length."""

LOW, REDUCED = 24, 1.5
"""A line that is lower than so many pixels of a view that shows the page so many times smaller, or
more, is looked at in parts."""

BESIDE, GROWN = 3.5, 1.1
"""A line that no overview shows is looked for within so many of its heights on each side: what is
further away than APART is another one. It is looked for anew where it is so many times longer than
it was taken for."""

SMALL, QUARTER = 8, 0.6
"""Beside a line that is lower than so many pixels of the overview, others may not be seen in it:
they are looked for in the quarters of its quarters, each with this share of its side."""

PAINTED, COVERED = 0.35, 0.8
"""To see what else there is, a line is painted over with so much room around it, in its heights.
Nothing more is looked for where lines cover so much of the page."""

PART, MOST_PARTS = 3.5, 6
"""A part is so many times wider than the line is high, unless there were more parts than that."""


def lines(page: Gray, finder: Finder, overview: Overview | None = None) -> tuple[Writing, ...]:
    """The lines of writing on ``page`` (uint8 ``[H, W]``, of any size), in its pixels; none where
    it is blank. ``overview`` is that of the page, where there is one already."""
    height, width = page.shape
    overview = overview or Overview(page, finder)
    if overview.window.side <= TINY:
        return (Writing(width / 2, height / 2, width, height, 0.0, 0.0),)
    if overview.shape is not None:
        only, window = Writing.around(overview.shape[1]), overview.window
        if overview.shown is page:
            return (only,)
        return (only.scaled(window.side / VIEW_SIDE, window.left, window.top),)
    is_field = width >= WIDE * height
    spread = math.inf if is_field else APART
    found = _in_crop(overview.crop, finder, spread)
    if not found:
        return _in_parts(page, _along(page), finder, spread)
    first, scale = found[0], VIEW_SIDE / overview.window.side
    if first.height * scale < LOW and scale * REDUCED < 1:
        place = _reach(page, first, is_field)
        return _in_parts(page, _windows(place, page), finder, spread) or found
    if len(found) == 1 and max(first.length, first.height) * scale < CLOSE * VIEW_SIDE:
        return _from_near(page, first, overview, finder, spread) or found
    return found


def around(page: Gray, box: Box, finder: Finder) -> tuple[Writing, ...]:
    """The line of what stands in ``box``, which no overview shows, and what is written near it:
    looked for from near, and on, as long as the line may go on. What fills ``box``, where there is
    none."""
    line = Writing.around(box)
    for _ in range(MOST_PARTS):
        side = round(max(line.length, line.height) + 2 * BESIDE * line.height)
        window = Window(round(line.x - side / 2), round(line.y - side / 2), side)
        seen = _in_crop(Crop.at(page, window, finder), finder, APART)
        there = next((one for one in seen if one.holds(*box.middle)), None)
        if there is None:
            return (line,)
        has_grown, line = there.length > GROWN * line.length, there
        if not has_grown:
            break
    return (line, *(one for one in seen if one is not line))


def further(page: Gray, found: Sequence[Writing], finder: Finder) -> tuple[Writing, ...]:
    """What else is written on ``page``, beside and around the lines that were ``found``: the finder
    shows what is most prominent, and may leave the rest out. These lines are painted over, and what
    is left is looked at again."""
    rest, covered = page.copy(), np.zeros(page.shape, np.uint8)
    for line in found:
        over, ring = _corners(line, PAINTED), np.zeros(page.shape, np.uint8)
        cv2.fillPoly(ring, [_corners(line, 2 * PAINTED)], 1)
        cv2.fillPoly(ring, [over], 0)
        paper = float(np.median(page[ring > 0])) if ring.any() else 255.0
        cv2.fillPoly(rest, [over], paper)
        cv2.fillPoly(covered, [over], 1)
    if covered.mean() > COVERED:
        return ()
    height = max(line.height for line in found)
    overview = Overview(rest, finder)
    crops = [overview.crop]
    if height * VIEW_SIDE < SMALL * overview.window.side:
        for quarter in overview.window.quarters(QUARTER):
            crops += [Crop.at(rest, part, finder) for part in quarter.quarters(QUARTER)]
    seen: list[Writing] = []
    for line in (line for crop in crops for line in _in_crop(crop, finder, APART)):
        is_new = not any(one.holds(line.x, line.y) for one in seen)
        if is_new and line.height >= RIVAL * height and not covered[_pixel(line, page.shape)]:
            seen.append(line)
    return tuple(seen)


def _corners(line: Writing, room: float) -> NDArray[np.int32]:
    """Those of ``line`` with ``room`` around it, in its heights: half of it above and below, where
    the next line may be near."""
    size = line.length + 2 * room * line.height, (1 + room) * line.height
    turned = cv2.boxPoints(((line.x, line.y), size, math.degrees(line.slope)))
    return turned.astype(np.int32)


def _pixel(line: Writing, shape: tuple[int, ...]) -> tuple[int, int]:
    """Its middle."""
    row, column = int(line.y), int(line.x)
    return min(max(0, row), shape[0] - 1), min(max(0, column), shape[1] - 1)


def _in_crop(crop: Crop, finder: Finder, spread: float) -> tuple[Writing, ...]:
    # Where a view shows the page reduced, thin strokes are taken further down elsewhere, and
    # digits that stand close to each other join: the pieces of a line are then too few.
    scale = crop.window.side / VIEW_SIDE
    return tuple(
        one.scaled(scale, crop.window.left, crop.window.top)
        for one in writing(crop.ink, finder.thresholds.edge, crop.seed, spread)
    )


def _from_near(
    page: Gray, line: Writing, overview: Overview, finder: Finder, spread: float
) -> tuple[Writing, ...]:
    side = max(4, round(ROOM * max(line.length, line.height)))
    if side >= 0.9 * overview.window.side:
        return ()
    window = Window(round(line.x - side / 2), round(line.y - side / 2), side)
    found = _in_crop(Crop.at(page, window, finder), finder, spread)
    # A neighbour may be heavier; what is looked for stands in the middle.
    return tuple(sorted(found, key=lambda one: math.hypot(one.x - line.x, one.y - line.y))[:1])


def _along(page: Gray) -> list[Window]:
    """Squares along the longer side of a page, where it has one."""
    longer, shorter = max(page.shape), min(page.shape)
    if longer < WIDE * shorter:
        return []
    side = max(shorter, math.ceil(longer / MOST_PARTS * 1.5))
    count = math.ceil((longer - side) / (0.6 * side)) + 1
    return [
        Window(at, 0, side) if page.shape[1] == longer else Window(0, at, side)
        for at in np.linspace(0, longer - side, count).round().astype(int).tolist()
    ]


def _reach(page: Gray, line: Writing, is_field: bool) -> Writing:
    """Where the rest of ``line`` may be, of which the overview may have seen a part."""
    if is_field:
        return replace(line, x=page.shape[1] / 2, length=page.shape[1] / math.cos(line.slope))
    return replace(line, length=line.length + 4 * line.height)


def _windows(line: Writing, page: Gray) -> list[Window]:
    """Windows of one size side by side, which overlap, along ``line``."""
    rise = abs(math.sin(line.slope)) * line.length
    side = max(PART * line.height + rise / 2, line.length / MOST_PARTS * 1.25, 16)
    side = min(round(side), max(page.shape))
    count = max(1, math.ceil((line.length - side) / (0.75 * side)) + 1)
    found = []
    for share in np.linspace(-0.5, 0.5, count) if count > 1 else [0.0]:
        away = share * max(0.0, line.length - side)
        x, y = line.x + away * math.cos(line.slope), line.y + away * math.sin(line.slope)
        found.append(Window(round(x - side / 2), round(y - side / 2), side))
    return found


def _in_parts(
    page: Gray, windows: Sequence[Window], finder: Finder, spread: float
) -> tuple[Writing, ...]:
    """The lines in ``windows`` of one size, put together."""
    if not windows:
        return ()
    side = windows[0].side
    scale = VIEW_SIDE / side
    left, top = min(one.left for one in windows), min(one.top for one in windows)
    places = [(round((one.top - top) * scale), round((one.left - left) * scale)) for one in windows]
    high, wide = (max(place[axis] for place in places) + VIEW_SIDE for axis in (0, 1))
    ink = np.zeros((high, wide), np.float32)
    for window, (y, x) in zip(windows, places, strict=True):
        crop = Crop.at(page, window, finder)
        part = ink[y : y + VIEW_SIDE, x : x + VIEW_SIDE]
        np.maximum(part, crop.ink, out=part)
    return tuple(
        one.scaled(1 / scale, left, top)
        for one in writing(ink, finder.thresholds.edge, crop.seed, spread)
    )
