"""MNIST images → the same digits as other hands and pens would have made them."""

import cv2
import numpy as np
from numpy.typing import NDArray

ROTATION = 12.0
"""Largest turn either way, in degrees."""
SHEAR = 0.25
"""Largest slant either way, as a share of the height."""
SCALE = (0.85, 1.1)
"""Size, along each axis on its own."""
SHIFT = 2.0
"""Largest shift either way, in pixels: normalisation centres by mass, so little is needed."""
GAMMA = (0.6, 1.6)
"""Exponent on the ink's strength: from hard to soft pen edges."""


def augment(images: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, slant, stretch and shift each of ``images`` (uint8 ``[N, 28, 28]``) at random, make a
    third of the strokes thinner or thicker, and vary the ink."""
    augmented = np.empty_like(images)
    for index, image in enumerate(images):
        augmented[index] = _ink(_pen(_slant(image, random), random), random)
    return augmented


def _slant(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    angle = np.deg2rad(random.uniform(-ROTATION, ROTATION))
    shear = random.uniform(-SHEAR, SHEAR)
    scale = np.diag(random.uniform(*SCALE, size=2))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1.0, shear], [0.0, 1.0]]) @ scale
    centre = np.array([13.5, 13.5])
    shift = centre - matrix @ centre + random.uniform(-SHIFT, SHIFT, size=2)
    warped = cv2.warpAffine(image, np.column_stack([matrix, shift]), (28, 28))
    return warped.astype(np.uint8, copy=False)


def _pen(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    kernel = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)
    choice = random.random()
    if choice < 1 / 6:
        changed = cv2.erode(image, kernel)
    elif choice < 2 / 6:
        changed = cv2.dilate(image, kernel)
    else:
        return image
    # Half way, so that thin strokes do not vanish and narrow loops do not fill.
    return cv2.addWeighted(image, 0.5, changed, 0.5, 0).astype(np.uint8, copy=False)


def _ink(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    strength = (image / 255.0) ** random.uniform(*GAMMA)
    return np.rint(255 * strength).astype(np.uint8)
