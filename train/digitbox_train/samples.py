"""MNIST's test digits → the scan-like images in ``samples/``, and a picture of them all:
``python -m digitbox_train.samples FOLDER PICTURE``.

They are drawn, not scanned, so that anyone may have them; each shows something that real scans do.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from digitbox_train import data

SEED = 7
TILE = 190

Page = NDArray[np.float64]
"""RGB ``[H, W, 3]``, 0 to 255."""
Colour = tuple[int, int, int]

BLUE, PENCIL, BLACK, CHALK = (40, 50, 140), (95, 95, 100), (25, 25, 28), (235, 238, 230)


def main(folder: Path) -> None:
    """Draw all samples to ``folder``."""
    mnist = data.load()
    random = np.random.default_rng(SEED)
    folder.mkdir(parents=True, exist_ok=True)
    for value, (name, draw) in enumerate(PAGES.items()):
        # The third of its kind in the test set: the first ones are in every tutorial.
        digit = mnist.x_test[np.flatnonzero(mnist.y_test == value)[2]]
        _save(draw(digit, random), folder / name)
    _save(_lamp(_paper(480, 640, (205, 200, 190), random)), folder / "blank-page.jpg")
    pages = [mnist.x_test[index] for index in np.flatnonzero(mnist.y_test == 7)[[4, 9]]]
    first, second = (
        Image.fromarray(_form_cell(page, random).astype(np.uint8)).convert("L") for page in pages
    )
    first.save(folder / "two-pages.tiff", save_all=True, append_images=[second], compression="jpeg")
    _save(_scribble(random), folder / "scribble.png")
    whole = (folder / "form-cell.png").read_bytes()
    (folder / "cut-off-upload.png").write_bytes(whole[: len(whole) // 2])


def picture(folder: Path) -> Image.Image:
    """All samples that can be shown, seven in a row, with their names."""
    files = [file for file in sorted(folder.glob("*.*")) if file.name != "cut-off-upload.png"]
    sheet = Image.new("RGB", (7 * TILE, -(-len(files) // 7) * (TILE + 18)), "white")
    draw = ImageDraw.Draw(sheet)
    for index, file in enumerate(files):
        left, top = index % 7 * TILE, index // 7 * (TILE + 18)
        with Image.open(file) as image:
            small = ImageOps.contain(image.convert("RGB"), (TILE - 8, TILE - 8))
        sheet.paste(small, (left + (TILE - small.width) // 2, top + (TILE - small.height) // 2))
        place = (left + TILE // 2, top + TILE + 6)
        draw.text(place, file.name, fill="black", anchor="mm", font=ImageFont.load_default(13))
    return sheet


def _drawing(digit: NDArray[np.uint8], _: np.random.Generator) -> Page:
    return np.repeat(255.0 - digit[..., None], 3, axis=2)


def _form_cell(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _paper(150, 150, (250, 250, 250), random)
    for place in (8, 142):
        page[:, place : place + 2] = page[place : place + 2] = 60
    return _written(page, digit, 84, (36, 30), BLACK)


def _photo(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _written(_paper(900, 700, (200, 190, 175), random), digit, 420, (250, 120), BLUE)
    return cv2.GaussianBlur(_lamp(page), (0, 0), 2).astype(np.float64)


def _chalkboard(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    return _written(_paper(400, 500, (38, 58, 48), random), digit, 260, (70, 110), CHALK)


def _squared_paper(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _paper(600, 600, (228, 228, 222), random)
    for place in range(30, 600, 75):
        page[:, place : place + 2] = page[place : place + 2] = (150, 175, 205)
    return _lamp(_written(page, digit, 300, (160, 170), BLACK))


def _tiny(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    return _written(_paper(1200, 1600, (225, 222, 215), random), digit, 150, (760, 420), BLACK)


def _pencil(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _paper(640, 480, (190, 192, 196), random)
    thin = cv2.erode(_enlarged(digit, 300), np.ones((9, 9), np.uint8))
    return _inked(page, thin.astype(np.float64), (150, 80), PENCIL)


def _marker(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _paper(300, 300, (240, 220, 120), random)
    fat = cv2.dilate(_enlarged(digit, 200), np.ones((11, 11), np.uint8))
    return _inked(page, fat.astype(np.float64), (50, 50), (150, 30, 40))


def _tilted(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _written(_paper(500, 500, (235, 232, 228), random), digit, 300, (90, 100), BLUE)
    turn = cv2.getRotationMatrix2D((250, 250), 7, 1.0)
    turned = cv2.warpAffine(page, turn, (500, 500), borderValue=(90, 70, 55))
    return np.asarray(turned, np.float64)


def _shadow(digit: NDArray[np.uint8], random: np.random.Generator) -> Page:
    page = _written(_paper(600, 500, (215, 212, 205), random), digit, 300, (160, 110), BLACK)
    edge = np.linspace(-250, 250, 500)[None] + np.linspace(-200, 200, 600)[:, None]
    return page * (1 - 0.45 / (1 + np.exp(-edge / 18)))[..., None]


def _scribble(random: np.random.Generator) -> Page:
    page = _paper(400, 400, (240, 240, 238), random)
    points = random.integers(80, 320, (14, 1, 2)).astype(np.int32)
    cv2.polylines(page, [points], isClosed=False, color=BLACK, thickness=9)
    return page


PAGES: dict[str, Callable[[NDArray[np.uint8], np.random.Generator], Page]] = {
    "photo-in-lamplight.jpg": _photo,
    "drawing-28x28.png": _drawing,
    "squared-paper.jpg": _squared_paper,
    "chalkboard.png": _chalkboard,
    "pencil.jpg": _pencil,
    "form-cell.png": _form_cell,
    "marker-on-yellow.png": _marker,
    "tilted.jpg": _tilted,
    "tiny-on-a-sheet.jpg": _tiny,
    "half-in-shadow.jpg": _shadow,
}
"""The file that shows each digit, from 0 on."""


def _paper(height: int, width: int, colour: Colour, random: np.random.Generator) -> Page:
    """Sheet of a colour, with fine grain and soft clouds."""
    grain = random.normal(0, 2, (height, width))
    clouds = cv2.resize(random.normal(0, 2, (8, 8)), (width, height), interpolation=cv2.INTER_CUBIC)
    sheet = np.array(colour, float) + (grain + clouds)[..., None]
    return np.asarray(np.clip(sheet, 0, 255), np.float64)


def _lamp(page: Page) -> Page:
    """Light that falls from the top left."""
    height, width = page.shape[:2]
    light = np.linspace(1.05, 0.8, width)[None] * np.linspace(1.0, 0.75, height)[:, None]
    return np.clip(page * light[..., None], 0, 255)


def _enlarged(digit: NDArray[np.uint8], side: int) -> NDArray[np.float64]:
    """The digit's ink, 0 to 1, ``[side, side]``, with smooth edges."""
    large = cv2.resize(digit / 255, (side, side), interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), side / 70)
    return np.asarray(np.clip((smooth - 0.35) * 4, 0, 1), np.float64)


def _written(
    page: Page, digit: NDArray[np.uint8], side: int, place: tuple[int, int], colour: Colour
) -> Page:
    return _inked(page, _enlarged(digit, side), place, colour)


def _inked(page: Page, ink: NDArray[np.float64], place: tuple[int, int], colour: Colour) -> Page:
    """``page`` with ``ink`` in ``colour``, its top left corner at ``place`` (row, column)."""
    top, left = place
    window = np.s_[top : top + ink.shape[0], left : left + ink.shape[1]]
    page = page.copy()
    strength = 0.9 * ink[..., None]
    page[window] = page[window] * (1 - strength) + np.array(colour) * strength
    return page


def _save(page: Page, file: Path) -> None:
    Image.fromarray(np.rint(page).astype(np.uint8)).save(file, quality=88)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    picture(Path(sys.argv[1])).save(sys.argv[2], quality=85)
