"""A gray page → the ink on it that may be a digit each time, the most prominent first."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.contrast import contrast
from digitbox.recognition.crop import Crop, Overview
from digitbox.recognition.finder import Finder
from digitbox.recognition.grouping import DIRT, Group, groups, pieces
from digitbox.recognition.plain import all_ink, shape_ink
from digitbox.recognition.view import VIEW_SIDE, Gray, Window, on_page, view

TINY, TINY_EDGE = 20, 0.25
"""A page whose sides have at most so many pixels has no room for paper, rules or neighbours: what
stands out on it is the ink, from this share of its strength on."""

CLOSE, ROOM = 0.6, 1.5
"""What is smaller than the first share of its view gets a crop of its own: a window so many times
its size. The finder is trained on crops of what is smaller than that, too."""

ROW, MOST_PARTS, SHARED = 1.5, 4, 0.2
"""What is so much wider than high may be several digits in a row: it is cropped in at most so many
parts, and what shares so much of its width with what another part shows is that again."""

LARGER = 1.2
"""Of two detections that overlap, the second is the first again unless it has so many times its
area."""

WIDE, QUARTER = 3.0, 0.6
"""Where nothing is found on a page of which a view shows so many pixels in one, its quarters, of
this share of its side, are cropped: a digit of a thirtieth of the page has four pixels in a
view. Where nothing is found there either, their own quarters are; further down it is dirt that is
found."""

FAINTEST = 7.0
"""What stands out from its background by fewer levels is no ink. The faintest pencil of 1,663 real
digits does by 12, soft clouds on empty sheets with deviations of up to 3 levels by 5.6."""

MAX_CROPS = 3
"""So many crops show a detection, at most, each closer than the one before."""

MAX_DETECTIONS = 12
"""Only so many are reported."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What may be a digit. ``ink`` and ``contrast`` are float32 ``[H, W]`` in [0, 1]: of each pixel
    of the view that shows it best, how much of it is its ink, and how far it stands out from the
    background; None where the two are one, on an even background. ``box`` is its place on the page,
    in the page's pixels."""

    ink: NDArray[np.float32]
    contrast: NDArray[np.float32] | None
    box: Box


def locate(page: Gray, finder: Finder, overview: Overview | None = None) -> tuple[Detection, ...]:
    """Find what may be a digit on ``page`` (uint8 ``[H, W]``, dark on light or light on dark, of
    any size and aspect). Returns nothing where the page is blank. ``overview`` is that of the page,
    where there is one already."""
    overview = overview or Overview(page, finder)
    window = overview.window
    if window.side <= TINY:
        return _all(page, window)
    if (plain := _plain(overview)) is not None:
        return (plain,)
    found = _detections(page, _blobs(overview.crop), finder)
    windows = [window]
    for _ in range(2):
        if found or windows[0].side <= WIDE * VIEW_SIDE:
            break
        windows = [quarter for one in windows for quarter in one.quarters(QUARTER)]
        crops = [Crop.at(page, quarter, finder) for quarter in windows]
        blobs = [blob for crop in crops for blob in _blobs(crop)]
        found = _detections(page, sorted(blobs, key=lambda blob: -blob.group.mass), finder)
    return found


def _detections(page: Gray, blobs: Sequence["_Blob"], finder: Finder) -> tuple[Detection, ...]:
    found: list[Detection] = []
    for blob in blobs[:MAX_DETECTIONS]:
        for near in _closer(page, blob, finder):
            detection = near.detection(page)
            if detection is not None and not _is_suppressed(detection, found):
                found.append(detection)
    return tuple(found[:MAX_DETECTIONS])


def _is_suppressed(detection: Detection, found: Sequence[Detection]) -> bool:
    """Overlap suppression: whether ``detection`` is one of ``found`` again, since in crops two may
    turn out to be one. What is larger by more holds the other and something besides."""
    return any(
        _overlap(detection.box, other.box) and detection.box.area < LARGER * other.box.area
        for other in found
    )


@dataclass(frozen=True, slots=True)
class _Blob:
    """What may be a digit, as one crop shows it."""

    group: Group
    crop: Crop

    @property
    def box(self) -> Box:
        """Its place in the view."""
        left, top = self.group.left, self.group.top
        return Box(left, top, self.group.right - left, self.group.bottom - top)

    def detection(self, page: Gray) -> Detection | None:
        """None where it is too faint to be ink."""
        crop, box = self.crop, _with_edge(self.box).clamped((VIEW_SIDE, VIEW_SIDE))
        part = box.slices
        # A pixel of soft edge around the stroke keeps its outline smooth.
        soft = cv2.dilate(self.group.mask(part), np.ones((3, 3), np.uint8))
        ink = np.zeros((VIEW_SIDE, VIEW_SIDE), np.float32)
        ink[part] = np.clip(crop.ink[part] / (2 * crop.edge), 0, 1) * soft
        tone, there = np.zeros((VIEW_SIDE, VIEW_SIDE), np.float32), on_page(page.shape, crop.window)
        tone[there], levels = contrast(crop.view[there], ink[there])
        if levels < FAINTEST:
            return None
        return Detection(ink, tone, crop.window.box(box).clamped(page.shape))


