"""Files to read: drawn by the project's own generator, with a fixed seed.

Drawing large pages takes longer than reading them, so of each kind a few hundred are drawn, and
given again and again. Each file has a few bytes of its own after the image's end: to a reader of
images all are as long in the making, to anyone who compares contents all are new.
"""

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitbox_train import data
from digitbox_train.drawing import fonts
from digitbox_train.drawing.scans import Kind, draw
from digitbox_train.drawing.writers import Writers

SEED = 20

LENGTHS = range(3, 9)
"""So many digits has a field of W7."""

MARGIN, GAPS = 10, range(2, 6)
"""So much room is around the digits of a field, and between two of them: in MNIST's pixels."""

Draw = Callable[[Writers, np.random.Generator], bytes]


@dataclass(frozen=True)
class Workload:
    """``files`` files with the suffix ``suffix``; ``drawn`` of them are drawn by ``draw``, with the
    digits of MNIST's test set if they are to be ``unseen``: those that no network has learned."""

    name: str
    title: str
    files: int
    suffix: str
    drawn: int
    draw: Draw
    unseen: bool = False

    def build(self, folder: Path, share: float, mnist: Path | None) -> Path:
        """The folder of its files below ``folder``, made where it is not there: ``share`` of all
        that it has."""
        count = max(4, round(self.files * share))
        place = folder / f"{self.name}-{count}"
        if place.exists():
            return place
        digits = data.load(mnist)
        writers = Writers.of(digits, fonts.load(), held_back=False)
        if self.unseen:
            writers = replace(writers, images=digits.x_test, labels=digits.y_test)
        random = np.random.default_rng(SEED)
        contents = [self.draw(writers, random) for _ in range(min(count, self.drawn))]
        partial = folder / f"{place.name}-partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for number in range(count):
            content = contents[number % len(contents)] + number.to_bytes(4, "big")
            (partial / f"{number:07}{self.suffix}").write_bytes(content)
        return partial.rename(place)


def _small(writers: Writers, random: np.random.Generator) -> bytes:
    return _file(writers.images[random.integers(len(writers.images))], "PNG")


def _scan(writers: Writers, random: np.random.Generator) -> bytes:
    return _file(draw(writers, random, "digit", Kind.SCAN, (240, 240)).page, "PNG")


def _photo(writers: Writers, random: np.random.Generator) -> bytes:
    page = draw(writers, random, "digit", Kind.PHOTO, (600, 600)).page
    return _file(_coloured(_enlarged(page, 2), random), "JPEG", quality=90)


def _camera(writers: Writers, random: np.random.Generator) -> bytes:
    size = random.uniform(75, 150)
    page = draw(writers, random, "digit", Kind.PHOTO, (750, 1000), size).page
    return _file(_coloured(_enlarged(page, 4), random), "JPEG", quality=90)


def _document(writers: Writers, random: np.random.Generator) -> bytes:
    pages = [
        Image.fromarray(draw(writers, random, "digit", Kind.SCAN, (200, 200)).page)
        for _ in range(20)
    ]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    return buffer.getvalue()


def _number(writers: Writers, random: np.random.Generator) -> bytes:
    return _file(_field(writers, random, int(random.choice(LENGTHS))), "PNG")


def _digit(writers: Writers, random: np.random.Generator) -> bytes:
    """As a field of W7, but for the number of its digits."""
    return _file(_field(writers, random, 1), "PNG")


def _field(writers: Writers, random: np.random.Generator, count: int) -> NDArray[np.uint8]:
    """``count`` digits side by side, dark on light paper, twice as large as MNIST's."""
    room = np.zeros((len(writers.images[0]), MARGIN), np.uint8)
    parts = [room]
    for image in writers.images[random.integers(len(writers.images), size=count)]:
        inked = np.flatnonzero(image.any(axis=0))
        parts += [image[:, inked[0] : inked[-1] + 1], room[:, : random.choice(GAPS)]]
    ink = np.pad(np.concatenate([*parts[:-1], room], axis=1), ((MARGIN, MARGIN), (0, 0)))
    ink = _enlarged(ink, 2)
    paper = random.normal(235, 3, ink.shape)
    return np.clip(paper - 0.75 * ink, 0, 255).astype(np.uint8)


def _enlarged(page: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    return np.asarray(
        cv2.resize(page, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC), np.uint8
    )


def _coloured(page: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """In the light of some lamp."""
    tint = random.uniform(0.85, 1.0, 3)
    return (page[..., None] * tint).astype(np.uint8)


def _file(page: NDArray[np.uint8], form: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, form, **options)
    return buffer.getvalue()


WORKLOADS = (
    Workload("w1", "PNG, 28×28", 60_000, ".png", 20_000, _small),
    Workload("w2", "PNG scans, 240×240", 15_000, ".png", 1_500, _scan),
    Workload("w3", "colour JPEG, 1200×1200", 8_000, ".jpg", 200, _photo),
    Workload("w4", "colour JPEG, 4000×3000, a small digit", 400, ".jpg", 40, _camera),
    Workload("w5", "TIFF of 20 pages", 500, ".tif", 60, _document),
    Workload("w7", "PNG fields of 3 to 8 digits", 10_000, ".png", 10_000, _number, unseen=True),
    Workload("w7-digits", "PNG fields of one digit", 10_000, ".png", 10_000, _digit, unseen=True),
)
