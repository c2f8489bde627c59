"""A page and the reference of a form → where each place of the reference lies on the page.

Features of what is printed are matched first (SIFT: Lowe 2004), which works whichever way the page
was turned, scaled or photographed. Points of the reference are then followed to where they are on
the page to a fraction of a pixel (Lucas, Kanade 1981). What they are off in one place moves what is
near: paper that is folded or copied is no plane.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.following import Points, followed, likeness_of
from digitbox.forms.marks import Marks, marks
from digitbox.recognition.view import Gray

COARSE, FINE = 1000, 1400
"""The longer side of a page, in pixels, on which features are found; and of a reference, on which
points are followed. What is smaller stays so."""

FEATURES, RATIO, FEWEST = 1500, 0.85, 10
"""So many features are matched, at most. The best match of one has to be so much nearer than the
second best, and FEWEST matches have to agree."""

FOLLOWED, APART = 600, 12
"""So many points are followed, at least so many pixels apart."""

NEAR = 1.0
"""A point fits that lies within so many pixels of the fine reference from its place."""

REACH, STIFFNESS = 0.08, 3.0
"""How far a point moves what is near it, as a share of the longer side (standard deviation), and
how many points the plane counts for against them."""

ENOUGH = 0.35
"""What lies so well is not looked for by corner marks, too."""

LEAST_SCALE, LARGEST_SCALE, MOST_SHEAR = 0.1, 10.0, 4.0
"""A page is no reference that is scaled by less or more, or along one side so much more than along
another."""


@dataclass(frozen=True, eq=False)
class Alignment:
    """``to_page``, float64 ``[3, 3]``, is the perspective from the reference to the page, both in
    pixels; ``moved`` are points of the reference and by how much each is off in that, ``[N, 4]``,
    in pixels of the reference. ``score``, 0 to 1, is the share of the reference's points that were
    found where they belong; ``likeness``, -1 to 1, how much the page looks like the reference
    there, as the correlation of both."""

    to_page: NDArray[np.float64]
    moved: NDArray[np.float64]
    reach: float
    score: float
    likeness: float = 0.0

    def on_page(self, points: Points) -> Points:
        """Where ``points`` of the reference lie on the page."""
        if len(self.moved):
            away = np.linalg.norm(points[:, None] - self.moved[None, :, :2], axis=2) / self.reach
            weights = np.exp(-0.5 * away**2)
            total = weights.sum(axis=1, keepdims=True) + STIFFNESS
            points = points + weights @ self.moved[:, 2:] / total
        return projected(self.to_page, points)


@dataclass(frozen=True, eq=False)
class Reference:
    """A page of a form as it was printed, filled in or not: ``gray``, uint8 ``[H, W]``."""

    gray: Gray

    @cached_property
    def features(self) -> "Features":
        return Features.of(self.gray)

    @cached_property
    def marks(self) -> Marks | None:
        return marks(self.gray)

    @cached_property
    def fine(self) -> tuple[Gray, float]:
        """The reference with FINE pixels along its longer side, and how much smaller that is."""
        small, scale = reduced(self.gray, FINE)
        return evenly_lit(small), scale

    @cached_property
    def followed(self) -> NDArray[np.float32]:
        """``[N, 1, 2]``: the points that are followed, in pixels of the fine reference."""
        found = cv2.goodFeaturesToTrack(self.fine[0], FOLLOWED, 0.02, APART, blockSize=7)
        return np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


@dataclass(frozen=True, eq=False)
class Features:
    """``places`` (float32 ``[N, 2]``, in pixels of the page) and what each looks like (float32
    ``[N, 128]``)."""

    places: NDArray[np.float32]
    looks: NDArray[np.float32]

    @classmethod
    def of(cls, page: Gray) -> "Features":
        small, scale = reduced(page, COARSE)
        found: Any = cv2.SIFT.create(FEATURES).detectAndCompute(small, None)
        points, looks = found
        if looks is None:
            return cls(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
        places = projected(_enlarging(scale), np.array([point.pt for point in points]))
        # The square root makes of the distance that of Hellinger (Arandjelović, Zisserman 2012).
        shares = looks / np.maximum(looks.sum(axis=1, keepdims=True), 1e-9)
        return cls(places.astype(np.float32), np.sqrt(shares).astype(np.float32))


def align(page: Gray, reference: Reference, by: str, seen: Features | None = None) -> Alignment:
    """Where ``reference`` lies on ``page`` (uint8 ``[H, W]``): ``by`` ``auto``, ``markers`` or
    ``none``, see :class:`digitbox.forms.template.Page`. ``seen`` are the page's features, where
    they are known. A score of 0: nowhere."""
    if by == "none":
        high, wide = (page.shape[axis] / reference.gray.shape[axis] for axis in (0, 1))
        # Places count from the middle of the first pixel, sides from its edge.
        matrix = [[wide, 0, wide / 2 - 0.5], [0, high, high / 2 - 0.5], [0, 0, 1]]
        return Alignment(np.array(matrix), np.zeros((0, 4)), 1.0, 1.0)
    found = []
    if by == "auto":
        found += _by_features(page, reference, seen or Features.of(page))
        if found and found[0].score >= ENOUGH:
            return found[0]
    if reference.marks is not None and (on_page := marks(page)) is not None:
        found += [
            one
            for matrix in reference.marks.fitted(on_page)
            if (one := _refined(page, reference, matrix, is_exact=by == "markers")) is not None
        ]
    # Where little but marks is printed, half a turn changes few points.
    return max(found, key=lambda one: one.score + one.likeness, default=NOWHERE)


def evenly_lit(page: Gray) -> Gray:
    """``page`` as if its light were even: each pixel over what is bright near it."""
    bright = cv2.blur(cv2.dilate(page, np.ones((15, 15), np.uint8)), (31, 31))
    return np.asarray(cv2.divide(page, np.maximum(bright, 1), scale=220.0), np.uint8)


NOWHERE = Alignment(np.eye(3), np.zeros((0, 4)), 1.0, 0.0)


def reduced(page: Gray, longest: int) -> tuple[Gray, float]:
    """``page`` with at most so many pixels along its longer side, and how much smaller that is."""
    scale = min(1.0, longest / max(page.shape))
    if scale == 1.0:
        return page, 1.0
    size = tuple(max(1, round(side * scale)) for side in page.shape[::-1])
    return np.asarray(cv2.resize(page, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _by_features(page: Gray, reference: Reference, seen: Features) -> list[Alignment]:
    """The alignment by what is printed, or none."""
    known = reference.features
    if min(len(seen.places), len(known.places)) < FEWEST:
        return []
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(known.looks, seen.looks, k=2)
    good = [one for one, other in pairs if one.distance < RATIO * other.distance]
    if len(good) < FEWEST:
        return []
    ours = known.places[[one.queryIdx for one in good]]
    theirs = seen.places[[one.trainIdx for one in good]]
    near = 3.0 * max(page.shape) / min(COARSE, max(page.shape))
    matrix, agree = _perspective(ours, theirs, near)
    if matrix is None or agree.sum() < FEWEST or not _is_sane(matrix, reference.gray):
        return []
    refined = _refined(page, reference, matrix, is_exact=False)
    return [] if refined is None else [refined]


def _refined(
    page: Gray, reference: Reference, matrix: NDArray[np.float64], is_exact: bool
) -> Alignment | None:
    """``matrix``, from the reference to the page, made exact by points that are followed; with
    ``is_exact``, it stays, and points only say how well it lies."""
    fine, scale = reference.fine
    if not _is_sane(matrix, reference.gray) or not len(reference.followed):
        return None
    from_fine = _enlarging(scale)
    to_fine = np.linalg.inv(from_fine)
    moved, share, likeness = np.zeros((0, 4)), 0.0, 0.0
    for _ in range(1 if is_exact else 2):
        shown = evenly_lit(_shown(page, matrix @ from_fine, fine.shape))
        size = _scale(matrix @ from_fine, fine.shape)
        before, after = followed(fine, shown, reference.followed, size)
        if len(before) < FEWEST:
            return None
        likeness = likeness_of(fine, shown)
        if is_exact:
            offset = np.linalg.norm(after - before, axis=1)
            share = float((offset < 3 * NEAR).sum() / len(reference.followed))
            return Alignment(matrix, moved, 1.0, share, likeness)
        better, fits = _perspective(before, after, NEAR)
        if better is None or not fits.any():
            return None
        matrix = matrix @ from_fine @ better @ to_fine
        off = after - projected(better, before)
        # What the plane leaves over is kept where it is small: the rest was followed astray.
        kept = np.linalg.norm(off, axis=1) < 3 * NEAR
        share = float(kept.sum() / len(reference.followed))
        back = projected(np.asarray(np.linalg.inv(better), np.float64), after[kept]) - before[kept]
        moved = np.hstack([projected(from_fine, before[kept]), back / scale])
    if not _is_sane(matrix, reference.gray):
        return None
    return Alignment(matrix, moved, REACH * max(reference.gray.shape), share, likeness)


def _perspective(
    ours: NDArray[Any], theirs: NDArray[Any], near: float
) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_]]:
    """The perspective by which most of ``ours`` come to lie within ``near`` of ``theirs``, and
    which of them do (MAGSAC++: Barath et al. 2020)."""
    find: Any = cv2.findHomography
    matrix, agree = find(ours, theirs, cv2.USAC_MAGSAC, near, maxIters=5000, confidence=0.999)
    return matrix, np.asarray(agree).ravel() > 0 if agree is not None else np.zeros(0, bool)


def _shown(page: Gray, matrix: NDArray[np.float64], shape: tuple[int, ...]) -> Gray:
    """``page`` as the reference lies, of that ``shape``."""
    scale = _scale(matrix, shape)
    source = page
    if scale > 1.5:  # one pixel for several: each is their mean
        source, by = reduced(page, max(1, round(max(page.shape) / scale)))
        matrix = np.linalg.inv(_enlarging(by)) @ matrix
    return np.asarray(
        cv2.warpPerspective(
            source,
            matrix,
            (shape[1], shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )


def _enlarging(scale: float) -> NDArray[np.float64]:
    """From places on a page that is ``scale`` times as large to places on the page: both count from
    the middle of their first pixel."""
    return np.array(
        [[1 / scale, 0, 0.5 / scale - 0.5], [0, 1 / scale, 0.5 / scale - 0.5], [0, 0, 1]]
    )


def projected(matrix: NDArray[np.float64], points: Points) -> Points:
    """``points`` as the perspective ``matrix``, ``[3, 3]``, moves them."""
    whole = np.hstack([points, np.ones((len(points), 1))]) @ matrix.T
    return np.asarray(whole[:, :2] / whole[:, 2:])


def _corners(shape: tuple[int, ...]) -> Points:
    high, wide = shape
    return np.array([[0, 0], [wide, 0], [wide, high], [0, high]], np.float64)


def _scale(matrix: NDArray[np.float64], shape: tuple[int, ...]) -> float:
    """How many times larger the page shows what has that ``shape``, in the mean."""
    corners = _corners(shape)
    area = abs(cv2.contourArea(projected(matrix, corners).astype(np.float32)))
    return float((area / (shape[0] * shape[1])) ** 0.5)


def _is_sane(matrix: NDArray[np.float64], reference: Gray) -> bool:
    """Whether a camera could see the reference like that: from its front, nowhere at infinity, and
    not along its surface."""
    corners = _corners(reference.shape)
    depth = np.hstack([corners, np.ones((4, 1))]) @ matrix[2]
    if depth.min() <= 0 < depth.max() or np.abs(depth).min() < 1e-9:
        return False
    seen = projected(matrix, corners)
    sides = np.linalg.norm(np.roll(seen, -1, axis=0) - seen, axis=1)
    scales = sides / np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    edges = np.roll(seen, -1, axis=0) - seen
    turns = edges[:, 0] * np.roll(edges[:, 1], -1) - edges[:, 1] * np.roll(edges[:, 0], -1)
    return bool(
        (turns > 0).all()
        and scales.min() > LEAST_SCALE
        and scales.max() < LARGEST_SCALE
        and scales.max() < MOST_SHEAR * scales.min()
    )
