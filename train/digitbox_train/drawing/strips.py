"""A written line → a strip of a page, as serving cuts it out, with all that may be around.

A strip is uint8 ``[STRIP_HEIGHT, W]``, its digits about FILL of its height. W is one of WIDTHS.
"""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.recognition.strip import STEP, STRIP_HEIGHT
from digitbox_train.drawing import papers
from digitbox_train.drawing.fields import Place, fragment, pattern, printed
from digitbox_train.drawing.lines import HEIGHT, Line
from digitbox_train.drawing.papers import Field
from digitbox_train.drawing.pens import Ink, stamp

WIDTHS = (48, 80, 112, 160, 208, 272, 352, 448)
"""In pixels: few, so that those of one width make a batch. Multiples of STEP of
:mod:`digitbox.recognition.strip`."""

CONTRAST_MEDIAN, CONTRAST_SPREAD, CONTRAST_RANGE = 0.48, 0.55, (0.08, 0.97)
"""Of ink on paper, as for :mod:`digitbox_train.drawing.pages`; log cells are fainter."""

SCANNED = 0.4
"""This share is evenly lit and white, as scanners make it."""

FAINTEST = 3.0
"""What stands out from the paper by no more grey levels, of 255, cannot be read."""

FRAGMENTS = 0.6
"""This share of the strips on which nothing is written shows a piece of a box or of a rule."""

INVERTED = 0.17
"""This share is light on dark."""

NATIVE = (9.0, 60.0)
"""Digits are so many pixels high in the picture that the strip is cut from: evenly in the
logarithm."""


@dataclass(frozen=True)
class Strip:
    """``pixels`` are uint8 ``[STRIP_HEIGHT, W]``; ``text`` is that of its line; ``centres`` are the
    places of its characters across, in pixels."""

    pixels: NDArray[np.uint8]
    text: str
    centres: tuple[float, ...]


def shows(written: Line, random: np.random.Generator) -> Strip | None:
    """A strip that shows what is ``written``, on some paper, in some light; None where no width is
    enough, and where nobody could read it."""
    cut = _Cut.around(written, random)
    return None if cut is None else _strip(written, cut, random)


@dataclass(frozen=True)
class _Cut:
    """The part of a line that a strip shows: from ``left``, ``top`` on, ``width`` by ``height``
    pixels of the line; it becomes ``across`` pixels wide."""

    left: int
    top: int
    width: int
    height: int
    across: int

    @classmethod
    def around(cls, line: Line, random: np.random.Generator) -> "_Cut | None":
        """As serving cuts, and less exactly; None where no width is enough, or has no step for each
        character and one between two that are the same."""
        high = max(8, line.bottom - line.top)
        usual = random.random() < 0.82
        fill = random.uniform(0.62, 0.98) if usual else random.uniform(0.42, 1.08)
        height = high / fill
        top = line.top - (height - high) * np.clip(random.normal(0.5, 0.2), -0.1, 1.1)
        margins = [_margin(random) * height for _ in range(2)]
        scale = STRIP_HEIGHT / height * random.uniform(0.85, 1.2)
        needed = (line.right - line.left + sum(margins)) * scale
        steps = len(line.text) + sum(one == two for one, two in pairwise(line.text))
        enough = max(0.97 * needed, STEP * steps)
        across = next((width for width in WIDTHS if width >= enough), None)
        if across is None:
            return None
        width = across / scale
        spare = width - (line.right - line.left + sum(margins))
        left = line.left - margins[0] - spare * float(random.choice([0, 0.5, 1, 0.1]))
        return cls(round(left), round(top), max(8, round(width)), max(8, round(height)), across)


def _margin(random: np.random.Generator) -> float:
    """Between a line and the end of its strip, over the strip's height."""
    chance = random.random()
    if chance < 0.62:
        return float(random.uniform(0.05, 0.4))
    if chance < 0.88:
        return float(random.uniform(0.2, 1.0))
    return float(random.uniform(0.8, 2.2) if chance < 0.94 else random.uniform(-0.06, 0.05))


