"""The bytes of a file → its pages, upright and gray."""

import importlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    ImageStat,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from digitbox.recognition import pdf
from digitbox.recognition.colour import Shown, shown, shown_by
from digitbox.records import Reason

WORKING_SIDE = 600
"""A page whose both sides are at least twice this many pixels is decoded at a reduced size, where
its format can do that: a digit that fills a tenth of the shorter side still has 60 pixels, three
times what a frame shows of it."""

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
_FIRST_FRAME_ONLY = ("GIF", "WEBP", "PNG", "MPO", "HEIF")  # the rest is animation or previews

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (Exif 2.32, tag 0x0112); from 5 on, width and height change
places."""

_COPY = 0b101
"""Bits of a TIFF's NewSubfileType (tag 254): a smaller copy of a page, or a mask for one."""

_DEPTHS = (255.0, 1023.0, 4095.0, 16383.0, 65535.0)
"""What white may be in a deep image: its values have 8, 10, 12, 14 or 16 bits."""

STRAY, BEYOND = 0.01, 0.02
"""So many percent of a deep image's values, at least one, may lie anywhere at either end; and by
such a share of its range the others may lie beyond that."""

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

# Our own limit is applied before anything is decompressed, and it is the user's to set; Pillow's
# is a constant that would stand beneath it.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Page:
    """``gray`` is uint8 ``[H, W]``, 0 black to 255 white, upright. ``width`` and ``height`` are the
    upright page's in the file, in pixels, which ``gray`` may be a reduction of. ``doubt`` is why a
    person has to see what is read there. ``by_colour`` says what differs in colour alone; it may be
    asked until the next page is."""

    number: int
    width: int
    height: int
    gray: NDArray[np.uint8]
    doubt: Reason | None = None
    by_colour: Callable[[], Shown | None] = field(default=lambda: None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class BrokenPage:
    """A page that could not be decoded. ``number`` counts from 1; the size is that in the file, in
    pixels, before anything is turned upright, None where it is unknown."""

    number: int
    reason: Reason
    width: int | None = None
    height: int | None = None


def decode(
    data: bytes, max_pixels: int, side: int | None = WORKING_SIDE, first: int = 1
) -> Iterator[Page | BrokenPage]:
    """Yield every page of a PNG, JPEG, TIFF, BMP, GIF or WebP image (with the ``formats`` extra:
    PDF and HEIC), whatever its mode: at least one, broken where nothing can be read. Those before
    the page numbered ``first`` are passed over.

    A page whose both sides have at least twice ``side`` pixels may be decoded at a reduced size;
    none is where that is None. A page of more than ``max_pixels`` pixels is not decompressed; one
    of a PDF is drawn smaller where its sides keep ``side`` pixels.
    Raises MemoryError where memory runs out; any other fault of the data is a :class:`BrokenPage`.
    """
    if not data:
        yield BrokenPage(1, Reason.EMPTY)
    elif b"%PDF-" in data[:1024]:
        yield from _decode_pdf(data, max_pixels, side, first)
    else:
        yield from _decode_file(data, max_pixels, side, first)


def _decode_file(
    data: bytes, max_pixels: int, side: int | None, first: int
) -> Iterator[Page | BrokenPage]:
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
        number, is_page = 0, True
        for frame in count(1):
            if is_page:
                number += 1
                reduces = side if image.format in ("JPEG", "MPO") else None
                if number >= first:
                    yield _decode_frame(image, number, max_pixels, reduces, data)
            if image.format in _FIRST_FRAME_ONLY:
                return
            try:
                image.seek(frame)
                is_page = not _is_copy(image)
            except EOFError:
                return
            except MemoryError:
                raise
            except Exception as error:  # a chain of pages that breaks off here
                yield BrokenPage(number + 1, _fault(error))
                return


def _is_copy(image: ImageFile.ImageFile) -> bool:
    """Whether a frame of a TIFF is no page of its own."""
    kind = image.tag_v2.get(254, 0) if isinstance(image, TiffImagePlugin.TiffImageFile) else 0
    return isinstance(kind, int) and bool(kind & _COPY)


def decode_image(image: Image.Image, max_pixels: int) -> Page | BrokenPage:
    """The same for the current frame of an ``image`` that is open, which is left as it is but for
    being loaded."""
    return _decode_frame(image, 1, max_pixels, side=None)


def _decode_frame(
    image: Image.Image, number: int, max_pixels: int, side: int | None, data: bytes = b""
) -> Page | BrokenPage:
    width, height = image.size
    if width * height > max_pixels:
        return BrokenPage(number, Reason.TOO_MANY_PIXELS, width, height)
    try:
        if side is not None:
            image.draft("L", (side, side))
        image.load()  # turns a TIFF upright by itself, and takes its orientation away
        orientation = _orientation(image)
        gray = _gray(image)
        if orientation in _UPRIGHT:
            gray = gray.transpose(_UPRIGHT[orientation])
    except MemoryError:
        raise
    except Exception as error:  # a decoder may throw anything at hostile data; see _fault
        return BrokenPage(number, _fault(error), width, height)
    if orientation >= 5:
        width, height = height, width
    by_colour = partial(shown_by, image, _UPRIGHT.get(orientation), side, data)
    return Page(number, width, height, np.asarray(gray), by_colour=by_colour)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or the EXIF data is damaged."""
    try:
        orientation = image.getexif().get(0x0112, 1)
    except MemoryError:
        raise
    except Exception:  # the picture is good all the same
        return 1
    return orientation if orientation in _UPRIGHT else 1


def _gray(image: Image.Image) -> Image.Image:
    """Luminance, 8 bits, with what is transparent shown on a background."""
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image)
    if image.mode == "LAB":
        return image.getchannel("L")
    return _on_background(image) if image.has_transparency_data else image.convert("L")


def _on_background(image: Image.Image) -> Image.Image:
    """What is transparent is white; black where most of the page is and what there is besides is
    light, as what was drawn in white on a dark screen."""
    with_alpha = image.convert("RGBA")
    alpha = with_alpha.getchannel("A")
    is_ink = ImageStat.Stat(alpha).mean[0] < 128
    is_light = is_ink and ImageStat.Stat(with_alpha.convert("L"), alpha).mean[0] >= 128
    background = Image.new("RGBA", image.size, "black" if is_light else "white")
    return Image.alpha_composite(background, with_alpha).convert("L")


def _from_deep(image: Image.Image) -> Image.Image:
    """10 to 32 bits a pixel → 8, scaled: Pillow's own conversion saturates at 255. White is the
    smallest of 1 (floats only) and what whole numbers of some bits have for it that holds the
    values; where none does, they have a range of their own. Stray values, as those that stand for
    missing ones, have no say."""
    values = np.nan_to_num(np.array(image, np.float32), copy=False, posinf=0, neginf=0)
    low = float(np.percentile(values, STRAY, method="higher"))
    high = float(np.percentile(values, 100 - STRAY, method="lower"))
    whites = (1.0, *_DEPTHS) if image.mode == "F" else _DEPTHS
    white = next((white for white in whites if high <= white * (1 + BEYOND)), None)
    if white is not None and low >= -BEYOND * white:
        low, high = 0.0, white
    values -= low
    values *= 255 / max(high - low, 1e-30)
    np.clip(values, 0, 255, out=values)
    return Image.fromarray(np.rint(values, out=values).astype(np.uint8))


def _register_heif() -> bool:
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False)
    return True


def _decode_pdf(
    data: bytes, max_pixels: int, side: int | None, first: int
) -> Iterator[Page | BrokenPage]:
    for one in pdf.sheets(data, max_pixels, side, first):
        if one.gray is None or one.width is None or one.height is None:
            yield BrokenPage(one.number, one.reason or Reason.CORRUPT, one.width, one.height)
        else:
            by_colour = partial(_drawn_by_colour, one)
            yield Page(one.number, one.width, one.height, one.gray, one.reason, by_colour)


def _drawn_by_colour(sheet: pdf.Sheet) -> Shown | None:
    return shown(sheet.in_colour(), is_exact=False) if sheet.in_colour else None


def _fault(error: Exception) -> Reason:
    """Pillow tells a file that ends too early from a damaged one only by its words."""
    text = str(error).lower()
    early = isinstance(error, EOFError) or "truncated" in text or "not enough" in text
    return Reason.TRUNCATED if early else Reason.CORRUPT
