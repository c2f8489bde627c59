"""What is written by hand and is no digit: letters, signs, figures, words, scribbles → strokes.

What nobody can tell from a digit is not among it: no O, I, l, Z, S, b, q, g, B, i, j. What comes
near to one is: by a θ, a δ, an A or an & a reader learns where digits end, and to be unsure there.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from train.drawing.templates import Points, forms, pick

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


LETTERS = forms("""
A 1
  0,100 36,0! 70,100; 16,64 58,62
  0,100 30,0! 60,100; 8,70 54,66
A 1
  0,100 24,24 40,2 52,24 64,100; 8,60 62,58
C 1
  62,14 40,0 8,24 4,66 28,98 64,86
  66,26 36,2 10,30 8,72 36,98 66,80
E 1
  56,2 8,4! 6,98! 60,96; 8,50 48,48
  62,0 6,2! 4,100! 58,98; 4,44 40,46
E 1
  58,12 34,0 10,16 30,46 8,62 8,90 34,100 60,86
F 1
  8,0 8,50 8,100; 6,2 62,0; 8,46 48,45
  12,2 10,50 6,100; 0,4 58,2; 8,52 40,50
H 1
  4,0 4,50 4,100; 58,0 58,50 58,100; 4,50 58,48
  8,2 6,50 2,100; 56,0 56,50 52,100; 0,56 64,50
K 1
  6,0 6,50 6,100; 56,2 8,54! 60,98
  4,0 4,50 4,100; 60,0 6,44! 56,100
M 1
  0,100 8,0! 36,60! 64,0! 72,100
  4,100 4,0! 40,80! 76,0! 76,100
N 1
  4,100 4,0! 56,100! 56,0
  0,100 8,2! 52,98! 62,2
P 1
  8,0 8,50 8,100; 8,2 44,2 56,26 40,50 8,52
  10,0 8,50 4,100; 0,6 50,0 58,22 40,44 8,48
R 1
  8,0 8,50 8,100; 8,2 44,2 54,24 36,48 8,50! 60,100
  4,0 4,50 4,100; 4,6 48,0 56,20 30,46 10,48! 64,98
Z-barred 1
  4,4 62,2! 4,97! 68,95; 10,50 56,46
  0,8 56,0! -2,100! 62,100; 4,54 60,50
U 1
  4,0 4,60 26,98 52,80 56,0
  2,4 6,76 34,100 58,66 60,2
V 1
  0,0 32,100! 64,0
  0,4 26,100! 62,-4
W 1
  0,0 18,100! 38,30! 58,100! 80,0
  0,2 16,98! 40,0! 64,98! 82,4
W 1
  0,4 8,90 34,90 40,20 46,90 70,90 78,0
X 1
  0,0 62,100; 60,0 2,100
  4,0 58,98; 66,2 -4,100
Y 1
  0,0 30,46; 64,0 30,46! 28,100
  4,4 30,54; 58,0 32,50! 32,100
T 1
  0,2 70,0; 36,0 36,50 36,100
  -4,4 60,2; 28,2 30,50 28,100
T 1
  -10,8 30,0 76,6; 34,4 36,50 32,100
L 1
  6,0 6,50 6,100! 60,98! 62,78
  10,0 8,50 4,98! 56,100! 58,70
a 1
  50,20 20,12 4,50 20,92 52,56 54,10! 54,80 72,98
  48,24 22,10 6,46 18,90 46,70 54,14! 56,84 76,92
e 1
  8,56 56,48 48,12 16,8 2,56 26,98 60,82
  10,60 54,44 40,8 12,20 6,70 32,98 62,78
h 1
  6,0 6,50 6,100! 14,56 40,50 48,66 50,100
  10,0 8,50 4,100! 16,60 44,48 52,70 56,100
k 1
  6,0 6,50 6,100; 46,40 8,70! 50,100
  8,0 6,50 4,100; 50,44 6,74! 56,98
m 1
  4,20 4,98! 16,34 34,26 38,98! 50,32 68,26 74,98
  0,14 2,98! 14,40 32,30 34,98! 48,40 66,30 70,98
n 1
  4,16 6,98! 18,34 44,20 52,40 54,98
  0,10 2,98! 16,40 42,24 52,50 58,96
r 1
  4,16 6,100! 16,40 34,16 54,24
  0,10 4,98! 12,40 34,14 56,20
t 1
  28,0 26,76 42,98 60,86; 2,32 58,30
  24,0 24,80 38,100 56,88; 0,40 62,34
u 1
  4,8 6,76 28,96 50,70 54,6! 54,98
  0,4 4,80 26,98 50,74 56,2! 60,94
w 1
  0,10 10,90! 36,20! 52,94! 74,4
  0,4 14,96! 36,30! 58,96! 74,0
