"""The ink of a page → the page: a photo, a crop of one, a scan, a drawing, or a small image.

Each function takes what is written and gives the page, float32 ``[H, W]``, 0 black to 255 white and
a little beyond, and the contrast of its ink: how much of the light it takes away, in shares of the
paper's.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from digitbox_train.drawing import cameras, papers
from digitbox_train.drawing.cameras import Gray
from digitbox_train.drawing.papers import Region
from digitbox_train.drawing.pens import Ink, Style, fitted, rewritten, stamp
from digitbox_train.drawing.writers import Writers

CONTRAST_MEDIAN, CONTRAST_SPREAD, CONTRAST_RANGE = 0.42, 0.55, (0.12, 0.95)
"""Contrast of ink on paper: log-normal, within a range; on real photos it is 24, 73 and 168 of 255
levels at the 5th, 50th and 95th percentile."""

BRIGHTNESS, WHITE = (95, 250), (225, 256)
"""Paper's levels on photos and on scans."""

PHOTO_CROWD, CROP_CROWD, SCAN_CROWD = 0.06, 0.55, 0.08
"""How likely other writing comes in from the left or from the right."""

ALIKE, BESIDE, GAP = 0.6, 0.5, (-0.1, 0.35)
"""This share of other writing is by the same hand; on crops, which are cut out of a row of digits,
this share stands beside the shape on one line, at such a distance, in shares of the shape's
size."""

TOUCHING = 0.4
"""On this share of the pages other writing may touch the shape."""


@dataclass(frozen=True)
class Written:
    """``ink`` is all that the page is about, of the page's size; ``size`` is the longer side of a
    shape in it, in pixels, and ``place`` where it is, the whole page where that is not one place.
    ``style`` is that of who wrote it; ``writers`` write what stands beside it."""

    ink: Ink
    size: float
    place: Region
    style: Style
    writers: Writers

    @property
    def shape(self) -> tuple[int, int]:
        """The page's height and width, in pixels."""
        return self.ink.shape[0], self.ink.shape[1]


Page = Callable[[Written, np.random.Generator], tuple[Gray, float]]


def photo(written: Written, random: np.random.Generator) -> tuple[Gray, float]:
    """Paper under some light, and at times the table that it lies on."""
    return _on_paper(written, random, PHOTO_CROWD, table=0.12)


def crop(written: Written, random: np.random.Generator) -> tuple[Gray, float]:
    """A part of a photo, into which other writing reaches."""
    return _on_paper(written, random, CROP_CROWD, table=0)


def _on_paper(
    written: Written, random: np.random.Generator, crowd: float, table: float
) -> tuple[Gray, float]:
    shape, size = written.shape, written.size
    paper = papers.texture(shape, random)
    if random.random() < 0.42:
        strength = random.uniform(0.04, 0.55)
        paper *= 1 - strength * papers.rules(shape, size, random)
    if random.random() < 0.1:
        paper *= 1 - random.uniform(0.1, 0.8) * papers.box(shape, written.place, random)
    if random.random() < 0.12:
        print_ = papers.printing(shape, size, random)
        faint = random.random() < 0.6
        if faint:  # from the page's back
            mirrored = np.ascontiguousarray(print_[:, ::-1])
            print_ = np.asarray(cv2.GaussianBlur(mirrored, (0, 0), 1.2), np.float32)
        paper *= 1 - random.uniform(0.05, 0.25 if faint else 0.8) * print_ * _away(written)
    contrast = np.exp(random.normal(np.log(CONTRAST_MEDIAN), CONTRAST_SPREAD))
    contrast = float(np.clip(contrast, *CONTRAST_RANGE))
    page = paper * (1 - contrast * _grained(written.ink, random))
    others = _neighbours(written, random, crowd)
    if others.any():
        page *= 1 - contrast * random.uniform(0.5, 1.0) * others
    gray = random.uniform(*BRIGHTNESS) * page * papers.light(shape, random)
    if table and random.random() < table:
        edge = papers.edge_of_table(shape, random) * _away(written)
        background = random.uniform(10, 200) * papers.texture(shape, random)
        gray = gray * (1 - edge) + background * edge
    gray = gray + random.choice([0.0, random.uniform(0, 40)])  # haze
    if random.random() < 0.05:
        gray = 255 - gray
    return cameras.photographed(np.asarray(gray, np.float32), random), contrast


def scan(written: Written, random: np.random.Generator) -> tuple[Gray, float]:
    """A white form or sheet, evenly lit."""
    shape, size = written.shape, written.size
    page = np.ones(shape, np.float32)
    if random.random() < 0.3:
        page *= 1 - random.uniform(0.2, 1.0) * papers.box(shape, written.place, random)
    if random.random() < 0.12:
        page *= 1 - random.uniform(0.1, 0.5) * papers.rules(shape, size, random)
    if random.random() < 0.08:
        print_ = random.uniform(0.3, 1) * papers.printing(shape, size, random)
        page *= 1 - print_ * _away(written)
    contrast = random.uniform(0.3, 1.0)
    page *= 1 - contrast * _grained(written.ink, random)
    others = _neighbours(written, random, SCAN_CROWD)
    page *= 1 - contrast * random.uniform(0.5, 1.0) * others
    page = random.uniform(*WHITE) * page
    if random.random() < 0.06:
        page = 255 - page
    return cameras.scanned(np.asarray(page, np.float32), random), contrast


