"""A page of a PDF, and how it was drawn → whether anything on it is damaged or was left out."""

import ctypes
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.embedded import Embedded
from digitbox.records import Reason

MOST_OBJECTS = 100_000
"""So many things on a page are looked at. Where there are more, a person has to see it."""

DEEPEST = 15
"""So many groups within each other are looked into."""

_SUBSET = re.compile(rb"[A-Z]{6}\+")
"""What the name of a font begins with of which only the characters that are used are embedded."""

Count = Callable[[Any], int]
Get = Callable[[Any, int], Any]


class Omissions:
    """What is left out on the pages of the PDF ``data``. ``raw`` is ``pypdfium2.raw``."""

    def __init__(self, raw: Any, data: bytes) -> None:
        self._raw = raw
        self._embedded = Embedded(raw, data)
        self._unseen = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET)
        self._hidden = raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW

    def reason(self, page: Any, gray: NDArray[np.uint8]) -> Reason | None:
        """Why ``page``, which is drawn as ``gray``, cannot be read; INCOMPLETE where it can, but a
        person has to see what is read there."""
        found: Reason | None = None
        for number, one in enumerate(self._reasons(page, gray)):
            if one not in (None, Reason.INCOMPLETE):
                return one
            if number >= MOST_OBJECTS:
                return Reason.INCOMPLETE
            found = found or one
        return found

    def _reasons(self, page: Any, gray: NDArray[np.uint8]) -> Iterator[Reason | None]:
        """What is to be said of each thing on ``page``."""
        raw = self._raw
        is_blank = _is_plain(gray)
        for one, is_on_page in self._objects(
            raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject, page
        ):
            kind = raw.FPDFPageObj_GetType(one)
            if kind == raw.FPDF_PAGEOBJ_IMAGE:
                is_seen = not (self._is_plain_at(page, one, gray) if is_on_page else is_blank)
                yield self._embedded.fault(page, one, is_seen)
            else:
                yield self._of_text(one) if kind == raw.FPDF_PAGEOBJ_TEXT else None
        for number in range(raw.FPDFPage_GetAnnotCount(page)):
            yield from self._of_annotation(page, number, not is_blank)

    def _objects(
        self,
        count: Callable[[Any], int],
        get: Callable[[Any, int], Any],
        parent: Any,
        depth: int = 0,
    ) -> Iterator[tuple[Any, bool]]:
        """What ``parent`` holds, and what groups in it do; whether it is no part of one."""
        raw = self._raw
        for number in range(count(parent)):
            one = get(parent, number)
            yield one, depth == 0
            if raw.FPDFPageObj_GetType(one) == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST:
                inside = raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject
                yield from self._objects(*inside, one, depth + 1)

    def _of_annotation(self, page: Any, number: int, is_seen: bool) -> Iterator[Reason | None]:
        raw = self._raw
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            yield None
            return
        try:
            if raw.FPDFAnnot_GetFlags(annotation) & self._hidden:
                return
            kind = raw.FPDFAnnot_GetSubtype(annotation)
            if kind not in self._unseen and not raw.FPDFAnnot_HasKey(annotation, b"AP"):
                yield Reason.INCOMPLETE  # PDFium does not know how it looks, and draws nothing
            inside = raw.FPDFAnnot_GetObjectCount, raw.FPDFAnnot_GetObject
            for one, _ in self._objects(*inside, annotation):
                is_image = raw.FPDFPageObj_GetType(one) == raw.FPDF_PAGEOBJ_IMAGE
                yield self._embedded.fault(page, one, is_seen) if is_image else None
        finally:
            raw.FPDFPage_CloseAnnot(annotation)

    def _of_text(self, text: Any) -> Reason | None:
        """A font of which only some characters were embedded, and that is not there or damaged, is
        drawn with another one: perhaps with other characters."""
        raw = self._raw
        if raw.FPDFTextObj_GetTextRenderMode(text) == raw.FPDF_TEXTRENDERMODE_INVISIBLE:
            return None
        font = raw.FPDFTextObj_GetFont(text)
        if not font or raw.FPDFFont_GetIsEmbedded(font) == 1:
            return None
        name = ctypes.create_string_buffer(64)
        raw.FPDFFont_GetBaseFontName(font, name, len(name))
        return Reason.INCOMPLETE if _SUBSET.match(name.value) else None

    def _is_plain_at(self, page: Any, one: Any, gray: NDArray[np.uint8]) -> bool:
        """Whether nothing is to be seen where an object lies on ``page``."""
        bounds = [ctypes.c_float() for _ in range(4)]
        if not self._raw.FPDFPageObj_GetBounds(one, *bounds):
            return _is_plain(gray)
        left, bottom, right, top = (bound.value for bound in bounds)
        height, width = gray.shape
        corners = []
        for x, y in ((left, bottom), (right, top)):
            place = ctypes.c_int(), ctypes.c_int()
            self._raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, *place)
            corners.append((place[0].value, place[1].value))
        (x0, x1), (y0, y1) = (sorted(ends) for ends in zip(*corners, strict=True))
        return _is_plain(gray[max(0, y0 + 1) : max(0, y1 - 1), max(0, x0 + 1) : max(0, x1 - 1)])


def _is_plain(gray: NDArray[np.uint8]) -> bool:
    """Whether all of it has one level."""
    return not gray.size or gray.min() == gray.max()
