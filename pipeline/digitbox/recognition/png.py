"""PNG data → what of them shows the picture, and whether that is undamaged."""

import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_SHOWN = frozenset((b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"pHYs", b"eXIf"))
"""What has a say in how the page looks. Texts, colour profiles and animations have none: they may
be large or damaged."""

_PICTURE = frozenset((b"tRNS", b"IDAT"))


def has_header(data: bytes) -> bool:
    """Whether ``data`` begin as a PNG does, whether or not what its header says is right."""
    return data.startswith(SIGNATURE) and data[12:16] == b"IHDR"


def essential(data: bytes) -> tuple[bytes, bool]:
    """The chunks of a PNG that show its picture, and whether their checksums are right. Where the
    header or the palette is damaged, that is left for the decoder to refuse."""
    kept = [SIGNATURE]
    is_intact = True
    for kind, chunk, is_right in _chunks(data):
        if kind not in _SHOWN:
            continue
        is_intact &= is_right or kind not in _PICTURE
        if is_right or kind in (b"IHDR", b"PLTE", b"IDAT", b"IEND"):
            kept.append(chunk)
    return b"".join(kept), is_intact


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
