"""A drawn page → what a camera, a scanner or a program makes of it."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from digitbox_train.drawing.papers import clouds

Gray = NDArray[np.float32]
"""``[H, W]``, 0 black to 255 white; what comes out may be a little below or above."""

Damage = Callable[[Gray, np.random.Generator], NDArray[np.floating]]
"""A small image → the same, damaged."""


def photographed(page: Gray, random: np.random.Generator) -> Gray:
    """Blur, grain, a camera's sharpening and JPEG."""
    if random.random() < 0.5:
        page = _soft(page, random.uniform(0.3, 0.008 * max(page.shape) + 0.3))
    if random.random() < 0.1:
        page = _moved(page, random)
    if random.random() < 0.2:
        page = page + random.uniform(0.3, 1.2) * (page - _soft(page, 1.5))
    noise = random.choice([0.5, 2.0, 5.0, 10.0], p=[0.4, 0.35, 0.2, 0.05])
    grained = page + random.normal(0, noise, page.shape)
    return compressed(grained, random) if random.random() < 0.6 else np.asarray(grained, np.float32)


def scanned(page: Gray, random: np.random.Generator) -> Gray:
    """A flat, white page; at times in black and white alone, or through JPEG."""
    if random.random() < 0.4:
        page = _soft(page, random.uniform(0.3, 0.9))
    chance = random.random()
    if chance < 0.1:
        return np.where(page > random.uniform(120, 200), 255, 0).astype(np.float32)
    if chance < 0.3:
        grained = page + random.normal(0, random.uniform(1, 8), page.shape)
        return np.asarray(grained, np.float32)
    return compressed(page, random) if chance < 0.5 else page


def compressed(page: NDArray[np.floating], random: np.random.Generator) -> Gray:
    """Through JPEG, of any quality from 15 to 95."""
    quality = int(random.integers(15, 96))
    sharp = np.clip(page, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", sharp, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)


def damaged(page: Gray, random: np.random.Generator) -> Gray:
    """What test sets of robustness do to small images (after Mu, Gilmer: MNIST-C, 2019): fog,
    grain, drops, stripes, lines across, edges alone, blur, brightness."""
    chosen = str(random.choice(list(DAMAGES), p=DAMAGE_SHARES))
    return np.asarray(DAMAGES[chosen](page, random), np.float32)


def _fog(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    fog = sum(clouds(_shape(page), random, cells) / 2**i for i, cells in enumerate((3, 5, 9, 17)))
    share = np.clip(0.5 + 0.35 * np.asarray(fog, np.float32), 0, 1) * random.uniform(0.3, 0.9)
    background = float(random.choice([255, 200, 0]))
    covering = random.random() < 0.5
    fogged = page * (1 - share) + background * share if covering else page + 140 * share
    return np.asarray(fogged, np.float32)


def _grain(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    return page + random.normal(0, random.uniform(10, 60), page.shape).astype(np.float32)


def _impulse(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    chance = random.random(page.shape)
    share = random.uniform(0.01, 0.2)
    return np.where(chance < share / 2, 0, np.where(chance > 1 - share / 2, 255, page))


def _spatter(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    drops = clouds(_shape(page), random, int(random.integers(8, 24))) > random.uniform(1.1, 1.8)
    value = float(random.choice([0, 128, 255]))
    return np.where(cv2.GaussianBlur(drops.astype(np.float32), (0, 0), 0.5) > 0.5, value, page)


def _stripe(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    """A band in the middle, or all but one, inverted."""
    striped = page.copy()
    upright = striped if random.random() < 0.8 else striped.T
    width = upright.shape[1]
    if random.random() < 0.5:
        start = random.uniform(0.2, 0.6)
        end = start + random.uniform(0.08, 0.3)
    else:
        start, end = random.uniform(0.1, 0.4), random.uniform(0.6, 0.9)
        upright[:] = 255 - upright
    band = upright[:, int(start * width) : int(end * width)]
    band[:] = 255 - band
    return striped


def across(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    """A thin line across the page: straight, dotted, or in a zigzag."""
    height, width = page.shape
    value = float(np.percentile(page, random.choice([1, 99])))
    count = int(random.choice([2, 2, 4, 7, 9, 11]))
    x = np.linspace(-0.05, 1.05, count) * width
    base = random.uniform(0.15, 0.85, 2)
    y = np.linspace(base[0], base[1], count) * height
    if count > 2:
        y += np.where(np.arange(count) % 2, 1, -1) * random.uniform(0.02, 0.2) * height
    points = np.column_stack([x, y])
    if random.random() < 0.4:
        points = points[:, ::-1] * np.array([width / height, height / width])
    layer = np.zeros(page.shape, np.uint8)
    places = np.rint(points * 8).astype(np.int32)
    thickness = max(1, round(max(page.shape) * random.uniform(0.01, 0.06)))
    cv2.polylines(layer, [places], False, 255, thickness, cv2.LINE_AA, shift=3)
    if random.random() < 0.5:
        phase = (np.arange(width)[None] + np.arange(height)[:, None]) // max(1, thickness * 2) % 2
        layer = layer * phase.astype(np.uint8)
    share = layer / np.float32(255)
    return page * (1 - share) + value * share


def _edges(page: Gray, _: np.random.Generator) -> NDArray[np.floating]:
    """Only the outlines, as Canny's detector finds them."""
    sharp = np.clip(page, 0, 255).astype(np.uint8)
    return np.asarray(cv2.Canny(sharp, 60, 160), np.float32)


def _glass(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    """Pixels thrown about, then blurred."""
    height, width = page.shape
    reach = max(1.0, max(page.shape) * 0.03)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    throw = random.normal(0, reach * random.uniform(0.3, 1), (2, height, width)).astype(np.float32)
    thrown = cv2.remap(page, x + throw[0], y + throw[1], cv2.INTER_LINEAR)
    return _soft(np.asarray(thrown, np.float32), 0.02 * max(page.shape))


def _brightness(page: Gray, random: np.random.Generator) -> NDArray[np.floating]:
    brighter = page * random.uniform(0.4, 1) + random.uniform(-60, 110)
    return np.asarray(np.clip(brighter, 0, 255), np.float32)


def _soft(page: Gray, sigma: float) -> Gray:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def _shape(page: Gray) -> tuple[int, int]:
    return page.shape[0], page.shape[1]


def _moved(page: Gray, random: np.random.Generator) -> Gray:
    """Blurred along a line."""
    length = max(3, round(max(page.shape) * random.uniform(0.02, 0.1))) | 1
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length / 2 - 0.5, length / 2 - 0.5), random.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length)).astype(np.float32)
    kernel /= max(float(kernel.sum()), 1e-6)
    return np.asarray(cv2.filter2D(page, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


DAMAGES: dict[str, Damage] = {
    "fog": _fog,
    "grain": _grain,
    "impulse": _impulse,
    "spatter": _spatter,
    "stripe": _stripe,
    "across": across,
    "edges": _edges,
    "glass": _glass,
    "moving": _moved,
    "brightness": _brightness,
}
"""What may happen to a small image, by name."""

_WEIGHTS = [{"across": 4.5, "stripe": 2.0, "edges": 1.5}.get(name, 1.0) for name in DAMAGES]
DAMAGE_SHARES = [weight / sum(_WEIGHTS) for weight in _WEIGHTS]
"""How often each does: the harder it is to see through, the more often."""
