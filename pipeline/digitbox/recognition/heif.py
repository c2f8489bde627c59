"""HEIC files: what registers their decoder, and what it leaves to its caller."""

import importlib
import struct

from PIL import Image

_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

_TURNING = ("irot", "imir")
"""Properties by which libheif turns or mirrors an image (ISO/IEC 23008-12, 6.5.10 and 6.5.12)."""


def is_heif(data: bytes) -> bool:
    return data[4:8] == b"ftyp" and data[8:12] in _BRANDS


def register() -> bool:
    """Make Pillow read HEIC; False where the ``formats`` extra is not installed."""
    try:
        pillow_heif = importlib.import_module("pillow_heif")
    except ImportError:
        return False
    pillow_heif.register_heif_opener(thumbnails=False)
    return True


def orientation(image: Image.Image) -> int:
    """The EXIF orientation of an ``image`` that is not loaded yet, where it is still to be undone;
    else 1. The decoder hides it. Where the file has properties that turn the image, these have been
    obeyed, and they say the same."""
    frames = getattr(image, "_heif_file", None)
    if frames is None:
        return 1
    properties = frames[image.tell()]._c_image.transformations
    if any(name in _TURNING for name, *_ in properties):
        return 1
    return image.info.get("original_orientation") or 1


def is_cut(data: bytes) -> bool:
    """Whether a box of the file goes on beyond its end (ISO/IEC 14496-12, 4.2)."""
    start = 0
    while start + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, start)
        if size == 1 and start + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, start + 8)
        if size == 0:  # it goes on to the end
            return False
        if size < 8:
            return False  # damaged
        start += size
    return start != len(data)