f 1
  58,8 40,-2 26,20 26,100; 4,44 54,42
  56,14 42,0 30,24 24,100; 2,50 60,46
d 1
  44,50 18,46 4,74 22,100 46,78; 50,0 50,50 52,100
  46,52 20,44 2,70 16,98 46,80; 52,0 50,50 48,98
p 1
  6,10 6,60 4,120; 6,24 36,6 56,34 38,66 8,60
  8,6 6,60 0,124; 8,30 40,10 54,40 34,68 6,58
c 1
  54,22 24,6 4,50 22,94 58,82
  58,30 30,8 8,44 20,90 56,86
x 1
  0,10 24,50 28,60 52,98; 50,8 2,98
  4,16 24,40 30,70 56,94; 52,12 0,98
v 1
  0,10 26,98! 52,6
  0,16 30,94! 56,4
ae 1
  0,20 36,10 44,50 40,90 6,96 6,60 50,50 82,40 70,10 46,30 46,80 70,98 90,84
omega 1
  0,98 26,98! 8,60 20,10 60,8 76,56 54,98! 84,98
  0,100 22,96! 4,50 24,4 64,12 72,60 58,98! 80,96
i-kratkoye 1
  4,0 4,100! 60,0! 60,100
  0,4 2,98! 56,6! 58,98
ya 1
  56,0 56,100; 56,2 16,6 6,28 24,48 56,50! 4,100
  60,0 56,98; 58,4 20,4 8,24 20,44 56,48! 10,98
AE 1
  0,100 50,0! 96,0; 50,0 52,98! 98,96; 18,60 52,58; 52,48 84,48
""")
"""Letters that do not look like digits."""

GREEK = forms("""
eta 3
  0,16 10,2 16,14 14,66! 20,24 40,4 54,18 52,60 54,100
  -4,24 6,4 16,18 16,70! 24,22 44,8 58,26 58,64 50,110
  2,4 8,2 12,20 12,60! 20,26 36,12 46,24 46,60 44,100
  -6,20 8,0 14,12 12,40! 18,20 34,2 44,14 46,66 48,120
eta-upright 2
  6,0 8,30 8,70! 12,30 30,6 44,16 46,60 46,120
  0,4 4,30 6,60! 14,20 34,0 46,14 44,66 40,110
  4,10 6,40 8,76! 14,44 34,24 48,34 50,80 50,130
gamma 2.5
  0,0 26,36 40,76 30,100 18,80 30,44 60,0
  -4,14 14,4 36,60 34,98 22,100 22,70 62,-4
alpha 4
  76,4 50,54 20,80 0,52 16,20 38,34 58,72 84,88
  84,16 54,62 18,78 2,46 22,18 44,40 58,78 80,70
  70,0 52,50 28,76 4,62 8,28 32,16 54,60 76,84
alpha-bowl 2
  64,4 54,50 40,84 20,98 2,74 2,34 18,8 38,20 54,56 66,98
  72,0 58,46 44,80 22,96 0,70 6,30 26,10 44,28 58,64 80,92
  58,8 52,50 36,88 14,92 0,60 8,22 30,4 46,30 54,66 60,100
alpha-flat 1
  100,0 60,36 24,54 0,34 16,8 50,20 80,46 112,56
  108,4 64,44 20,52 2,28 26,6 56,26 84,50 104,40
delta 2
  60,14 40,0 22,12 34,36 54,60 50,92 24,100 4,78 18,54 38,46
  66,10 36,0 16,18 36,40 56,66 44,96 16,98 2,74 20,48 48,46
delta-hooked 1
  80,-6 56,8 30,26 14,44 34,44 52,56 48,88 26,100 8,84 18,62 44,50
  72,0 48,10 24,24 8,40 30,42 54,60 46,94 20,98 6,80 22,58 50,46
theta 2
  30,0 6,30 4,70 28,100 54,70 54,28 28,-2; 4,50 56,48
  36,0 8,26 2,72 24,100 52,74 58,30 34,-2; 6,56 54,44
  40,0 12,20 0,66 16,100 46,78 60,24 36,-4; 4,40 84,32
theta-one-stroke 1
  4,60 26,54 50,40 52,14 34,0 12,26 4,66 16,100 38,92 52,62 50,40 72,34
  0,52 24,50 48,42 50,16 36,2 14,22 6,60 18,98 40,90 50,66 48,44 80,44
lambda 2.5
  0,4 18,6 60,100; 36,42 0,100
  4,-4 20,14 70,96; 34,48 -4,98
lambda-hooked 2
  4,10 16,0 30,20 46,70 60,96 76,86; 34,36 4,100
  0,4 18,2 32,30 44,76 56,98 70,90; 32,40 -4,96
