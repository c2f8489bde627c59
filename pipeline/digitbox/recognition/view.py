"""A square part of a page → the view of it that the finder of ink sees, and back."""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box

Gray: TypeAlias = NDArray[np.uint8]
"""``[H, W]``, 0 black to 255 white."""

VIEW_SIDE = 128
"""Side of a view, in pixels."""


@dataclass(frozen=True, slots=True)
class Window:
    """A square part of a page, in its pixels, which may reach beyond its edges."""

    left: int
    top: int
    side: int

    def quarters(self, share: float) -> tuple["Window", ...]:
        """Four windows at its corners with such a ``share`` of its side: they overlap where that is
        more than half."""
        side = round(share * self.side)
        ends = 0, self.side - side
        return tuple(Window(self.left + x, self.top + y, side) for y in ends for x in ends)

    def box(self, box: Box) -> Box:
        """``box`` of the view of this window, on the page."""
        scale = self.side / VIEW_SIDE
        moved = box.scaled(scale, scale)
        return Box(self.left + moved.x, self.top + moved.y, moved.width, moved.height)


def whole(page: Gray) -> Window:
    """The smallest window that holds all of ``page``, in its middle."""
    height, width = page.shape
    side = max(height, width)
    return Window((width - side) // 2, (height - side) // 2, side)


def view(page: Gray, window: Window) -> Gray:
    """``window`` of ``page`` (uint8 ``[H, W]``) as uint8 ``[VIEW_SIDE, VIEW_SIDE]``. Beyond the
    page's edges its outermost pixels go on."""
    height, width = page.shape
    left, right = _clamped(window.left, window.side, width)
    top, bottom = _clamped(window.top, window.side, height)
    rows, columns = on_page(page.shape, window)
    part = page[top:bottom, left:right]
    size = columns.stop - columns.start, rows.stop - rows.start
    if window.side < VIEW_SIDE:
        seen = cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)
    else:
        seen = cv2.resize(_reduced(part, size), size, interpolation=cv2.INTER_AREA)
    room = rows.start, VIEW_SIDE - rows.stop, columns.start, VIEW_SIDE - columns.stop
    return np.asarray(cv2.copyMakeBorder(seen, *room, cv2.BORDER_REPLICATE), np.uint8)


def on_page(shape: tuple[int, ...], window: Window) -> tuple[slice, slice]:
    """The rows and columns of the view of ``window`` that lie on a page of ``shape`` (height,
    width): at least one of each."""
    scale = VIEW_SIDE / window.side
    places = []
    for extent, start in zip(shape, (window.top, window.left), strict=True):
        first, last = _clamped(start, window.side, extent)
        length = max(1, round((last - first) * scale))
        before = min(max(0, round((first - start) * scale)), VIEW_SIDE - length)
        places.append(slice(before, before + length))
    return places[0], places[1]


def _reduced(part: Gray, size: tuple[int, int]) -> Gray:
    """``part`` by a whole number smaller, but not below the width and height of ``size``: that is
    five times as quick as by a fraction. Of the last rows and columns less than a pixel of the
    result is left out."""
    times = min(part.shape[1] // size[0], part.shape[0] // size[1])
    if times < 2:
        return part
    height, width = (side // times for side in part.shape)
    whole = part[: height * times, : width * times]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _clamped(start: int, side: int, extent: int) -> tuple[int, int]:
    """What of ``start`` to ``start + side`` lies within 0 to ``extent``, at least the nearest
    pixel."""
    first = min(max(0, start), extent - 1)
    return first, max(first + 1, min(extent, start + side))
