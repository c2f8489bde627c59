"""A page → the form and the page of it that its printed code names.

The code is a QR code (ISO/IEC 18004) with the text ``digitbox:NAME:PAGE``.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from digitbox.recognition.view import Gray

NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}"
"""Names that can stand in a code; those of folders, too, on any system. Codes of longer ones are
too fine for photos."""

TEXT = re.compile(rf"digitbox:({NAME}):([1-9][0-9]{{0,2}})", re.ASCII)

SIZES, TIMES = (2100, 2600), 3.0
"""A code is looked for on a page of so many pixels along its longer side, but not more than so many
times as many as the page has; in the corners in both sizes, since OpenCV misses some in one."""

PART, STEP = 0.3, 0.2
"""OpenCV shrinks what is large, and finds nothing in it then: parts of a page are looked at one by
one, squares of such a share of its longer side, each so far from the next at most. A code that is
smaller than the difference lies on one of them."""

FAINTEST = 30
"""A part in which no two pixels differ by so many levels has no code: most of an empty page."""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code names: the form ``name``, and the ``page`` of it, 1 to 999."""

    name: str
    page: int

    def __str__(self) -> str:
        return f"digitbox:{self.name}:{self.page}"


def is_name(name: str) -> bool:
    """Whether ``name`` can stand in a code."""
    return re.fullmatch(NAME, name, re.ASCII) is not None


def parsed(text: str) -> Code | None:
    """What ``text`` names; None where it is of another kind."""
    found = TEXT.fullmatch(text)
    return None if found is None else Code(found[1], int(found[2]))


def code(page: Gray) -> Code | None:
    """What the code on ``page`` (uint8 ``[H, W]``) names, in whatever direction that lies. None
    where it has no such code, or none that can be read; what other codes say does not count."""
    detector = cv2.QRCodeDetector()
    for part in _parts(page):
        if np.ptp(part) < FAINTEST:
            continue
        try:
            text, *_ = detector.detectAndDecode(part)
        except (cv2.error, UnicodeDecodeError):  # bytes that are no text, among others
            continue
        if (named := parsed(text)) is not None:
            return named
    return None


def _parts(page: Gray) -> Iterator[Gray]:
    """The parts of ``page``, those in its corners first: codes are printed there."""
    for size in SIZES:
        yield from _squares(_scaled(page, size), in_corners=True)
    yield from _squares(_scaled(page, SIZES[0]), in_corners=False)


def _scaled(page: Gray, longest: int) -> Gray:
    scale = min(TIMES, longest / max(page.shape))
    size = tuple(max(1, round(side * scale)) for side in page.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(page, size, interpolation=method), np.uint8)


def _squares(page: Gray, in_corners: bool) -> Iterator[Gray]:
    """The parts of ``page`` in its corners, or all others."""
    side = round(PART * max(page.shape))
    rows, columns = (_starts(length, side, max(page.shape)) for length in page.shape)
    for row in rows:
        for column in columns:
            if in_corners == (row in (rows[0], rows[-1]) and column in (columns[0], columns[-1])):
                yield np.ascontiguousarray(page[row : row + side, column : column + side])


def _starts(length: int, side: int, longer: int) -> list[int]:
    """Where parts begin along a side of that ``length`` of a page."""
    room = max(0, length - side)
    steps = math.ceil(room / (STEP * longer))
    return sorted({round(place) for place in np.linspace(0, room, steps + 1).tolist()})
