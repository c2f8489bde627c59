"""The colours of an image, or its deep samples → luminance in 8 bits."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageStat

from digitbox.recognition.tiff import Samples

_DEPTHS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""What white may be in a deep image: its values have 8, 10, 12, 14 or 16 bits."""

STRAY, BEYOND = 0.01, 0.02
"""So many percent of a deep image's values, at least one, may lie anywhere at either end; and by
such a share of its range the others may lie beyond that."""

_WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in luminance (ITU-R BT.601), as Pillow has them."""

FLAT = 48
"""Ink whose lightness varies by less is of one colour."""

_WITH_ALPHA = ("RGBA", "LA", "PA")
"""Not so those of which one colour is said to be transparent."""

MOSTLY = 0.9
"""Where more of the image than that is opaque, it is a page with clear corners."""


def gray(image: Image.Image) -> Image.Image:
    """Luminance, 8 bits, with what is transparent shown on a background."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.nan_to_num(np.array(image, np.float32), copy=False, posinf=0, neginf=0)
        whites = (1.0, *_DEPTHS) if image.mode == "F" else _DEPTHS
        return Image.fromarray(_scaled(values, values, whites))
    if image.mode == "LAB":
        return image.getchannel("L")
    return _on_background(image) if image.has_transparency_data else image.convert("L")


def gray_of(samples: Samples) -> Image.Image:
    """The same of the samples of a TIFF. All its colours have the same white."""
    values, whites = _floats(samples)
    colours = values[..., : samples.colours]
    if samples.colours == 3:
        light = colours @ np.array(_WEIGHTS, np.float32)
    elif samples.colours == 4:
        light = colours[..., :3] @ np.array(_WEIGHTS, np.float32) + colours[..., 3]
    else:
        light = colours[..., 0]
    shown = _scaled(light, colours, whites)
    if samples.is_negative or samples.colours == 4:
        shown = 255 - shown
    if samples.alpha is None:
        return Image.fromarray(shown)
    alpha = values[..., samples.colours]
    opacity = Image.fromarray(_scaled(alpha, alpha, whites))
    if samples.alpha == 1:
        if not opacity.getextrema()[1]:
            return Image.fromarray(shown)
        whole = np.maximum(np.asarray(opacity, np.float32), 1)
        shown = np.clip(shown * (255 / whole), 0, 255).astype(np.uint8)
    return _on_background(Image.merge("LA", (Image.fromarray(shown), opacity)))


def rgb_of(samples: Samples) -> Image.Image | None:
    """The colours of the samples of a TIFF, 8 bits each; None where they are not red, green and
    blue."""
    if samples.colours != 3:
        return None
    values, whites = _floats(samples)
    return Image.fromarray(_scaled(values[..., :3], values[..., :3], whites))


def _floats(samples: Samples) -> tuple[NDArray[np.float32], tuple[float, ...]]:
    """The values of ``samples``, and what white may be in them."""
    kind, bits = samples.values.dtype.kind, 8 * samples.values.dtype.itemsize
    whites: tuple[float, ...] = _DEPTHS
    if kind == "f":
        whites = (1.0, *_DEPTHS)
    elif kind == "i" and bits <= 16:
        whites = (*(white for white in _DEPTHS if white < 2 ** (bits - 1)), 2.0 ** (bits - 1) - 1)
    with np.errstate(over="ignore"):  # doubles may hold more than floats
        return np.nan_to_num(samples.values.astype(np.float32), posinf=0, neginf=0), whites


def _on_background(image: Image.Image) -> Image.Image:
    """What is transparent is white; black where most of the page is and what there is besides is
    light, as what was drawn in white on a dark screen; or where what there is has one light colour,
    its shape in the transparency alone. Where all is transparent, nothing is: programs that know of
    no transparency leave it at zero; nor does one that is the same everywhere say anything."""
    if image.mode == "La":
        image = image.convert("LA")
    with_alpha = image.convert("RGBA")
    alpha = with_alpha.getchannel("A")
    light = with_alpha.convert("L")
    is_opaque = not alpha.getextrema()[1] or (_is_same(alpha) and not _is_same(light))
    if image.mode.upper() in _WITH_ALPHA and is_opaque:
        return with_alpha.convert("RGB").convert("L")
    share = ImageStat.Stat(alpha).mean[0] / 255
    background = "white"
    if share < MOSTLY and ImageStat.Stat(light, alpha).mean[0] >= 128:
        is_black = share < 0.5 or _is_flat(light, alpha)
        background = "black" if is_black else "white"
    return Image.alpha_composite(Image.new("RGBA", image.size, background), with_alpha).convert("L")


def _is_same(channel: Image.Image) -> bool:
    low, high = channel.getextrema()
    return low == high


def _is_flat(light: Image.Image, alpha: Image.Image) -> bool:
    inside = np.asarray(light)[np.asarray(alpha) >= 128]
    low, high = np.percentile(inside, (1, 99)) if inside.size else (0, 0)
    return bool(high - low < FLAT)


def _scaled(
    values: NDArray[np.float32], all_of_them: NDArray[np.float32], whites: tuple[float, ...]
) -> NDArray[np.uint8]:
    """10 to 32 bits a pixel → 8: Pillow's own conversion saturates at 255. White is the smallest
    of ``whites`` that holds ``all_of_them``, and black is 0; where none does, they have a range of
    their own. Stray values, as those that stand for missing ones, have no say."""
    low = float(np.percentile(all_of_them, STRAY, method="higher"))
    high = float(np.percentile(all_of_them, 100 - STRAY, method="lower"))
    white = next((white for white in whites if high <= white * (1 + BEYOND)), None)
    if white is not None and low >= -BEYOND * white:
        low, high = 0.0, white
    values = values - low
    values *= 255 / max(high - low, 1e-30)
    np.clip(values, 0, 255, out=values)
    return np.asarray(np.rint(values, out=values).astype(np.uint8))
