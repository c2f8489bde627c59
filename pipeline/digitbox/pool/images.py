"""A page as it was seen → PNG images of it, for a browser."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.normalize import FRAME_SIDE
from digitbox.recognition.preprocess import Candidate, Preprocessed
from digitbox.records import KeptFrames, Reading

LONGEST_SIDE = 1000
"""Pixels that a picture is shown with at most."""

FORM_SIDE = 1600
"""The same of a page of a form: other fields of it are to be read in it."""

MOST_FRAMES = 8

GAP = 2
"""Pixels of background between two frames."""

MARGIN = 0.4
"""Of the height of the tallest digit, or of a field: what is shown around what is written."""

BESIDE = 0.03
"""Of the longer side of a page: what is shown around a field at least. A checkbox is small, and
what it stands for is printed beside it."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Three PNG images: the page, in one row the frames that the network saw of it, and the part of
    the page that is :func:`written` on, or the whole of it."""

    scan: bytes
    frames: bytes
    written: bytes


def pictures(page: Preprocessed, reading: Reading) -> Pictures:
    """Encode what was seen of the page of ``reading`` anew: nothing of its file remains."""
    frames = (frame for candidate in _in_reading_order(page) for frame in candidate.frames)
    return Pictures(
        _png(_reduced(page.gray, FORM_SIDE if reading.field else LONGEST_SIDE)),
        _png(_row(frames)),
        _png(_reduced(_part(page.gray, reading))),
    )


def _in_reading_order(page: Preprocessed) -> Iterable[Candidate]:
    """The candidates of ``page`` line by line, from left to right: the most prominent comes first
    among them, and people read otherwise."""
    lines: list[list[Candidate]] = []
    for one in sorted(page.candidates, key=lambda it: it.box.y + it.box.height / 2):
        above = lines[-1][0].box if lines else None
        if above is None or one.box.y + one.box.height / 2 > above.y + above.height:
            lines.append([])
        lines[-1].append(one)
    return (one for line in lines for one in sorted(line, key=lambda it: it.box.x))


def written(reading: Reading) -> Box | None:
    """The part of the page that everything was read on, or that is the field of a form, with a
    margin; None where nothing was."""
    if reading.width is None or reading.height is None:
        return None
    if reading.box is not None:
        beside = BESIDE * max(reading.height, reading.width)
        margin = max(MARGIN * reading.box.height, beside)
        return _with_margin(reading.box, margin, (reading.height, reading.width))
    if not reading.digits:
        return None
    tallest = MARGIN * max(one.box.height for one in reading.digits)
    boxes = [one.box for one in reading.digits] + [one.box for one in reading.lines]
    return _with_margin(Box.around(boxes), tallest, (reading.height, reading.width))


def _with_margin(part: Box, margin: float, page: tuple[int, int]) -> Box:
    margin = max(2, round(margin))
    left, top = max(0, part.x - margin), max(0, part.y - margin)
    right, bottom = part.x + part.width + margin, part.y + part.height + margin
    return Box(left, top, right - left, bottom - top).clamped(page)


def kept(frames: KeptFrames) -> bytes:
    """A PNG image of frames that the ledger has kept, as in :class:`Pictures`."""
    pixels = np.frombuffer(frames.pixels, np.uint8)
    return _png(_row(pixels.reshape(-1, FRAME_SIDE, FRAME_SIDE)))


def _row(frames: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    shown = list(frames)[:MOST_FRAMES] or [np.zeros((FRAME_SIDE, FRAME_SIDE), np.uint8)]
    gap = np.full((FRAME_SIDE, GAP), 128, np.uint8)
    parts = [part for frame in shown for part in (frame, gap)]
    return np.hstack(parts[:-1])


def _part(gray: NDArray[np.uint8], reading: Reading) -> NDArray[np.uint8]:
    part = written(reading)
    if part is None or reading.width is None or reading.height is None:
        return gray
    height, width = gray.shape
    box = part.scaled(width / reading.width, height / reading.height).clamped(gray.shape)
    return gray[box.slices]


def _reduced(gray: NDArray[np.uint8], longest: int = LONGEST_SIDE) -> NDArray[np.uint8]:
    scale = longest / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _png(image: NDArray[np.uint8]) -> bytes:
    _, encoded = cv2.imencode(".png", image)
    return encoded.tobytes()
