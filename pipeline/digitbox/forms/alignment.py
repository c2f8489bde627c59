"""A page and the reference of a form → where each place of the reference lies on the page.

Features of what is printed are matched first, which works whichever way the page was turned, scaled
or photographed: by a quick look, and by a closer one where that does not do. Points of the
reference are then followed to where they are on the page to a fraction of a pixel (Lucas, Kanade
1981). What they are off in one place moves what is near: paper that is folded or copied is no
plane.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.codes import Code, code
from digitbox.forms.features import CLOSER, QUICK, Look, Sight
from digitbox.forms.following import followed, likeness_of
from digitbox.forms.perspective import (
    Matrix,
    Points,
    enlarging,
    farthest,
    is_sane,
    projected,
    reduced,
    scale_of,
)
from digitbox.recognition.view import Gray

FINE = 1400
"""The longer side of a reference, in pixels, on which points are followed. What is smaller stays
so."""

FEWEST = 10
"""So many features or points have to agree."""

FOLLOWED, APART = 600, 12
"""So many points are followed, at least so many pixels apart."""

NEAR = 1.0
"""A point fits that lies within so many pixels of the fine reference from its place."""

SETTLED, ROUNDS = 1.0, 3
"""Points are followed again where that moved a corner of the fine reference by so many pixels, or
more; so often at most."""

REACH, STIFFNESS = 0.08, 3.0
"""How far a point moves what is near it, as a share of the longer side (standard deviation), and
how many points the plane counts for against them."""

ENOUGH, CERTAIN = 0.35, 0.42
"""What lies so well is not looked for by corner marks, too; and by a closer look, after a quick
one."""


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
class Reference(Sight):
    """A page of a form as it was printed, filled in or not."""

    @cached_property
    def fine(self) -> tuple[Gray, float]:
        """The reference with FINE pixels along its longer side, and how much smaller that is."""
        small, scale = reduced(self.gray, FINE)
        return evenly_lit(small), scale

    @cached_property
    def code(self) -> Code | None:
        """What the code that is printed on it names."""
        return code(self.gray)

    @cached_property
    def followed(self) -> NDArray[np.float32]:
        """``[N, 1, 2]``: the points that are followed, in pixels of the fine reference."""
        found = cv2.goodFeaturesToTrack(self.fine[0], FOLLOWED, 0.02, APART, blockSize=7)
        return np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found, np.float32)


def align(page: Gray, reference: Reference, by: str, sight: Sight | None = None) -> Alignment:
    """Where ``reference`` lies on ``page`` (uint8 ``[H, W]``): ``by`` ``auto``, ``markers`` or
    ``none``, see :class:`digitbox.forms.template.Page`. ``sight`` is of the page, where it is
    compared with several. A score of 0: nowhere."""
    if by == "none":
        matrix = enlarging(reference.gray.shape, page.shape)
        return Alignment(matrix, np.zeros((0, 4)), 1.0, 1.0)
    sight = sight or Sight(page)
    found = []
    if by == "auto":
        quick = _by_features(page, reference, sight, QUICK)
        if quick is not None and quick.score >= CERTAIN:
            return quick
        closer = _by_features(page, reference, sight, CLOSER)
        if closer is not None and closer.score >= ENOUGH:
            return closer
        found += [closer] if closer is not None else []
    if reference.marks is not None and sight.marks is not None:
        found += [
            one
            for matrix in reference.marks.fitted(sight.marks)
            if (one := _refined(page, reference, matrix, is_exact=by == "markers")) is not None
        ]
    # Where little but marks is printed, half a turn changes few points.
    return max(found, key=lambda one: one.score + one.likeness, default=NOWHERE)


def evenly_lit(page: Gray) -> Gray:
    """``page`` as if its light were even: each pixel over what is bright near it, which is 220."""
    return np.asarray(cv2.divide(page, np.maximum(bright(page), 1), scale=220.0), np.uint8)


def bright(page: Gray) -> Gray:
    """The light of the paper at each pixel of ``page``: what is bright near it."""
    return np.asarray(cv2.blur(cv2.dilate(page, np.ones((15, 15), np.uint8)), (31, 31)), np.uint8)


NOWHERE = Alignment(np.eye(3), np.zeros((0, 4)), 1.0, 0.0)


def _by_features(page: Gray, reference: Reference, sight: Sight, look: Look) -> Alignment | None:
    """The alignment by what is printed, with one ``look`` at both; None where too little agrees."""
    ours, theirs = reference.features(look).matched(sight.features(look))
    if len(ours) < look.agreeing:
        return None
    near = 3.0 * max(1.0, max(page.shape) / look.longest)
    matrix, agree = _perspective(ours, theirs, near)
    if matrix is None or agree.sum() < look.agreeing:
        return None
    return _refined(page, reference, matrix, is_exact=False)


def _refined(page: Gray, reference: Reference, matrix: Matrix, is_exact: bool) -> Alignment | None:
    """``matrix``, from the reference to the page, made exact by points that are followed; with
    ``is_exact``, it stays, and points only say how well it lies."""
    fine, scale = reference.fine
    shape = reference.gray.shape
    if not is_sane(matrix, shape) or not len(reference.followed):
        return None
    from_fine = enlarging(fine.shape, shape)
    to_fine = np.linalg.inv(from_fine)
    size = scale_of(matrix @ from_fine, fine.shape)
    source = page
    if size > 1.5:  # one pixel for several: each is their mean
        source, _ = reduced(page, max(1, round(max(page.shape) / size)))
    to_source = np.linalg.inv(enlarging(source.shape, page.shape))
    for _ in range(ROUNDS):
        shown = evenly_lit(_shown(source, to_source @ matrix @ from_fine, fine.shape))
        before, after = followed(fine, shown, reference.followed, size)
        if len(before) < FEWEST:
            return None
        likeness = likeness_of(fine, shown)
        if is_exact:
            offset = np.linalg.norm(after - before, axis=1)
            share = float((offset < 3 * NEAR).sum() / len(reference.followed))
            return Alignment(matrix, np.zeros((0, 4)), 1.0, share, likeness)
        found, fits = _perspective(before, after, NEAR)
        if found is None or not fits.any():
            return None
        better = found
        matrix = matrix @ from_fine @ better @ to_fine
        if not is_sane(matrix, shape):
            return None
        if farthest(better, fine.shape) < SETTLED:
            break
    off = after - projected(better, before)
    # What the plane leaves over is kept where it is small: the rest was followed astray.
    kept = np.linalg.norm(off, axis=1) < 3 * NEAR
    share = float(kept.sum() / len(reference.followed))
    back = projected(np.asarray(np.linalg.inv(better), np.float64), after[kept]) - before[kept]
    moved = np.hstack([projected(from_fine, before[kept]), back / scale])
    return Alignment(matrix, moved, REACH * max(shape), share, likeness)


def _perspective(
    ours: Points, theirs: Points, near: float
) -> tuple[Matrix | None, NDArray[np.bool_]]:
    """The perspective by which most of ``ours`` come to lie within ``near`` of ``theirs``, and
    which of them do (MAGSAC++: Barath et al. 2020)."""
    find: Any = cv2.findHomography
    matrix, agree = find(ours, theirs, cv2.USAC_MAGSAC, near, maxIters=5000, confidence=0.999)
    return matrix, np.asarray(agree).ravel() > 0 if agree is not None else np.zeros(0, bool)


def _shown(page: Gray, matrix: Matrix, shape: tuple[int, ...]) -> Gray:
    """``page`` as the reference lies, of that ``shape``."""
    return np.asarray(
        cv2.warpPerspective(
            page,
            matrix,
            (shape[1], shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.uint8,
    )
