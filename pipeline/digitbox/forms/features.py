"""A page → the features of what is on it, by which it is found on another (SIFT: Lowe 2004)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox.forms.marks import Marks, marks
from digitbox.forms.perspective import Points, reduced
from digitbox.recognition.view import Gray


@dataclass(frozen=True, slots=True)
class Look:
    """Features are found on a page with ``longest`` pixels along its longer side, what is smaller
    stays so: ``most`` of them. A page is found where so many are ``agreeing`` with its reference.
    """

    longest: int
    most: int
    agreeing: int


QUICK, CLOSER = Look(600, 800, 60), Look(1000, 1500, 10)
"""A quick look takes half the time of a closer one, or less. Where little is printed, too few of
its features would agree to tell a page from one that is upside down: 92 and more do on tally
sheets and samples/forms, up to 57 on what is no form."""

RATIO = 0.85
"""The best match of a feature has to be so much nearer than the second best."""


@dataclass(frozen=True, eq=False)
class Features:
    """``places`` (float32 ``[N, 2]``, in pixels of the page) and what each looks like (float32
    ``[N, 128]``)."""

    places: NDArray[np.float32]
    looks: NDArray[np.float32]

    @classmethod
    def of(cls, page: Gray, look: Look) -> "Features":
        small, scale = reduced(page, look.longest)
        found: Any = cv2.SIFT.create(look.most).detectAndCompute(small, None)
        points, looks = found
        if looks is None:
            return cls(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
        places = (np.array([point.pt for point in points]) + 0.5) / scale - 0.5
        # The square root makes of the distance that of Hellinger (Arandjelović, Zisserman 2012).
        shares = looks / np.maximum(looks.sum(axis=1, keepdims=True), 1e-9)
        return cls(places.astype(np.float32), np.sqrt(shares).astype(np.float32))

    def matched(self, other: "Features") -> tuple[Points, Points]:
        """Where those are that look like one of the ``other``, and where that is: ``[M, 2]``
        each."""
        if not len(self.places) or len(other.places) < 2:
            return np.zeros((0, 2)), np.zeros((0, 2))
        pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(self.looks, other.looks, k=2)
        good = [one for one, second in pairs if one.distance < RATIO * second.distance]
        ours, theirs = [one.queryIdx for one in good], [one.trainIdx for one in good]
        return self.places[ours].astype(np.float64), other.places[theirs].astype(np.float64)


@dataclass(frozen=True, eq=False)
class Sight:
    """A page, ``gray``, uint8 ``[H, W]``, and what is seen on it, which is looked for only once."""

    gray: Gray

    @cached_property
    def _seen(self) -> dict[Look, Features]:
        return {}

    def features(self, look: Look) -> Features:
        if look not in self._seen:
            self._seen[look] = Features.of(self.gray, look)
        return self._seen[look]

    @cached_property
    def marks(self) -> Marks | None:
        return marks(self.gray)
