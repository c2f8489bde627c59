"""The forms in which digits are written, each as a few key drawings in text → control points,
blended and shaken, with a smooth curve through them.

A drawing is written as its pen strokes, divided by ``;``. A stroke is its points, ``x,y`` in
hundredths of the height, y downwards. A curve runs through them; ``!`` marks a corner, and between
two corners with nothing in between the pen goes straight. The drawings that are blended follow, one
a line and indented, the name of what they are, its weight, and, where that is not 1, how loose it
is; see :class:`Template`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]
"""``[n, 2]``, x and y in the drawing's height, y downwards."""

DETAIL = 12
"""Points that a curve has from one control point to the next."""

REACH, SWAY, SHAKE = 0.33, 0.045, 0.012
"""Control points are displaced together with those within about the first distance, by the second
(standard deviation), and each on its own by the third."""

CARE, CARELESS = 0.4, 1.7
"""Standard deviation of the logarithm of how much more or less than that it is for one digit, and
how much more at most."""

MIXED, BEYOND = 0.7, 0.25
"""How evenly keys are blended (below 1, mostly one of them prevails); and how far blends go beyond
the keys, as a share of their way from the keys' mean."""

STROKES_APART = 0.93
"""How closely the points of different strokes move together, beside those of one stroke."""

STRETCH = 0.07
"""Standard deviation by which the ends of strokes are lengthened, as a share of the distance to
the next control point: pens start late and stop late."""


@dataclass(frozen=True)
class Template:
    """A way to write something: any blend of the ``keys``, which have the same strokes, points and
    corners. ``weight`` is how common it is, beside the others for the same thing; ``loose`` is how
    much its points vary, beside those of others."""

    name: str
    weight: float
    keys: tuple[str, ...]
    loose: float = 1.0

    def drawn(self, random: np.random.Generator) -> list[Points]:
        """The strokes of one blend, shaken. Raises :class:`ValueError` where the keys differ in
        strokes, points or corners."""
        shares = random.dirichlet(np.full(len(self.keys), MIXED))
        shares = (1 + BEYOND) * shares - BEYOND / len(shares)
        loose = self.loose * min(np.exp(random.normal(scale=CARE)), CARELESS)
        points = np.tensordot(shares, self._keys, 1)
        points += loose * (self._sway @ random.normal(size=points.shape))
        points += loose * random.normal(scale=SHAKE, size=points.shape)
        ends, beside = self._ends
        stretch = random.normal(scale=STRETCH, size=(len(ends), 1))
        points[ends] += stretch * (points[ends] - points[beside])
        return np.split(self._curve @ points, self._breaks)

    @cached_property
    def _parsed(self) -> tuple[Points, list[list[int]]]:
        """All keys' points, ``[K, P, 2]``, and for each stroke the indexes of its corners, its
        ends among them."""
        keys, layouts = [], []
        for key in self.keys:
            points: list[tuple[float, float]] = []
            layout = []
            for stroke in key.split(";"):
                first = len(points)
                words = stroke.split()
                corners = [first + index for index, word in enumerate(words) if word[-1] == "!"]
                layout.append([first, *corners, first + len(words) - 1])
                for word in words:
                    x, y = word.rstrip("!").split(",")
                    points.append((float(x) / 100, float(y) / 100))
            keys.append(points)
            layouts.append(layout)
        if any(layout != layouts[0] for layout in layouts):
            raise ValueError(f"the keys of {self.name} differ in strokes, points or corners")
        return np.array(keys), layouts[0]

    @property
    def _keys(self) -> NDArray[np.float64]:
        return self._parsed[0]

    @cached_property
    def _ends(self) -> tuple[list[int], list[int]]:
        """The first and the last point of each stroke, and the points next to them."""
        layout = self._parsed[1]
        ends = [index for corners in layout for index in (corners[0], corners[-1])]
        beside = [index for corners in layout for index in (corners[0] + 1, corners[-1] - 1)]
        return ends, beside

    @cached_property
    def _sway(self) -> NDArray[np.float64]:
        """``[P, P]``: independent noise → displacements in which neighbours go together."""
        keys, layout = self._parsed
        mean = keys.mean(0)
        distances = np.linalg.norm(mean[:, None] - mean[None], axis=2)
        stroke = np.repeat(np.arange(len(layout)), [c[-1] - c[0] + 1 for c in layout])
        together = np.where(stroke[:, None] == stroke[None], 1.0, STROKES_APART)
        covariance = together * np.exp(-0.5 * (distances / REACH) ** 2)
        values, vectors = np.linalg.eigh(covariance)
        return np.asarray(SWAY * vectors * np.sqrt(np.maximum(values, 0)))

    @cached_property
    def _curve(self) -> NDArray[np.float64]:
        """``[n, P]``: control points → points on the curves through them."""
        keys, layout = self._parsed
        mean = keys.mean(0)
        rows = []
        for corners in layout:
            for start, stop in pairwise(corners):
                rows.append(_through(mean, start, stop)[: None if stop == corners[-1] else -1])
        return np.vstack(rows)

    @cached_property
    def _breaks(self) -> list[int]:
        """Where in the curve's points each stroke but the first begins."""
        layout = self._parsed[1]
        counts = [(corners[-1] - corners[0]) * DETAIL + 1 for corners in layout]
        return [int(count) for count in np.cumsum(counts)[:-1]]


