"""Makes the fixtures beside it: ``python -m tests.data.make MNIST_FOLDER``.

``mnist.npz`` holds 300 of MNIST's test digits, 30 of each. ``frames.npz`` holds the pairs of frames
that the current preprocessing makes of the golden pages (tests/pages.py); make them anew only when
PREPROCESSING changes, and say in the commit why they did. ``regressions/`` holds images that were
once misread and no longer are, their value first in their name: a line in :data:`REGRESSIONS` each.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox.config import FINDER
from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import locate
from digitbox.recognition.normalize import normalize
from digitbox_train import data
from digitbox_train.data import Mnist
from digitbox_train.drawing import papers
from digitbox_train.drawing.strokes import render, variant
from digitbox_train.drawing.templates import DIGIT_TEMPLATES
from tests.pages import golden_pages

HERE = Path(__file__).parent

Gray: TypeAlias = NDArray[np.floating]
Damage: TypeAlias = Callable[[Gray, np.random.Generator], Gray]


def in_64_pixels(page: Gray, _: np.random.Generator) -> Gray:
    return np.asarray(cv2.resize(page[4:24, 4:24], (8, 8), interpolation=cv2.INTER_AREA))


def under_a_zigzag(page: Gray, random: np.random.Generator) -> Gray:
    x, y = np.linspace(-2, 30, 9), 14 + random.uniform(-8, 8) + np.where(np.arange(9) % 2, 2, -2)
    line = np.zeros((28, 28), np.uint8)
    points = np.rint(8 * np.column_stack([x, y])).astype(np.int32)
    cv2.polylines(line, [points], False, 255, 1, cv2.LINE_AA, shift=3)
    return np.maximum(page, line)


def with_sides_inverted(page: Gray, _: np.random.Generator) -> Gray:
    inverted = 255 - page
    inverted[:, 7:21] = page[:, 7:21]
    return inverted


def in_outlines(page: Gray, _: np.random.Generator) -> Gray:
    return np.asarray(cv2.Canny(page.astype(np.uint8), 60, 160), np.float32)


def damaged(mnist: Mnist, damage: Damage, seed: int) -> tuple[int, Gray]:
    """One of MNIST's test digits, damaged, and its value."""
    random = np.random.default_rng(seed)
    index = int(random.integers(300, 10_000))
    return int(mnist.y_test[index]), damage(mnist.x_test[index].astype(np.float32), random)


def written(value: int, form: str, seed: int) -> Gray:
    """``value`` in one of its forms (:data:`digitbox_train.drawing.templates.DIGIT_TEMPLATES`), on
    a plain sheet."""
    random = np.random.default_rng(seed)
    template = next(one for one in DIGIT_TEMPLATES[value] if one.name == form)
    page = np.full((180, 180), 235, np.float32)
    page[30:150, 30:150] *= 1 - 0.6 * render(variant(template, random), 120, 0.06, random) / 255
    return page


def pencilled(value: int, seed: int) -> Gray:
    """``value`` in a thin, faint line that fills a photo, in bad light."""
    random = np.random.default_rng(1000 + seed)
    ink = render(variant(DIGIT_TEMPLATES[value][0], random), 700, 0.012, random)
    page = np.full((900, 675), 200, np.float32)
    page[100:800] *= 1 - 0.25 * ink[:, 12:687] / 255
    return page * papers.light((900, 675), random) + random.normal(0, 2, page.shape)


def cut_to_a_strip(value: int, form: str, seed: int) -> Gray:
    """``value`` in one of its forms, cut out of a sheet so tightly that strokes lie along its
    edges."""
    random = np.random.default_rng(seed)
    template = next(one for one in DIGIT_TEMPLATES[value] if one.name == form)
    ink = render(variant(template, random), 90, random.uniform(0.08, 0.16), random) / 255
    rows, columns = np.nonzero(ink > 0.3)
    top, left, bottom, right = rows.min(), columns.min(), rows.max() + 1, columns.max() + 1
    room = random.integers(0, 5, 4)
    part = ink[max(0, top - room[0]) : bottom + room[1], max(0, left - room[2]) : right + room[3]]
    return 225 * (1 - 0.7 * part) + random.normal(0, 2, part.shape)


