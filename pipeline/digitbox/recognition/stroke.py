"""The width of the strokes in a mask of ink."""

import cv2
import numpy as np
from numpy.typing import NDArray


def stroke_width(mask: NDArray[np.uint8]) -> float:
    """Mean width of the strokes in ``mask`` (uint8 ``[h, w]``, ink 1, at least one pixel of it), in
    its pixels, at least 1.

    Across a stroke of width w, the distances of its pixels to its edge are 1, 2, … up to the middle
    and down again; their mean is (w + 2) / 4 for all but the thinnest.
    """
    room = cv2.copyMakeBorder(mask, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(room, cv2.DIST_L2, cv2.DIST_MASK_5)
    return max(1.0, 4 * float(cv2.mean(distance, room)[0]) - 2)
