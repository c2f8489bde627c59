"""A page of a PDF → whether what says what is to be drawn on it is whole.

PDFium stops where that is damaged, and passes over what is not there. It can write a page as a
document of its own, whose objects all lie open: there they are looked at, but for the data of
pictures.
"""

import io
import re
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import Any

MOST_BYTES = 1 << 25
"""So much of what a stream holds is looked at."""

_NAME = rb"/([^\s/<>()\[\]{}%]+)"
_USED = re.compile(_NAME + rb"\s+(?:Do|sh|scn|SCN|[-+.0-9]+\s+Tf)\b")
_DEFINED = re.compile(_NAME + rb"\s*(?:[0-9]+\s+[0-9]+\s+R\b|<<)")
_DRAWS = re.compile(rb"(?<!\S)(?:Do|sh|BI)(?!\S)")
"""What draws anything but paths and text, of which PDFium draws what it can."""

_LISTS = re.compile(rb"/Contents\s*(\[[^\]]*\]|[0-9]+\s+[0-9]+\s+R\b)")
_REFERENCE = re.compile(rb"([0-9]+)\s+[0-9]+\s+R\b")
_OBJECT = re.compile(rb"(?<![0-9])([0-9]+)\s+[0-9]+\s+obj\b")

_INFLATE = re.compile(rb"/Filter\s*\[?\s*/FlateDecode")
_NOT_CONTENT = re.compile(
    rb"/Length1\b|/Subtype\s*/(?:Type1C|CIDFontType0C|OpenType|XML)|/N\s+[0-9]"
)
"""In the dictionaries of fonts, profiles and metadata."""


def is_whole(pdfium: Any, document: Any, index: int, count: int) -> bool:
    """Whether the page of that ``index``, from 0, on which PDFium sees ``count`` objects, says all
    that it should: its streams can be unpacked, and what they name is there. ``pdfium`` is
    pypdfium2."""
    named, contents = set[bytes](), list[bytes]()
    try:
        for dictionary, data in _objects(_alone(pdfium, document, index)):
            named.update(_DEFINED.findall(dictionary))
            if _INFLATE.search(dictionary) and b"/Subtype/Image" not in dictionary:
                content = _inflated(data)
                if not _NOT_CONTENT.search(dictionary):
                    contents.append(content)
    except zlib.error:
        return False
    if any(
        name not in named for one in contents for name in _USED.findall(one) if b"#" not in name
    ):
        return False
    return count > 0 or not any(map(_DRAWS.search, contents))


def are_missing(data: bytes) -> bool:
    """Whether the PDF ``data`` name a stream as the content of a page that is not among them."""
    lists = _LISTS.findall(data)
    named = {number for one in lists for number in _REFERENCE.findall(one)}
    return bool(named) and not named <= set(_OBJECT.findall(data))


def _alone(pdfium: Any, document: Any, index: int) -> bytes:
    with closing(pdfium.PdfDocument.new()) as copy, io.BytesIO() as file:
        copy.import_pages(document, [index])
        copy.save(file)
        return file.getvalue()


def _objects(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The dictionary of each object that PDFium has written, and the data of its stream, if any."""
    for part in data.split(b"\r\nendobj\r\n"):
        dictionary, _, stream = part.partition(b">>stream\r\n")
        yield dictionary, stream.rpartition(b"\r\nendstream")[0]


def _inflated(data: bytes) -> bytes:
    """Raises zlib.error where ``data`` are damaged, or end too early."""
    if not data.strip():
        return b""
    inflate = zlib.decompressobj()
    found = inflate.decompress(data, MOST_BYTES)
    if not inflate.eof and len(found) < MOST_BYTES:
        raise zlib.error
    return found
