"""A written shape → its ink, as another pen would have left it, and where it is put on a page."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from digitbox.recognition.stroke import stroke_width

Ink = NDArray[np.float32]
"""``[h, w]``, 0 paper to 1 full ink."""

SHAPE_SIDE, ROOM = 128, 24
"""Shapes are worked on at this size of their longer side, in pixels, with so much room around."""

WIDTH_MEDIAN, WIDTH_SPREAD, WIDTH_RANGE = 0.065, 0.65, (0.009, 0.2)
"""Stroke width over the shape's longer side: log-normal, within a range; on real photos it is 0.01,
0.07 and 0.21 at the 5th, 50th and 95th percentile."""

UNCHANGED = 0.35
"""This share of the shapes keeps the width that it has."""

ROTATION, SHEAR, ASPECT, WARP = 12.0, 0.22, 0.2, 0.035
"""Largest turn in degrees; slant; stretch of one side against the other, as a logarithm; and how
far points move against their neighbours, as a share of SHAPE_SIDE."""

TILTED, TILT = 0.2, 28.0
"""This share of the shapes is turned by up to so many degrees: sheets lie aslant."""


@dataclass(frozen=True)
class Style:
    """How someone writes all that stands on a page: ``turn`` in radians, ``slant`` to the side over
    the height, ``stretch`` of the width (and of the height by its inverse), and the pen's ``width``
    as a share of SHAPE_SIDE, or None for that which a shape has."""

    turn: float
    slant: float
    stretch: float
    width: float | None

    @classmethod
    def of(cls, random: np.random.Generator) -> "Style":
        """Someone's."""
        most = TILT if random.random() < TILTED else ROTATION
        width = None
        if random.random() >= UNCHANGED:
            share = float(np.exp(random.normal(np.log(WIDTH_MEDIAN), WIDTH_SPREAD)))
            width = float(np.clip(share, *WIDTH_RANGE))
        return cls(
            turn=float(np.deg2rad(random.uniform(-most, most))),
            slant=float(random.uniform(-SHEAR, SHEAR)),
            stretch=float(np.exp(random.uniform(-ASPECT, ASPECT) / 2)),
            width=width,
        )


def rewritten(
    shape: NDArray[np.uint8], style: Style, random: np.random.Generator, side: int = SHAPE_SIDE
) -> Ink:
    """``shape`` (uint8 ``[h, w]``, ink 255 on background 0) in a ``style`` and warped a little. The
    result fits its ink; its longer side is around ``side`` pixels: where many small ones are drawn,
    half of SHAPE_SIDE takes a third of the time. A shape without ink stays without."""
    mask = _enlarged(shape, side)
    mask = _warped(mask, style, random, side)
    outline = (mask > 0.5).astype(np.uint8)
    if not outline.any():
        return trimmed(_enlarged(shape, side))
    if style.width is None:
        return trimmed(mask)
    return trimmed(traced(outline, style.width * side, 1.5 * side / SHAPE_SIDE))


