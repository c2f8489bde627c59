"""A TIFF page → the samples of its pixels, where Pillow does not know their kind, or shows it as
another; and which frames are pages."""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

from digitbox.recognition.density import ratio
from digitbox.records import Reason

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")

_NEW_SUBFILE_TYPE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _X_RESOLUTION, _Y_RESOLUTION = (
    273, 274, 277, 278, 279, 282, 283,
)  # fmt: skip
_PLANAR, _PREDICTOR, _FILL_ORDER = 284, 317, 266
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_BYTES, _EXTRA, _FORMAT = 322, 323, 324, 325, 338, 339
"""Numbers of tags (TIFF 6.0, sections 8, 12, 14, 15 and 18)."""

_COPY = 0b101
"""Bits of NewSubfileType: a smaller copy of a page, or a mask for one."""

_OF_BYTES = frozenset((1, 5, 8, 32773, 32946, 34925, 50000))
"""Compressions of bytes, whatever they mean: none, LZW, Deflate, PackBits, LZMA and Zstandard."""

_READ = _OF_BYTES | {2, 3, 4, 6, 7, 34887}
"""Besides CCITT, JPEG and LERC."""

_COLOURS = {0: 1, 1: 1, 2: 3, 5: 4}
"""Samples of a pixel by PhotometricInterpretation, those beyond apart."""

_KINDS = {1: "u", 2: "i", 3: "f"}
"""What SampleFormat says."""

_DIFFERENCES, _FLOAT_DIFFERENCES = 2, 3


