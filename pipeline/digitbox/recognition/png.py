"""PNG data → what of them shows the picture, and whether that is undamaged."""

import struct
import zlib
from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image

from digitbox.recognition.tiff import Samples

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PICTURE = frozenset((b"IHDR", b"PLTE", b"IDAT", b"IEND"))
"""What there is no picture without. Where it is damaged, the decoder has to see it."""

_BESIDE = frozenset((b"tRNS", b"pHYs", b"eXIf"))
"""What has a say in how the picture is shown."""

_TEXTS = (
    (b"iTXt", b"XML:com.adobe.xmp\0"),
    (b"tEXt", b"Raw profile type exif\0"),
    (b"zTXt", b"Raw profile type exif\0"),
)
"""Texts that may say which way is up. Others, colour profiles and animations have no say: they may
be large or damaged."""

_LONGEST_TEXT = 1_000_000
"""Bytes of a text that the decoder takes, less than its limit."""

_ADAM7 = (
    (0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2),
    (0, 1, 1, 2),
)  # fmt: skip
"""Of each pass: its first column, how far they are apart, and the same of its rows (PNG 1.2,
section 2.6)."""

_DEPTH, _COLOURS = 24, 25
"""Where the header has the bits of a sample, and which samples there are."""

DARK = 63
"""Where the upper 8 of 16 bits are nowhere more than this, fewer than 16 may be used."""


def has_header(data: bytes) -> bool:
    """Whether ``data`` begin as a PNG does, whether or not what its header says is right."""
    return data.startswith(SIGNATURE) and data[12:16] == b"IHDR"


def essential(data: bytes) -> tuple[bytes, bool]:
    """The chunks of a PNG that show its picture, and whether they are undamaged, as far as their
    checksums tell. Such as are damaged, and beside the picture, are left out: what may have said
    which way is up, too."""
    kept = [SIGNATURE]
    is_intact = True
    for kind, chunk, is_right in _chunks(data):
        if kind in _PICTURE:
            kept.append(chunk)
        elif kind not in _BESIDE and not _says_how_it_lies(kind, chunk):
            continue
        elif is_right and (kind in _BESIDE or _is_short(chunk)):
            kept.append(chunk)
        is_intact &= is_right or kind == b"pHYs"
    return b"".join(kept), is_intact


def ends_early(image: Image.Image, data: bytes) -> bool:
    """Whether a loaded ``image`` is a PNG, from ``data``, that lacks its last rows."""
    if image.format != "PNG":
        return False
    last = image.crop((0, image.height - 1, image.width, image.height))
    return last.getbbox(alpha_only=False) is None and lacks_rows(data)


def lacks_rows(data: bytes) -> bool:
    """Whether the data of a PNG end before its last row, or are damaged. Its decoder leaves the
    other rows black."""
    width, height, depth, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    bits = depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    passes = _ADAM7 if interlace else ((0, 1, 0, 1),)
    needed = 0
    for left, across, top, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            needed += rows * (1 + (columns * bits + 7) // 8)
    inflate = zlib.decompressobj()
    for kind, chunk, _ in _chunks(data):
        rest = chunk[8:-4] if kind == b"IDAT" else b""
        while rest and not inflate.eof and needed > 0:
            try:
                needed -= len(inflate.decompress(rest, 1 << 20))
            except zlib.error:  # its decoder does not look at the checksum of what is inflated
                return True
            rest = inflate.unconsumed_tail
    return needed > 0


def hides_colours(image: Image.Image, data: bytes) -> bool:
    """Whether a loaded ``image`` is a PNG, from ``data``, with 16 bits a colour, of which Pillow
    keeps the upper 8, and these are dark everywhere."""
    if image.format != "PNG" or data[_DEPTH : _COLOURS + 1] not in (b"\x10\x02", b"\x10\x06"):
        return False
    return int(np.asarray(image.convert("RGB")).max()) <= DARK


def colours(data: bytes) -> Samples:
    """All bits of the colours of such a PNG. Raises :class:`ValueError` where OpenCV cannot."""
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None or found.ndim != 3 or found.shape[2] < 3:
        raise ValueError("not decoded")
    alpha = 2 if found.shape[2] == 4 else None
    return Samples(np.concatenate([found[..., 2::-1], found[..., 3:]], axis=2), 3, alpha=alpha)


def _says_how_it_lies(kind: bytes, chunk: bytes) -> bool:
    return any(kind == one and chunk.startswith(key, 8) for one, key in _TEXTS)


def _is_short(chunk: bytes) -> bool:
    """Whether a text has not too many bytes, also when it is inflated."""
    if len(chunk) > _LONGEST_TEXT:
        return False
    text = chunk[8:-4].partition(b"\0")[2]
    if chunk[4:8] == b"zTXt":
        deflated = text[1:]
    elif text[:1] == b"\1":  # an iTXt: its language, and its keyword in that, come first
        deflated = text[2:].partition(b"\0")[2].partition(b"\0")[2]
    else:
        return True
    inflate = zlib.decompressobj()
    try:
        inflate.decompress(deflated, _LONGEST_TEXT)
    except zlib.error:
        return False
    return inflate.eof


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool]]:
    """The kind of each chunk, all of its bytes, and whether its checksum is right (PNG 1.2, section
    3.2). One that is cut off counts as right: that it ends too early is seen by the decoder."""
    start = len(SIGNATURE)
    while start + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, start)
        end = start + 12 + length
        chunk = data[start:end]
        is_whole = end <= len(data)
        is_right = not is_whole or zlib.crc32(chunk[4:-4]).to_bytes(4, "big") == chunk[-4:]
        yield kind, chunk, is_right
        if kind == b"IEND":
            return
        start = end
