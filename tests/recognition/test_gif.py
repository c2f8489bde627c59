"""Damaged codes of a GIF are told by what is left of them.
Also tried: pictures of 1 to 300 pixels in three modes, moving ones."""

import random
from typing import Any

import numpy as np
import pytest

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
KINDS = pytest.mark.parametrize("options", [{}, {"interlace": 1}])


def picture(noise: float = 3) -> Any:
    grain = np.random.default_rng(1).normal(0, noise, (300, 240))
    return np.clip(sheet(5) + grain, 0, 255).astype(np.uint8)


@KINDS
@pytest.mark.parametrize("noise", [0, 3, 30])
def test_a_whole_picture_is_no_damage(options: dict[str, Any], noise: float) -> None:
    (page,) = decode(encoded(picture(noise), "GIF", **options), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (33, 17), (256, 8)])
@pytest.mark.parametrize("level", [0, 255])
@KINDS
def test_a_small_or_empty_picture_is_no_damage(
    options: dict[str, Any], level: int, size: tuple[int, int]
) -> None:
    (page,) = decode(encoded(np.full(size, level, np.uint8), "GIF", **options), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


@KINDS
def test_flipped_bits_are_damage(options: dict[str, Any]) -> None:
    """About half of them change how many pixels the codes stand for."""
    whole = encoded(picture(), "GIF", **options)
    draw = random.Random(1)
    found = 0
    for _ in range(20):
        data = bytearray(whole)
        data[draw.randrange(len(data) // 2, len(data) * 3 // 4)] ^= 1 << draw.randrange(8)
        (page,) = decode(bytes(data), LIMIT)
        found += isinstance(page, BrokenPage) or page.doubt is Reason.DAMAGED
    assert found >= 8
