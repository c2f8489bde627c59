"""A picture as it is stored in a PDF → whether its data are whole.

PDFium draws of a picture what it can, and says nothing of the rest. So its data are looked at
again, by what does say where they end too early or are damaged.
"""

import ctypes
import hashlib
import io
import re
import struct
import zlib
from collections.abc import Callable
from typing import Any

from PIL import Image

from digitbox.recognition import jpeg
from digitbox.records import Reason

SHORT, LONG = 0.995, 1.01
"""The data of a picture may be shorter or longer than it needs by such factors: some programs count
a row too few or too many."""

CHUNK = 1 << 20
"""So many bytes are unpacked at a time."""

_END_OF_FAX = re.compile("0{11}1[01]?0{11}1")
"""Two ends of line, which a fax ends with (ITU-T T.4 and T.6)."""

_VALUES = {1: (1,), 2: (3,), 3: (4,), 4: (1,), 5: (3,), 6: (3,), 7: (1, 3, 4), 8: (1,), 10: (1,)}
"""How many values a pixel has in the colour spaces of PDFium: gray, RGB, CMYK, calibrated gray and
RGB, Lab, by a profile, separation, indexed."""

_BITS = re.compile(rb"/BitsPerComponent\s+([0-9]{1,2})\b")
_DEPTHS = {1, 2, 4, 8, 16}

MOST_BYTES = 1 << 30
"""PDFium unpacks so much of a picture, and leaves out the rest."""

Get = Callable[[Any, Any, int], int]


class Embedded:
    """The pictures of the PDF ``data``, of which those that many pages share are looked at once.
    ``raw`` is ``pypdfium2.raw``."""

    def __init__(self, raw: Any, data: bytes) -> None:
        self._raw = raw
        # PDFium does not say how many bits the values of a picture have.
        self._depths = {int(bits) for bits in _BITS.findall(data)} & _DEPTHS or _DEPTHS
        self._known: dict[bytes, Reason | None] = {}

    def fault(self, page: Any, picture: Any, is_seen: bool) -> Reason | None:
        """Why ``picture``, an image object of ``page``, is not to be relied on: INCOMPLETE where it
        may end too early. ``is_seen``: there is anything on the page at its place."""
        raw = self._raw
        about = raw.FPDF_IMAGEOBJ_METADATA()
        raw.FPDFImageObj_GetImageMetadata(picture, page, about)
        if not about.bits_per_pixel:  # PDFium can do nothing with it
            return Reason.CORRUPT
        filters = self._filters(picture)
        last = filters[-1] if filters else ""
        if (last == "JBIG2Decode" or not is_seen) and not self._is_drawn(picture):
            return Reason.CORRUPT if last == "JBIG2Decode" else Reason.MEMORY
        if last == "JPXDecode":  # one that is damaged is not drawn at all
            return None
        if last == "JBIG2Decode":
            return _of_jbig2(self._data(raw.FPDFImageObj_GetImageDataDecoded, picture))
        if last == "DCTDecode":
            return self._once(_of_jpeg, self._data(raw.FPDFImageObj_GetImageDataDecoded, picture))
        if last == "CCITTFaxDecode":
            return _of_fax(self._data(raw.FPDFImageObj_GetImageDataDecoded, picture))
        needed = _lengths(about, self._depths)
        if filters == ["FlateDecode"]:
            data = self._data(raw.FPDFImageObj_GetImageDataRaw, picture)
            return self._once(lambda deflated: _of_flate(deflated, needed, about.height), data)
        length = raw.FPDFImageObj_GetImageDataDecoded(picture, None, 0)
        if length >= MOST_BYTES:
            return Reason.TOO_MANY_PIXELS
        return None if _suffices(length, needed) else Reason.TRUNCATED

    def _once(self, look: Callable[[memoryview], Reason | None], data: memoryview) -> Reason | None:
        key = hashlib.blake2b(data, digest_size=16).digest()
        if key not in self._known:
            self._known[key] = look(data)
        return self._known[key]

    def _filters(self, picture: Any) -> list[str]:
        name = ctypes.create_string_buffer(32)
        names = []
        for number in range(self._raw.FPDFImageObj_GetImageFilterCount(picture)):
            self._raw.FPDFImageObj_GetImageFilter(picture, number, name, len(name))
            names.append(name.value.decode("latin-1"))
        return names

    def _data(self, get: Get, picture: Any) -> memoryview:
        size = get(picture, None, 0)
        buffer = (ctypes.c_ubyte * size)()
        get(picture, buffer, size)
        return memoryview(buffer).cast("B")

    def _is_drawn(self, picture: Any) -> bool:
        """Whether PDFium can unpack ``picture``, and has the memory for that."""
        bitmap = self._raw.FPDFImageObj_GetBitmap(picture)
        if bitmap:
            self._raw.FPDFBitmap_Destroy(bitmap)
        return bool(bitmap)


