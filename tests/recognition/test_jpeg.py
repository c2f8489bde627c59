"""JPEGs with less data than their pictures need. Also tried: cut by 3 and 12 bytes, and in half."""

import numpy as np
import pytest

from digitbox.recognition.decode import BrokenPage, Page, decode
from digitbox.records import Reason
from tests.pages import encoded, sheet

LIMIT = 10**6
KINDS = pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])


def noisy() -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, 4, (300, 240))
    return np.clip(sheet(5) + noise, 0, 255).astype(np.uint8)


@KINDS
@pytest.mark.parametrize("padding", [b"", bytes(100)])
def test_all_of_the_data_without_the_end_marker_is_read(
    options: dict[str, object], padding: bytes
) -> None:
    data = encoded(noisy(), "JPEG", **options)
    (whole,) = decode(data, LIMIT)
    (page,) = decode(data[:-2] + padding, LIMIT)
    assert isinstance(page, Page)
    assert isinstance(whole, Page)
    assert page.doubt is None
    assert np.array_equal(page.gray, whole.gray)


@KINDS
@pytest.mark.parametrize("missing", [8, 100, 1000])
def test_a_jpeg_that_ends_too_early_is_truncated(options: dict[str, object], missing: int) -> None:
    (page,) = decode(encoded(noisy(), "JPEG", **options)[:-missing], LIMIT)
    assert isinstance(page, BrokenPage)
    assert page.reason is Reason.TRUNCATED


@KINDS
def test_an_end_marker_after_half_of_the_data_is_damage(options: dict[str, object]) -> None:
    data = encoded(noisy(), "JPEG", **options)
    (page,) = decode(data[: len(data) * 2 // 3] + b"\xff\xd9", LIMIT)
    assert isinstance(page, BrokenPage) or page.doubt is Reason.DAMAGED


@KINDS
def test_a_clean_page_is_no_damage(options: dict[str, object]) -> None:
    (page,) = decode(encoded(sheet(5), "JPEG", **options), LIMIT)
    assert isinstance(page, Page)
    assert page.doubt is None


def test_a_huge_page_without_an_end_marker_is_not_decoded() -> None:
    data = encoded(noisy(), "JPEG")[:-2]
    (page,) = decode(data, 1000)
    assert page == BrokenPage(1, Reason.TOO_MANY_PIXELS, 240, 300)


def test_half_of_an_end_marker_is_none() -> None:
    whole = encoded(sheet(5), "JPEG")
    (page,) = decode(whole[:-1], 10**6)
    assert isinstance(page, Page)
    assert page.doubt is None
