"""A page as it was seen → PNG images of it, for a browser."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.normalize import FRAME_SIDE
from digitbox.recognition.preprocess import Preprocessed
from digitbox.records import KeptFrames

LONGEST_SIDE = 1000
"""Pixels that a scan is shown with at most."""

MOST_FRAMES = 8

GAP = 2
"""Pixels of background between two frames."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Two PNG images: the page, and in one row the frames that the network saw of it."""

    scan: bytes
    frames: bytes


def pictures(page: Preprocessed) -> Pictures:
    """Encode what was seen anew: nothing of the file that it is from remains."""
    frames = (frame for candidate in page.candidates for frame in candidate.frames)
    return Pictures(_png(_reduced(page.gray)), _png(_row(frames)))


def kept(frames: KeptFrames) -> bytes:
    """A PNG image of frames that the ledger has kept, as in :class:`Pictures`."""
    pixels = np.frombuffer(frames.pixels, np.uint8)
    return _png(_row(pixels.reshape(-1, FRAME_SIDE, FRAME_SIDE)))


def _row(frames: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    shown = list(frames)[:MOST_FRAMES] or [np.zeros((FRAME_SIDE, FRAME_SIDE), np.uint8)]
    gap = np.full((FRAME_SIDE, GAP), 128, np.uint8)
    parts = [part for frame in shown for part in (frame, gap)]
    return np.hstack(parts[:-1])


def _reduced(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = LONGEST_SIDE / max(gray.shape)
    if scale >= 1:
        return gray
    height, width = (max(1, round(side * scale)) for side in gray.shape)
    return np.asarray(cv2.resize(gray, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _png(image: NDArray[np.uint8]) -> bytes:
    _, encoded = cv2.imencode(".png", image)
    return encoded.tobytes()
