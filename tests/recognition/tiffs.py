"""TIFFs of every kind of pixel, as a scanner or a library may write them."""

import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float64]
"""``[H, W]``, 0 to 1."""

PACK_BITS, DEFLATE, NONE = 32773, 8, 1


def _packed(data: bytes) -> bytes:
    """Literal runs only (TIFF 6.0, section 9)."""
    runs = (data[start : start + 128] for start in range(0, len(data), 128))
    return b"".join(bytes([len(run) - 1]) + run for run in runs)


_COMPRESSED: dict[int, Callable[[bytes], bytes]] = {
    NONE: lambda data: data,
    DEFLATE: zlib.compress,
    PACK_BITS: _packed,
}


@dataclass(frozen=True)
class Kind:
    """``dtype`` as numpy spells it, without the byte order; ``photometric``, ``extra`` and
    ``compression`` as TIFF numbers them."""

    dtype: str
    photometric: int = 1
    extra: tuple[int, ...] = ()
    is_planar: bool = False
    compression: int = NONE
    order: str = "<"
    rows: int = 16
    is_tiled: bool = False
    predictor: int = 1
    white: float | None = None
    """The largest value; None: what the type holds, 1 for floats."""


def tiff(planes: Sequence[Plane], kind: Kind, tags: dict[int, int] | None = None) -> bytes:
    """A TIFF of one page with ``planes``, each as it is stored, and further ``tags`` of one number
    each."""
    dtype = np.dtype(kind.order + kind.dtype)
    top = kind.white
    if top is None:
        top = 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
    height, width = planes[0].shape
    values = [np.minimum(np.round(plane * top, 9), top) for plane in planes]
    arrays = values if kind.is_planar else [np.stack(values, axis=-1)]
    pieces = [_part(piece, dtype, kind) for array in arrays for piece in _pieces(array, kind)]
    number = {"u": 1, "i": 2, "f": 3}[dtype.kind]
    entries: dict[int, tuple[str, Sequence[int]]] = {
        256: ("H", [width]),
        257: ("H", [height]),
        258: ("H", [8 * dtype.itemsize] * len(planes)),
        259: ("H", [kind.compression]),
        262: ("H", [kind.photometric]),
        277: ("H", [len(planes)]),
        284: ("H", [2 if kind.is_planar else 1]),
        317: ("H", [kind.predictor]),
        339: ("H", [number] * len(planes)),
    }
    entries |= {tag: ("H", [value]) for tag, value in (tags or {}).items()}
    if kind.extra:
        entries[338] = ("H", kind.extra)
    offsets = [8 + sum(map(len, pieces[:index])) for index in range(len(pieces))]
    lengths = [len(piece) for piece in pieces]
    if kind.is_tiled:
        side = ("H", [kind.rows])
        entries |= {322: side, 323: side, 324: ("I", offsets), 325: ("I", lengths)}
    else:
        entries |= {278: ("H", [kind.rows]), 273: ("I", offsets), 279: ("I", lengths)}
    return _file(b"".join(pieces), entries, kind.order)


def _pieces(array: NDArray[Any], kind: Kind) -> list[NDArray[Any]]:
    height, width = array.shape[:2]
    if not kind.is_tiled:
        return [array[top : top + kind.rows] for top in range(0, height, kind.rows)]
    side = kind.rows
    room = [(0, -height % side), (0, -width % side)] + [(0, 0)] * (array.ndim - 2)
    whole = np.pad(array, room)
    return [
        whole[top : top + side, left : left + side]
        for top in range(0, height, side)
        for left in range(0, width, side)
    ]


def _part(piece: NDArray[Any], dtype: np.dtype[Any], kind: Kind) -> bytes:
    values = piece.astype(dtype)
    if kind.predictor == 2:
        before = np.zeros_like(values[:, :1])
        values = np.diff(values, axis=1, prepend=before).astype(dtype)
    return _COMPRESSED[kind.compression](values.tobytes())


def _file(pixels: bytes, entries: dict[int, tuple[str, Sequence[int]]], order: str) -> bytes:
    pixels += bytes(len(pixels) % 2)
    start = 8 + len(pixels)
    beyond = start + 2 + 12 * len(entries) + 4
    directory, values = struct.pack(f"{order}H", len(entries)), b""
    for tag, (size, numbers) in sorted(entries.items()):
        packed = struct.pack(f"{order}{len(numbers)}{size}", *numbers)
        place = packed.ljust(4, b"\0")
        if len(packed) > 4:
            place = struct.pack(f"{order}I", beyond + len(values))
            values += packed
        directory += struct.pack(f"{order}HHI", tag, 3 if size == "H" else 4, len(numbers)) + place
    magic = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", start)
    return magic + pixels + directory + bytes(4) + values