def _through(points: Points, start: int, stop: int) -> NDArray[np.float64]:
    """Weights ``[(stop - start) * DETAIL + 1, P]`` of the centripetal Catmull-Rom curve through
    ``points[start:stop + 1]`` (Barry and Goldman 1988, Yuksel et al. 2011). The knots are those of
    ``points``, so that the weights do for other points near them."""
    eye = np.eye(len(points))
    inner = list(range(start, stop + 1))
    controls = [2 * eye[inner[0]] - eye[inner[1]], *eye[inner], 2 * eye[inner[-1]] - eye[inner[-2]]]
    places = np.array(controls) @ points
    gaps = np.maximum(np.linalg.norm(np.diff(places, axis=0), axis=1), 1e-3) ** 0.5
    knots = np.concatenate([[0], np.cumsum(gaps)])
    rows = []
    for index in range(1, len(controls) - 2):
        p, k = controls[index - 1 : index + 3], knots[index - 1 : index + 3]
        for t in np.linspace(k[1], k[2], DETAIL, endpoint=False):
            a = [_between(p[i], p[i + 1], k[i], k[i + 1], t) for i in range(3)]
            b = [_between(a[i], a[i + 1], k[i], k[i + 2], t) for i in range(2)]
            rows.append(_between(b[0], b[1], k[1], k[2], t))
    return np.array([*rows, eye[stop]])


def _between(
    a: NDArray[np.float64], b: NDArray[np.float64], start: float, stop: float, t: float
) -> NDArray[np.float64]:
    return np.asarray(((stop - t) * a + (t - start) * b) / (stop - start))


def pick(templates: Sequence[Template], random: np.random.Generator) -> Template:
    """One of ``templates``, as often as their weights say."""
    weights = np.cumsum([template.weight for template in templates])
    return templates[int(np.searchsorted(weights, random.random() * weights[-1], side="right"))]


def drawings(name: str) -> str:
    """The text of the drawings in ``shapes/NAME.txt``."""
    return (files(__package__) / "shapes" / f"{name}.txt").read_text("utf-8")


def forms(text: str) -> tuple[Template, ...]:
    """The templates that ``text`` writes out."""
    templates: list[Template] = []
    for line in text.strip("\n").splitlines():
        if line.startswith(" "):
            templates[-1] = replace(templates[-1], keys=(*templates[-1].keys, line.strip()))
        else:
            name, weight, *loose = line.split()
            templates.append(Template(name, float(weight), (), *map(float, loose)))
    return tuple(templates)


DIGIT_TEMPLATES = tuple(forms(drawings(str(digit))) for digit in range(10))
"""For each digit, the ways in which people write it. Weights are guesses at how common they are in
the world, not in the United States."""
