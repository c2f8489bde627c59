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


DIGITS = tuple(
    forms(text)
    for text in (
        """
closed 6
  34,0 8,18 2,56 22,97 48,92 64,54 56,14 36,0 26,3
  42,2 12,10 0,50 14,90 42,98 68,62 64,18 42,1 34,3
  26,1 6,28 8,70 34,99 58,76 62,34 46,4 24,2 14,14
  60,30 48,5 24,2 4,36 8,78 32,99 58,78 62,40 54,12
overshot 2
  52,10 30,1 6,22 4,66 28,99 56,80 62,34 42,2 22,4
  62,-2 30,6 4,36 6,76 32,99 60,72 58,26 34,0 10,2
  44,6 20,4 2,34 8,80 36,100 62,74 62,26 46,0 38,14
open 1
  40,4 12,12 2,50 18,94 46,94 64,56 60,20 50,6
  30,0 8,24 2,60 24,98 50,92 66,52 58,18 42,2
slashed 0.7 0.8
  34,0 8,18 2,56 22,97 48,92 64,54 56,14 36,0 26,3; 66,16 0,84
  42,2 12,10 0,50 14,90 42,98 68,62 64,18 42,1 34,3; 88,6 -20,96
  26,1 6,28 8,70 34,99 58,76 62,34 46,4 24,2 14,14; 54,28 14,72
  60,30 48,5 24,2 4,36 8,78 32,99 58,78 62,40 54,12; 70,20 -6,80
curled 0.5
  40,2 12,12 2,52 20,96 48,92 64,52 54,14 34,2 26,14 44,20 72,6
  36,2 8,16 2,58 24,98 52,88 64,44 50,6 32,2 30,12 46,14 62,4
""",
        """
stem 2.5 0.6
  30,0 30,50 30,100
  30,0 28,50 30,100
flag 5 0.6
  22,17 38,0! 38,50 38,100
  4,46 38,0! 38,50 38,100
  6,30 38,0! 38,50 38,100
  18,50 38,0! 36,50 36,100
long-flag 1.5 0.6
  -4,62 38,0! 40,50 40,100
  -2,96 38,0! 40,50 42,100
  12,86 38,0! 38,50 38,100
flag-and-foot 2.5 0.6
  22,17 38,0! 38,50 38,100; 14,100 64,100
  4,46 38,0! 38,50 38,100; 0,102 78,99
  6,30 38,0! 38,50 38,100; 22,99 56,100
  18,50 38,0! 36,50 36,100; 14,100 64,100
flag-apart 0.7 0.6
  36,0 36,50 36,100; 6,36 38,-2
  38,2 38,50 38,100; 16,26 36,4
bent-flag 1 0.6
  4,44 24,28 38,0! 38,50 38,100
  0,62 22,40 40,0! 36,50 34,100
foot 0.2 0.6
  38,0 38,50 38,100; 14,100 64,100
  38,0 38,50 38,100; 0,102 78,99
  38,0 38,50 38,100; 22,99 56,100
leaning 2 0.6
  2,34 52,0! 44,50 36,100
  0,34 54,0! 44,48 32,100
  6,44 46,0! 42,50 38,100
roof 1.5 0.6
  0,98 34,0! 46,50 60,100
  8,70 38,0! 46,50 56,98
  2,84 30,0! 36,50 42,100
""",
        """
plain 5
  4,24 16,4 42,0 58,16 48,44 4,97! 38,97 70,96
  6,16 26,1 54,6 56,28 36,60 2,98! 30,99 60,98
  2,30 8,8 36,0 62,14 56,40 8,96! 40,95 76,98
looped 2.5
  6,22 20,2 48,4 54,26 36,64 12,94 0,90 10,80 34,92 70,94
  4,20 26,0 54,10 50,36 28,72 8,97 -4,88 12,76 36,90 76,88
  8,26 18,4 44,2 56,22 44,58 22,90 8,96 10,86 30,90 62,98
wavy-foot 2
  4,22 18,3 44,0 56,18 44,48 4,94! 24,88 46,98 72,90
  6,18 28,0 54,10 50,36 28,68 0,98! 20,90 50,97 78,86
angular 0.8
  4,16 24,2 60,6! 34,50 4,97! 36,97 68,95
  2,10 28,3 62,4! 30,52 0,96! 36,95 72,96
curled 1.2
  18,30 4,22 16,4 44,0 58,18 46,48 6,97! 38,96 70,94
  22,24 8,28 8,8 38,0 60,16 50,44 4,96! 34,92 74,98
curled-and-looped 1.2
  30,34 12,38 6,18 24,2 50,2 60,22 44,54 14,90 2,96 8,84 36,90 72,94
  28,24 10,34 4,14 22,0 48,0 62,22 46,56 18,92 2,98 6,86 36,94 78,82
  38,36 20,46 6,28 20,2 50,-2 64,20 52,50 22,86 6,98 8,84 38,100 74,94
  24,36 10,38 4,22 16,4 42,0 60,14 52,44 20,80 -6,88 0,76 26,84 80,88
curled-and-wavy 0.8
  28,32 12,36 6,18 24,2 50,2 60,22 42,54 4,94! 22,86 46,98 74,86
  38,34 20,44 6,26 20,2 50,-2 64,20 48,52 2,98! 24,90 50,98 78,88
large-loop 0.8
  4,30 22,2 52,2 60,30 34,72 6,96 -10,82 6,64 34,78 76,100
  8,34 10,8 44,-2 66,20 46,62 14,98 -6,92 4,70 36,76 70,96
swan 1
  6,24 16,4 42,0 58,20 42,54 18,88 26,96 50,95 70,94
  4,18 26,0 52,8 54,32 30,70 14,92 24,99 46,96 66,90
""",
        """
round 5
  6,14 28,0 54,10 50,34 24,46! 56,56 62,80 36,100 2,88
  2,8 30,1 58,16 44,38 22,44! 50,52 58,76 34,98 0,94
  10,20 22,2 48,4 54,28 28,48! 62,60 66,86 30,101 0,80
flat-top 1.5
  4,4 34,3 60,3! 26,42! 54,50 62,76 38,99 0,90
  2,2 30,4 56,6! 30,38! 58,46 64,72 40,97 4,94
loop-waist 1.2
  6,14 28,0 54,10 46,36 22,50 18,42 34,46 60,60 58,88 30,100 2,88
  2,10 30,0 56,14 40,40 16,48 20,38 40,46 62,66 54,92 26,101 -2,84
shallow 1.5
  6,10 30,1 50,12 44,34 30,46 50,56 58,78 38,98 4,92
  4,14 26,0 54,8 50,32 36,45 58,56 62,80 36,100 0,86
angular 0.6
  4,10 30,2 58,8! 24,44! 42,50 60,70! 36,90 0,98
  2,4 28,2 54,6! 20,40! 40,48 56,66! 34,88 -4,100
""",
        """
open 4
  24,0 14,32 4,64! 36,63 70,62; 48,30 47,64 46,100
  14,4 10,32 8,58! 36,57 64,56; 54,6 53,52 52,100
  34,0 20,26 2,52! 36,51 74,48; 46,24 42,60 36,100
  12,0 8,26 6,50! 30,51 56,50; 46,20 46,60 46,100
chair 1.5
  10,4 10,28 12,48! 34,49 58,48; 58,0 57,50 54,100
  4,2 4,24 8,44! 28,46 54,42; 58,2 52,50 40,100
  6,8 4,30 12,50! 34,48 54,40; 60,0 52,50 38,100
y-like 0.8
  4,4 4,34 20,48 52,40; 58,0 54,46 46,100
  0,8 6,38 26,44 50,34; 60,2 52,46 34,100
closed 2.5
  46,2 24,34 2,68! 38,67 72,66; 48,0 48,50 48,100
  42,0 22,30 0,60! 36,60 66,60; 44,0 46,50 46,100
  52,0 28,30 6,56! 40,54 76,56; 54,2 50,50 46,100
one-stroke 1.2
  48,100 48,50 48,0! 26,32 4,66! 38,66 72,66
  40,100 46,50 54,0! 28,30 2,58! 36,58 70,54
long-bar 1
  30,0 16,32 2,62! 50,60 100,58; 50,32 48,64 46,100
  40,0 20,28 -2,56! 48,58 92,56; 46,4 46,50 44,100
deep 1
  28,0 16,20 4,40! 34,39 64,38; 50,8 47,54 44,100
  18,4 12,20 6,38! 30,37 58,36; 48,14 42,56 32,100
lightning 0.3
  40,0 22,28 4,58! 34,52 62,46! 50,72 36,100
  32,0 18,26 6,54! 32,50 58,46! 48,74 40,100
loop 0.4
  20,0 12,28 6,56! 36,58 62,44 56,22! 50,60 46,100
  26,0 14,24 4,50! 34,54 62,36 54,18! 46,58 36,100
""",
        """
one-stroke 3
  58,4 36,4 14,4! 12,24 10,44! 38,38 60,64 42,96 2,92
  64,0 40,3 16,6! 12,26 6,48! 34,40 62,58 50,94 0,98
  50,6 34,4 18,4! 18,22 16,40! 44,40 58,68 36,100 4,88
two-strokes 3
  14,4 12,24 10,44! 38,38 60,64 42,96 2,92; 13,4 40,3 64,2
  16,2 14,24 12,42! 42,40 58,68 36,100 2,88; 16,4 40,4 60,5
  10,4 8,24 4,48! 34,40 60,60 48,92 0,98; 10,5 46,2 78,0
bar-apart 1.2
  14,10 12,28 10,46! 38,40 60,66 42,97 2,92; 22,2 44,1 68,0
  12,6 10,26 8,46! 36,42 58,66 40,98 2,92; 18,-2 42,-6 66,-8
  12,12 10,28 8,46! 40,42 60,68 38,100 0,92; 8,0 40,1 66,4
s-like 1.5
  60,6 34,4 14,10 12,34 42,46 60,72 38,97 2,92
  66,2 36,2 14,14 14,36 46,48 58,76 32,99 -4,94
  56,4 30,6 14,18 16,38 46,50 60,76 36,99 4,92
angular 0.8
  58,4 36,5 14,6! 12,26 10,46! 34,42 52,50! 52,76 28,96 0,97
  62,2 40,2 18,2! 16,22 14,42! 36,42 56,50! 52,78 30,98 2,96
bar-away 0.5
  12,20 12,34 10,50! 38,42 60,68 42,98 2,92; 28,-2 62,-4 96,-6
  10,26 12,38 8,52! 36,46 58,70 40,99 0,92; 6,2 40,4 70,0
curled 0.8
  66,0 38,6 18,12! 16,36 38,44 52,68 42,92 20,97 12,84 28,78
  72,2 42,4 20,8! 14,38 42,42 58,66 46,96 18,98 8,80 30,72
""",
        """
curved 4
  52,4 24,22 6,58 14,92 40,98 56,74 38,54 8,68
  44,0 20,24 4,62 16,95 44,96 58,72 40,52 6,72
  56,8 30,12 8,46 8,84 36,100 58,80 44,56 12,64
small-loop 1.5
  46,0 18,34 4,74 16,97 38,97 50,82 36,70 8,80
  50,2 22,30 6,70 16,96 40,98 50,82 34,66 8,76
large-loop 1.5
  44,2 16,22 2,60 16,94 46,96 64,68 46,38 8,58
  40,0 14,26 4,64 20,97 52,92 62,62 42,42 6,66
straight-stem 1.5
  42,0 24,34 6,70 16,96 40,97 54,76 38,58 8,70
  20,0 12,36 6,72 18,97 42,96 54,76 36,56 6,74
  58,0 32,34 8,66 12,94 40,98 58,76 42,58 10,68
hooked 1
  60,14 42,1 16,24 4,62 18,96 46,96 58,72 38,54 8,70
  66,8 46,0 18,20 4,58 14,94 42,99 58,76 42,56 8,66
curled 1.2
  50,2 22,24 4,60 14,94 42,98 58,74 42,56 18,68 14,86
  46,0 20,24 4,62 18,97 46,96 58,72 40,54 10,64 -6,74
  54,6 26,20 6,56 12,92 40,99 60,76 46,54 14,60 -2,62
two-arcs 0.2
  62,20 48,0 16,6 4,34 18,56 40,64 62,76 54,94 22,96 8,80 26,66 48,64
  58,14 40,0 10,10 6,38 22,58 42,62 60,72 56,92 30,98 14,86 24,70 44,62
""",
        """
plain 2.5 0.8
  4,5 66,3! 46,48 30,100
  2,4 62,5! 54,48 50,100
  0,6 68,2! 36,45 12,100
  4,5 58,6! 48,36 36,100
barred 3 0.8
  4,5 66,3! 46,48 30,100; 22,52 66,50
  2,4 62,5! 54,48 50,100; 6,54 78,50
  0,6 68,2! 36,45 12,100; 14,60 70,42
  4,5 58,6! 48,36 36,100; 30,48 62,50
serif 1 0.8
  4,20 6,3! 64,4! 46,48 34,100
  0,30 6,4! 66,6! 54,46 50,100
  10,14 4,4! 68,3! 40,45 20,100
serif-and-barred 1.8 0.8
  4,20 6,3! 64,4! 46,48 34,100; 22,52 66,50
  0,30 6,4! 66,6! 54,46 50,100; 6,54 78,50
  10,14 4,4! 68,3! 40,45 20,100; 14,60 70,42
  4,20 6,3! 64,4! 46,48 34,100; 30,48 62,50
wavy 0.8 0.8
  0,18 10,3 34,10 68,4! 46,46 32,100
  4,8 20,2 42,9 70,3! 52,46 46,100
  6,26 2,8 26,6 66,4! 44,46 26,100
wavy-and-barred 1.2 0.8
  0,18 10,3 34,10 68,4! 46,46 32,100; 22,52 66,50
  4,8 20,2 42,9 70,3! 52,46 46,100; 6,54 78,50
  6,26 2,8 26,6 66,4! 44,46 26,100; 14,60 70,42
  0,18 10,3 34,10 68,4! 46,46 32,100; 30,48 62,50
round 0.4
  0,8 32,2 62,6 56,36 34,100
  2,5 42,4 66,8 50,44 40,100
round-and-barred 0.5
  0,8 32,2 62,6 56,36 34,100; 22,52 66,50
  2,5 42,4 66,8 50,44 40,100; 6,54 78,50
  0,8 32,2 62,6 56,36 34,100; 14,60 70,42
  2,5 42,4 66,8 50,44 40,100; 30,48 62,50
looped-and-barred 0.7
  0,4 14,28 36,38 60,26 66,8 54,2 44,20 38,56 36,100; 8,62 68,58
  2,0 18,20 40,30 64,20 62,4 50,8 44,30 38,60 30,100; 12,56 64,54
looped 0.4
  0,4 14,28 36,38 60,26 66,8 54,2 44,20 38,56 36,100
  0,14 8,4 34,16 62,14 64,2 52,4 46,30 38,62 28,100
""",
        """
one-stroke 5
  52,14 30,0 8,18 26,42 54,70 32,100 4,78 28,48 52,26 50,10
  46,6 22,2 10,24 32,46 58,76 30,100 4,74 30,46 50,22 42,4
  58,10 34,0 12,16 24,40 52,68 36,99 2,84 20,52 54,30 58,14
from-the-middle 0.8
  30,46 8,28 16,4 44,2 54,24 30,46 4,72 18,98 46,97 58,74 30,46
  34,48 10,32 14,6 42,0 56,20 32,44 8,70 12,97 42,100 56,76 24,42
from-the-middle-rightwards 0.7
  34,46 54,26 44,2 16,2 8,24 30,46 56,72 44,98 14,97 4,74 28,48
  26,48 52,30 48,4 20,0 8,20 30,44 54,70 48,97 18,100 4,78 32,42
two-circles 2
  30,0 10,10 10,36 30,46 52,36 52,12 32,0 22,3; 30,46 6,56 6,88 30,100 58,88 56,58 32,46 22,50
  28,0 14,16 14,32 30,42 46,34 46,12 30,0 20,6; 30,44 2,58 4,90 32,101 60,90 58,56 32,43 18,46
  32,1 8,14 10,40 32,50 54,40 54,14 32,1 24,2; 32,50 10,60 12,92 32,100 52,92 52,62 32,50 24,53
open 1.5
  46,8 22,2 8,20 30,44 56,72 32,100 4,78 26,50 50,28 62,4
  54,8 30,0 10,18 26,42 54,72 30,100 4,76 30,46 54,22 66,-4
straight-cross 1
  54,6 30,0 6,10 30,44 56,80 32,100 4,84 30,46 56,8
  62,4 36,-2 8,12 32,46 58,82 32,101 2,88 28,50 60,6
lying 0.25
  50,46 26,20 4,30 2,66 24,80 50,46 76,14 98,28 100,64 78,80 50,46
  50,50 28,24 6,26 0,58 22,84 50,50 80,20 104,34 98,70 74,78 50,50
leaning-over 0.15
  70,50 56,10 40,46 24,86 2,80 4,40 22,12 40,46 58,88 72,60
  92,46 76,8 50,44 26,88 2,74 4,34 28,10 52,48 74,90 94,60
""",
        """
straight-tail 3
  54,14 32,0 8,16 12,40 36,44 54,14! 53,56 50,100
  52,8 26,0 6,22 18,46 42,38 56,8! 54,54 54,100
  58,12 36,0 12,14 8,38 34,44 56,16! 46,60 34,100
curved-tail 2.5
  54,14 32,0 8,16 12,40 36,44 56,14! 56,58 24,100
  50,8 26,0 6,22 18,46 44,36 56,12! 54,66 10,98
hooked-tail 3.5
  54,14 32,0 8,14 10,38 36,42 54,12! 56,52 48,90 26,99 4,86
  50,6 24,0 6,20 16,42 42,36 56,8! 56,56 44,94 18,100 -4,90
  56,12 36,0 10,10 6,34 32,44 56,18! 54,60 40,94 12,96 2,84
looped-tail 0.3
  54,14 32,0 8,16 12,38 36,40 54,14! 54,56 40,94 10,98 18,80 66,60
  52,10 28,0 8,18 16,40 42,36 56,10! 54,60 32,98 6,92 24,74 72,56
smooth 1.5
  50,36 24,46 6,26 20,4 46,4 56,32 48,70 30,100
  52,30 30,48 8,34 14,6 42,0 58,28 50,72 14,98
  54,40 26,44 4,24 22,2 50,6 56,44 46,82 18,98
curled 0.6
  36,42 16,38 10,18 32,0 54,10 54,38 40,70 18,100
  30,36 12,34 8,16 28,0 52,8 54,36 42,66 14,98
  28,44 10,30 16,8 40,0 58,18 54,50 40,74 18,100
open-head 1
  48,4 22,4 8,24 24,44 54,28; 58,2 56,50 52,100
  44,2 16,8 8,28 28,42 54,24; 58,0 56,50 40,100
open-hooked 0.6
  48,4 22,4 8,24 24,42 54,28; 58,2 58,50 48,90 24,100 2,88
  46,2 18,6 8,26 28,40 54,24; 58,4 57,54 44,94 18,98 0,86
small-head 0.7
  52,6 36,0 26,12 38,24 52,12 48,2! 62,40 58,76 34,99 0,86
  44,8 30,0 16,10 24,26 42,22 46,6! 60,44 58,84 30,100 -6,84
""",
    )
)
"""For each digit, the ways in which people write it. Weights are guesses at how common they are in
the world, not in the United States."""