def drawing(written: Written, random: np.random.Generator) -> tuple[Gray, float]:
    """What a program draws, on a background of one level, dark on light or light on dark."""
    shape = written.shape
    background = np.full(shape, random.choice([255.0, 255.0, random.uniform(130, 255)]), np.float32)
    if random.random() < 0.12:
        background *= papers.light(shape, random)
    colour = random.choice([0.0, 0.0, random.uniform(0, 150)])
    contrast = float(1 - colour / 255)
    page = background * (1 - contrast * written.ink)
    for _ in range(int(random.choice([0, 1, 3], p=[0.92, 0.05, 0.03]))):
        page = cameras.across(page, random)
    if random.random() < 0.1:
        page = page + random.normal(0, random.uniform(2, 15), shape)
    if random.random() < 0.15:
        page = cv2.GaussianBlur(page, (0, 0), random.uniform(0.4, 1.2))
    if random.random() < 0.45:
        page = 255 - page
    page = np.asarray(page, np.float32)
    return cameras.compressed(page, random) if random.random() < 0.15 else page, contrast


def small(written: Written, random: np.random.Generator) -> tuple[Gray, float]:
    """As MNIST has it, light on dark, in most cases with damage."""
    page = np.asarray(255 * written.ink, np.float32)
    tiny = max(page.shape) < 28  # nobody could read it through much damage
    if random.random() < (0.15 if tiny else 0.75):
        page = cameras.damaged(page, random)
    if not tiny and random.random() < 0.04:
        page = cameras.damaged(page, random)
    if random.random() < 0.2:
        page = 255 - page
    return page, 1.0


def _neighbours(written: Written, random: np.random.Generator, crowd: float) -> Ink:
    """Ink of other writing that comes in from the page's edges, and of small marks."""
    ink, size, writers = written.ink, written.size, written.writers
    others = np.zeros_like(ink)
    height, width = ink.shape
    for side in range(4):
        if random.random() > crowd * (1.0 if side < 2 else 0.35):
            continue
        shape, _ = (writers.digit if random.random() < 0.7 else writers.other)(random)
        style = written.style if random.random() < ALIKE else Style.of(random)
        other = fitted(rewritten(shape, style, random), max(6.0, size * random.uniform(0.7, 1.3)))
        inside = random.uniform(0.05, 0.95 if crowd == CROP_CROWD else 0.55)
        tall, wide = other.shape
        x, y = {
            0: (-wide * (1 - inside), random.uniform(-0.2, 0.8) * (height - tall)),
            1: (width - wide * inside, random.uniform(-0.2, 0.8) * (height - tall)),
            2: (random.uniform(-0.2, 0.8) * (width - wide), -tall * (1 - inside)),
            3: (random.uniform(-0.2, 0.8) * (width - wide), height - tall * inside),
        }[side]
        if side < 2 and crowd == CROP_CROWD and random.random() < BESIDE:
            left, _, right, bottom = written.place
            gap = random.uniform(*GAP) * size
            x = right + gap if side else left - gap - wide
            y = bottom - tall + random.normal(0, 0.06) * size
        stamp(others, other, round(x), round(y))
    if random.random() < 0.2 * crowd + 0.05:  # full stops, commas, blots
        radius = max(1, round(size * random.uniform(0.01, 0.05)))
        centre = int(random.integers(0, width)), int(random.integers(0, height))
        cv2.circle(others, centre, radius, 1.0, -1, cv2.LINE_AA)
    # What is written over the shape itself belongs to it as far as anyone can see.
    reach = 1 if random.random() < TOUCHING else 3
    near = cv2.dilate(ink, np.ones((reach, reach), np.uint8))
    return np.asarray(others * (1 - near), np.float32)


def _grained(ink: Ink, random: np.random.Generator) -> Ink:
    """Ink as a pencil, a failing ballpoint or a marker leaves it."""
    chance = random.random()
    if chance < 0.6:
        return ink
    shape = (ink.shape[0], ink.shape[1])
    if chance < 0.85:
        uneven = 1 + 0.3 * papers.clouds(shape, random, int(random.integers(4, 12)))
    else:
        uneven = 1 + random.normal(0, 0.35, shape)
    return np.asarray(ink * np.clip(uneven, 0.15, 1), np.float32)


def _away(written: Written) -> Ink:
    """1 away from the ink, 0 near it: other things stay clear of it."""
    reach = max(3, round(0.2 * written.size)) | 1
    near = cv2.boxFilter((written.ink > 0.3).astype(np.float32), -1, (reach, reach)) > 1e-3
    return np.asarray(~near, np.float32)
