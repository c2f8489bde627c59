"""The bytes of a PDF → its pages, drawn in gray."""

import importlib
import math
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition import contents
from digitbox.recognition.omissions import Omissions
from digitbox.records import Reason

DPI = 200
"""Resolution at which pages are drawn, in dots an inch."""

_POINTS = 72
"""Units of a PDF in an inch."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A page, the first being number 1. ``gray`` is uint8 ``[H, W]``, None where the page cannot be
    drawn, for that ``reason``; with ``gray``, ``reason`` says why a person has to see what is read
    there. The size is that at :data:`DPI`, in pixels, which ``gray`` may be a reduction of.
    ``in_colour`` draws it again, as uint8 ``[H, W, 3]``, until the next page is asked for."""

    number: int
    reason: Reason | None = None
    width: int | None = None
    height: int | None = None
    gray: NDArray[np.uint8] | None = None
    in_colour: Callable[[], NDArray[np.uint8]] | None = None


def sheets(data: bytes, max_pixels: int, side: int | None, first: int = 1) -> Iterator[Sheet]:
    """Yield every page of the PDF ``data`` from the ``first`` on, or one that says why there is
    none. A page of more than ``max_pixels`` pixels is drawn smaller where its sides keep ``side``
    pixels; not at all where that is None. Raises MemoryError where memory runs out."""
    try:
        pdfium = importlib.import_module("pypdfium2")
    except ImportError:
        yield Sheet(1, Reason.FORMATS_EXTRA_MISSING)
        return
    try:
        document = pdfium.PdfDocument(data)
        _fill_forms(pdfium, document)
        pages = len(document)
    except MemoryError:
        raise
    except Exception as error:  # hostile data may have anything thrown
        yield Sheet(1, _refusal(pdfium, error))
        return
    with document:
        omissions = Omissions(pdfium.raw, data)
        has_table = bool(pdfium.raw.FPDF_DocumentHasValidCrossReferenceTable(document))
        is_sound = has_table and not contents.are_missing(data)
        for number in range(first, pages + 1):
            try:
                with closing(document[number - 1]) as page:
                    sheet = _drawn(page, number, max_pixels, side, omissions)
                    count = pdfium.raw.FPDFPage_CountObjects(page)
                if sheet.reason is None:
                    is_whole = is_sound or count > 0
                    is_whole = is_whole and contents.is_whole(pdfium, document, number - 1, count)
                    sheet = sheet if is_whole else replace(sheet, reason=Reason.INCOMPLETE)
                yield replace(sheet, in_colour=partial(_in_colour, document, number, sheet))
            except MemoryError:
                raise
            except Exception:  # see above
                yield Sheet(number, Reason.CORRUPT)


def _in_colour(document: Any, number: int, sheet: Sheet) -> NDArray[np.uint8]:
    with closing(document[number - 1]) as page:
        scale = sheet.gray.shape[1] / page.get_width() if sheet.gray is not None else 1.0
        drawn = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return np.asarray(drawn[..., :3], np.uint8)


def _refusal(pdfium: Any, error: Exception) -> Reason:
    """Why a document cannot be opened."""
    locks = (pdfium.raw.FPDF_ERR_PASSWORD, pdfium.raw.FPDF_ERR_SECURITY)
    return Reason.PASSWORD if getattr(error, "err_code", None) in locks else Reason.CORRUPT


def _fill_forms(pdfium: Any, document: Any) -> None:
    """Have the fields of forms drawn, too: with what is written in them, where they do not say how
    that looks. By hand, since pypdfium2 leaves out fields of documents that name no form, and logs
    a warning about forms of XFA."""
    config = pdfium.raw.FPDF_FORMFILLINFO(version=2)
    handle = pdfium.raw.FPDFDOC_InitFormFillEnvironment(document, config)
    if handle:
        document.formenv = pdfium.PdfFormEnv(handle, config)


def _drawn(
    page: Any, number: int, max_pixels: int, side: int | None, omissions: Omissions
) -> Sheet:
    points = page.get_size()
    width, height = (max(1, math.ceil(one * DPI / _POINTS)) for one in points)
    scale = min(1.0, math.sqrt(max_pixels / (width * height)))
    if scale < 1 and (side is None or min(width, height) * scale < side):
        return Sheet(number, Reason.TOO_MANY_PIXELS, width, height)
    gray = page.render(scale=scale * DPI / _POINTS, grayscale=True).to_numpy()
    gray = gray.reshape(gray.shape[:2])
    if scale == 1:
        height, width = gray.shape
    reason = omissions.reason(page, gray)
    if reason in (None, Reason.INCOMPLETE):
        return Sheet(number, reason, width, height, gray)
    return Sheet(number, reason, width, height)
