"""How many pixels an inch has along each side → the shape of a pixel."""

from PIL import Image

LEAST, MOST = 1.05, 2.5
"""Ratios below are taken for square pixels, as are those beyond, which no device has: a fax has
204 × 98, 204 × 196 or 204 × 391."""

LOWEST, HIGHEST = 50.0, 5000.0
"""Pixels an inch of a device that says how many it has."""


def aspect(image: Image.Image) -> float:
    """How high a pixel of an ``image`` is, as it is stored, for its width; 1 where nothing, or
    nothing sensible, is said of it."""
    for name in ("dpi", "resolution", "jfif_density"):
        density = image.info.get(name)
        if density is not None:
            if not (isinstance(density, tuple) and len(density) == 2):
                return 1.0
            if name == "dpi" and not all(LOWEST <= one <= HIGHEST for one in density):
                return 1.0
            return ratio(*density)
    shape = image.info.get("aspect")  # of a PNG: its unit is unknown (PNG 1.2, section 4.2.4.2)
    return ratio(*shape) if isinstance(shape, tuple) and len(shape) == 2 else 1.0


def ratio(across: object, down: object) -> float:
    """How high a pixel is for its width where an inch has so many ``across`` and ``down``."""
    try:
        value = float(across) / float(down)  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        return 1.0
    is_sensible = 1 / MOST <= value <= 1 / LEAST or LEAST <= value <= MOST
    return value if is_sensible else 1.0


def squared(shown: Image.Image, aspect: float, max_pixels: int) -> Image.Image:
    """What is ``shown`` with square pixels: stretched or, where that has more than ``max_pixels``,
    reduced along the other side."""
    width, height = shown.size
    larger = round(width * max(1, 1 / aspect)), round(height * max(1, aspect))
    smaller = max(1, round(width * min(1, 1 / aspect))), max(1, round(height * min(1, aspect)))
    size = larger if larger[0] * larger[1] <= max_pixels else smaller
    return shown if size == shown.size else shown.resize(size, Image.Resampling.BICUBIC)
