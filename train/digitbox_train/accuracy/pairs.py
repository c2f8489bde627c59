"""Digits → pages with two of them side by side, as one hand writes them on plain paper."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Shapes = NDArray[np.float64]

ASKED = 60
"""So many digits, at most, are looked at for the second one of a page."""


def pages(
    digits: NDArray[np.uint8], labels: NDArray[np.uint8], count: int, seed: int
) -> Iterator[tuple[Gray, str]]:
    """``count`` pages, uint8 ``[H, W]``, dark ink on light paper, each with its label of two
    digits. ``digits`` are uint8 ``[N, 28, 28]``, ink 255. Nobody knows who wrote which of them: the
    second is the one, of :data:`ASKED` others, with the slant and the stroke width most like the
    first's."""
    random = np.random.default_rng(seed)
    shapes = np.stack([_shape(digit) for digit in digits])
    shapes = (shapes - shapes.mean(axis=0)) / (shapes.std(axis=0) + 1e-9)
    for _ in range(count):
        first = int(random.integers(len(digits)))
        asked = random.choice(len(digits), min(ASKED, len(digits)), replace=False)
        asked = asked[asked != first]
        second = int(asked[np.linalg.norm(shapes[asked] - shapes[first], axis=1).argmin()])
        page = _page(_cropped(digits[first]), _cropped(digits[second]), random)
        yield page, f"{labels[first]}{labels[second]}"


def _shape(digit: NDArray[np.uint8]) -> Shapes:
    """Slant, from the moments of the ink, and the mean distance of the ink to its outline."""
    moments = cv2.moments(digit)
    slant = moments["mu11"] / max(moments["mu02"], 1e-9)
    inside = cv2.distanceTransform((digit > 100).astype(np.uint8), cv2.DIST_L2, 3)
    return np.array([slant, inside[inside > 0].mean() if inside.any() else 0.0])


def _cropped(digit: NDArray[np.uint8]) -> Gray:
    rows, columns = np.flatnonzero(digit.max(axis=1) > 60), np.flatnonzero(digit.max(axis=0) > 60)
    return digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _page(first: Gray, second: Gray, random: np.random.Generator) -> Gray:
    """Both at one size and nearly on one line, from just touching to well apart."""
    gap = int(random.integers(-1, 12))
    lift = int(random.integers(-2, 3))
    height = 24
    row = np.zeros((height + 4, first.shape[1] + gap + second.shape[1]), np.uint8)
    for digit, left, bottom in ((first, 0, height), (second, first.shape[1] + gap, height + lift)):
        place = row[bottom - digit.shape[0] : bottom, left : left + digit.shape[1]]
        np.maximum(place, digit, out=place)
    scale = float(random.uniform(1.5, 8))
    margins = random.uniform(0.3, 1.6, 4) * 20 * scale
    top, bottom, left, right = (int(margin) for margin in margins)
    size = (round(row.shape[1] * scale), round(row.shape[0] * scale))
    enlarged = cv2.resize(row, size, interpolation=cv2.INTER_CUBIC).astype(np.float64) / 255
    ink = np.pad(np.clip((enlarged - 0.3) * 3, 0, 1), ((top, bottom), (left, right)))
    paper, pen = random.uniform(215, 255), random.uniform(10, 110)
    noise = random.normal(0, random.uniform(0, 3), ink.shape)
    return np.clip(np.rint(paper - (paper - pen) * ink + noise), 0, 255).astype(np.uint8)
