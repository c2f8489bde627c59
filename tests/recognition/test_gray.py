"""Transparency. Also tried: a PNG, and a BMP with a mask for alpha, whose alpha is zero."""

import numpy as np
import pytest
from PIL import Image

from digitbox.recognition.decode import Page, decode
from digitbox.recognition.gray import gray
from tests.pages import encoded, sheet


def with_alpha(light: np.ndarray, alpha: np.ndarray, mode: str) -> Image.Image:
    layers = Image.fromarray(light), Image.fromarray(alpha)
    return Image.merge("LA", layers).convert(mode)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_where_all_is_transparent_nothing_is(mode: str) -> None:
    image = with_alpha(sheet(5), np.zeros_like(sheet(5)), mode)
    assert np.array_equal(np.asarray(gray(image)), sheet(5))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("light", [255, 200])
def test_light_ink_on_nothing_that_is_cut_close_is_on_black(mode: str, light: int) -> None:
    alpha = np.full((60, 30), 255, np.uint8)
    alpha[:10, :12] = alpha[50:, 18:] = 0  # a thick stroke leaves little beside it
    shown = np.asarray(gray(with_alpha(np.full_like(alpha, light), alpha, mode)))
    assert (shown[2, 2], shown[30, 15]) == (0, light)


def test_dark_ink_on_nothing_that_is_cut_close_is_on_white() -> None:
    alpha = np.full((60, 30), 255, np.uint8)
    alpha[:10, :12] = 0
    shown = np.asarray(gray(with_alpha(np.full_like(alpha, 30), alpha, "LA")))
    assert (shown[2, 2], shown[30, 15]) == (255, 30)


def test_a_written_page_that_was_cut_out_is_on_white() -> None:
    alpha = np.full((300, 240), 255, np.uint8)
    alpha[:, :60] = 0
    shown = np.asarray(gray(with_alpha(sheet(5), alpha, "RGBA")))
    assert np.all(shown[:, :60] == 255)


def test_what_was_multiplied_by_its_alpha_is_divided() -> None:
    image = with_alpha(np.full((20, 20), 100, np.uint8), np.full((20, 20), 128, np.uint8), "LA")
    assert np.asarray(gray(image.convert("La"))).mean() == pytest.approx(177, abs=2)


@pytest.mark.parametrize("alpha", [0, 1, 128])
@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_an_alpha_that_is_the_same_everywhere_says_nothing(form: str, alpha: int) -> None:
    image = Image.fromarray(sheet(5)).convert("RGBA")
    image.putalpha(alpha)
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    (page,) = decode(encoded(image, form, **options), 10**6)
    assert isinstance(page, Page)
    assert np.abs(page.gray.astype(int) - sheet(5)).max() <= 1
