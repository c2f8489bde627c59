"""A gray page → the marks of ink on it that may be a digit each, the most prominent first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.recognition.contrast import contrast
from pipeline.recognition.finder import Finder, InkMap
from pipeline.recognition.grouping import DIRT, SEED, Group, groups, pieces
from pipeline.recognition.plain import all_ink, shape_ink
from pipeline.recognition.view import SIDE, Gray, Window, on_page, view, whole
from pipeline.records import Box

EDGE = 0.3
"""A piece of ink goes on down to this likelihood."""

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

ROW, MOST_PARTS, SHARED = 1.5, 4, 0.2
"""A mark that is so much wider than high may be several digits in a row: it is looked at in at most
so many parts, and what shares so much of its width with what was seen in another is that again."""

LARGER = 1.2
"""Of two marks that overlap, the second is the first again unless it has so many times its area."""

WIDE, QUARTER = 3.0, 0.6
"""Where nothing is found on a page of which a view shows so many pixels in one, its quarters, of
this share of its side, are looked at: a digit of a thirtieth of the page has four pixels in a
view."""

FAINTEST = 7.0
"""What stands out from its ground by fewer levels is no ink. The faintest pencil of 1,663 real
digits does by 12, soft clouds on empty sheets with deviations of up to 3 levels by 5.6."""

LOOKS = 3
"""How often a mark is looked at, at most."""

MAX_MARKS = 12
"""Only so many marks are reported."""


@dataclass(frozen=True, slots=True)
class Mark:
    """``ink`` and ``contrast`` are float32 ``[H, W]`` in [0, 1]: of each pixel of the view that
    shows the mark best, how much of it is the mark's ink, and how far it stands out from the
    ground; None where the two are one, on an even ground. ``box`` is the mark's place on the page
    that was searched, in its pixels."""

    ink: NDArray[np.float32]
    contrast: NDArray[np.float32] | None
    box: Box


def locate(page: Gray, finder: Finder) -> tuple[Mark, ...]:
    """Find what may be a digit on ``page`` (uint8 ``[H, W]``, dark on light or light on dark, of
    any size and aspect). Returns nothing where the page is blank."""
    window = whole(page)
    if window.side <= TINY:
        return _all(page, window)
    # What is small is looked at as it is: nothing would come to light by enlarging it.
    shown = page if window.side <= SIDE else view(page, window)
    if (plain := _plain(page, window, shown)) is not None:
        return (plain,)
    if shown is page:
        shown = view(page, window)
    marks = _marks(page, _Look.of(page, window, shown, finder).sightings(), finder)
    if not marks and window.side > WIDE * SIDE:
        looks = [_Look.at(page, quarter, finder) for quarter in _quarters(window)]
        seen = [one for look in looks for one in look.sightings()]
        marks = _marks(page, sorted(seen, key=lambda one: -one.group.mass), finder)
    return marks


def _marks(page: Gray, sightings: Sequence["_Sighting"], finder: Finder) -> tuple[Mark, ...]:
    marks: list[Mark] = []
    for sighting in sightings[:MAX_MARKS]:
        for near in _closer(page, sighting, finder):
            mark = near.mark(page)
            if mark is not None and _is_new(mark, marks):
                marks.append(mark)
    return tuple(marks[:MAX_MARKS])


def _is_new(mark: Mark, marks: Sequence[Mark]) -> bool:
    """Whether ``mark`` is none of ``marks``: seen from near, two may turn out to be one. What is
    larger by more holds the other and something besides."""
    return not any(
        _overlap(mark.box, other.box) and mark.box.area < LARGER * other.box.area for other in marks
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """A window of the page, the view of it (uint8 ``[SIDE, SIDE]``), and the ink in that; beyond
    the page's edges there is none."""

    window: Window
    view: Gray
    ink: InkMap

    @classmethod
    def at(cls, page: Gray, window: Window, finder: Finder) -> "_Look":
        return cls.of(page, window, view(page, window), finder)

    @classmethod
    def of(cls, page: Gray, window: Window, shown: Gray, finder: Finder) -> "_Look":
        ink, part = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, window)
        ink[part] = finder.ink(shown)[part]
        return cls(window, shown, ink)

    @property
    def edge(self) -> float:
        return FINE_EDGE if self.window.side > FINE * SIDE else EDGE

    def sightings(self) -> list["_Sighting"]:
        return [_Sighting(group, self) for group in groups(self.ink, self.edge)]


@dataclass(frozen=True, slots=True)
class _Sighting:
    """What may be a digit, as one look shows it."""

    group: Group
    look: _Look

    @property
    def box(self) -> Box:
        """Its place in the view."""
        left, top = self.group.left, self.group.top
        return Box(left, top, self.group.right - left, self.group.bottom - top)

    def mark(self, page: Gray) -> Mark | None:
        """None where it is too faint to be ink."""
        look, box = self.look, _with_edge(self.box).within((SIDE, SIDE))
        part = np.s_[box.y : box.y + box.height, box.x : box.x + box.width]
        # A pixel of soft edge around the stroke keeps its outline smooth.
        soft = cv2.dilate(self.group.mask(part), np.ones((3, 3), np.uint8))
        ink = np.zeros((SIDE, SIDE), np.float32)
        ink[part] = np.clip(look.ink[part] / (2 * look.edge), 0, 1) * soft
        tone, there = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, look.window)
        tone[there], levels = contrast(look.view[there], ink[there])
        if levels < FAINTEST:
            return None
        return Mark(ink, tone, look.window.box(box).within(page.shape))


