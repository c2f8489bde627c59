"""JPEG data: are they all there?"""

import io
import re
from contextlib import suppress

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_CORNER = 4
"""Pixels of a reduced picture that a unit of coding has at least, at each side."""

_PROGRESSIVE = b"\xff\xc2"
"""The marker of a frame that comes in several scans."""

END = b"\xff\xd9"
"""The marker EOI (ITU-T T.81, table B.1)."""

_MARKER = re.compile(rb"\xff[\x01-\xfe]", re.DOTALL)
_SCAN = 0xDA
_ALONE = (0x01, *range(0xD0, 0xDA))
"""What has no content."""

_BESIDE = {0xFE, *range(0xE0, 0xF0)} - {0xEE}
"""Comments and what applications say, but for Adobe's, which says what the colours are."""

_FILLINGS = (b"\x00" * 4096, b"\x5a\xa5\x69" * 1366)
"""What may be read in place of data that are missing, each giving another picture."""


_REPORTED = cv2.IMREAD_REDUCED_GRAYSCALE_8 | cv2.IMREAD_IGNORE_ORIENTATION
"""An eighth of the size, which takes a fraction of the time: all of the codes are looked at, and
few pixels are made."""


def report(data: bytes) -> None:
    """Have a decoder write to standard error what is damaged in a JPEG: OpenCV lets libjpeg speak,
    and Pillow does not."""
    with suppress(cv2.error):  # Pillow has said what is too large, or no JPEG
        cv2.imdecode(np.frombuffer(_essential(data), np.uint8), _REPORTED)


def _essential(data: bytes) -> bytes:
    """A JPEG without what is said of its picture, and what stands between segments: damage there is
    none of the picture, and libjpeg speaks but once."""
    kept, start = [data[:2]], 2
    while found := _MARKER.search(data, start):
        code, end = data[found.end() - 1], found.end()
        if code == _SCAN:
            return b"".join((*kept, data[found.start() :]))
        if code not in _ALONE:
            end += int.from_bytes(data[end : end + 2], "big")
            if code not in _BESIDE:
                kept.append(data[found.start() : end])
        start = end
    return data


def ends(data: bytes) -> bool:
    """Whether there is an end marker, but for what was padded with zeros."""
    return data.rstrip(b"\0").endswith(END)


def ended(data: bytes) -> bytes | None:
    """A JPEG that lacks its end marker with one, if it shows all of its picture: what comes after
    has no influence on it. Else None."""
    data = data.rstrip(b"\xff")  # the half of it, or what may be before it
    try:
        first, second = (_picture(data + filling + END) for filling in _FILLINGS)
    except MemoryError:
        raise
    except Exception:  # its decoder will say what is wrong
        return None
    return data + END if np.array_equal(first, second) else None


def lacks_data(data: bytes, shown: NDArray[np.uint8], side: int | None) -> bool:
    """Whether a JPEG has less data than its picture needs, though it has its end marker. ``shown``
    is the picture as it lies, drafted to ``side`` where that is not None. Only where a corner has
    one colour, as libjpeg fills in what is missing, or where the picture comes in several scans, it
    is looked at more closely."""
    if not ends(data) or not (_has_flat_corner(shown) or _PROGRESSIVE in data):
        return False
    body = data.rstrip(b"\0").removesuffix(END).rstrip(b"\xff")  # which may be before it
    return not np.array_equal(shown, _picture(body + _FILLINGS[1] + END, side))


def _has_flat_corner(shown: NDArray[np.uint8]) -> bool:
    ends = (slice(None, _CORNER), slice(-_CORNER, None))
    return any(np.ptp(shown[rows, columns]) == 0 for rows in ends for columns in ends)


def _picture(data: bytes, side: int | None = None) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        if side is not None:
            image.draft("L", (side, side))
        return np.asarray(image.convert("L"))
