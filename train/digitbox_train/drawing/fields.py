"""What is printed around a number: rules, boxes, combs, security patterns. Shares of the light that
they take away, 0 to 1, float32 ``[H, W]``."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing.papers import Field

KINDS = {"rules": 0.22, "box": 0.3, "comb": 0.16, "under": 0.14, "upright": 0.06, "grid": 0.06,
         "between": 0.06}  # fmt: skip
"""How often each is printed, where something is."""


@dataclass(frozen=True)
class Place:
    """Where a number is on a part of a page of ``shape`` (height, width): ``left``, ``top``,
    ``right`` and ``bottom``, and the ``centres`` of its digits across; in pixels."""

    shape: tuple[int, int]
    left: float
    top: float
    right: float
    bottom: float
    centres: tuple[float, ...]

    @property
    def high(self) -> float:
        return self.bottom - self.top


def printed(place: Place, random: np.random.Generator) -> Field:
    """One of KINDS around, under or through the number."""
    lines = _Lines(place, random)
    kind = str(random.choice(list(KINDS), p=list(KINDS.values())))
    {
        "rules": lines.rules,
        "box": lines.box,
        "comb": lines.comb,
        "under": lines.under,
        "upright": lines.upright,
        "grid": lines.grid,
        "between": lines.between,
    }[kind]()
    return lines.field


class _Lines:
    """Draws on ``field``."""

    def __init__(self, place: Place, random: np.random.Generator) -> None:
        self.field = np.zeros(place.shape, np.float32)
        self._place = place
        self._random = random
        self._pen = max(1, round(place.high * float(random.choice([0.02, 0.03, 0.05, 0.08, 0.1]))))
        self._aslant = float(random.normal(0, 0.012))

    def rules(self) -> None:
        """A ruled sheet."""
        height, width = self._place.shape
        spacing = self._place.high * self._random.uniform(0.4, 1.8)
        for y in np.arange(self._random.uniform(-spacing, 0), height + spacing, spacing):
            self._line((0, y), (width, y + self._aslant * width))

    def box(self) -> None:
        """Some or all sides of a box, which the digits may touch; at times it is a table's."""
        place, random = self._place, self._random
        height, width = place.shape
        room = place.high * np.array([random.uniform(-0.05, most) for most in (0.5, 0.5, 0.9, 0.5)])
        left, top = place.left - room[0], place.top - room[1]
        right, bottom = place.right + room[2], place.bottom + room[3]
        kept = random.random(4) < random.choice([1.0, 0.6])
        beyond = float(random.choice([0, 0, 3])) * place.high
        lean = self._aslant * height
        sides = (
            ((left, top - beyond), (left - lean, bottom + beyond)),
            ((left - beyond, top), (right + beyond, top + self._aslant * width)),
            ((right, top - beyond), (right - lean, bottom + beyond)),
            ((left - beyond, bottom), (right + beyond, bottom + self._aslant * width)),
        )
        for side, keep in zip(sides, kept, strict=True):
            if keep:
                self._line(*side)
        if not beyond and random.random() < 0.2:  # dark around it
            for part in (slice(0, max(0, int(left))), slice(max(0, int(right)), None)):
                if random.random() < 0.5:
                    self.field[:, part] = random.uniform(0.3, 1)

    def comb(self) -> None:
        """A cell for each digit, open at the top or closed."""
        place, random = self._place, self._random
        top = place.top - random.uniform(-0.05, 0.4) * place.high
        bottom = place.bottom + random.uniform(-0.05, 0.4) * place.high
        left, right = place.left - 0.12 * place.high, place.right + 0.15 * place.high
        if random.random() < 0.6:
            self._line((left if random.random() < 0.5 else 0, top), (right, top))
        else:
            top = bottom - random.uniform(0.2, 0.6) * (bottom - top)
        self._line((left, bottom), (right, bottom))
        for one, other in zip(place.centres[:-1], place.centres[1:], strict=True):
            x = (one + other) / 2 + random.normal(0, 0.04) * place.high
            self._line((x, top), (x, bottom))
        for x in (left, right):
            self._line((x, top), (x, bottom))

    def under(self) -> None:
        """A line to write on, or one drawn under the number; at times two."""
        place, random = self._place, self._random
        y = place.bottom + random.uniform(-0.14, 0.3) * place.high
        left, right = 0.0, float(place.shape[1])
        if random.random() < 0.5:
            left = place.left - random.uniform(-0.3, 0.4) * place.high
            right = place.right + random.uniform(-0.3, 0.4) * place.high
        self._line((left, y), (right, y + random.normal(0, 0.05) * place.high))
        if random.random() < 0.15:
            y += random.uniform(0.08, 0.2) * place.high
            self._line((left, y), (right, y))

    def between(self) -> None:
        """Between two rules."""
        place, random = self._place, self._random
        width = place.shape[1]
        for y in (
            place.top - random.uniform(-0.08, 0.3) * place.high,
            place.bottom + random.uniform(-0.08, 0.3) * place.high,
        ):
            self._line((0, y), (width, y + self._aslant * width))

    def upright(self) -> None:
        """A margin's line or two."""
        place, random = self._place, self._random
        height = place.shape[0]
        for _ in range(int(random.integers(1, 3))):
            away = random.uniform(0.08, 1) * place.high
            x = place.left - away if random.random() < 0.5 else place.right + away
            self._line((x, 0), (x + random.normal(0, 0.05) * height, height))

    def piece(self) -> None:
        place, random = self._place, self._random
        height, width = place.shape
        x = random.uniform(0.1, 0.9) * width
        over, under = random.uniform(0.15, 2, 2) * place.high
        top, bottom = place.top - over, place.bottom + under
        if random.random() < 0.5:  # a corner
            y = place.bottom + random.uniform(-0.2, 0.1) * place.high
            top, bottom = (top, y) if random.random() < 0.7 else (y - place.high, bottom)
            end = 0 if random.random() < 0.5 else width
            self._line((x, y), (end, y + self._aslant * (end - x)))
        lean = float(self._random.normal(0, 0.03)) * height
        self._line((x, top), (x + lean, bottom))

    def grid(self) -> None:
        """Squared paper."""
        height, width = self._place.shape
        spacing = self._place.high * self._random.uniform(0.25, 0.8)
        self._pen = 1
        for y in np.arange(self._random.uniform(0, spacing), height, spacing):
            self._line((0, y), (width, y + self._aslant * width))
        for x in np.arange(self._random.uniform(0, spacing), width, spacing):
            self._line((x, 0), (x - self._aslant * height, height))

    def _line(self, start: Sequence[float], end: Sequence[float]) -> None:
        first, last = ((int(x * 16), int(y * 16)) for x, y in (start, end))
        cv2.line(self.field, first, last, 1.0, self._pen, cv2.LINE_AA, 4)