def traced(outline: NDArray[np.uint8], width: float, smoothing: float = 1.5) -> Ink:
    """The strokes of ``outline`` (uint8 ``[h, w]``, ink 1, at least one pixel of it) in another
    ``width``, in pixels; there may be more room around them then. Loops stay open: where a thicker
    stroke would fill one, it is less thick. ``smoothing``, in pixels, is for thinner ones."""
    now = stroke_width(outline)
    if width < 0.8 * now:
        distance = _distance(1 - skeletonize(outline > 0).astype(np.uint8))
        # The skeleton runs along pixels; smoothing takes its steps away.
        smooth = cv2.GaussianBlur(distance, (0, 0), smoothing)
        return np.asarray(np.clip(width / 2 - smooth + 0.8 * smoothing, 0, 1), np.float32)
    room = int(width / 2) + 1
    wide = cv2.copyMakeBorder(outline, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    outline = np.asarray(wide, np.uint8)
    signed = _distance(outline) - _distance(1 - outline)
    holes = _holes(outline)
    growth = (width - now) / 2
    for _ in range(4):
        grown = np.clip(signed + growth + 0.5, 0, 1)
        if _holes((grown > 0.5).astype(np.uint8)) >= holes:
            return np.asarray(grown, np.float32)
        growth *= 0.6
    return np.asarray(np.clip(signed + 0.5, 0, 1), np.float32)


def trimmed(ink: Ink) -> Ink:
    """``ink`` without the empty rows and columns around it; all of it where all are empty."""
    rows, columns = (np.flatnonzero(ink.max(axis=axis) > 0.2) for axis in (1, 0))
    if not len(rows):
        return ink
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fitted(ink: Ink, size: float) -> Ink:
    """``ink`` with its longer side at ``size`` pixels and soft edges."""
    scale = size / max(ink.shape)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(ink, _across_down(ink, scale), interpolation=method)
    return np.clip(small, 0, 1).astype(np.float32)


def pixelled(ink: Ink, size: float) -> Ink:
    """``ink`` with its longer side at ``size`` pixels, as a program draws it: no soft edges, and no
    line thinner than a pixel."""
    scale = size / max(ink.shape)
    reach = max(1, round(1 / scale))
    thick = cv2.dilate(ink, np.ones((reach, reach), np.uint8)) if reach > 1 else ink
    # Cut to what is left without the soft edges, so that it has the size that was asked for.
    solid = trimmed(np.asarray(thick > 0.5, np.float32))
    across_down = _across_down(solid, size / max(solid.shape))
    return np.asarray(cv2.resize(solid, across_down, interpolation=cv2.INTER_NEAREST), np.float32)


def stretched(ink: Ink, most: float) -> Ink:
    """``ink`` with its shorter side as long as the longer one, but ``most`` times as long as it was
    at most."""
    longer = max(ink.shape)
    height, width = (min(longer, max(1, round(most * side))) for side in ink.shape)
    wide = cv2.resize(ink, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(wide, 0, 1).astype(np.float32)


def stamp(page: Ink, ink: Ink, x: int, y: int) -> None:
    """Write ``ink`` on ``page``, over what is there, with its top left corner at ``x``, ``y``,
    which may be outside; so is what is lost."""
    top, left = max(0, y), max(0, x)
    bottom = min(page.shape[0], y + ink.shape[0])
    right = min(page.shape[1], x + ink.shape[1])
    if top < bottom and left < right:
        part = ink[top - y : bottom - y, left - x : right - x]
        np.maximum(page[top:bottom, left:right], part, out=page[top:bottom, left:right])


def _across_down(ink: Ink, scale: float) -> tuple[int, int]:
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    return width, height


def _enlarged(shape: NDArray[np.uint8], side: int) -> Ink:
    """The shape with smooth edges, its longer side ``side``, with room around it."""
    ink = trimmed(np.asarray(shape.astype(np.float32) / 255, np.float32))
    scale, room = side / max(ink.shape), round(ROOM * side / SHAPE_SIDE)
    height, width = (max(1, round(extent * scale)) for extent in ink.shape)
    large = cv2.resize(ink, (width, height), interpolation=cv2.INTER_CUBIC)
    large = cv2.copyMakeBorder(large, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    smooth = cv2.GaussianBlur(large, (0, 0), 0.3 * scale)
    return np.asarray(np.clip((smooth - 0.5) * 3 + 0.5, 0, 1), np.float32)


def _warped(ink: Ink, style: Style, random: np.random.Generator, side: int) -> Ink:
    height, width = ink.shape
    cos, sin = np.cos(style.turn), np.sin(style.turn)
    slant = np.array([[1.0, style.slant], [0.0, 1.0]])
    stretch = np.diag([style.stretch, 1 / style.stretch])
    matrix = (np.array([[cos, -sin], [sin, cos]]) @ slant @ stretch).astype(np.float32)
    x, y = np.meshgrid(
        np.arange(width, dtype=np.float32) - width / 2,
        np.arange(height, dtype=np.float32) - height / 2,
    )
    coarse = random.normal(0, WARP * side * random.random(), (2, 5, 5)).astype(np.float32)
    across, down = (
        cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC) for field in coarse
    )
    map_x = matrix[0, 0] * x + matrix[0, 1] * y + width / 2 + across
    map_y = matrix[1, 0] * x + matrix[1, 1] * y + height / 2 + down
    return np.asarray(cv2.remap(ink, map_x, map_y, cv2.INTER_LINEAR), np.float32)


def _distance(mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)


def _holes(outline: NDArray[np.uint8]) -> int:
    """How many pieces of background there are that can be seen: of at least 12 pixels."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(1 - outline, connectivity=4)
    return int(np.sum(stats[1:, cv2.CC_STAT_AREA] >= 12))


def retraced(shape: Ink, again: Ink, random: np.random.Generator) -> Ink:
    """Two attempts at one digit, one over the other."""
    high, wide = np.maximum(shape.shape, again.shape) + 4
    both = np.zeros((high, wide), np.float32)
    stamp(both, shape, 1, 1)
    stamp(both, again, int(random.integers(0, 4)), int(random.integers(0, 4)))
    return both
