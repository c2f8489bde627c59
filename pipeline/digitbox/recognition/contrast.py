"""Pixels, and perhaps the ink in them → how far each stands out from the background."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.view import Gray

NEAR = 0.1
"""The background at a place is the mean of what is no ink around it, weighted by a Gaussian of this
share of the view's side: wide enough for broad strokes, narrow enough for a lamp or a shadow."""

INK, HALO = 0.1, 5
"""Pixels that are ink so likely, and those so near to them, in pixels across, say nothing about the
background."""

FULL = 70
"""Percentile of the ink's contrast that counts as full: a pencil's strokes are uneven, and edges
are soft."""


def from_paper(gray: Gray, reach: int) -> NDArray[np.int16]:
    """By how many levels each pixel of ``gray`` (uint8 ``[H, W]``) is lighter than the paper, which
    is the median of what is within ``reach`` pixels, at most 127, across and down."""
    padded = cv2.copyMakeBorder(gray, *(reach,) * 4, cv2.BORDER_REPLICATE)
    paper = cv2.medianBlur(padded, 2 * reach + 1)[reach:-reach, reach:-reach]
    return np.asarray(gray.astype(np.int16) - paper, np.int16)


def contrast(view: Gray, ink: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """How much of the ink's strength each pixel of ``view`` (uint8 ``[H, W]``) has, float32 ``[H,
    W]`` in [0, 1]: 0 where it is as the background, or beyond it; and that strength, in levels.
    ``ink``, of the same form as ``view``, is how likely each is ink, in [0, 1], at least one pixel
    of it above 0."""
    levels = view.astype(np.float32)
    halo = cv2.dilate((ink > INK).astype(np.uint8), np.ones((HALO, HALO), np.uint8))
    bare = np.asarray(1 - halo, np.float32)
    sigma = NEAR * max(view.shape)
    # A little weight everywhere, so that there is a background where all is ink.
    weights = _blurred(bare, sigma) + 1e-4
    usual = cv2.mean(levels, 1 - halo if halo.min() == 0 else None)[0]
    background = (_blurred(levels * bare, sigma) + np.float32(1e-4 * usual)) / weights
    away = levels - background
    if float((away * ink).sum()) < 0:
        away = -away
    strong = away[ink >= 0.5 * ink.max()]
    place = FULL * (len(strong) - 1) // 100
    full = float(np.partition(strong, place)[place])
    return np.asarray(np.clip(away / max(full, 1.0), 0, 1), np.float32), full


def _blurred(field: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """By a Gaussian, at a quarter of the size: what is so smooth needs no more."""
    height, width = field.shape
    small = cv2.resize(
        field, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA
    )
    soft = cv2.GaussianBlur(small, (0, 0), sigma / 4, borderType=cv2.BORDER_REFLECT)
    return np.asarray(cv2.resize(soft, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