def on_tilted_rules(value: int, form: str, seed: int) -> Gray:
    """``value`` in one of its forms on squared paper that lies aslant."""
    random = np.random.default_rng(seed)
    template = next(one for one in DIGIT_TEMPLATES[value] if one.name == form)
    page, side = np.full((220, 220), 215, np.float32), 220
    slant, spacing = np.deg2rad(random.uniform(8, 35)), random.uniform(22, 44)
    lines = np.zeros((side, side), np.uint8)
    for along in (slant, slant + np.pi / 2):
        step = np.array([np.cos(along), np.sin(along)])
        for number in range(-12, 13):
            middle = np.array([side / 2, side / 2]) + number * spacing * step[::-1] * [-1, 1]
            ends = np.rint(8 * np.stack([middle - 400 * step, middle + 400 * step])).astype(int)
            cv2.line(lines, ends[0].tolist(), ends[1].tolist(), 255, 2, cv2.LINE_AA, shift=3)
    page *= 1 - random.uniform(0.15, 0.35) * lines / 255
    page[40:180, 40:180] *= 1 - 0.65 * render(variant(template, random), 140, 0.07, random) / 255
    return page * papers.light((side, side), random) + random.normal(0, 2, page.shape)


REGRESSIONS: dict[str, Callable[[Mnist], tuple[int, Gray]]] = {
    "in 64 pixels": lambda mnist: damaged(mnist, in_64_pixels, 0),
    "in 64 pixels, broad": lambda mnist: damaged(mnist, in_64_pixels, 19),
    "in 64 pixels, narrow": lambda mnist: damaged(mnist, in_64_pixels, 30),
    "under a zigzag": lambda mnist: damaged(mnist, under_a_zigzag, 15),
    "through a zigzag": lambda mnist: damaged(mnist, under_a_zigzag, 42),
    "with its sides inverted": lambda mnist: damaged(mnist, with_sides_inverted, 7),
    "thin, with its sides inverted": lambda mnist: damaged(mnist, with_sides_inverted, 16),
    "looped and barred": lambda _: (7, written(7, "looped-and-barred", 0)),
    "looped and barred, taken for a letter": lambda _: (7, written(7, "looped-and-barred", 4)),
    "looped": lambda _: (7, written(7, "looped", 4)),
    "with a small head": lambda _: (9, written(9, "small-head", 10)),
    "with a small head, narrow": lambda _: (9, written(9, "small-head", 13)),
    "in thin pencil": lambda _: (0, pencilled(0, 4)),
    "in thin pencil, across the page": lambda _: (2, pencilled(2, 3)),
    "on tilted squares": lambda _: (1, on_tilted_rules(1, "stem", 5)),
    "on tilted squares, flagged": lambda _: (1, on_tilted_rules(1, "flag-apart", 5)),
    "on tilted squares, with a foot": lambda _: (1, on_tilted_rules(1, "foot", 5)),
    "on tilted squares, in a shadow": lambda _: (4, on_tilted_rules(4, "chair", 5)),
    "lying on tilted squares": lambda _: (8, on_tilted_rules(8, "lying", 1)),
    "lying, cut to a strip": lambda _: (8, cut_to_a_strip(8, "lying", 3)),
}
"""What is the matter with it → its value and the image."""


def main(folder: Path) -> None:
    mnist = data.load(folder)
    chosen = np.concatenate([np.flatnonzero(mnist.y_test == value)[:30] for value in range(10)])
    np.savez_compressed(HERE / "mnist.npz", x=mnist.x_test[chosen], y=mnist.y_test[chosen])
    (HERE / "regressions").mkdir(exist_ok=True)
    finder = Finder(FINDER)
    frames: Any = {
        name: normalize(candidate.ink, candidate.contrast)
        for name, page in golden_pages().items()
        for candidate in locate(page, finder)[:1]
    }
    np.savez_compressed(HERE / "frames.npz", **frames)
    for name, make in REGRESSIONS.items():
        value, page = make(mnist)
        levels = np.clip(page, 0, 255).astype(np.uint8)
        Image.fromarray(levels).save(HERE / "regressions" / f"{value} {name}.png", optimize=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