class UnsupportedError(Exception):
    """What a TIFF has no reader for here: ``reason`` says which kind that is."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Samples:
    """``values`` of a page as they are stored, ``[H, W, n]``, ``colours`` of them ink or light: one
    of gray, three of RGB, four of CMYK. ``alpha``, if there is one, comes next. ``is_negative``:
    they say how dark it is."""

    values: NDArray[Any]
    colours: int
    is_negative: bool = False
    alpha: int | None = None
    """1: the colours were multiplied by it; 2: they were not (tag 338)."""


def is_copy(image: Image.Image) -> bool:
    """Whether a frame of a TIFF is no page of its own."""
    kind = image.tag_v2.get(_NEW_SUBFILE_TYPE, 0) if isinstance(image, TiffImageFile) else 0
    return isinstance(kind, int) and bool(kind & _COPY)


def orientation(tags: ImageFileDirectory_v2) -> int:
    """How a page is to be turned, 1 to 8 (see the EXIF orientation, which is the same)."""
    value = tags.get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def lies(tags: ImageFileDirectory_v2) -> bool:
    """Whether the rows of a page are stored as its columns."""
    return orientation(tags) >= 5


def aspect(tags: ImageFileDirectory_v2) -> float:
    """How high a pixel of a page is stored for its width; see :func:`density.aspect`."""
    return ratio(tags.get(_X_RESOLUTION), tags.get(_Y_RESOLUTION))


def size(tags: ImageFileDirectory_v2) -> tuple[int, int]:
    """Width and height of a page as it is stored."""
    return int(tags[_WIDTH]), int(tags[_HEIGHT])


def directories(data: bytes) -> Iterator[ImageFileDirectory_v2]:
    """What is said of each frame that is a page of its own. Raises whatever a decoder does."""
    tags = ImageFileDirectory_v2(data[:16] if b"+" in data[2:4] else data[:8])
    file = io.BytesIO(data)
    seen = set()
    while tags.next and tags.next not in seen:
        seen.add(tags.next)
        file.seek(tags.next)
        tags.load(file)
        kind = tags.get(_NEW_SUBFILE_TYPE, 0)
        if not (isinstance(kind, int) and kind & _COPY):
            yield tags
    if not seen:
        raise EOFError


def lacks_strips(tags: ImageFileDirectory_v2) -> bool:
    """Whether a page has fewer strips than its rows need: the others come out black."""
    if _STRIPS not in tags:
        return False
    height = size(tags)[1]
    rows = max(1, min(height, int(tags.get(_ROWS, height))))
    planes = int(tags.get(_SAMPLES, 1)) if tags.get(_PLANAR, 1) == 2 else 1
    return len(tags[_STRIPS]) < -(-height // rows) * planes


def check(tags: ImageFileDirectory_v2) -> None:
    """Raise :class:`UnsupportedError` where a page is compressed in a way that is not read."""
    if tags.get(_COMPRESSION, 1) not in _READ:
        raise UnsupportedError(Reason.UNSUPPORTED_COMPRESSION)


def is_deep(tags: ImageFileDirectory_v2) -> bool:
    """Whether :func:`samples` is asked instead of Pillow, which knows all that has eight bits
    without a sign, in one plane, or fewer."""
    bits, formats = _all(tags, _BITS, 1), _all(tags, _FORMAT, 1)
    return (max(bits) > 8 and bits != (12,)) or set(formats) != {1} or _is_planar(tags)


def samples(data: bytes, tags: ImageFileDirectory_v2) -> Samples:
    """The samples of the page of ``data`` that ``tags`` describe. Raises :class:`UnsupportedError`,
    and whatever a decoder does."""
    check(tags)
    bits, formats = set(_all(tags, _BITS, 1)), set(_all(tags, _FORMAT, 1))
    photometric, compression = tags.get(_PHOTOMETRIC, 0), tags.get(_COMPRESSION, 1)
    count, predictor = int(tags.get(_SAMPLES, 1)), tags.get(_PREDICTOR, 1)
    colours = _COLOURS.get(photometric, 0)
    kind = _KINDS.get(min(formats), "")
    is_known = (
        len(bits) == len(formats) == 1
        and bits <= {8, 16, 32, 64}
        and (kind == "f") <= (bits != {8})
        and kind
        and 0 < colours <= count <= 8
        and compression in _OF_BYTES
        and predictor in (1, _DIFFERENCES, _FLOAT_DIFFERENCES)
        and not (kind == "f" and photometric == 5)
    )
    if not is_known:
        raise UnsupportedError(Reason.UNSUPPORTED_PIXELS)
    order = "<" if tags.prefix == b"II" else ">"
    dtype = np.dtype(f"{order}{kind}{bits.pop() // 8}")
    width, height = size(tags)
    planes, together = (count, 1) if _is_planar(tags) else (1, count)
    extra = _all(tags, _EXTRA, 0)
    alpha = extra[0] if count > colours and extra[0] in (1, 2) else None
    read = [
        _plane(data, tags, (number, planes), (height, width, together), dtype, predictor)
        for number in range(min(planes, colours + (alpha is not None)))
    ]
    values = np.concatenate(read, axis=2)
    return Samples(values, colours, photometric == 0, alpha)


def _is_planar(tags: ImageFileDirectory_v2) -> bool:
    return bool(tags.get(_PLANAR, 1) == 2 and tags.get(_SAMPLES, 1) > 1)


def _all(tags: ImageFileDirectory_v2, tag: int, default: int) -> tuple[int, ...]:
    value = tags.get(tag, default)
    return tuple(value) if isinstance(value, tuple) and value else (value or default,)


def _plane(
    data: bytes,
    tags: ImageFileDirectory_v2,
    which: tuple[int, int],
    shape: tuple[int, int, int],
    dtype: np.dtype[Any],
    predictor: int,
) -> NDArray[Any]:
    """One of the planes, ``[H, W, n]``: the file is shown to libtiff as one of bytes."""
    height, width, together = shape
    each = together * dtype.itemsize
    is_tiled = _TILES in tags
    starts, lengths = (_TILES, _TILE_BYTES) if is_tiled else (_STRIPS, _STRIP_BYTES)
    offsets, counts = _all(tags, starts, 0), _all(tags, lengths, 0)
    number, planes = which
    share = len(offsets) // planes
    rows = min(int(tags.get(_ROWS, height)), height)
    wide, high = width, rows
    if is_tiled:
        wide, high = int(tags[_TILE_WIDTH]), int(tags[_TILE_HEIGHT])
    if min(wide, high) < 1 or share * planes != len(offsets) or len(counts) != len(offsets):
        raise ValueError("the strips are damaged")
    if share != -(-width // wide) * -(-height // high):
        raise EOFError("not enough strips")
    entries: dict[int, list[int]] = {
        _WIDTH: [width * each],
        _HEIGHT: [height],
        _BITS: [8],
        _COMPRESSION: [tags.get(_COMPRESSION, 1)],
        _PHOTOMETRIC: [1],
        _SAMPLES: [1],
        _FILL_ORDER: [tags.get(_FILL_ORDER, 1)],
        starts: list(offsets[number * share : (number + 1) * share]),
        lengths: list(counts[number * share : (number + 1) * share]),
    }
    if is_tiled:
        entries |= {_TILE_WIDTH: [wide * each], _TILE_HEIGHT: [high]}
    else:
        entries[_ROWS] = [rows]
    stored = _bytes(data, tags.prefix, entries)
    return _values(stored, (wide, width, together), dtype, predictor)


def _bytes(data: bytes, prefix: bytes, entries: dict[int, list[int]]) -> NDArray[np.uint8]:
    """What a TIFF of bytes with such ``entries`` shows whose strips are those of ``data``."""
    order = "<" if prefix == b"II" else ">"
    start = len(data) + len(data) % 2
    beyond = start + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(f"{order}H", len(entries)), b""
    for tag, numbers in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(numbers) > 1:
            place = struct.pack(f"{order}I", beyond + len(values))
            values += packed
        else:
            place = packed
        directory += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + place
    magic = struct.pack(f"{order}HI", 42, start)
    rewritten = b"".join(
        (prefix, magic, data[8:], bytes(start - len(data)), directory, bytes(4), values)
    )
    with Image.open(io.BytesIO(rewritten), formats=(TiffImageFile.format,)) as image:
        return np.asarray(image)


def _values(
    stored: NDArray[np.uint8],
    widths: tuple[int, int, int],
    dtype: np.dtype[Any],
    predictor: int,
) -> NDArray[Any]:
    """Bytes ``[H, W * n * size]`` → values ``[H, W, n]``. What is predicted starts anew in each
    tile, and so do its differences."""
    wide, width, together = widths
    height = stored.shape[0]
    native = dtype.newbyteorder("=")
    parts = []
    for left in range(0, width, wide):
        own = min(wide, width - left)
        start = left * together * dtype.itemsize
        part = np.ascontiguousarray(stored[:, start : start + own * together * dtype.itemsize])
        if predictor == _FLOAT_DIFFERENCES:
            if own != wide:  # the bytes of a sample lie apart by the width of the whole tile
                raise UnsupportedError(Reason.UNSUPPORTED_PIXELS)
            summed = np.cumsum(part.reshape(height, -1, together), axis=1, dtype=np.uint8)
            apart = summed.reshape(height, dtype.itemsize, own * together)
            joined = np.ascontiguousarray(apart.transpose(0, 2, 1))
            values = joined.view(dtype.newbyteorder(">")).astype(native)
        else:
            values = part.view(dtype).astype(native)
        values = values.reshape(height, own, together)
        if predictor == _DIFFERENCES and dtype.kind != "f":
            values = np.cumsum(values, axis=1, dtype=native)
        parts.append(values)
    return np.concatenate(parts, axis=1)
