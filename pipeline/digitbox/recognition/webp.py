"""WebP data → does their picture need all of them?"""

import io
import struct

from PIL import Image

_SPARE = 8
"""Bytes at the end of coded data that a picture may not need: coders write up to 32 bits more."""


def has_spare_data(data: bytes) -> bool:
    """Whether the first picture of a WebP is decoded from less than all of its data. Its codes say
    nothing of where they end. So damaged ones need less than there is, or more, which the decoder
    notices."""
    kind, coded = _coded(data)
    coded = coded[:-_SPARE]
    chunk = kind + struct.pack("<I", len(coded)) + coded + bytes(len(coded) % 2)
    shorter = b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
    try:
        with Image.open(io.BytesIO(shorter), formats=("WEBP",)) as image:
            image.load()
    except MemoryError:
        raise
    except Exception:  # it needs them
        return False
    return True


def _coded(data: bytes) -> tuple[bytes, bytes]:
    """The kind and the content of the first chunk that holds a picture (WebP container, RFC 9649,
    section 2.3); empty where there is none."""
    start = 12
    while start + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, start)
        start += 8
        if kind in (b"VP8 ", b"VP8L"):
            return kind, data[start : start + size]
        start += 16 if kind == b"ANMF" else size + size % 2
    return b"", b""
