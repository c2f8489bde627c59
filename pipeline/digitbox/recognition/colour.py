"""A page in colour → a gray picture of what differs in colour alone."""

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.recognition.orientation import upright
from digitbox.recognition.view import Gray

SIDE = 1200
"""Pixels that the longer side is looked at with at most."""

COARSE = 32
"""The colour of the paper is looked for on a picture of so many pixels a side: at each place it is
the median of two thirds of that, so that strokes have no say, and light that changes slowly is no
ink."""

SHARE = 0.002
"""So much of a page is ink at least: the stroke of a 1 on a large sheet."""

LEAST, CLEAR = 5.0, 8.0
"""By so many levels of 255 the colour of ink differs from that of paper at least, and by so many
times as much as half of the page differs: less may be the noise of a camera, or of a JPEG. On blank
photos, it was 2.7 levels, on noise of 8 levels in a JPEG 5.0."""

LEAST_EXACT, EVEN = 1.0, 2
"""The same where colours are kept as they are and all of gray has so many levels more than one."""

ALONE = 0.25
"""Where gray differs by such a share of what colour does, it shows the same: ruled paper."""

FAINT = 20.0
"""By less than so many levels, a person has to see it."""

_COLOURED = ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
"""Modes of Pillow that have colours."""

_EXACT = ("PNG", "BMP", "GIF")
"""Formats that keep colours as they are."""

PAPER, STRENGTH = 220, 160
"""Levels of paper in the picture, and how much darker ink is."""


@dataclass(frozen=True, slots=True, eq=False)
class Colours:
    """``rgb`` is uint8 ``[H, W, 3]``, of an upright page, perhaps reduced; ``is_exact``: as it was
    drawn."""

    rgb: NDArray[np.uint8]
    is_exact: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What differs in colour: ``gray`` is uint8 ``[H, W]``, dark on light, perhaps reduced."""

    gray: Gray
    is_faint: bool


def shown(colours: Colours) -> Shown | None:
    """What differs on a page in colour, and not in gray; None where nothing does."""
    small = reduced(colours.rgb)
    levels = np.asarray(small, np.float32)
    away = _smooth(levels - _paper(levels))
    luma, chroma = away[..., 0], away[..., 1:]
    apart = np.sqrt((chroma * chroma).sum(axis=2))
    count = max(1, round(SHARE * apart.size))
    is_ink = apart >= np.partition(apart.ravel(), apart.size - count)[apart.size - count]
    ink, full = chroma[is_ink], float(np.median(apart[is_ink]))
    is_even = colours.is_exact and int(np.ptp(small[..., 0])) <= EVEN
    if full < (LEAST_EXACT if is_even else LEAST) or full < CLEAR * float(np.median(apart)):
        return None
    if not is_even and abs(float(np.median(luma[is_ink]))) >= ALONE * full:
        return None
    _, directions = np.linalg.eigh(ink.T @ ink)
    direction = directions[:, -1]
    if float((ink @ direction).sum()) < 0:
        direction = -direction
    dark = (chroma @ direction) * (STRENGTH / full)
    gray = np.asarray(np.clip(PAPER - dark, 0, 255), np.uint8)
    return Shown(gray, full < FAINT)


def reduced(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lightness and both differences of colour (Y, Cr, Cb of JFIF) of a page (uint8 ``[H, W, 3]``),
    with at most SIDE pixels along its longer side: uint8 ``[h, w, 3]``."""
    height, width = rgb.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb), np.uint8)


def colours_of(
    image: Image.Image, orientation: int, side: int | None, data: bytes
) -> Colours | None:
    """Those of the frame that ``image`` shows, turned upright by its ``orientation``; None where it
    has none. With ``side``, that may have been decoded at a reduced size, without its colours, from
    the JPEG ``data``: then it is again, with them, and reduced as far as SIDE needs. None where it
    cannot be. Raises MemoryError where memory runs out."""
    is_exact = image.format in _EXACT
    try:
        if side is not None:
            image = Image.open(io.BytesIO(data), formats=("JPEG",))
            image.draft("RGB", (min(side, SIDE // 2),) * 2)
        if image.mode not in _COLOURED:
            return None
        if image.has_transparency_data:
            clear = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), clear)
        rgb = image.convert("RGB")
    except MemoryError:
        raise
    except Exception:  # a decoder may throw anything at hostile data; gray was decoded all the same
        return None
    return Colours(np.asarray(upright(rgb, orientation)), is_exact)


def _paper(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = levels.shape[:2]
    coarse = cv2.resize(levels, (COARSE, COARSE), interpolation=cv2.INTER_AREA)
    third = COARSE // 3
    padded = np.pad(coarse, ((third, third), (third, third), (0, 0)), mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * third + 1,) * 2, axis=(0, 1))
    paper = np.ascontiguousarray(np.median(windows, axis=(-2, -1)), np.float32)
    size = width, height
    return np.asarray(cv2.resize(paper, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _smooth(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    sigma = max(0.5, 0.002 * max(levels.shape))
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), sigma), np.float32)
