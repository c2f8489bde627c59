"""Images → readings, in the caller's own process: what programs that embed digitbox use."""

import os
import threading
from pathlib import Path
from typing import BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.config import FINDER, NUMBERS, SHIPPED_MODELS, Config, is_name
from digitbox.errors import InputError, ModelError
from digitbox.expectations import expectation
from digitbox.recognition import reader
from digitbox.recognition.decode import decode_image
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.transcriber import Transcriber
from digitbox.records import Reading

ImageSource: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | NDArray[np.uint8]
)
"""What can be read: the path of a file, the bytes of one, a file that is open for reading in binary
mode, a ``PIL.Image``, or pixels as an array, uint8 ``[H, W]`` (0 black to 255 white) or
``[H, W, 3]`` (red, green, blue)."""


class Reader:
    """Reads images with networks that it loads once, in some tenths of a second.

    It may be used from several threads: one image is read at a time, the others wait. For more at a
    time, have a ``Reader`` in each of several processes. What `digitbox batch` and the service do
    besides is not done here: images are decoded in this process, without limits of time and memory.
    Do not give it files of strangers without such limits around it.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] = "cnn",
        *,
        accept: float | None = None,
        digits: int | str = "any",
        decimals: int | str = "written",
        sign: bool = False,
        max_pixels: int | None = None,
        max_pages: int | None = None,
    ) -> None:
        """``model`` is ``cnn``, ``mlp`` or a model's folder. A reading is ``accepted`` from the
        confidence ``accept`` on, 0 to 1. A page of more than ``max_pixels`` is not decoded, and
        pages beyond ``max_pages`` are not read. None stands for the defaults of the configuration.
        ``digits`` (``any``, a number or a range as ``1-6``), ``decimals`` (``written`` or a number)
        and ``sign`` say what values look like, as the settings of these names do.

        Raises :class:`ModelError` where there is no such model, or it does not serve, and
        :class:`ValueError` where ``accept``, ``digits`` or ``decimals`` is none of these.
        """
        defaults = Config()
        accept = defaults.accept if accept is None else accept
        if not 0 <= accept <= 1:
            raise ValueError(f"accept is {accept}: give a number from 0 to 1.")
        expected = expectation(digits, decimals, sign)
        self._max_pixels = defaults.limits.pixels if max_pixels is None else max_pixels
        self._reader = reader.Reader(
            Finder(FINDER),
            Model(_folder(model)),
            accept,
            self._max_pixels,
            defaults.limits.pages if max_pages is None else max_pages,
            expected=expected,
            transcriber=Transcriber(NUMBERS) if expected.most != 1 else None,
        )
        self._lock = threading.Lock()

    def read(self, source: ImageSource) -> tuple[Reading, ...]:
        """Read ``source`` (see :data:`ImageSource`), and return a reading for each of its pages: an
        image has one, a TIFF and a PDF may have more. Never raises for what an image holds: a page
        that cannot be read has the status ``failed``, and a reason.

        Raises :class:`InputError` where a path cannot be read, and :class:`TypeError` or
        :class:`ValueError` where ``source`` is nothing of the above.
        """
        if isinstance(source, np.ndarray):
            source = _image_of(source)
        if isinstance(source, Image.Image):
            if not (source.width and source.height):
                raise ValueError(
                    f"An image of {source.width} by {source.height} pixels holds nothing."
                )
            with self._lock:
                page = decode_image(source, self._max_pixels)
                return (self._reader.inspect(page)[0],)
        content = _content(source)
        with self._lock:
            (readings,) = self._reader.read([content])
        return readings


def read(source: ImageSource) -> tuple[Reading, ...]:
    """Read ``source`` with the default model: see :meth:`Reader.read`. The first call loads the
    networks, and later ones use them."""
    return _default().read(source)


_shared: Reader | None = None
_loading = threading.Lock()


def _default() -> Reader:
    global _shared
    with _loading:
        if _shared is None:
            _shared = Reader()
        return _shared


def _folder(model: str | os.PathLike[str]) -> Path:
    name = os.fspath(model)
    shipped = SHIPPED_MODELS / name
    if is_name(name) and shipped.is_dir():
        if shipped in (FINDER, *NUMBERS):
            raise ModelError(f"{name} is no model of single digits: give cnn, mlp or a folder.")
        return shipped
    return Path(name)


def _content(source: "str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO") -> bytes:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if isinstance(source, str | os.PathLike):
        return _read_path(Path(source))
    if not hasattr(source, "read"):
        raise TypeError(
            f"{type(source).__name__} is nothing that can be read. Give a path, bytes, a file, a "
            "PIL.Image or a uint8 array."
        )
    data = source.read()
    if not isinstance(data, bytes):
        raise TypeError("The file is open for text: open it with mode 'rb'.")
    return data


def _read_path(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}.") from error


def _image_of(pixels: NDArray[np.uint8]) -> Image.Image:
    is_gray, is_colour = pixels.ndim == 2, pixels.ndim == 3 and pixels.shape[-1] == 3
    if pixels.dtype != np.uint8 or not (is_gray or is_colour) or not pixels.size:
        raise ValueError(
            f"An array of {pixels.dtype} {list(pixels.shape)} is no image: give uint8 [H, W], or "
            "[H, W, 3] in the order red, green, blue."
        )
    return Image.fromarray(np.ascontiguousarray(pixels))