lambda-curled 2
  2,22 8,4 26,2 38,22 44,60 56,94 74,90; 40,40 24,66 4,100
  0,14 14,0 32,8 40,36 46,72 60,100 80,88; 42,50 22,74 -4,98
epsilon 2.5
  58,10 36,0 12,10 18,34 40,44! 12,50 2,76 24,100 60,88
  54,14 34,2 14,12 20,36 44,42! 16,48 4,72 20,98 64,92
  60,20 40,6 18,16 20,38 46,48! 14,52 6,80 30,100 56,80
epsilon-looped 1
  56,14 34,0 12,12 20,40 42,40 36,48 8,56 0,82 26,100 58,86
  60,20 38,2 16,16 24,42 44,46 34,52 10,60 4,84 30,98 62,80
chi 2
  0,10 14,2 28,34 40,70 52,98 68,90; 62,0 30,50 0,100
  4,4 20,8 30,36 38,66 46,96 64,96; 56,4 34,44 6,98
beta 1.5
  0,140 8,80 10,30 30,0 52,12 44,38 20,46! 50,52 56,78 34,98 10,86
  -8,130 8,60 18,16 40,0 58,18 44,42 24,46! 54,58 52,88 30,100 6,80
sigma 0.5
  84,6 40,4 10,24 4,66 28,98 54,76 50,34 30,6
  90,10 44,0 12,26 0,70 26,100 52,78 54,40 36,8
pi 1
  0,12 20,4 50,10 80,2; 26,8 24,50 10,100; 58,8 56,60 66,98
  4,16 24,6 54,8 84,0; 28,8 22,56 16,98; 60,6 62,70 76,94
mu 1
  6,10 4,70 2,124; 6,62 26,80 48,60 50,10! 48,66 66,78
  10,8 6,70 -4,120; 8,58 24,78 46,66 50,14! 52,70 64,70
phi 0.7
  30,20 4,34 6,74 30,84 56,70 56,34 28,18; 30,-20 30,124
  34,14 6,30 4,70 26,86 54,74 58,30 32,14; 36,-14 22,120
psi 1
  4,10 8,50 30,64 54,50 60,10; 32,-6 30,110
  -2,14 14,52 34,60 54,44 58,4; 36,-10 26,106
""")
"""Greek letters, some of which are near to digits: η to a 7, δ to an 8, α to a 2."""

SIGNS = forms("""
tick 1
  0,60 26,100! 90,0
  0,50 20,90! 66,10
  0,70 14,98! 110,20
cross 1
  0,0 100,100; 100,0 0,100
  0,10 80,94; 86,0 6,100
right 1
  0,50 120,50; 90,20 120,50! 90,80
  0,46 100,52; 60,10 102,52! 64,96
left 1
  120,50 0,50; 30,20 0,50! 30,80
  120,46 10,52; 50,10 8,52! 50,90
down 1
  50,0 50,120; 15,85 50,120! 85,85
  46,0 52,110; 10,70 52,110! 90,66
up 1
  50,120 50,0; 10,38 50,0! 90,38
  46,110 52,0; 20,40 52,0! 90,36
bent 1
  0,90 20,30 60,10 110,30; 80,0 110,30! 76,56
  0,80 40,20 80,30 120,70; 120,36 120,70! 84,72
star 1
  20,100 50,0! 80,100! 4,36! 96,36! 20,100
  16,96 52,2! 84,98! 0,40! 100,34! 14,98
asterisk 1
  50,0 50,100; 8,24 92,76; 92,24 8,76
  46,4 54,98; 0,30 94,70; 88,18 14,84
triangle 1
  50,0 100,90! 0,90! 52,2
  44,0 90,84! -4,96! 46,-4
wedge 1
  0,0 100,4! 50,90! 0,0
  4,4 96,-4! 46,84! 0,0
square 0.6
  0,0 100,0! 100,100! 0,100! 0,0
  4,2 94,-2! 102,96! -4,102! 0,-4
box 0.6
  0,0 120,0! 120,70! 0,70! 0,0
  0,4 150,0! 146,60! 0,66! -2,0
ticked 1
  0,10 80,10! 80,90! 0,90! 0,8; 16,44 40,76! 110,-10
  0,20 80,16! 80,100! 0,100! 0,18; 20,50 36,80! 90,0
crossed 1
  0,0 90,0! 90,90! 0,90! 0,0; 14,14 76,76; 76,14 14,76
  0,4 90,0! 92,90! 4,92! 0,0; -10,-6 100,96; 96,-10 -6,100
question 1
  2,22 20,0 52,6 54,32 30,48 30,74; 30,98 31,100
  0,18 16,-2 50,2 58,24 36,44 28,72; 26,96 29,101
exclaim 1
  30,0 30,35 28,72; 28,96 29,101
  34,0 30,40 28,70; 26,98 28,99
