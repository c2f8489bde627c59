"""A page → the ink in a square part of it, and in all of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.finder import Finder, InkMap
from digitbox.recognition.plain import shape_ink
from digitbox.recognition.view import VIEW_SIDE, Gray, Window, on_page, view, whole

FINE = 1.0
"""Where a view shows more pixels of the page than this in one, the finder's ``fine_edge`` holds in
the place of its ``edge`` (see :class:`digitbox.recognition.card.InkThresholds`)."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A pass of the finder over a crop of the page: the window, the view of it (uint8 ``[VIEW_SIDE,
    VIEW_SIDE]``), and the ink in that, none beyond the page's edges. A piece of ink goes on down to
    the likelihood ``edge``."""

    window: Window
    view: Gray
    ink: InkMap
    edge: float
    seed: float

    @classmethod
    def at(cls, page: Gray, window: Window, finder: Finder) -> "Crop":
        return cls.of(page, window, view(page, window), finder)

    @classmethod
    def of(cls, page: Gray, window: Window, shown: Gray, finder: Finder) -> "Crop":
        ink, part = np.zeros((VIEW_SIDE, VIEW_SIDE), np.float32), on_page(page.shape, window)
        ink[part] = finder.ink(shown)[part]
        limits = finder.thresholds
        # Of thin strokes that the view shows reduced, no pixel is covered whole. Where it enlarges
        # the page, what is as faint is smear.
        edge = limits.fine_edge if window.side > FINE * VIEW_SIDE else limits.edge
        return cls(window, shown, ink, edge, limits.seed)


class Overview:
    """All of a page at once, looked at when it is asked for, and once only: several steps begin
    with it."""

    def __init__(self, page: Gray, finder: Finder) -> None:
        """``page`` is uint8 ``[H, W]``."""
        self.page = page
        self.window = whole(page)
        self._finder = finder

    @cached_property
    def shown(self) -> Gray:
        """The page, or the view of it: what is small is taken as it is, since nothing would come to
        light by enlarging it."""
        small = self.window.side <= VIEW_SIDE
        return self.page if small else view(self.page, self.window)

    @cached_property
    def shape(self) -> tuple[NDArray[np.float32], Box] | None:
        """The only shape on an even page, as it is ``shown``; see :func:`shape_ink`."""
        return shape_ink(self.shown)

    @cached_property
    def crop(self) -> Crop:
        """What the finder sees of the page."""
        shown = self.shown
        if shown is self.page:
            shown = view(self.page, self.window)
        return Crop.of(self.page, self.window, shown, self._finder)
