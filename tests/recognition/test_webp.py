"""Damaged codes of a WEBP are told by what is left of them.
Also tried: pictures of 1 to 300 pixels with alpha, methods 0 and 6."""

import random
from typing import Any

import numpy as np
import pytest

from digitbox.recognition.decode import BrokenPage, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
KINDS = pytest.mark.parametrize("options", [{}, {"quality": 10}, {"lossless": True}])


def picture(noise: float = 3) -> Any:
    grain = np.random.default_rng(1).normal(0, noise, (300, 240))
    gray = np.clip(sheet(5) + grain, 0, 255).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


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
