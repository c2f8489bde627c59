import cv2
import numpy as np
import pytest

from digitbox.recognition.contrast import contrast


def stroke() -> np.ndarray:
    ink = np.zeros((128, 128), np.float32)
    ink[30:100, 60:68] = 1
    return ink


@pytest.mark.parametrize(("background", "pen"), [(230, 40), (120, 90), (10, 240)])
def test_ink_is_one_and_the_background_nothing(background: int, pen: int) -> None:
    ink = stroke()
    view = np.where(ink > 0, pen, background).astype(np.uint8)
    found, levels = contrast(view, ink)
    assert levels == pytest.approx(abs(background - pen), rel=0.05)
    assert found.shape == ink.shape
    assert found.dtype == np.float32
    assert found[ink > 0].min() > 0.9
    assert found[ink == 0].max() < 0.1


def test_light_that_falls_off_is_no_ink() -> None:
    ink = stroke()
    light = np.linspace(250, 110, 128)[None]
    view = np.where(ink > 0, 0.5 * light, np.broadcast_to(light, ink.shape)).astype(np.uint8)
    found, _ = contrast(view, ink)
    assert found[ink > 0].min() > 0.7
    assert np.mean(found[ink == 0]) < 0.1


def test_a_stroke_that_was_not_taken_for_ink_is_there() -> None:
    ink = stroke()
    view = np.where(ink > 0, 60, 220).astype(np.uint8)
    view[70:76, 20:110] = 60
    found, _ = contrast(view, ink)
    assert found[73, 30] > 0.8


@pytest.mark.parametrize("shape", [(1, 1), (1, 128), (128, 1), (3, 2)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_view_without_any_background_or_contrast_gets_an_answer(
    shape: tuple[int, int], level: int
) -> None:
    found, levels = contrast(np.full(shape, level, np.uint8), np.ones(shape, np.float32))
    assert found.shape == shape
    assert np.isfinite(found).all()
    assert levels < 1


def in_shadow(width: int, radius: float) -> tuple[float, float]:
    """The least contrast of a stroke, and the largest beside it, where a shadow of that radius
    darkens the paper by nearly half."""
    ink = np.zeros((128, 128), np.float32)
    ink[30:100, 64 - width // 2 : 64 + width // 2] = 1
    rows, columns = np.indices(ink.shape) - 64
    light = 220 - 100 * np.exp(-(rows**2 + columns**2) / (2 * radius**2))
    found, _ = contrast(np.where(ink > 0, 0.6 * light, light).astype(np.uint8), ink)
    return float(found[ink > 0].min()), float(found[ink == 0].max())


def test_a_shadow_of_a_quarter_of_the_view_is_background() -> None:
    assert in_shadow(8, 30)[1] < 0.35


def test_a_broad_stroke_in_a_shadow_is_ink_to_its_middle() -> None:
    assert in_shadow(40, 40)[0] > 0.87


def test_what_is_rather_ink_says_nothing_about_the_background() -> None:
    ink = stroke()
    view = np.where(ink > 0, 60, 220).astype(np.uint8)
    _, levels = contrast(view, np.where(ink > 0, 0.3, 0).astype(np.float32))
    assert levels == pytest.approx(160, abs=2)


def test_what_is_hardly_ink_is_background() -> None:
    ink = stroke()
    view = np.where(ink > 0, 60, 220).astype(np.uint8)
    _, levels = contrast(view, np.where(ink > 0, 1, 0.05).astype(np.float32))
    assert levels == pytest.approx(160, abs=2)


def test_soft_edges_of_strokes_are_no_background() -> None:
    soft = cv2.GaussianBlur(stroke(), (0, 0), 2)
    found = np.where(soft > 0.3, soft, 0).astype(np.float32)
    _, levels = contrast((220 - 150 * soft).astype(np.uint8), found)
    assert levels > 133


def test_between_strokes_that_stand_close_there_is_background() -> None:
    ink = np.zeros((128, 128), np.float32)
    for left in range(0, 128, 12):
        ink[:, left : left + 4] = 1
    _, levels = contrast(np.where(ink > 0, 60, 220).astype(np.uint8), ink)
    assert levels == pytest.approx(160, abs=5)


@pytest.mark.parametrize(("share", "expected"), [(0.2, 50), (0.4, 160)])
def test_full_strength_is_what_a_third_of_the_ink_has(share: float, expected: int) -> None:
    ink = stroke()
    view = np.where(ink > 0, 170, 220).astype(np.uint8)
    view[30 : 30 + round(70 * share), 60:68] = 60
    assert contrast(view, ink)[1] == pytest.approx(expected, abs=2)
