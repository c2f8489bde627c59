"""The bytes of a file → how many pages it has."""

import importlib
import io
from itertools import islice

from PIL import Image, UnidentifiedImageError

from digitbox.recognition import tiff


def pages_of(data: bytes, most: int) -> int:
    """How many pages :func:`digitbox.recognition.decode.decode` has for ``data``, ``most`` at most;
    1 where that cannot be told. Raises MemoryError where memory runs out."""
    try:
        if b"%PDF-" in data[:1024]:
            return max(1, min(_sheets(data), most))
        if data.startswith(tiff.SIGNATURES):
            return max(1, _directories(data, most))
    except MemoryError:
        raise
    except Exception:  # hostile data may have anything thrown
        pass
    return 1


def _sheets(data: bytes) -> int:
    pdfium = importlib.import_module("pypdfium2")
    with pdfium.PdfDocument(data) as document:
        return len(document)


def _directories(data: bytes, most: int) -> int:
    try:
        with Image.open(io.BytesIO(data), formats=("TIFF",)) as image:
            found, frame = 0, 0
            while found < most:
                found += not tiff.is_copy(image)
                frame += 1
                try:
                    image.seek(frame)
                except EOFError:
                    break
                except Exception:  # the chain of pages breaks off: that has a page of its own
                    return min(found + 1, most)
            return found
    except UnidentifiedImageError:  # its first page has pixels of which Pillow knows nothing
        return sum(1 for _ in islice(tiff.directories(data), most))
