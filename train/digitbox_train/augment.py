"""Frames of digits → the same digits as other writers and pens would have made them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.normalize import FRAME_SIDE

ROTATION = 12.0
"""Largest turn either way, in degrees."""
SHEAR = 0.25
"""Largest slant either way, as a share of the height."""
SCALE = (0.85, 1.1)
"""Size, along each axis on its own."""
SHIFT = 2.0
"""Largest shift either way, in pixels: normalisation centres by mass, so little is needed."""
WARP, CELLS = 1.0, 4
"""How far points move against their neighbours, in pixels (standard deviation, at most), so many
places along a side on their own (after Simard, Steinkraus, Platt: Best Practices for Convolutional
Neural Networks Applied to Visual Document Analysis, 2003)."""
GAMMA = (0.6, 1.6)
"""Exponent on the ink's strength: from hard to soft pen edges."""

_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
_LEVELS = np.linspace(0, 1, 256)
_ROWS, _COLUMNS = np.indices((FRAME_SIDE, FRAME_SIDE), np.float32) - np.float32(
    (FRAME_SIDE - 1) / 2
)
_BETWEEN = cv2.resize(np.eye(CELLS, dtype=np.float32), (CELLS, FRAME_SIDE))
"""``[FRAME_SIDE, CELLS]``: values at CELLS places → a line through them."""


def augment(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, slant, stretch, shift and warp each of ``images`` (uint8 ``[N, 28, 28]``) at random,
    make a third of the strokes thinner or thicker, and vary the ink."""
    count = len(images)
    x, y = _places(count, random)
    pens, gammas = random.random(count), random.uniform(*GAMMA, count)
    tables = np.rint(255 * _LEVELS ** gammas[:, None]).astype(np.uint8)
    augmented = np.empty_like(images)
    for index, image in enumerate(images):
        moved = cv2.remap(image, x[index], y[index], cv2.INTER_LINEAR)
        augmented[index] = tables[index][_written(moved, pens[index])]
    return augmented


def _places(
    count: int, random: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where each pixel of ``count`` images comes from, each float32 ``[count, FRAME_SIDE,
    FRAME_SIDE]``."""
    angle = np.deg2rad(random.uniform(-ROTATION, ROTATION, count))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    slant = np.tile(np.eye(2), (count, 1, 1))
    slant[:, 0, 1] = random.uniform(-SHEAR, SHEAR, count)
    scale = random.uniform(*SCALE, (count, 1, 2))
    back = np.linalg.inv(turn.transpose(2, 0, 1) @ slant * scale).astype(np.float32)
    shift = (FRAME_SIDE - 1) / 2 + random.uniform(-SHIFT, SHIFT, (count, 2)).astype(np.float32)
    warp = random.normal(0, 1, (2, count, CELLS, CELLS)) * WARP * random.random((count, 1, 1))
    x, y = _BETWEEN @ warp.astype(np.float32) @ _BETWEEN.T
    a, b, c, d = back.reshape(count, 4, 1, 1).transpose(1, 0, 2, 3)
    x += a * _COLUMNS + b * _ROWS + shift[:, 0, None, None]
    y += c * _COLUMNS + d * _ROWS + shift[:, 1, None, None]
    return x, y


def _written(image: NDArray[np.uint8], pen: float) -> NDArray[np.uint8]:
    """``image``, thinner or thicker for a ``pen`` (0 to 1) below a third."""
    if pen < 1 / 6:
        changed = cv2.erode(image, _CROSS)
    elif pen < 2 / 6:
        changed = cv2.dilate(image, _CROSS)
    else:
        return image.astype(np.uint8, copy=False)
    # Half way, so that thin strokes do not vanish and narrow loops do not fill.
    return cv2.addWeighted(image, 0.5, changed, 0.5, 0).astype(np.uint8, copy=False)
