"""A picture of a table → where its cells are, between its printed lines."""

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.alignment import evenly_lit
from digitbox.recognition.view import Gray

Grid = NDArray[np.float64]
"""``[rows + 1, columns + 1, 2]``: where the lines cross, in pixels of the picture."""

FAINTEST, THICKEST = 6, 9
"""Lines are darker than what is beside them by so many levels, at least, and thinner than so many
pixels."""

LONG = 0.6
"""A line's pieces are at least so long, in the mean size of a cell along it."""

SKEWS, FANS = (
    np.tan(np.deg2rad(np.arange(-6, 6.1, 0.5))),
    np.tan(np.deg2rad(np.arange(-4, 4.1, 0.5))),
)
"""Slopes that are tried; and how much steeper the lowest line may be than the topmost."""

SHEARS = (0.0, 3.0, -3.0, 5.5, -5.5)
"""Degrees that a picture is turned by, one after the other, until its lines are seen: pieces are
looked for that are nearly level."""

CROWDED = 0.5
"""Pieces of lines cover less than such a share of the picture: else they are noise."""

MOST = 10_000
"""By so many pixels of pieces the slopes are told, at most."""

CLEAR = 0.15
"""A line is seen on so much of its length, or more."""

EDGE = 0.1
"""Where a table's outermost line is not seen, the picture's edge may be it, and counts so much of a
line."""

UNEVEN = 1.5
"""How much a row counts against a grid that is twice as high as the mean, in whole lines."""

ASIDE = 0.25
"""A line is followed within such a share of a cell from where it is straight."""


def even(shape: tuple[int, ...], rows: int, columns: int) -> Grid:
    """Lines that are evenly spaced over a picture of that ``shape``."""
    x, y = np.linspace(0, shape[1], columns + 1), np.linspace(0, shape[0], rows + 1)
    return np.stack(np.meshgrid(x, y), axis=-1) - 0.5


def cells(crossings: Grid) -> list[NDArray[np.float64]]:
    """The cells of a grid row by row, each with its corners, clockwise from the top left."""
    rows, columns = crossings.shape[0] - 1, crossings.shape[1] - 1
    return [
        np.array(
            [
                crossings[row, column],
                crossings[row, column + 1],
                crossings[row + 1, column + 1],
                crossings[row + 1, column],
            ]
        )
        for row in range(rows)
        for column in range(columns)
    ]


def grid(table: Gray, rows: int, columns: int) -> Grid | None:
    """Where the lines of a ``table`` (uint8 ``[H, W]``) cross that fills its picture, or nearly;
    None where not all of them are seen."""
    lit = evenly_lit(table)
    level = _lines(lit, rows, columns)
    upright = _lines(np.ascontiguousarray(lit.T), columns, rows)
    if level is None or upright is None:
        return None
    # y = a + b x and x = c + d y
    (a, b), (c, d) = level[:, None, :].transpose(2, 0, 1), upright[None].transpose(2, 0, 1)
    x = (c + d * a) / (1 - b * d)
    return np.stack(np.broadcast_arrays(x, a + b * x), axis=-1)


def _lines(lit: Gray, count: int, across: int) -> NDArray[np.float64] | None:
    """The ``count`` + 1 level lines of a table with so many cells ``across``: where each begins at
    the left, and its slope, ``[count + 1, 2]``; None where they are not all seen."""
    thin = np.ones((THICKEST, 1), np.uint8)
    darker = np.asarray(cv2.morphologyEx(lit, cv2.MORPH_BLACKHAT, thin), np.uint8)
    for degrees in SHEARS:
        slope = float(np.tan(np.deg2rad(degrees)))
        found = _nearly_level(_sheared(darker, slope), count, across)
        if found is not None:
            # What was sheared about the middle goes back: y + slope (x - width / 2)
            return np.asarray(found + np.array([-slope * lit.shape[1] / 2, slope]))
    return None


def _sheared(picture: Gray, slope: float) -> Gray:
    """``picture`` with what has that ``slope`` made level."""
    matrix = np.array([[1, 0, 0], [-slope, 1, slope * picture.shape[1] / 2]])
    size = picture.shape[::-1]
    return np.asarray(cv2.warpAffine(picture, matrix, size), np.uint8) if slope else picture


