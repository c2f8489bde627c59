"""What is written by hand and is no digit: letters, signs, figures, words, scribbles → strokes.

What nobody can tell from a digit is not among it: no O, I, l, Z, S, b, q, g, B, i, j. What comes
near to one is: by a θ, a δ, an A or an & a reader learns where digits end, and to be unsure there.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing.templates import Points, drawings, forms, pick

Sketch: TypeAlias = list[Points]
"""Strokes of any size, their points any distance apart."""


def sketch(random: np.random.Generator) -> Sketch:
    """One of all these, drawn once."""
    shares = np.cumsum([share for _, share in KINDS])
    return KINDS[int(np.searchsorted(shares, random.random() * shares[-1]))][0](random)


def letter(random: np.random.Generator) -> Sketch:
    return pick(LETTERS, random).drawn(random)


def greek(random: np.random.Generator) -> Sketch:
    return pick(GREEK, random).drawn(random)


def sign(random: np.random.Generator) -> Sketch:
    return pick(SIGNS, random).drawn(random)


def printed_word(random: np.random.Generator) -> Sketch:
    """Two to five letters side by side."""
    strokes: Sketch = []
    right = 0.0
    for _ in range(random.integers(2, 6)):
        letter_ = letter(random)
        left = min(float(stroke[:, 0].min()) for stroke in letter_)
        strokes += [_moved(stroke, right - left, random.normal(scale=0.04)) for stroke in letter_]
        right = max(float(stroke[:, 0].max()) for stroke in strokes) + random.uniform(0.02, 0.25)
    return strokes


def cursive_word(random: np.random.Generator) -> Sketch:
    """Three to six joined letters; at times a bar through it or a line under it."""
    points = []
    right = 0.0
    for _ in range(random.integers(3, 7)):
        joined = JOINED[random.integers(len(JOINED))]
        points.append(_moved(joined, right))
        right += float(joined[-1, 0]) + random.uniform(0.0, 0.15)
    word = np.concatenate(points)
    word += random.normal(scale=0.05, size=word.shape)
    strokes = [_curve(word)]
    if random.random() < 0.3:
        strokes.append(_moved(np.array([[0.1, 0.4], [0.5, 0.3]]), random.uniform(0, right - 0.6)))
    if random.random() < 0.15:
        strokes.append(np.array([[0.0, 1.4], [right, 1.3]]))
    return strokes


def signature(random: np.random.Generator) -> Sketch:
    """Loops of falling size, with a flourish."""
    turns = random.integers(3, 9)
    t = np.linspace(0, 2 * np.pi * turns, 24 * turns)
    sizes = np.interp(t, np.linspace(0, t[-1], turns + 1), random.uniform(0.15, 1, turns + 1))
    sizes *= np.linspace(random.uniform(1, 2), random.uniform(0.2, 1), len(t))
    pace = random.uniform(0.06, 0.2)
    x = pace * t + random.uniform(0.1, 0.5) * sizes * np.cos(t)
    y = sizes * np.sin(t + random.uniform(-0.8, 0.8)) * random.uniform(0.4, 1)
    strokes = [np.column_stack([x, y])]
    if random.random() < 0.5:
        end = float(x[-1])
        back = [[end, y[-1]], [end * 1.2, 0.9], [end * 0.5, 1.1], [0, 1.3], [end * 0.9, 1.2]]
        strokes.append(_curve(np.array(back) + random.normal(scale=0.15, size=(5, 2))))
    return strokes


def scribble(random: np.random.Generator) -> Sketch:
    """To and fro, as to cross something out; or round and round."""
    turns = int(random.integers(4, 14))
    if random.random() < 0.6:
        x = np.linspace(0, random.uniform(0.3, 1.2), 2 * turns)
        y = np.arange(2 * turns) % 2 * random.uniform(0.4, 1.0)
        points = np.column_stack([x, y]) + random.normal(scale=0.06, size=(2 * turns, 2))
        strokes = [_curve(points) if random.random() < 0.6 else points]
        if random.random() < 0.2:
            strokes.append(strokes[0][:, ::-1])
        return strokes
    centres = np.cumsum(random.normal(scale=0.15, size=(8 * turns, 2)), axis=0) * 0.35
    angles = np.arange(8 * turns) * np.pi / 4
    sizes = random.uniform(0.2, 0.6, size=(8 * turns, 1))
    sizes = 0.6 * sizes + 0.2
    return [_curve(centres + sizes * np.column_stack([np.cos(angles), np.sin(angles)]))]


def zigzag(random: np.random.Generator) -> Sketch:
    """At least four lines up and down, or waves."""
    count = int(random.integers(5, 12))
    x = np.arange(count) * random.uniform(0.15, 0.5)
    y = np.arange(count) % 2 * random.uniform(0.4, 1.0)
    points = np.column_stack([x, y]) + random.normal(scale=0.05, size=(count, 2))
    return [_curve(points) if random.random() < 0.4 else points]


def spiral(random: np.random.Generator) -> Sketch:
    turns = random.uniform(2.4, 5)
    t = np.linspace(0, 2 * np.pi * turns, int(40 * turns))
    radius = (0.06 + t) ** random.uniform(0.8, 1.2)
    turn, way = random.uniform(0, 2 * np.pi), random.choice([-1, 1])
    return [np.column_stack([radius * np.cos(turn + t), way * radius * np.sin(turn + t)])]


def dashes(random: np.random.Generator) -> Sketch:
    """Two to six lines or dots in a row, flat; or four to six tally marks, at times crossed."""
    flat = random.random() < 0.65
    count = int(random.integers(2 if flat else 4, 7))
    gap, length = random.uniform(0.15, 0.6), random.uniform(0.02, 0.6)
    strokes = []
    for index in range(count):
        if flat:
            ends = _moved(np.array([[0.0, 0.0], [length, 0.0]]), index * (length + gap))
        else:
            ends = _moved(np.array([[0.0, 0.0], [0.0, 1.0]]), index * gap)
        strokes.append(ends + random.normal(scale=0.02, size=(2, 2)))
    if not flat and random.random() < 0.4:
        strokes.append(np.array([[-0.2, 0.8], [count * gap, 0.2]]))
    return strokes


def face(random: np.random.Generator) -> Sketch:
    """A circle with dots for eyes, and mostly with a mouth."""
    strokes = [_circle(0.5, 0.5, 0.5, random)]
    x, y, size = random.uniform(0.12, 0.22), random.uniform(0.3, 0.42), random.uniform(0.01, 0.06)
    strokes += [_circle(0.5 + side * x, y, size, random) for side in (-1, 1)]
    if random.random() < 0.85:
        bend = random.uniform(-0.15, 0.25)
        mouth = np.array([[0.28, 0.7 - bend / 2], [0.5, 0.7 + bend / 2], [0.72, 0.7 - bend / 2]])
        strokes.append(_curve(mouth + random.normal(scale=0.02, size=(3, 2))))
    return strokes


def character(random: np.random.Generator) -> Sketch:
    """Five to nine strokes across and down, some aslant or hooked, as in Chinese writing."""
    strokes = []
    for _ in range(random.integers(5, 10)):
        start, length = random.uniform(0, 0.8, size=2), random.uniform(0.2, 0.8)
        kind = random.random()
        way = (
            [1, -0.1]
            if kind < 0.4
            else [0, 1]
            if kind < 0.7
            else [-0.6, 0.9]
            if kind < 0.85
            else [0.7, 0.8]
        )
        end = start + length * np.array(way)
        bend = (start + end) / 2 + random.normal(scale=0.04, size=2)
        line = [start, bend, end]
        if random.random() < 0.15:
            line.append(end + random.uniform(-0.15, 0.02, size=2))
        strokes.append(_curve(np.array(line)))
    return strokes


def tangle(random: np.random.Generator) -> Sketch:
    """One or two long curves through random places."""
    return [
        _curve(random.uniform(0, 1, size=(random.integers(7, 13), 2)))
        for _ in range(random.integers(1, 3))
    ]


def _moved(points: Points, right: float, down: float = 0.0) -> Points:
    return np.asarray(points + np.array([right, down]))


def _circle(x: float, y: float, radius: float, random: np.random.Generator) -> Points:
    angles = np.linspace(0, random.uniform(1.9, 2.15) * np.pi, 14) + random.uniform(0, 2 * np.pi)
    radii = radius * (1 + random.normal(scale=0.04, size=14))
    return _curve(np.column_stack([x + radii * np.cos(angles), y + radii * np.sin(angles)]))


def _curve(points: Points) -> Points:
    """A smooth curve through ``points``: Catmull and Rom's (1974), ten steps from each to the
    next."""
    t = np.linspace(0, 1, 10, endpoint=False)[:, None, None]
    padded = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    a, b, c, d = (padded[i : len(padded) - 3 + i] for i in range(4))
    curve = b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * b - a - 3 * c + d))) / 2
    return np.concatenate([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


def _joined(text: str) -> NDArray[np.float64]:
    return np.array([[float(number) / 100 for number in word.split(",")] for word in text.split()])


KINDS: tuple[tuple[Callable[[np.random.Generator], Sketch], float], ...] = (
    (letter, 26),
    (greek, 32),
    (sign, 22),
    (printed_word, 5),
    (cursive_word, 7),
    (signature, 5),
    (scribble, 6),
    (zigzag, 3),
    (spiral, 2),
    (dashes, 4),
    (face, 2),
    (character, 7),
    (tangle, 3),
)
"""What is drawn, and how often beside the others."""

JOINED = tuple(
    _joined(text)
    for text in (
        "0,100 30,60 26,20 8,40 10,85 36,100 60,85",
        "0,100 24,20 28,96 44,96 58,20 62,98 84,86",
        "0,100 22,20 24,98 40,30 58,24 62,98 84,86",
        "0,100 18,20 20,98 34,26 46,30 48,98 64,26 78,30 82,98 100,86",
        "0,100 46,30 16,24 4,70 24,100 48,30 54,96 76,86",
        "0,100 34,-10 30,-80 14,-70 12,60 32,100 56,86",
        "0,100 30,-10 24,-80 10,-60 10,98 28,30 46,34 50,98 72,86",
        "0,100 26,-60 24,60 40,100 62,86",
        "0,100 26,20 36,34 54,26 48,98 72,86",
        "0,100 40,24 12,30 6,90 30,100 60,80",
        "0,100 26,20 26,180 8,170 30,110 56,86",
    )
)
"""Joined letters, height of a small one 1: e, u, n, m, a, l, h, t, r, c, j."""


LETTERS = forms(drawings("letters"))
"""Letters that do not look like digits."""

GREEK = forms(drawings("greek"))
"""Greek letters, some of which are near to digits: η to a 7, δ to an 8, α to a 2."""

SIGNS = forms(drawings("signs"))
"""Signs, figures and other scripts' letters."""