def _lengths(about: Any, depths: set[int]) -> list[int]:
    """How many bytes the values of a picture may have, for all that PDFium says of it."""
    if about.bits_per_pixel == 1:  # else it says what it turns the values into
        return [about.height * ((about.width + 7) // 8)]
    values = _VALUES.get(about.colorspace, ())
    return [about.height * ((about.width * n * bits + 7) // 8) for n in values for bits in depths]


def _suffices(length: int, needed: list[int], more: int = 0) -> bool:
    """Whether data of that ``length``, or with so much ``more`` among them, are a whole picture."""
    if length >= max(needed, default=1):
        return True
    return any(SHORT * least <= length <= LONG * (least + more) for least in needed)


def _of_jpeg(data: memoryview) -> Reason | None:
    """Decoded at an eighth of its size, which takes a fraction of the time. What is damaged amid
    the data is written to standard error."""
    content = bytes(data)
    start = content.find(b"\xff\xd8")
    if start < 0:
        return Reason.CORRUPT
    try:
        with Image.open(io.BytesIO(content[start:]), formats=("JPEG",)) as image:
            image.draft(None, (1, 1))
            image.load()
        jpeg.report(content[start:])
    except MemoryError:
        raise
    except Exception as error:  # a decoder may throw anything at hostile data
        return Reason.TRUNCATED if "truncated" in str(error).lower() else Reason.CORRUPT
    return None


def _of_flate(data: memoryview, needed: list[int], rows: int) -> Reason | None:
    """Each row may have a byte more, which says how it was predicted from the one above it."""
    inflate = zlib.decompressobj()
    length, rest = 0, bytes(data)
    try:
        while (piece := inflate.decompress(rest, CHUNK)) or inflate.unconsumed_tail:
            length, rest = length + len(piece), inflate.unconsumed_tail
            if length > MOST_BYTES:
                return Reason.TOO_MANY_PIXELS
    except zlib.error:
        return Reason.CORRUPT
    return None if _suffices(length, needed, rows) else Reason.TRUNCATED


def _of_fax(data: memoryview) -> Reason | None:
    """Where it does not end as faxes do, it may lack rows, which PDFium leaves white; or it is one
    of the few that need no end. Pillow leaves the tags of a TIFF behind it."""
    tail = "".join(f"{byte:08b}" for byte in bytes(data[-1024:]))
    return None if _END_OF_FAX.search(tail) else Reason.INCOMPLETE


def _of_jbig2(data: memoryview) -> Reason | None:
    """Its segments say how long they are (ITU-T T.88, 7.2)."""
    content = bytes(data).rstrip(b"\r\n")
    place = 0
    try:
        while place < len(content):
            number, flags, count = struct.unpack_from(">IBB", content, place)
            place += 6
            count >>= 5
            if count == 7:
                count = struct.unpack_from(">I", content, place - 1)[0] & 0x1FFFFFFF
                place += 3 + (count + 8) // 8
            place += count * (1 if number <= 256 else 2 if number <= 65_536 else 4)
            place += 4 if flags & 0x40 else 1
            (length,) = struct.unpack_from(">I", content, place)
            if length == 0xFFFFFFFF:  # it does not
                return None
            place += 4 + length
    except struct.error:
        return Reason.TRUNCATED
    return Reason.TRUNCATED if place > len(data) else None