def _strip(line: Line, cut: _Cut, random: np.random.Generator) -> Strip | None:
    shape = cut.height, cut.width
    ink = np.zeros(shape, np.float32)
    stamp(ink, line.ink, -cut.left, -cut.top)
    centres = tuple(centre - cut.left for centre in line.centres)
    digits = (c for c, character in zip(centres, line.text, strict=True) if character.isdigit())
    place = Place(
        shape,
        line.left - cut.left,
        line.top - cut.top,
        line.right - cut.left,
        line.bottom - cut.top,
        tuple(digits),
    )
    scanned = random.random() < SCANNED
    page = _page(line, ink, place, scanned, random)
    seen = _camera(page, cut, scanned, random)
    if line.text and not _is_legible(seen, ink):
        return None
    scale = cut.across / cut.width
    return Strip(seen, line.text, tuple(centre * scale for centre in centres))


def _is_legible(seen: NDArray[np.uint8], ink: Ink) -> bool:
    """Whether ``ink`` stands out from the paper beside it on a strip: by more than FAINTEST, and
    by more than the paper varies there."""
    height, width = seen.shape
    shown = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA)
    written = shown > shown.max() / 2
    beside = (cv2.dilate(shown, np.ones((9, 9))) > 0.3) & (shown < 0.05)
    if not written.any() or not beside.any():
        return False
    smooth = cv2.GaussianBlur(seen.astype(np.float32), (0, 0), 0.7)
    difference = abs(float(smooth[written].mean() - smooth[beside].mean()))
    return difference > max(FAINTEST, float(smooth[beside].std()))


def _page(line: Line, ink: Ink, place: Place, scanned: bool, random: np.random.Generator) -> Field:
    """The light of the page, 0 to about 255."""
    shape = place.shape
    contrast = np.exp(random.normal(np.log(CONTRAST_MEDIAN), CONTRAST_SPREAD))
    contrast = float(np.clip(contrast, *CONTRAST_RANGE))
    if scanned:
        contrast = float(random.uniform(0.4, 1))
    paper = np.ones(shape, np.float32)
    if random.random() < 0.52:
        for _ in range(1 + (random.random() < 0.25)):
            most = 1.1 if random.random() < 0.6 else 0.4
            strength = min(1.0, contrast * random.uniform(0.15, most))
            paper *= 1 - strength * printed(place, random)
    if not line.text and random.random() < FRAGMENTS:
        paper *= 1 - contrast * random.uniform(0.4, 1) * fragment(place, random)
    if random.random() < 0.23:
        strength = min(0.45, contrast * random.uniform(0.1, 0.55))
        paper *= 1 - strength * pattern(shape, place.high, random)
    if not scanned or random.random() < 0.2:
        if random.random() < 0.7:
            grain = random.choice([0.005, 0.015, 0.03, 0.06], p=[0.35, 0.35, 0.2, 0.1])
            paper *= 1 + grain * random.normal(0, 1, shape).astype(np.float32)
        if random.random() < 0.5:
            cells = int(random.choice([3, 6, 16]))
            paper *= 1 + random.uniform(0, 0.04) * papers.clouds(shape, random, cells)
    others = _others(line, place, random)
    if others is not None:
        paper *= 1 - contrast * random.uniform(0.5, 1) * others
    page = np.asarray(paper * (1 - contrast * _uneven(ink, random)), np.float32)
    if not scanned:
        page *= papers.sloping_light(shape, random)
    if random.random() < 0.05:
        _darken_side(page, place, random)
    page *= np.float32(random.uniform(225, 256) if scanned else random.uniform(90, 250))
    if random.random() < 0.25:
        page += np.float32(random.uniform(0, 40))  # haze
    if random.random() < 0.4:
        _end(page, place, random)
    return np.asarray(255 - page if random.random() < INVERTED else page, np.float32)


def _uneven(ink: Ink, random: np.random.Generator) -> Ink:
    """Ink as a pencil or a failing pen leaves it."""
    chance = random.random()
    shape = (ink.shape[0], ink.shape[1])
    if chance < 0.3:
        clouds = papers.clouds(shape, random, int(random.integers(4, 12)))
        return np.asarray(ink * np.clip(1 + 0.3 * clouds, 0.2, 1), np.float32)
    if chance < 0.4:
        grain = np.clip(1 + random.normal(0, 0.35, shape), 0.15, 1)
        return np.asarray(ink * grain, np.float32)
    return ink