def _blobs(crop: Crop) -> list[_Blob]:
    return [_Blob(group, crop) for group in groups(crop.ink, crop.edge, crop.seed)]


def _closer(page: Gray, blob: _Blob, finder: Finder) -> list[_Blob]:
    """``blob`` from near enough, and then what is seen beside it; or, where it is a row of
    several, these."""
    beside: list[_Blob] = []
    for _ in range(MAX_CROPS - 1):
        if blob.group.size >= CLOSE * VIEW_SIDE:
            break
        near = _around(blob.box, blob.crop.window)
        if near.side >= 0.9 * blob.crop.window.side:
            break
        seen = _blobs(Crop.at(page, near, finder))
        if not seen:
            break
        # A neighbour may be heavier; what is looked for stands in the middle.
        blob, *others = sorted(seen, key=lambda found: found.group.off_centre)
        beside += others
    return [*(_row(page, blob, finder) or [blob]), *beside]


def _row(page: Gray, blob: _Blob, finder: Finder) -> list[_Blob]:
    """What crops of the parts of a broad blob show: nothing unless one of several is
    whole there, as a digit in a row is, and no part of a word or of a lying digit."""
    if blob.box.width <= ROW * blob.box.height:
        return []
    parts = _parts(blob.box, blob.crop.window)
    found: dict[Box, _Blob] = {}
    for one in (one for part in parts for one in _blobs(Crop.at(page, part, finder))):
        place = one.crop.window.box(one.box)
        if not any(_goes_on(place, other) for other in found):
            found[place] = one
    is_row = any(one.group.left > 0 and one.group.right < VIEW_SIDE for one in found.values())
    return list(found.values()) if is_row and len(found) > 1 else []


def _around(box: Box, window: Window) -> Window:
    """The window that shows from near what has the place ``box`` in the view of ``window``."""
    scale = window.side / VIEW_SIDE
    side = max(4, round(ROOM * max(box.width, box.height) * scale))
    x, y = box.middle
    left, top = window.left + x * scale - side / 2, window.top + y * scale - side / 2
    return Window(round(left), round(top), side)


def _parts(box: Box, window: Window) -> Iterator[Window]:
    """Windows that show from near, from left to right, the parts of what has the place ``box`` in
    the view of ``window``."""
    scale = window.side / VIEW_SIDE
    count = min(MOST_PARTS, math.ceil(box.width / (ROW * box.height)))
    side = max(4, round(scale * max(1.2 * box.width / count, ROOM * box.height)))
    top = round(window.top + box.middle[1] * scale - side / 2)
    for part in range(count):
        middle = window.left + (box.x + (part + 0.5) / count * box.width) * scale
        yield Window(round(middle - side / 2), top, side)


def _plain(overview: Overview) -> Detection | None:
    """The only shape on a page that is even besides; None where it is not so."""
    page, window, found = overview.page, overview.window, overview.shape
    if found is not None and overview.shown is page:
        ink, box = found
        return Detection(ink, None, _with_edge(box).clamped(page.shape))
    if found is not None and max(found[1].width, found[1].height) < CLOSE * VIEW_SIDE:
        window = _around(found[1], window)
        found = shape_ink(view(page, window))
    if found is None:
        return None
    ink, box = found
    return Detection(ink, None, window.box(_with_edge(box)).clamped(page.shape))


def _with_edge(box: Box) -> Box:
    """``box`` with a pixel more on each side, for the soft edge of the ink."""
    return Box(box.x - 1, box.y - 1, box.width + 2, box.height + 2)


def _all(page: Gray, window: Window) -> tuple[Detection, ...]:
    """All that is written on a tiny page, as one detection."""
    ink, there = np.zeros((VIEW_SIDE, VIEW_SIDE), np.float32), on_page(page.shape, window)
    rows, columns = (part.stop - part.start for part in there)
    found = cv2.resize(all_ink(page), (columns, rows), interpolation=cv2.INTER_CUBIC)
    ink[there] = np.clip(found, 0, 1)
    parts = pieces(ink, TINY_EDGE, 2 * TINY_EDGE)
    if not parts or sum(part.mass for part in parts) < DIRT:
        return ()
    boxes = [(part.left, part.top, part.right, part.bottom) for part in parts]
    left, top = np.min(boxes, axis=0)[:2].tolist()
    right, bottom = np.max(boxes, axis=0)[2:].tolist()
    place = window.box(Box(left, top, right - left, bottom - top)).clamped(page.shape)
    return (Detection(ink, None, place),)


def _goes_on(one: Box, other: Box) -> bool:
    """Whether what is seen in one part of a row goes on in another."""
    shared = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    return shared > SHARED * min(one.width, other.width)


def _overlap(one: Box, other: Box) -> bool:
    """Whether the middle of either lies in the other."""
    return one.holds(*other.middle) or other.holds(*one.middle)