def _nearly_level(darker: Gray, count: int, across: int) -> NDArray[np.float64] | None:
    """The same, of lines that are nearly level, in a picture of how much darker it is there."""
    height, width = darker.shape
    piece = max(5, round(LONG * width / across))
    # A line that slopes leaves a row of pixels: what is above and below counts, too.
    closed = cv2.morphologyEx(cv2.dilate(darker, np.ones((3, 1))), cv2.MORPH_CLOSE, np.ones((1, 5)))
    pieces = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, piece), np.uint8)) > FAINTEST
    if not 0 < pieces.mean() < CROWDED:
        return None
    ys, xs = np.nonzero(pieces)
    some = np.s_[:: 1 + len(xs) // MOST]
    slopes = [(skew, fan) for skew in SKEWS.tolist() for fan in FANS.tolist()]
    sums = [_profile(xs[some], ys[some], width, height, *one) for one in slopes]
    skew, fan = slopes[int(np.argmax([(row**2).sum() for row in sums]))]
    profile = _profile(xs, ys, width, height, skew, fan) / width
    mean = height / count
    chosen = _chosen(_peaks(profile, max(2, round(mean / 4))), profile, count, height)
    if chosen is None:
        return None
    found = []
    for start in chosen:
        slope = skew + fan * (start / height - 0.5)
        middle = start - slope * width / 2
        near = np.abs(ys - (middle + slope * xs)) < ASIDE * mean
        found.append(_fitted(xs[near], ys[near], middle, slope, ASIDE * mean))
    return np.array(found)


def _profile(
    xs: NDArray[np.intp], ys: NDArray[np.intp], width: int, height: int, skew: float, fan: float
) -> NDArray[np.float64]:
    """How many of these pixels lie on each line that crosses the middle at y = 0, 1, ..., where the
    lines have the slope ``skew`` in the middle, and ``fan`` more at the bottom than at the top."""
    away = xs - width / 2
    middles = (ys - away * (skew - fan / 2)) / (1 + away * fan / height)
    return np.bincount(_rows(middles, height), minlength=height + 1).astype(np.float64)


def _rows(values: NDArray[np.float64], height: int) -> NDArray[np.intp]:
    return np.clip(np.rint(values), 0, height).astype(np.intp)


def _peaks(profile: NDArray[np.float64], apart: int) -> list[int]:
    """Where the profile is largest, within ``apart`` on both sides."""
    smooth = np.convolve(profile, [1, 1, 1], "same")
    wide = cv2.dilate(smooth[:, None], np.ones((2 * apart + 1, 1)))[:, 0]
    places = np.flatnonzero((smooth == wide) & (smooth >= CLEAR)).tolist()
    return [
        place for index, place in enumerate(places) if not index or place > places[index - 1] + 1
    ]


def _chosen(
    peaks: list[int], profile: NDArray[np.float64], count: int, height: int
) -> list[int] | None:
    """Those ``count`` + 1 of ``peaks`` that are clearest and most evenly spaced."""
    smooth = np.convolve(profile, [1, 1, 1], "same")
    mean = height / count
    clear = np.array([EDGE, *np.minimum(1.0, smooth[peaks]).tolist(), EDGE])
    peaks = [0, *peaks, height - 1]
    if len(peaks) <= count:
        return None
    best = clear
    came: list[NDArray[np.intp]] = []
    gaps = (np.array(peaks)[None, :] - np.array(peaks)[:, None]) / mean  # from, to
    cost = np.where(gaps > 0.2, UNEVEN * np.log2(np.maximum(gaps, 0.2)) ** 2, np.inf)
    for _ in range(count):
        ways = best[:, None] - cost
        came.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + clear
    last = int(best.argmax())
    if not np.isfinite(best[last]):
        return None
    chosen = [last]
    for step in reversed(came):
        chosen.append(int(step[chosen[-1]]))
    return [peaks[place] for place in reversed(chosen)]


def _fitted(
    xs: NDArray[np.intp], ys: NDArray[np.intp], start: float, slope: float, aside: float
) -> tuple[float, float]:
    """The straight line through most of these pixels, near one that is known."""
    for within in (aside, aside / 2, max(2.0, aside / 4)):
        near = np.abs(ys - (start + slope * xs)) < within
        if near.sum() < 10 or np.ptp(xs[near]) < 10:
            break
        slope, start = np.polyfit(xs[near], ys[near], 1).tolist()
    return start, slope
