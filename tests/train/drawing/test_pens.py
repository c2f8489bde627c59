from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.stroke import stroke_width
from digitbox_train.drawing.pens import (
    SHAPE_SIDE,
    Ink,
    Style,
    fitted,
    pixelled,
    rewritten,
    stamp,
    traced,
)
from tests.pages import digit, digits

STILL = Style(turn=0.0, slant=0.0, stretch=1.0, width=None)
"""Upright, in the pen that it has."""


def bar(thickness: int) -> NDArray[np.uint8]:
    """A stroke, 100 pixels long."""
    outline = np.zeros((60, 140), np.uint8)
    outline[30 - thickness // 2 : 30 - thickness // 2 + thickness, 20:120] = 1
    return outline


def ring(hole: int) -> NDArray[np.uint8]:
    outline = np.zeros((128, 128), np.uint8)
    cv2.circle(outline, (64, 64), hole + 12, 1, -1)
    cv2.circle(outline, (64, 64), hole, 0, -1)
    return outline


def written_anew(shape: NDArray[np.uint8], seed: int) -> Ink:
    random = np.random.default_rng(seed)
    return rewritten(shape, Style.of(random), random)


def holes(ink: Ink) -> int:
    count, _ = cv2.connectedComponents((np.pad(ink, 1) <= 0.5).astype(np.uint8), connectivity=4)
    return count - 2  # the strokes themselves, and what is around them


@pytest.mark.parametrize(
    ("now", "width"), [(20, 2), (20, 4), (20, 8), (20, 14), (20, 20), (6, 6), (6, 12), (6, 30)]
)
def test_strokes_are_as_wide_as_asked(now: int, width: int) -> None:
    ink = traced(bar(now), width)
    middle = ink[:, ink.shape[1] // 2 - 20 : ink.shape[1] // 2 + 20]
    assert middle.sum(axis=0).mean() == pytest.approx(width, abs=1.5)


@pytest.mark.parametrize("width", [2, 10, 30, 60])
@pytest.mark.parametrize("hole", [6, 20])
def test_loops_stay_open(hole: int, width: int) -> None:
    assert holes(traced(ring(hole), width)) == 1


@pytest.mark.parametrize("width", [1.5, 4, 12, 25])
def test_strokes_stay_in_one_piece(width: float) -> None:
    for value in range(10):
        outline = cv2.resize(digit(value), (112, 112), interpolation=cv2.INTER_CUBIC) > 128
        ink = traced(outline.astype(np.uint8), width)
        found, before = (
            cv2.connectedComponents(mask.astype(np.uint8))[0] for mask in (ink > 0.3, outline)
        )
        assert found <= before, value


def test_what_is_rewritten_fits_its_ink() -> None:
    random = np.random.default_rng(1)
    for shape in digits()[0][:60]:
        ink = rewritten(shape, Style.of(random), random)
        assert ink.dtype == np.float32
        assert 0 <= ink.min() <= ink.max() <= 1
        assert min(edge.max() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])) > 0.2
        assert 0.6 * SHAPE_SIDE < max(ink.shape) < 1.6 * SHAPE_SIDE


def test_the_same_seed_writes_the_same() -> None:
    one, same, other = (written_anew(digit(3), seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_pens_differ() -> None:
    inks = [written_anew(digit(0), seed) for seed in range(60)]
    widths = [stroke_width((ink > 0.5).astype(np.uint8)) for ink in inks]
    assert max(widths) > 4 * min(widths)


@pytest.mark.parametrize("shape", [(28, 28), (64, 40), (1, 1)])
def test_a_shape_without_ink_stays_without(shape: tuple[int, int]) -> None:
    for seed in range(5):
        ink = written_anew(np.zeros(shape, np.uint8), seed)
        assert ink.ndim == 2
        assert ink.size > 0
        assert not ink.any()


def test_a_speck_is_written_too() -> None:
    for seed in range(10):
        speck = np.zeros((28, 28), np.uint8)
        speck[3, 4] = 255
        ink = written_anew(speck, seed)
        assert np.isfinite(ink).all()
        assert ink.max() > 0.5


@pytest.mark.parametrize("write", [fitted, pixelled])
@pytest.mark.parametrize("size", [7, 50.4, 128, 300])
def test_the_longer_side_is_as_long_as_asked(
    write: Callable[[Ink, float], Ink], size: float
) -> None:
    ink = written_anew(digit(1), 1)
    sized = write(ink, size)
    assert sized.dtype == np.float32
    assert max(sized.shape) == round(size)
    assert 0 <= sized.min() <= sized.max() <= 1
    assert sized.max() > 0.5


def test_what_a_program_draws_has_no_gray_and_no_gaps() -> None:
    line = np.zeros((128, 128), np.float32)
    cv2.line(line, (0, 5), (127, 120), 1.0, 1)
    small = pixelled(line, 20)
    assert set(np.unique(small)) == {0.0, 1.0}
    assert small.any(axis=0).all()


@pytest.mark.parametrize(
    ("x", "y", "there"), [(2, 3, 12), (-1, 0, 9), (9, 7, 3), (0, -2, 4), (10, 0, 0), (-4, -9, 0)]
)
def test_what_is_written_beyond_the_edge_is_lost(x: int, y: int, there: int) -> None:
    page = np.zeros((10, 10), np.float32)
    stamp(page, np.ones((3, 4), np.float32), x, y)
    assert page.sum() == there
    if there == 12:
        assert page[y : y + 3, x : x + 4].all()


def test_ink_is_written_over_ink() -> None:
    page = np.full((3, 3), 0.5, np.float32)
    stamp(page, np.array([[0.2, 0.9]], np.float32), 0, 0)
    assert page[0, :2].tolist() == [0.5, pytest.approx(0.9)]


@pytest.mark.parametrize("side", [32, 64, 256])
def test_a_shape_is_rewritten_as_large_as_asked_and_looks_the_same(side: int) -> None:
    random = np.random.default_rng(1)
    for value in range(10):
        ink = rewritten(digit(value), STILL, random, side)
        assert 0.6 * side < max(ink.shape) < 1.6 * side
        assert min(edge.max() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])) > 0.2
    shares = []
    for seed in range(20):
        small, usual = (
            rewritten(digit(3), STILL, np.random.default_rng(seed), one)
            for one in (side, SHAPE_SIDE)
        )
        enlarged = cv2.resize(small, usual.shape[::-1], interpolation=cv2.INTER_LINEAR)
        shares.append(float(np.minimum(enlarged, usual).sum() / np.maximum(enlarged, usual).sum()))
    assert np.median(shares) > 0.7


@pytest.mark.parametrize("side", [64, 128])
@pytest.mark.parametrize("width", [0.04, 0.08, 0.14])
def test_a_pen_is_as_wide_beside_its_shape_whatever_the_size(side: int, width: float) -> None:
    random = np.random.default_rng(1)
    style = replace(STILL, width=width)
    inks = [rewritten(digit(value), style, random, side) for value in (0, 3, 7) * 6]
    widths = [stroke_width((ink > 0.5).astype(np.uint8)) / side for ink in inks]
    assert np.median(widths) == pytest.approx(width, abs=0.015)