def _closer(page: Gray, sighting: _Sighting, finder: Finder) -> list[_Sighting]:
    """``sighting`` from near enough, and then what is seen beside it; or, where it is a row of
    several, these."""
    beside: list[_Sighting] = []
    for _ in range(LOOKS - 1):
        if sighting.group.size >= CLOSE * SIDE:
            break
        near = _around(sighting.box, sighting.look.window)
        if near.side >= 0.9 * sighting.look.window.side:
            break
        seen = _Look.at(page, near, finder).sightings()
        if not seen:
            break
        # A neighbour may be heavier; what is looked for stands in the middle.
        sighting, *others = sorted(seen, key=lambda found: found.group.off_centre)
        beside += others
    return [*(_row(page, sighting, finder) or [sighting]), *beside]


def _row(page: Gray, sighting: _Sighting, finder: Finder) -> list[_Sighting]:
    """What is seen of a broad mark part by part, from near: nothing unless one of several is whole
    there, as a digit in a row is, and no part of a word or of a lying digit."""
    if sighting.box.width <= ROW * sighting.box.height:
        return []
    parts = _parts(sighting.box, sighting.look.window)
    found: dict[Box, _Sighting] = {}
    for one in (one for part in parts for one in _Look.at(page, part, finder).sightings()):
        place = one.look.window.box(one.box)
        if not any(_goes_on(place, other) for other in found):
            found[place] = one
    is_row = any(one.group.left > 0 and one.group.right < SIDE for one in found.values())
    return list(found.values()) if is_row and len(found) > 1 else []


def _around(box: Box, window: Window) -> Window:
    """The window that shows from near what has the place ``box`` in the view of ``window``."""
    scale = window.side / SIDE
    side = max(4, round(ROOM * max(box.width, box.height) * scale))
    x, y = box.middle
    left, top = window.left + x * scale - side / 2, window.top + y * scale - side / 2
    return Window(round(left), round(top), side)


def _parts(box: Box, window: Window) -> Iterator[Window]:
    """Windows that show from near, from left to right, the parts of what has the place ``box`` in
    the view of ``window``."""
    scale = window.side / SIDE
    count = min(MOST_PARTS, math.ceil(box.width / (ROW * box.height)))
    side = max(4, round(scale * max(1.2 * box.width / count, ROOM * box.height)))
    top = round(window.top + box.middle[1] * scale - side / 2)
    for part in range(count):
        middle = window.left + (box.x + (part + 0.5) / count * box.width) * scale
        yield Window(round(middle - side / 2), top, side)


def _quarters(window: Window) -> Iterator[Window]:
    """Four windows at its corners, which overlap: what is as small as that is whole in one."""
    side = round(QUARTER * window.side)
    for top in (window.top, window.top + window.side - side):
        for left in (window.left, window.left + window.side - side):
            yield Window(left, top, side)


def _plain(page: Gray, window: Window, shown: Gray) -> Mark | None:
    """The only mark on a page that is even besides; None where it is not so. ``shown`` is the view
    of its ``window``, or the page itself."""
    found = shape_ink(shown)
    if found is not None and shown is page:
        ink, box = found
        return Mark(ink, None, _with_edge(box).within(page.shape))
    if found is not None and max(found[1].width, found[1].height) < CLOSE * SIDE:
        window = _around(found[1], window)
        found = shape_ink(view(page, window))
    if found is None:
        return None
    ink, box = found
    return Mark(ink, None, window.box(_with_edge(box)).within(page.shape))


def _with_edge(box: Box) -> Box:
    """``box`` with a pixel more on each side, for the soft edge of the ink."""
    return Box(box.x - 1, box.y - 1, box.width + 2, box.height + 2)


def _all(page: Gray, window: Window) -> tuple[Mark, ...]:
    """All that is written on a tiny page, as one mark."""
    ink, there = np.zeros((SIDE, SIDE), np.float32), on_page(page.shape, window)
    rows, columns = (part.stop - part.start for part in there)
    found = cv2.resize(all_ink(page), (columns, rows), interpolation=cv2.INTER_CUBIC)
    ink[there] = np.clip(found, 0, 1)
    parts = pieces(ink, SEED / 2)
    if not parts or sum(part.mass for part in parts) < DIRT:
        return ()
    boxes = [(part.left, part.top, part.right, part.bottom) for part in parts]
    left, top = np.min(boxes, axis=0)[:2].tolist()
    right, bottom = np.max(boxes, axis=0)[2:].tolist()
    place = window.box(Box(left, top, right - left, bottom - top)).within(page.shape)
    return (Mark(ink, None, place),)


def _goes_on(one: Box, other: Box) -> bool:
    """Whether what is seen in one part of a row goes on in another."""
    shared = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    return shared > SHARED * min(one.width, other.width)


def _overlap(one: Box, other: Box) -> bool:
    """Whether the middle of either lies in the other."""
    return one.holds(*other.middle) or other.holds(*one.middle)
