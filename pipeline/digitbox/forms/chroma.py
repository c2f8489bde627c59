"""A page and its reference in colour → whether a field shows something that gray does not.

Ink may be as light as its paper: red on a green field. The finder sees gray alone, and would call
such a field blank.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.cutting import cut, inner, part
from digitbox.forms.perspective import Quad, enlarging, projected
from digitbox.recognition.colour import reduced
from digitbox.recognition.decode import Page
from digitbox.recognition.view import Gray

INSIDE = 0.06
"""Such a share of a field's sides is left out on each side: lines, and what reaches over them."""

SHARE, FEWEST = 0.003, 12
"""So much of a field is ink at least, and so many pixels: the stroke of a 1 in a field of eight
digits."""

LEAST, CLEAR = 6.0, 6.0
"""By so many levels of 255 the colour of ink differs from that of paper at least, and by so many
times as much as half of the field differs: less may be the noise of a scan, or of a JPEG."""

SEEN = 0.6
"""Where lightness differs by such a share of what colour does, gray shows it."""

PRINT, GROWN = 5.0, 7
"""What differs from the paper of the reference by so many levels, in lightness or in colour, is
printed there, and so is what is near it: so many pixels across. Lines have colours beside them in
scans, and no page lies exactly."""

UNSEEN = 0.8
"""Where such a share of a field is printed, nothing can be told."""


@dataclass(frozen=True, eq=False)
class Chroma:
    """Lightness and colours (Y, Cr, Cb of JFIF) of a page, uint8 ``[h, w, 3]``, and of which size
    the gray page is that it is a reduction of, ``(H, W)``."""

    levels: NDArray[np.uint8]
    shape: tuple[int, int]

    @classmethod
    def of(cls, page: Page) -> "Chroma | None":
        """That of ``page``, which is asked for its colours; None where it has none."""
        colours = page.colours()
        if colours is None:
            return None
        high, wide = page.gray.shape
        return cls(reduced(colours.rgb), (high, wide))

    @classmethod
    def without_colours(cls, gray: Gray) -> "Chroma":
        """That of a page which is ``gray``."""
        high, wide = gray.shape
        rgb = np.asarray(cv2.cvtColor(gray, cv2.COLOR_GRAY2RGB), np.uint8)
        return cls(reduced(rgb), (high, wide))

    def cut(self, place: Quad) -> NDArray[np.float32]:
        """What is within a ``place`` of the gray page, float32 ``[h, w, 3]``."""
        reducing = enlarging(self.shape, self.levels.shape[:2])
        return np.asarray(cut(self.levels, projected(reducing, place)), np.float32)


def shows_more(
    page: Chroma, place: Quad, reference: Chroma, ours: Quad, beside: float = 0.0
) -> bool:
    """Whether ``place`` on the ``page`` has something that differs from its paper in colour, and
    not in gray, and is not printed in the same place, ``ours``, of the ``reference``. What lies
    ``beside`` it, up to such a share of its sides, shows the paper, too."""
    wider = -beside, -beside, 1 + beside, 1 + beside
    picture = page.cut(part(place, *wider))
    is_printed = _printed(reference.cut(part(ours, *wider)), picture.shape[1::-1])
    if is_printed.mean() > UNSEEN:
        return False
    away = _smooth(picture - np.median(picture[~is_printed], axis=0).astype(np.float32))
    apart = np.linalg.norm(away[..., 1:], axis=2)
    in_gray = (np.abs(away[..., 0]) >= SEEN * apart) & (np.abs(away[..., 0]) >= LEAST)
    is_open = ~(is_printed | _grown(in_gray))
    outside = (beside + INSIDE) / (1 + 2 * beside)
    inside = inner(apart, outside)[inner(is_open, outside)]
    count = max(FEWEST, round(SHARE * inner(is_open, outside).size))
    if len(inside) <= count:
        return False
    ink = float(np.median(np.partition(inside, len(inside) - count)[len(inside) - count :]))
    return ink >= LEAST and ink >= CLEAR * float(np.median(apart[is_open]))


def _printed(picture: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.bool_]:
    paper = np.median(picture, axis=(0, 1)).astype(np.float32)
    away = np.abs(_smooth(picture - paper)).max(axis=2)
    grown = _grown(away >= PRINT).astype(np.uint8)
    return cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST).astype(bool)


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return cv2.dilate(mask.astype(np.uint8), np.ones((GROWN, GROWN), np.uint8)).astype(bool)


def _smooth(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), 0.8), np.float32)
