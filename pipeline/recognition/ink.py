"""A gray page → how much darker than its paper each pixel is, and which pixels are ink.

Lighting is divided out, and ink is told from paper by its contrast.
"""

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Gray: TypeAlias = NDArray[np.uint8]
"""``[H, W]``, 0 black to 255 white."""
Mask: TypeAlias = NDArray[np.uint8]
"""``[H, W]``, 1 where there is ink, else 0."""
Contrast: TypeAlias = NDArray[np.float32]
"""``[H, W]``, 0 where the page is as light as its paper, 1 where no light comes back."""

LIGHT_SIDE, POLARITY_SIDE, PAPER_SIDE = 32, 64, 160
"""Sides, in pixels, of the reductions that are enough to see how the light falls, to tell ink from
ground, and to see what the paper is like."""

LIGHT_FITS, LIGHT_SPREAD, LIGHT_FALL = 4, 4.0, 0.35
"""How often the light is fitted; by how many times the median deviation what is left out is darker;
and how dark the light gets at most, as a share of the brightest pixel."""

STROKE = 0.3
"""No stroke is as wide as this share of the page's longer side."""

MIN_CONTRAST, MIN_PEAK = 0.06, 0.14
"""Fainter than the first is no ink; a page whose darkest ink is fainter than the second holds none:
the faintest of the real scans has 0.18."""

NOISE_SIGMAS, UNEVENNESS = 4.0, 7.0
"""Ink stands out from the paper: every pixel of it by so many standard deviations of the grain, and
its strongest by so many times the median contrast of the page: 8.6 times and more on real photos
with a digit, and mostly below 6.8 without."""

SEED, EDGE = 0.5, 0.25
"""Hysteresis, as shares of the page's strongest contrast (its 95th percentile): a stroke has at
least one pixel above SEED and goes on down to EDGE."""

OTSU_SHARE, OTSU_LIMIT = 0.8, 0.35
"""Where the page holds two kinds of ink, such as a pen's and a printed rule's, a stroke goes on
only down to this share of Otsu's threshold between them, but no higher than OTSU_LIMIT."""


def contrast_of(page: Gray) -> Contrast:
    """How much darker than its paper each pixel is, as a share of the paper's brightness: the same
    in light and in shadow. A page of light ink on dark ground is inverted first."""
    if _is_light_on_dark(page):
        page = 255 - page
    light = _light(page)
    even = np.clip(page * (float(light.mean()) / light), 0, 255).astype(np.uint8)
    paper = _paper(even).astype(np.float32)
    return np.clip((paper - even) / np.maximum(paper, 32), 0, 1).astype(np.float32, copy=False)


def _light(page: Gray) -> NDArray[np.float32]:
    """How the light falls, as the plane that fits the page's brightness best: fitted again and
    again without what is clearly darker, such as ink, printed lines, a table's edge."""
    small = scaled(page, min(1, LIGHT_SIDE / max(page.shape)), cv2.INTER_AREA)
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in small.shape), indexing="ij")
    terms = np.stack([np.ones(small.size), x.ravel(), y.ravel()], axis=1)
    values = small.ravel().astype(np.float64)
    kept = np.ones(values.shape, bool)
    for _ in range(LIGHT_FITS):
        plane = terms @ np.linalg.lstsq(terms[kept], values[kept])[0]
        deviations = values - plane
        spread = float(np.median(np.abs(deviations)))
        kept = deviations >= -max(LIGHT_SPREAD * spread, 2.0)
    plane = np.clip(plane, LIGHT_FALL * values.max(), values.max()).reshape(small.shape)
    light = cv2.resize(plane.astype(np.float32), page.shape[::-1])
    return np.asarray(np.maximum(light, 1.0), np.float32)


def _is_light_on_dark(page: Gray) -> bool:
    """Ink is rare and strong: the cubed differences from a median that is wider than any stroke
    sum up to its side."""
    small = scaled(page, min(1, POLARITY_SIDE / max(page.shape)), cv2.INTER_AREA)
    width = max(3, int(0.6 * min(small.shape)) | 1)
    half = width // 2
    padded = cv2.copyMakeBorder(small, half, half, half, half, cv2.BORDER_REFLECT)
    ground = cv2.medianBlur(padded, width)[
        half : half + small.shape[0], half : half + small.shape[1]
    ]
    difference = small.astype(np.float64) - ground
    return float((difference**3).sum()) > 0


def _paper(page: Gray) -> Gray:
    """What the page would be without its dark strokes: closed by a disk wider than any of them,
    then smoothed."""
    scale = min(1, PAPER_SIDE / max(page.shape))
    small = scaled(page, scale, cv2.INTER_AREA) if scale < 1 else page
    if min(small.shape) > 60:
        small = cv2.medianBlur(small, 3).astype(np.uint8, copy=False)
    width = max(3, int(STROKE * max(small.shape)) | 1)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, disk, borderType=cv2.BORDER_REPLICATE)
    if scale < 1:
        paper = cv2.GaussianBlur(paper, (0, 0), width / 6)
    return cv2.resize(paper, page.shape[::-1]).astype(np.uint8, copy=False)


def ink_of(contrast: Contrast) -> Mask:
    """Which pixels are ink. None are where nothing stands out from the paper."""
    floor = max(MIN_CONTRAST, float(np.median(contrast)) + NOISE_SIGMAS * _noise(contrast))
    marked = contrast[contrast > floor]
    if not marked.size:
        return np.zeros(contrast.shape, np.uint8)
    peak = float(np.percentile(marked, 95))
    if peak < max(MIN_PEAK, UNEVENNESS * float(np.median(contrast))):
        return np.zeros(contrast.shape, np.uint8)
    levels = np.rint(marked * 255).astype(np.uint8)
    otsu = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0] / 255
    edge = max(floor, EDGE * peak, min(OTSU_SHARE * otsu, OTSU_LIMIT * peak))
    parts = cv2.connectedComponents((contrast > edge).astype(np.uint8), connectivity=8)[1]
    seeded = np.zeros(int(parts.max()) + 1, np.uint8)
    seeded[parts[contrast > max(floor, SEED * peak)]] = 1
    seeded[0] = 0
    return np.asarray(seeded[parts], np.uint8)


def _noise(contrast: Contrast) -> float:
    """Standard deviation of the grain: the median of the Laplacian's size, which strokes hardly
    touch; 1.4826 makes it that of a normal distribution, and the 3×3 Laplacian's weights (4, -1,
    -1, -1, -1) multiply white noise by the root of 20."""
    laplacian = cv2.Laplacian(contrast, cv2.CV_32F)
    return 1.4826 * float(np.median(np.abs(laplacian))) / 20**0.5


def scaled(image: Gray, scale: float, interpolation: int) -> Gray:
    """``image`` with both sides multiplied by ``scale``, at least a pixel each."""
    height, width = (max(1, round(side * scale)) for side in image.shape)
    return np.asarray(cv2.resize(image, (width, height), interpolation=interpolation), np.uint8)
