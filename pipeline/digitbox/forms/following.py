"""A picture, and another of the same thing → where points of the one are on the other."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.perspective import Points
from digitbox.recognition.view import Gray

WINDOW = 21
"""A point is followed by the square of so many pixels around it."""

STRAYED, RETURNED, COARSEST = 15.0, 0.5, 2.0
"""In pixels: a point that strays further, or that does not come back when it is followed back, is
lost. What is shown of a page with fewer pixels is less exact, up to so many times."""


def followed(
    one: Gray, other: Gray, points: NDArray[np.float32], size: float
) -> tuple[Points, Points]:
    """Those of ``points`` (``[N, 1, 2]``) of ``one`` that were found again on the ``other``, both
    uint8 ``[H, W]``, and where: ``[M, 2]`` each. The ``other`` was made of a picture that was
    ``size`` times as large."""
    window = (WINDOW, WINDOW)
    returned_within = RETURNED * float(np.clip(1 / size, 1.0, COARSEST))
    # Its stubs do not know that nothing may be guessed.
    follow: Any = cv2.calcOpticalFlowPyrLK
    there, found, _ = follow(one, other, points, None, winSize=window)
    back, returned, _ = follow(other, one, there, None, winSize=window)
    before, after = points.reshape(-1, 2), there.reshape(-1, 2)
    good = (
        (found.ravel() > 0)
        & (returned.ravel() > 0)
        & (np.linalg.norm(back.reshape(-1, 2) - before, axis=1) < returned_within)
        & (np.linalg.norm(after - before, axis=1) < STRAYED)
    )
    return before[good].astype(np.float64), after[good].astype(np.float64)


def likeness_of(one: Gray, other: Gray) -> float:
    """The correlation, -1 to 1, of both, a little blurred: lines need not lie exactly."""
    ours, theirs = (cv2.blur(page, (5, 5)).astype(np.float32).ravel() for page in (one, other))
    # cv2.matchTemplate does the same by way of frequencies, in ten times as long.
    ours -= ours.mean()
    theirs -= theirs.mean()
    extent = float(np.sqrt(ours @ ours) * np.sqrt(theirs @ theirs))
    return float(ours @ theirs) / extent if extent else 0.0
