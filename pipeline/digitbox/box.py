"""A rectangle on a page."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the upright page, in pixels of the original size; ``x``, ``y`` is its
    top left corner."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def around(cls, boxes: Iterable["Box"]) -> "Box":
        """The smallest one that holds all ``boxes``, at least one of them."""
        corners = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in boxes]
        lefts, tops, rights, bottoms = zip(*corners, strict=True)
        left, top = min(lefts), min(tops)
        return cls(left, top, max(rights) - left, max(bottoms) - top)

    def scaled(self, across: float, down: float) -> "Box":
        """The same rectangle on a page of so many times the width and height: every pixel that it
        touches there."""
        left, top = math.floor(self.x * across), math.floor(self.y * down)
        # Rounded first: 2.9999999 and 3.0000001 are 3.
        right = math.ceil(round((self.x + self.width) * across, 6))
        bottom = math.ceil(round((self.y + self.height) * down, 6))
        return Box(left, top, right - left, bottom - top)

    def clamped(self, shape: tuple[int, int]) -> "Box":
        """What of it lies on a page of ``shape`` (height, width), at least a pixel."""
        left, top = min(max(0, self.x), shape[1] - 1), min(max(0, self.y), shape[0] - 1)
        right, bottom = min(shape[1], self.x + self.width), min(shape[0], self.y + self.height)
        return Box(left, top, max(1, right - left), max(1, bottom - top))

    @property
    def slices(self) -> tuple[slice, slice]:
        """Its rows and columns, as arrays take them; it has to begin on the page."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height
