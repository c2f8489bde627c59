"""Damaged codes of a WEBP are told by what is left of them.
Also tried: pictures of 1 to 300 pixels with alpha, methods 0 and 6."""

import random
from typing import Any

import numpy as np
import pytest

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
KINDS = pytest.mark.parametrize("options", [{}, {"quality": 10}, {"lossless": True}])


def picture(noise: float = 3) -> Any:
    grain = np.random.default_rng(1).normal(0, noise, (300, 240))
    gray = np.clip(sheet(5) + grain, 0, 255).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


@KINDS
@pytest.mark.parametrize("noise", [0, 3, 30])
def test_a_whole_picture_is_no_damage(options: dict[str, Any], noise: float) -> None:
    (page,) = decode(encoded(picture(noise), "WEBP", **options), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


@pytest.mark.parametrize("size", [(1, 1), (2, 9), (33, 17), (256, 8)])
@pytest.mark.parametrize("level", [0, 255])
@KINDS
def test_a_small_or_empty_picture_is_no_damage(
    options: dict[str, Any], level: int, size: tuple[int, int]
) -> None:
    (page,) = decode(encoded(np.full(size, level, np.uint8), "WEBP", **options), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


@pytest.mark.parametrize("options", [{}, {"quality": 10}])
def test_flipped_bits_are_damage(options: dict[str, Any]) -> None:
    whole = encoded(picture(), "WEBP", **options)
    draw = random.Random(1)
    found = 0
    for _ in range(20):
        data = bytearray(whole)
        data[draw.randrange(len(data) // 2, len(data) * 3 // 4)] ^= 1 << draw.randrange(8)
        (page,) = decode(bytes(data), LIMIT)
        found += isinstance(page, BrokenPage) or page.doubt is Reason.DAMAGED
    assert found >= 15
