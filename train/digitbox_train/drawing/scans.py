"""Written shapes → scans, photos and drawings of them, of which the ink is known.

The ranges here are wider than what real pages show.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing import pages
from digitbox_train.drawing.pages import Page, Written
from digitbox_train.drawing.papers import Region
from digitbox_train.drawing.pens import Ink, Style, fitted, pixelled, rewritten, stamp, stretched
from digitbox_train.drawing.writers import Writers


class Kind(StrEnum):
    """What a page is: the four ways that real ones come, and MNIST's own with damage."""

    PHOTO = "photo"
    CROP = "crop"
    SCAN = "scan"
    DRAWING = "drawing"
    SMALL = "small"


KINDS = {Kind.PHOTO: 0.32, Kind.CROP: 0.18, Kind.SCAN: 0.18, Kind.DRAWING: 0.18, Kind.SMALL: 0.14}
"""How often each is drawn."""

PAGES: dict[Kind, Page] = {
    Kind.PHOTO: pages.photo,
    Kind.CROP: pages.crop,
    Kind.SCAN: pages.scan,
    Kind.DRAWING: pages.drawing,
    Kind.SMALL: pages.small,
}

SUBJECTS = {"digit": 0.67, "several": 0.06, "other": 0.21, "blank": 0.06}
"""How often a page is about one digit, several, something that is none, or nothing: often enough
for the finder to learn that the clouds of an empty sheet are no ink. A crop is about one thing
though: what stands beside it was left there by whoever cut it out."""

SHARES = {
    Kind.PHOTO: (0.06, 1.0),
    Kind.CROP: (0.6, 1.05),
    Kind.SCAN: (0.35, 1.0),
    Kind.DRAWING: (0.25, 1.0),
}
"""The longer side of a shape over the page's shorter one: from, to, evenly in its logarithm. A
digit fills 0.24, 0.71 and 1.0 of real photos at the 5th, 50th and 95th percentile."""

LARGE_PHOTO, LARGE = 0.55, (0.45, 1.0)
"""That share of the photos has a shape of such a size."""

PIXELLED = 0.45
"""This share of what is drawn on a screen has no soft edges."""

STRETCHED, MOST_STRETCHED = 0.35, 2.5
"""This share of the shapes on small images that are cut out to them is made as broad as high, as
some collections bring digits to one size: by such a factor at most, since an upright 1 would be a
black square."""

CUT, MARGIN = 0.22, (0.0, 0.2)
"""This share of the pages about one shape is cut down to it, with so much of its longer side left
around it on each side. Of a 1 or a long 9 that leaves a strip, with strokes along its edges."""

SMALLEST = 28
"""Small images with a shorter side, in pixels, are cut out to the digit."""

NARROWEST = 8
"""The least side of a page that is cut, in pixels."""


@dataclass(frozen=True)
class Scan:
    """``page`` is uint8 ``[H, W]``, 0 black to 255 white; ``ink``, of the same form, is 255 where
    there is ink of what the page is about, not of its neighbours. ``label`` is 0 to 9,
    :data:`digitbox_train.drawing.writers.NOT_DIGIT`, or None where the page holds several shapes or
    none. ``size`` is the shape's longer side on the page, in pixels. ``contrast`` is how much of
    the light the ink takes away, in shares of the paper's. On a blank page both are those of a
    shape that was not written."""

    page: NDArray[np.uint8]
    ink: NDArray[np.uint8]
    label: int | None
    kind: Kind
    size: float
    contrast: float


def draw(
    writers: Writers,
    random: np.random.Generator,
    subject: str | None = None,
    kind: Kind | None = None,
    whole: tuple[int, int] | None = None,
    size: float | None = None,
) -> Scan:
    """Draw one page. ``subject``, one of SUBJECTS, its ``kind``, its height and width where it is
    left ``whole``, and the ``size`` of the shape, in pixels, are chosen at random where they are
    not given."""
    kind = kind or Kind(str(random.choice(list(KINDS), p=list(KINDS.values()))))
    subject = subject or _subject(kind, random)
    height, width = shape = whole or _page_shape(kind, random)
    ink = np.zeros(shape, np.float32)
    label: int | None = None
    size = size or _size(kind, shape, random)
    style = Style.of(random)
    place: Region = (0.0, 0.0, float(width), float(height))
    if subject == "several":
        size = _write_several(ink, writers, style, kind, random)
    elif subject != "blank":
        written, label = (writers.digit if subject == "digit" else writers.other)(random)
        shaped = _sized(rewritten(written, style, random), size, kind, random)
        place = _write(ink, shaped, kind, random)
    page, contrast = PAGES[kind](Written(ink, size, place, style, writers), random)
    levels, inked = np.clip(page, 0, 255).astype(np.uint8), np.rint(255 * ink).astype(np.uint8)
    if whole is None and label is not None and kind is not Kind.SMALL and random.random() < CUT:
        part = _cut(place, size, shape, random)
        levels, inked = np.ascontiguousarray(levels[part]), np.ascontiguousarray(inked[part])
    return Scan(levels, inked, label, kind, size, contrast)


