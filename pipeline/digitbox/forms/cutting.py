"""Places of a page → pictures of them, upright, without what is printed there."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import evenly_lit
from digitbox.forms.perspective import Quad
from digitbox.recognition.view import Gray

DARK = 150
"""What is darker, on evenly lit paper that is 220, is ink or print."""

LIGHT = 190
"""The same of the lines of a reference that has no dark ones: a copy in black and white shows
pieces of light lines in black, and a piece beside a digit reads as a 1."""

NEAR = 0.15
"""Upright lines stand within such a share of a cell from where one begins or ends: elsewhere, they
may be a 1."""

PRINTED, ON_PAGE = 0.3, 0.7
"""Where so much of the height or the width of a field is dark on the reference, or on the page, a
line is printed."""

GROWN = 0.015
"""A printed line is taken away with such a share of the field's height on each side of it."""

LARGEST = 4000
"""No picture has a longer side, in pixels."""


def cut(page: Gray, place: Quad) -> Gray:
    """What ``page`` shows within ``place``, in about its own resolution: uint8 ``[h, w]``. Beyond
    the page's edges its outermost pixels go on."""
    return np.asarray(
        cv2.warpPerspective(
            page,
            to_page(place),
            size(place),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def inner(picture: NDArray[Any], share: float) -> NDArray[Any]:
    """``picture`` (``[h, w]``) without such a ``share`` of its sides on each side."""
    high, wide = picture.shape
    x, y = round(share * wide), round(share * high)
    return picture[y : max(y + 1, high - y), x : max(x + 1, wide - x)]


def to_page(place: Quad) -> NDArray[np.float64]:
    """From places on the picture of ``place`` to places on the page, float64 ``[3, 3]``."""
    wide, high = size(place)
    target = np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float32) - np.float32(0.5)
    return np.asarray(cv2.getPerspectiveTransform(target, place.astype(np.float32)), np.float64)


def size(place: Quad) -> tuple[int, int]:
    """Width and height of ``place`` in pixels: the mean of opposite sides."""
    sides = np.linalg.norm(np.roll(place, -1, axis=0) - place, axis=1)
    wide, high = (sides[0] + sides[2]) / 2, (sides[1] + sides[3]) / 2
    return min(LARGEST, max(1, round(wide))), min(LARGEST, max(1, round(high)))


def part(place: Quad, left: float, top: float, right: float, bottom: float) -> Quad:
    """The part of ``place`` between these shares of its width and height, which may be below 0 or
    above 1."""
    upper_left, upper_right, lower_right, lower_left = place

    def at(x: float, y: float) -> NDArray[np.float64]:
        upper = upper_left + x * (upper_right - upper_left)
        lower = lower_left + x * (lower_right - lower_left)
        return np.asarray(upper + y * (lower - upper))

    return np.array([at(left, top), at(right, top), at(right, bottom), at(left, bottom)])


def printed(field: Gray, cells: int, margin: tuple[float, float]) -> NDArray[np.uint8]:
    """255 where the picture of a ``field`` of a reference has a printed line, else 0; uint8
    ``[h, w]``. The field has so many ``cells`` side by side, and the picture shows ``margin`` of
    its width and height around it."""
    dark = _lines(field, cells, margin, PRINTED, DARK)
    return dark if dark.any() else _lines(field, cells, margin, PRINTED, LIGHT)


def seen(field: Gray, cells: int, margin: tuple[float, float]) -> NDArray[np.uint8]:
    """The same of a field of a page, which may be filled in."""
    return _lines(field, cells, margin, ON_PAGE, DARK)


def _lines(
    field: Gray, cells: int, margin: tuple[float, float], share: float, below: int
) -> NDArray[np.uint8]:
    """Lines are darker than ``below`` on such a ``share`` of the field's height or width, or
    more."""
    high, wide = field.shape
    inner = wide / (1 + 2 * margin[0]), high / (1 + 2 * margin[1])
    left, top = round(margin[0] * inner[0]), round(margin[1] * inner[1])
    dark = (evenly_lit(field) < below).astype(np.uint8)
    # Lines are level and upright here but for a pixel.
    inside = dark[top : max(top + 1, high - top), left : max(left + 1, wide - left)]
    columns = cv2.dilate(dark, np.ones((1, 3)))[top : max(top + 1, high - top)].mean(axis=0)
    rows = cv2.dilate(inside, np.ones((3, 1))).mean(axis=1)
    each = inner[0] / cells
    away = np.abs((np.arange(wide) + 0.5 - left) / each % 1)
    found = np.zeros((high, wide), np.uint8)
    found[:, (columns >= share) & (np.minimum(away, 1 - away) <= NEAR)] = 255
    found[top : top + len(rows)][rows >= max(share, 0.5)] = 255
    grown = 1 + 2 * max(1, round(GROWN * inner[1]))
    return np.asarray(cv2.dilate(found, np.ones((grown, grown), np.uint8)), np.uint8)


def without_print(picture: Gray, printed: NDArray[np.uint8]) -> Gray:
    """``picture`` with what is ``printed`` filled in from beside. ``printed`` shows the same place
    of the reference, in another size perhaps."""
    high, wide = picture.shape
    mask = (cv2.resize(printed, (wide, high), interpolation=cv2.INTER_LINEAR) > 60).astype(np.uint8)
    if not mask.any() or mask.all():
        return picture
    radius = max(2, round(0.03 * high))
    return np.asarray(cv2.inpaint(picture, mask, radius, cv2.INPAINT_TELEA), np.uint8)
