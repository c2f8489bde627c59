"""PDFs written for the tests, object by object, so that any of them may be wrong."""

import io
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from tests.pages import sheet

SIDE = 144
"""Of a page, in points: 400 pixels at 200 dots an inch."""


def document(*objects: bytes) -> bytes:
    """The objects with the numbers 1, 2, …, of which the first is the catalogue."""
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>startxref\n%d\n%%%%EOF"
        % (size, table, size, len(out))
    )


def stream(dictionary: bytes, data: bytes) -> bytes:
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (dictionary, len(data), data)


def page(
    content: bytes = b"",
    resources: bytes = b"",
    objects: Sequence[bytes] = (),
    *,
    entries: bytes = b"",
    catalogue: bytes = b"",
    size: tuple[int, int] = (SIDE, SIDE),
) -> bytes:
    """A document of one page with that ``content``, whose other ``objects`` are numbered from 5 on.
    ``entries`` are further ones of the page, ``catalogue`` those of the document."""
    return document(
        b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue,
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R/Resources<<%b>>%b>>"
        % (*size, resources, entries),
        stream(b"", content),
        *objects,
    )


def picture(
    filters: bytes, data: bytes, entries: bytes = b"", *, space: bytes = b"/DeviceGray",
    bits: int = 8, side: int = 400,
) -> bytes:  # fmt: skip
    """A document of one page that a picture of ``side`` pixels fills."""
    about = b"/Type/XObject/Subtype/Image/Width %d/Height %d" % (side, side)
    about += b"/ColorSpace%b/BitsPerComponent %d%b" % (space, bits, entries)
    if filters:
        about += b"/Filter" + filters
    drawn = b"%d 0 0 %d 0 0 cm /I Do" % (SIDE, SIDE)
    return page(drawn, b"/XObject<</I 5 0 R>>", [stream(about, data)])


def seven(side: int = 400) -> Image.Image:
    """A picture of a 7, gray."""
    return Image.fromarray(sheet(7, side, side, side // 2))


def encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def fax(pixels: NDArray[np.bool_]) -> bytes:
    """What is True is black; ITU-T T.6."""
    image = Image.fromarray(pixels).convert("1")
    strips = {TiffImagePlugin.ROWSPERSTRIP: pixels.shape[0]}
    content = encoded(image, "TIFF", compression="group4", tiffinfo=strips)
    with Image.open(io.BytesIO(content)) as made:
        assert isinstance(made, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = made.tag_v2[273], made.tag_v2[279]
    return content[start : start + length]


def jbig2(pixels: NDArray[np.bool_]) -> bytes:
    """What is True is black; ITU-T T.88: a page with one region, coded as a fax."""
    height, width = pixels.shape
    size = struct.pack(">II", width, height)
    about = size + bytes(8) + b"\0" + bytes(2)
    region = size + bytes(8) + b"\0" + b"\1" + fax(pixels)
    segments = ((0, 48, about), (1, 38, region))
    return b"".join(
        struct.pack(">IBBBI", number, kind, 0, 1, len(data)) + data
        for number, kind, data in segments
    )


def deflated(image: Image.Image) -> bytes:
    return zlib.compress(image.tobytes())