plus 1
  50,0 50,100; 0,50 100,50
  46,4 50,94; 4,54 90,46
equals 1
  0,20 100,18; 0,60 100,58
  4,30 90,26; 0,58 94,60
unequal 1
  0,26 100,24; 0,64 100,62; 76,-10 24,100
  0,30 90,30; 0,60 94,64; 60,-4 30,96
percent 1
  84,0 10,100; 16,4 2,20 18,36 32,20 18,4; 74,64 60,80 76,98 92,80 76,64
  76,0 20,100; 10,8 0,26 18,40 30,22 10,8; 78,58 64,76 80,94 96,76 80,58
and 1
  80,98 40,54 20,22 40,0 58,20 30,48 4,74 24,98 56,86 78,54
  86,94 30,40 26,10 46,0 54,24 16,54 8,86 40,100 70,76 84,50
at 1
  66,36 44,30 32,54 46,70 64,56 66,36! 70,68 90,66 100,36 70,2 26,8 0,50 22,92 70,98
  62,40 40,36 30,54 40,70 58,60 62,40! 66,70 86,68 96,40 66,2 18,12 2,54 26,92 76,96
hash 1
  30,0 22,100; 68,0 60,100; 0,34 96,32; 0,68 92,66
  36,4 30,98; 74,0 64,94; 4,40 90,30; 0,74 96,62
pi 1
  0,10 90,6; 26,8 20,98; 64,8 62,80 80,98
  0,16 96,8; 30,10 16,96; 62,8 66,86 84,94
root 1
  0,60 14,52! 34,100! 60,0! 140,0
  0,70 10,60! 30,98! 44,4! 130,8
sigma 0.5
  66,8 64,0! 4,0! 40,48! 2,98! 70,98! 72,86
  70,14 66,2! 0,0! 36,50! 0,100! 66,100! 70,80
wave 1
  0,30 24,4 50,30 76,56 100,30
  0,40 30,10 60,40 90,50 120,16
heart 1
  50,26 30,-4 0,20 16,60 50,98! 86,58 98,18 70,-4 50,26
  50,30 26,0 4,30 24,70 48,100! 80,60 92,20 70,2 52,26
house 1
  0,40 50,0! 100,40! 100,100! 0,100! 0,40! 100,40; 40,100 40,66! 60,66! 60,100
  4,44 46,0! 96,36! 94,98! 4,100! 4,44! 98,38; 20,98 20,60! 46,58! 46,100
bolt 1
  60,0 10,56! 52,52! 4,110! 90,38! 44,42! 60,0
  50,0 8,50! 44,54! 16,110! 84,40! 46,38! 50,0
person 1
  50,0 36,12 50,26 64,12 50,0; 50,26 50,64; 20,40 80,40; 50,64 26,100; 50,64 76,100
  48,0 34,14 50,28 62,14 48,0; 50,28 48,66; 16,50 84,34; 48,66 30,100; 48,66 70,98
target 1
  50,0 0,50 50,100 100,50 50,0; 50,30 28,50 50,70 72,50 50,30
  46,4 4,54 50,98 96,46 46,4; 50,24 22,50 50,76 74,50 50,24
dollar 1
  66,16 30,10 12,30 40,50 66,70 44,90 4,84; 40,-6 38,106
  70,20 36,8 10,26 38,50 64,66 48,92 8,88; 36,-10 44,110
euro 1
  70,14 40,0 14,30 12,70 40,98 74,86; 0,40 56,38; 0,60 54,58
  76,20 46,2 18,28 14,66 40,98 70,92; -4,44 60,40; -4,64 52,60
psi 1
  0,10 6,50 40,64 72,50 80,8; 40,0 40,100
  4,6 0,44 36,60 76,46 76,6; 38,-4 40,104
zhe 1
  0,4 40,50! 0,98; 84,4 44,50! 88,98; 42,0 42,100
  4,0 38,48! -4,96; 90,0 44,48! 84,100; 40,4 44,98
sha 1
  0,0 0,98! 84,98! 84,0; 42,2 42,98
  2,2 4,96! 90,96! 88,2; 46,0 46,96
tree 1
  0,26 100,24; 50,0 50,100; 48,26 4,84; 52,26 98,82
  4,30 96,26; 48,0 50,104; 46,28 0,76; 52,28 100,76
field 1
  0,0 0,96! 96,96; 0,0 96,0! 96,96; 48,0 48,96; 0,48 96,48
  2,4 0,96! 94,98; 0,2 90,0! 94,96; 46,2 46,98; 4,46 92,50
brackets 1
  20,0 0,0! 0,100! 20,100; 70,0 90,0! 90,100! 70,100
  24,4 4,2! 0,98! 22,100; 60,0 80,0! 80,98! 60,100
""")
"""Signs, figures and other scripts' letters."""