def _subject(kind: Kind, random: np.random.Generator) -> str:
    subject = str(random.choice(list(SUBJECTS), p=list(SUBJECTS.values())))
    return "digit" if subject == "several" and kind is Kind.CROP else subject


def _cut(
    place: Region, size: float, shape: tuple[int, int], random: np.random.Generator
) -> tuple[slice, slice]:
    """The rows and columns of a page of ``shape`` that are left when it is cut down to ``place``:
    at least NARROWEST of each."""
    left, top, right, bottom = place + random.uniform(*MARGIN, 4) * size * np.array([-1, -1, 1, 1])
    parts = []
    for start, end, extent in ((top, bottom, shape[0]), (left, right, shape[1])):
        first = min(max(0, round(start)), extent - NARROWEST)
        parts.append(slice(first, max(min(extent, round(end)), first + NARROWEST)))
    return parts[0], parts[1]


def _page_shape(kind: Kind, random: np.random.Generator) -> tuple[int, int]:
    if kind is Kind.SMALL:
        side = int(random.choice([28, 28, 28, 28, 28, 28, 28, 16, 16, 20, 8, 8]))
        return side, side
    if kind is Kind.DRAWING:
        side = int(random.choice([28, 28, 28, 56, 64, 100, 140, 200, 280]))
    elif kind is Kind.SCAN:
        side = int(random.choice([28, 28, 28, 32, 45, 64, 96, 128, 200]))
    elif kind is Kind.CROP:
        side = int(np.exp(random.uniform(np.log(28), np.log(160))))
    else:
        side = int(random.choice([100, 160, 224, 300]))
    narrow = random.choice([1.0, random.uniform(0.5, 1)], p=[0.5, 0.5])
    shape = side, max(16, int(side * narrow))
    return shape if random.random() < 0.75 else shape[::-1]


def _size(kind: Kind, shape: tuple[int, int], random: np.random.Generator) -> float:
    """The longer side of the shape, in pixels."""
    if kind is Kind.SMALL:
        if shape[0] < SMALLEST:  # cut out to the digit
            return shape[0] * float(random.uniform(0.75, 1.05))
        usual = random.random() < 0.75
        return shape[0] * float(random.uniform(0.6, 0.8) if usual else random.uniform(0.36, 1.0))
    low, high = SHARES[kind]
    share = float(np.exp(random.uniform(np.log(low), np.log(high))))
    if kind is Kind.PHOTO and random.random() < LARGE_PHOTO:
        share = random.uniform(*LARGE)
    return max(9.0, share * min(shape) * (1.15 if shape[0] > shape[1] else 1.0))


def _sized(ink: Ink, size: float, kind: Kind, random: np.random.Generator) -> Ink:
    """``ink`` with its longer side at ``size`` pixels."""
    if kind is Kind.DRAWING and random.random() < PIXELLED:
        return pixelled(ink, size)
    shaped = fitted(ink, size)
    if kind is Kind.SMALL and size < SMALLEST and random.random() < STRETCHED:
        return stretched(shaped, MOST_STRETCHED)
    return shaped


def _write(page: Ink, shape: Ink, kind: Kind, random: np.random.Generator) -> Region:
    """Write ``shape`` on ``page``, in most cases whole, and return where."""
    room_y, room_x = page.shape[0] - shape.shape[0], page.shape[1] - shape.shape[1]
    spread = {Kind.SMALL: 0.25, Kind.CROP: 0.3, Kind.DRAWING: 0.6}.get(kind, 0.7)
    over = 0.04 if random.random() < 0.15 else 0.0
    y, x = (
        round(room / 2 + random.uniform(-1, 1) * (spread * max(room, 0) / 2 + over * side))
        for room, side in ((room_y, shape.shape[0]), (room_x, shape.shape[1]))
    )
    if kind is Kind.SMALL and random.random() < 0.15:  # MNIST-C's translate
        y, x = (int(random.integers(-2, max(1, room + 2))) for room in (room_y, room_x))
    stamp(page, shape, x, y)
    return x, y, x + shape.shape[1], y + shape.shape[0]


def _write_several(
    page: Ink, writers: Writers, style: Style, kind: Kind, random: np.random.Generator
) -> float:
    """Write two to four digits side by side, and return their size."""
    height, width = page.shape
    count = int(random.choice([2, 2, 3, 4]))
    size = min(height * random.uniform(0.3, 0.9), width / count * random.uniform(0.9, 1.4))
    gap = random.uniform(0.05, 0.5) * size
    shapes = [
        _sized(rewritten(writers.digit(random)[0], style, random), max(7.0, size), kind, random)
        for _ in range(count)
    ]
    total = sum(shape.shape[1] for shape in shapes) + gap * (count - 1)
    x = max(0.0, (width - total) * random.uniform(0.3, 0.7))
    y = max(0.0, (height - size) * random.random())
    for shape in shapes:
        stamp(page, shape, round(x), round(y + random.normal(0, 0.05) * size))
        x += shape.shape[1] + gap
    return float(size)
