"""The bytes of a file → its pages, upright and gray."""

import importlib
import io
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from pipeline.records import Reason

WORKING_SIDE = 1200
"""A page whose both sides are at least twice this many pixels is decoded at a reduced size, where
its format can do that: a digit that fills a tenth of the shorter side still has 120 pixels."""

PDF_DPI = 200
"""Resolution at which PDF pages are rendered."""

# Only the decoders that are needed: each one more is one more way in for a hostile file.
_FORMATS = tuple(
    plugin.format
    for plugin in (
        PngImagePlugin.PngImageFile,
        JpegImagePlugin.JpegImageFile,
        TiffImagePlugin.TiffImageFile,
        BmpImagePlugin.BmpImageFile,
        GifImagePlugin.GifImageFile,
        WebPImagePlugin.WebPImageFile,
    )
)
_FIRST_FRAME_ONLY = ("GIF", "WEBP", "PNG", "MPO")  # the rest is animation, or a camera's previews
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

# Our own limit is applied before anything is decompressed, and it is the user's to set; Pillow's
# is a constant that would stand beneath it.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Page:
    """``gray`` is uint8 ``[H, W]``, 0 black to 255 white, upright. ``width`` and ``height`` are the
    upright page's in the file, in pixels, which ``gray`` may be a reduction of."""

    number: int
    width: int
    height: int
    gray: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class BrokenPage:
    """A page that could not be decoded. ``number`` counts from 1; the size is in pixels, None where
    it is unknown."""

    number: int
    reason: Reason
    width: int | None = None
    height: int | None = None


def decode(data: bytes, max_pixels: int) -> Iterator[Page | BrokenPage]:
    """Yield every page of a PNG, JPEG, TIFF, BMP, GIF or WebP image (with the ``formats`` extra:
    PDF and HEIC), whatever its mode: at least one, broken where nothing can be read.

    A page of more than ``max_pixels`` pixels is not decompressed. Raises MemoryError where memory
    runs out; any other fault of the data is a :class:`BrokenPage`.
    """
    if not data:
        yield BrokenPage(1, Reason.EMPTY)
    elif b"%PDF-" in data[:1024]:
        yield from _decode_pdf(data, max_pixels)
    else:
        yield from _decode_image(data, max_pixels)


def _decode_image(data: bytes, max_pixels: int) -> Iterator[Page | BrokenPage]:
    formats = _FORMATS
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        if not _register_heif():
            yield BrokenPage(1, Reason.FORMATS_EXTRA_MISSING)
            return
        formats = ("HEIF",)
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        yield BrokenPage(1, Reason.NOT_AN_IMAGE)
        return
    except Exception:  # a decoder may throw anything at hostile data; see _fault
        yield BrokenPage(1, Reason.CORRUPT)
        return
    with image:
        number = 1
        while True:
            yield _decode_frame(image, number, max_pixels)
            if image.format in _FIRST_FRAME_ONLY:
                return
            try:
                image.seek(number)
            except EOFError:
                return
            except MemoryError:
                raise
            except Exception as error:  # a chain of pages that breaks off here
                yield BrokenPage(number + 1, _fault(error))
                return
            number += 1


def _decode_frame(image: ImageFile.ImageFile, number: int, max_pixels: int) -> Page | BrokenPage:
    width, height = image.size
    if width * height > max_pixels:
        return BrokenPage(number, Reason.TOO_MANY_PIXELS, width, height)
    try:
        if image.format in ("JPEG", "MPO"):
            image.draft("L", (WORKING_SIDE, WORKING_SIDE))
        image.load()
        gray = np.asarray(_gray(ImageOps.exif_transpose(image)))
    except MemoryError:
        raise
    except Exception as error:  # a decoder may throw anything at hostile data; see _fault
        return BrokenPage(number, _fault(error), width, height)
    if (gray.shape[1] > gray.shape[0]) != (width > height):  # EXIF asked for a quarter turn
        width, height = height, width
    return Page(number, width, height, gray)


def _gray(image: Image.Image) -> Image.Image:
    """Luminance, 8 bits, with what is transparent shown on white."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), with_alpha)
    return image.convert("L")


def _from_deep(image: Image.Image) -> Image.Image:
    """16 or 32 bits a pixel → 8, scaled: Pillow's own conversion saturates at 255.

    Integers take the 16-bit range as full; values beyond it, and floats beyond [0, 1], are
    stretched from their least to their greatest.
    """
    values = np.nan_to_num(np.asarray(image).astype(np.float64), posinf=0, neginf=0)
    low, high = 0.0, 1.0 if image.mode == "F" else 65535.0
    if values.min() < low or values.max() > high:
        low = float(values.min())
        high = max(float(values.max()), low + 1)
    return Image.fromarray(np.rint((values - low) * (255 / (high - low))).astype(np.uint8))


def _register_heif() -> bool:
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False)
    return True


def _decode_pdf(data: bytes, max_pixels: int) -> Iterator[Page | BrokenPage]:
    try:
        pdfium = importlib.import_module("pypdfium2")
    except ImportError:
        yield BrokenPage(1, Reason.FORMATS_EXTRA_MISSING)
        return
    try:
        document = pdfium.PdfDocument(data)
        count = len(document)
    except pdfium.PdfiumError:
        yield BrokenPage(1, Reason.CORRUPT)
        return
    with document:
        for index in range(count):
            try:
                page = document[index]
                points = page.get_size()
                width, height = (max(1, math.ceil(side * PDF_DPI / 72)) for side in points)
                if width * height > max_pixels:
                    yield BrokenPage(index + 1, Reason.TOO_MANY_PIXELS, width, height)
                    continue
                gray = page.render(scale=PDF_DPI / 72, grayscale=True).to_numpy()
            except pdfium.PdfiumError:
                yield BrokenPage(index + 1, Reason.CORRUPT)
                continue
            gray = gray.reshape(gray.shape[:2])
            yield Page(index + 1, gray.shape[1], gray.shape[0], gray)


def _fault(error: Exception) -> Reason:
    """Pillow tells a file that ends too early from a damaged one only by its words."""
    text = str(error).lower()
    early = isinstance(error, EOFError) or "truncated" in text or "not enough" in text
    return Reason.TRUNCATED if early else Reason.CORRUPT