def _others(line: Line, place: Place, random: np.random.Generator) -> Field | None:
    """What comes in from the lines above and below, and from the fields beside, cut off; specks."""
    height, width = place.shape
    field = np.zeros(place.shape, np.float32)
    for side in ("above", "below", "left", "right"):
        upright = side in ("above", "below")
        if random.random() > (0.1 if upright else 0.07):
            continue
        for _ in range(int(random.integers(1, 1 + max(2, width // 60))) if upright else 1):
            shape = (
                line.hand.digit(int(random.integers(10)), HEIGHT, random)
                if random.random() < 0.7
                else line.hand.other(HEIGHT, random)
            )
            high, wide = shape.shape
            away = random.uniform(0.05, 0.25) * HEIGHT
            x, y = random.uniform(-wide, width), place.top + random.normal(0, 0.1) * HEIGHT
            if side == "above":
                y = place.top - away - high
            elif side == "below":
                y = place.bottom + away
            elif side == "left":
                x = min(place.left - 0.15 * HEIGHT - wide, -0.62 * wide)
            else:
                x = max(place.right + 0.15 * HEIGHT, width - 0.38 * wide)
            stamp(field, shape, int(x), int(y))
    if random.random() < 0.04:
        for _ in range(int(random.integers(1, 8))):
            centre = int(random.uniform(0, width)), int(random.uniform(0, height))
            cv2.circle(field, centre, 1, float(random.uniform(0.2, 0.8)), -1, cv2.LINE_AA)
    return field if field.any() else None


def _darken_side(page: Field, place: Place, random: np.random.Generator) -> None:
    """A black or gray edge of what was scanned, beside the number."""
    away = random.uniform(0.1, 0.6) * HEIGHT
    if random.random() < 0.5:
        page[:, : max(0, int(place.left - away))] = random.uniform(0, 0.5)
    else:
        page[:, min(page.shape[1], int(place.right + away)) :] = random.uniform(0, 0.5)


def _end(page: Field, place: Place, random: np.random.Generator) -> None:
    """Where the picture ends near the number, its last row or column goes on, as where serving cuts
    beyond a picture."""
    height, width = page.shape
    for side in range(4):
        if random.random() < 0.5:
            continue
        near = random.uniform(-0.03, 0.3) * place.high
        if side == 0 and 0 < (end := round(place.left - near)) < width:
            page[:, :end] = page[:, end : end + 1]
        elif side == 1 and 0 < (end := round(place.right + near)) < width:
            page[:, end:] = page[:, end - 1 : end]
        elif side == 2 and 0 < (end := round(place.top - near)) < height:
            page[:end] = page[end : end + 1]
        elif side == 3 and 0 < (end := round(place.bottom + near)) < height:
            page[end:] = page[end - 1 : end]


def _camera(
    page: Field, cut: _Cut, scanned: bool, random: np.random.Generator
) -> NDArray[np.uint8]:
    """``page`` through a camera or a scanner, and cut out of what that gives."""
    height, width = page.shape
    native = float(np.exp(random.uniform(*np.log(NATIVE))))
    if (scale := native / HEIGHT) < 1:
        size = max(8, round(width * scale)), max(8, round(height * scale))
        page = np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.float32)
    if random.random() < 0.5:
        most = 0.4 + 0.05 * min(native, 24)
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), random.uniform(0.3, most)), np.float32)
    if random.random() < 0.6:
        noise = random.choice([1, 3, 6, 12], p=[0.4, 0.35, 0.2, 0.05])
        page = page + random.normal(0, noise, page.shape).astype(np.float32)
    middle = float(np.median(page))
    if scanned and middle > 60 and random.random() < 0.18:  # black and white
        page = np.where(page > middle * random.uniform(0.55, 0.85), 255, 0).astype(np.float32)
    levels = np.clip(page, 0, 255).astype(np.uint8)
    if random.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 95))]
        data = cv2.imencode(".jpg", levels, quality)[1]
        levels = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)
    method = (
        cv2.INTER_AREA
        if levels.shape[0] > STRIP_HEIGHT
        else cv2.INTER_CUBIC
        if random.random() < 0.7
        else cv2.INTER_LINEAR
    )
    size = cut.across, STRIP_HEIGHT
    return np.asarray(cv2.resize(levels, size, interpolation=method), np.uint8)