def fragment(place: Place, random: np.random.Generator) -> Field:
    """A piece of a box or of a rule where a number might be, which is no 1: it is longer than the
    digits are high, or turns a corner."""
    lines = _Lines(place, random)
    for _ in range(1 + int(random.random() < 0.25)):
        lines.piece()
    return lines.field


def pattern(shape: tuple[int, int], high: float, random: np.random.Generator) -> Field:
    """What is printed on cheques against forgery: waves side by side, two families of them across
    each other, or grain. ``high`` is the digits' height."""
    height, width = shape
    kind = int(random.integers(5))
    if kind == 4:
        return _grain(shape, random)
    field = np.zeros(shape, np.float32)
    across = np.arange(0, width + 8, 4, dtype=np.float32)
    for _ in range(1 + (kind >= 2) + int(random.random() < 0.3)):
        spacing = random.uniform(0.1, 0.4) * high
        wave, length = random.uniform(0.02, 0.5) * high, random.uniform(0.8, 6) * high
        ripple, ripples = random.uniform(0, 0.15) * high, random.uniform(0.3, 1.2) * high
        phase, step = random.uniform(0, 2 * np.pi), random.normal(0, 0.25)
        slope = random.normal(0, 0.25 if kind else 0.05)
        count = int((height + 2 * wave + abs(slope) * width) / spacing) + 4
        for number in range(count):
            y = number * spacing - wave - max(0.0, slope * width) + slope * across
            y += wave * np.sin(2 * np.pi * across / length + phase + number * step)
            y += ripple * np.sin(2 * np.pi * across / ripples + number)
            points = np.rint(np.stack([across, y], axis=1) * 16).astype(np.int32)
            cv2.polylines(field, [points], False, 1.0, 1, cv2.LINE_AA, 4)
    return field


def _grain(shape: tuple[int, int], random: np.random.Generator) -> Field:
    height, width = shape
    cells = (
        max(2, height // int(random.integers(1, 4))),
        max(2, width // int(random.integers(1, 4))),
    )
    coarse: NDArray[np.float32] = random.normal(0, 1, cells).astype(np.float32)
    soft = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(0.5 * soft + 0.3, 0, 1), np.float32)
