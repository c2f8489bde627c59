"""The bytes of a file → its pages, upright and gray."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from digitbox.recognition import bmp, gif, heif, jpeg, pdf, png, tiff, webp
from digitbox.recognition.colour import Colours, colours_of
from digitbox.recognition.density import aspect, squared
from digitbox.recognition.gray import gray, gray_of, rgb_of
from digitbox.recognition.orientation import orientation_of, upright
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

_COUNTED = {"BMP": bmp.has_spare_data, "GIF": gif.is_damaged, "WEBP": webp.has_spare_data}
"""What looks whether a picture takes as many data as there are."""

# Our own limit is applied before anything is decompressed, and it is the user's to set; Pillow's
# is a constant that would stand beneath it.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Page:
    """``gray`` is uint8 ``[H, W]``, 0 black to 255 white, upright. ``width`` and ``height`` are the
    upright page's in the file, in pixels, which ``gray`` may be a reduction of, or stretched so
    that its pixels are square. ``doubt`` is why it may not look as it did. ``colours`` are its
    own, None where it has none; they may be asked for until the next page is."""

    number: int
    width: int
    height: int
    gray: NDArray[np.uint8]
    doubt: Reason | None = None
    colours: Callable[[], Colours | None] = field(default=lambda: None, compare=False, repr=False)


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
    formats, doubt = _FORMATS, None
    if heif.is_heif(data):
        if not heif.register():
            yield BrokenPage(1, Reason.FORMATS_EXTRA_MISSING)
            return
        formats = ("HEIF",)
    elif data.startswith(png.SIGNATURE):
        data, is_intact = png.essential(data)
        doubt = None if is_intact else Reason.DAMAGED
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        if data.startswith(tiff.SIGNATURES):
            pages = _decode_directories(data, max_pixels)
            yield from (page for page in pages if page.number >= first)
        else:
            yield BrokenPage(1, _unidentified(data))
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
                    page = _decode_frame(image, number, max_pixels, reduces, data)
                    if isinstance(page, Page) and png.ends_early(image, data):
                        doubt = Reason.DAMAGED
                    if image.format == "JPEG":
                        page = _checked_jpeg(page, data, max_pixels, side)
                    yield replace(page, doubt=doubt) if isinstance(page, Page) and doubt else page
            if image.format in _FIRST_FRAME_ONLY:
                return
            try:
                image.seek(frame)
            except EOFError:
                return
            except MemoryError:
                raise
            except Exception as error:
                is_tiff = isinstance(image, TiffImagePlugin.TiffImageFile)
                if not (is_tiff and image.tell() == frame):  # a chain of pages that breaks off here
                    yield BrokenPage(number + 1, _fault(error))
                    return
            is_page = not tiff.is_copy(image)


def _checked_jpeg(
    page: Page | BrokenPage, data: bytes, max_pixels: int, side: int | None
) -> Page | BrokenPage:
    """``page`` is what a JPEG showed. A missing end marker is all that some of them lack."""
    is_cut = isinstance(page, BrokenPage) and page.reason is Reason.TRUNCATED
    ended = jpeg.ended(data) if is_cut else None
    if ended is None:
        return page
    with Image.open(io.BytesIO(ended), formats=("JPEG",)) as image:
        return _decode_frame(image, 1, max_pixels, side, ended)


def _unidentified(data: bytes) -> Reason:
    if not heif.is_heif(data):
        return Reason.CORRUPT if png.has_header(data) else Reason.NOT_AN_IMAGE
    return Reason.TRUNCATED if heif.is_cut(data) else Reason.CORRUPT


def _decode_directories(data: bytes, max_pixels: int) -> Iterator[Page | BrokenPage]:
    """The pages of a TIFF whose first one has pixels of which Pillow knows nothing."""
    number = 0
    try:
        for tags in tiff.directories(data):
            number += 1
            yield _decode_deep(data, tags, number, max_pixels)
    except MemoryError:
        raise
    except Exception as error:  # see _fault
        yield BrokenPage(number + 1, _fault(error))


def _decode_deep(
    data: bytes, tags: "TiffImagePlugin.ImageFileDirectory_v2", number: int, max_pixels: int
) -> Page | BrokenPage:
    width, height = None, None
    try:
        width, height = tiff.size(tags)
        if width * height > max_pixels:
            return BrokenPage(number, Reason.TOO_MANY_PIXELS, width, height)
        samples = tiff.samples(data, tags)
        light = gray_of(samples)
        orientation = tiff.orientation(tags)
        light = upright(squared(light, tiff.aspect(tags), max_pixels), orientation)
        if orientation >= 5:
            width, height = height, width
        colours = partial(_stored_colours, samples, orientation)
        return Page(number, width, height, np.asarray(light), colours=colours)
    except MemoryError:
        raise
    except tiff.UnsupportedError as error:
        return BrokenPage(number, error.reason, width, height)
    except Exception as error:  # see _fault
        return BrokenPage(number, _fault(error), width, height)


def _stored_colours(samples: tiff.Samples, orientation: int) -> Colours | None:
    rgb = rgb_of(samples)
    if rgb is None:
        return None
    return Colours(np.asarray(upright(rgb, orientation)), is_exact=True)


def decode_image(image: Image.Image, max_pixels: int) -> Page | BrokenPage:
    """The same for the current frame of an ``image`` that is open, which is left as it is but for
    being loaded."""
    return _decode_frame(image, 1, max_pixels, side=None)


def _decode_frame(
    image: Image.Image, number: int, max_pixels: int, side: int | None, data: bytes = b""
) -> Page | BrokenPage:
    tags = None
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        if image.fp is not None and tiff.is_deep(tags):
            image.fp.seek(0)
            return _decode_deep(image.fp.read(), tags, number, max_pixels)
    width, height = image.size
    if width * height > max_pixels:
        return BrokenPage(number, Reason.TOO_MANY_PIXELS, width, height)
    try:
        if tags is not None:
            tiff.check(tags)
        turned = heif.orientation(image)
        squeezed = aspect(image)
        if tags is not None and tiff.lies(tags):
            squeezed = 1 / squeezed
        if side is not None:
            image.draft("L", (side, side))
        image.load()  # turns a TIFF upright by itself, and takes its orientation away
        orientation = turned if turned != 1 else orientation_of(image)
        hidden = data and png.hides_colours(image, data)
        light = gray_of(png.colours(data)) if hidden else gray(image)
        if image.format in ("JPEG", "MPO") and data:
            jpeg.report(data)
        # The end marker of a JPEG does not say that all is there.
        if image.format == "JPEG" and data:
            is_cut = jpeg.lacks_data(data, np.asarray(light), side)
        elif image.format in _COUNTED and data:
            is_cut = _COUNTED[image.format](data)
        else:
            is_cut = tags is not None and tiff.lacks_strips(tags)
        light = upright(squared(light, squeezed, max_pixels), orientation)
    except MemoryError:
        raise
    except tiff.UnsupportedError as error:
        return BrokenPage(number, error.reason, width, height)
    except Exception as error:  # a decoder may throw anything at hostile data; see _fault
        return BrokenPage(number, _fault(error), width, height)
    if orientation >= 5:
        width, height = height, width
    colours = partial(colours_of, image, orientation, side, data)
    doubt = Reason.DAMAGED if is_cut else None
    return Page(number, width, height, np.asarray(light), doubt, colours)


def _decode_pdf(
    data: bytes, max_pixels: int, side: int | None, first: int
) -> Iterator[Page | BrokenPage]:
    for one in pdf.sheets(data, max_pixels, side, first):
        if one.gray is None or one.width is None or one.height is None:
            yield BrokenPage(one.number, one.reason or Reason.CORRUPT, one.width, one.height)
        else:
            colours = partial(_drawn_colours, one)
            yield Page(one.number, one.width, one.height, one.gray, one.reason, colours)


def _drawn_colours(sheet: pdf.Sheet) -> Colours | None:
    return Colours(sheet.in_colour(), is_exact=False) if sheet.in_colour else None


def _fault(error: Exception) -> Reason:
    """Pillow tells a file that ends too early from a damaged one only by its words."""
    text = str(error).lower()
    early = isinstance(error, EOFError) or "truncated" in text or "not enough" in text
    return Reason.TRUNCATED if early else Reason.CORRUPT
