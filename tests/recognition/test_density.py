"""Pixels that are not square, as resolutions of TIFF, JPEG, PNG and BMP say."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from digitbox.recognition.decode import Page, decode
from digitbox.recognition.density import ratio
from tests.pages import encoded, sheet

LIMIT = 10**6


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("TIFF", {"dpi": (204, 98), "compression": "group4"}),
        ("TIFF", {"tiffinfo": {282: 204.0, 283: 98.0, 296: 1}}),
        ("JPEG", {"dpi": (204, 98)}),
        ("PNG", {"dpi": (204, 98)}),
        ("BMP", {"dpi": (204, 98)}),
    ],
)
def test_a_fax_of_half_the_rows_is_stretched(form: str, options: dict[str, Any]) -> None:
    upright = Image.fromarray(sheet(3))
    flat = upright.resize((240, round(300 * 98 / 204)))
    stored = flat.convert("1") if options.get("compression") else flat
    (page,) = decode(encoded(stored, form, **options), LIMIT)
    assert isinstance(page, Page)
    assert (page.width, page.height) == flat.size
    assert page.gray.shape == pytest.approx((300, 240), abs=1)


def test_a_fax_of_twice_the_rows_is_stretched_across() -> None:
    tall = Image.fromarray(sheet(3)).resize((120, 300))
    (page,) = decode(encoded(tall, "TIFF", dpi=(204, 408)), LIMIT)
    assert isinstance(page, Page)
    assert page.gray.shape == (300, 240)
    assert np.abs(page.gray.astype(int) - sheet(3)).mean() < 6


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_what_lies_on_its_side_is_stretched_as_it_is_stored(form: str) -> None:
    lying = Image.fromarray(sheet(3)).transpose(Image.Transpose.ROTATE_90).resize((300, 120))
    exif = Image.Exif()
    exif[0x0112] = 6
    (page,) = decode(encoded(lying, form, dpi=(204, 102), exif=exif), LIMIT)
    assert isinstance(page, Page)
    assert (page.width, page.height) == (120, 300)
    assert page.gray.shape == (300, 240)
    assert np.abs(page.gray.astype(int) - sheet(3)).mean() < 8


@pytest.mark.parametrize("dpi", [(300, 72000), (0, 98), (203, 200), (1, 1)])
def test_a_density_that_is_not_sensible_changes_nothing(dpi: tuple[int, int]) -> None:
    assert ratio(*dpi) == 1


@pytest.mark.parametrize("value", [None, "204", (1, 2), float("nan"), float("inf")])
def test_odd_densities_are_none(value: object) -> None:
    assert ratio(value, 1) == 1


def test_stretching_keeps_to_the_limit() -> None:
    (page,) = decode(encoded(sheet(3), "TIFF", dpi=(204, 98)), 240 * 300)
    assert isinstance(page, Page)
    assert page.gray.shape == (300, 115)


@pytest.mark.parametrize("density", [(1, 2), (72, 300), (25, 50), (9999, 5000)])
@pytest.mark.parametrize("form", ["TIFF", "PNG", "JPEG"])
def test_what_no_device_has_changes_nothing(form: str, density: tuple[int, int]) -> None:
    (page,) = decode(encoded(sheet(3), form, dpi=density), LIMIT)
    assert isinstance(page, Page)
    assert page.gray.shape == (300, 240)
