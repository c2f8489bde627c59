import numpy as np
import pytest

from digitbox.recognition.contrast import contrast


def stroke() -> np.ndarray:
    ink = np.zeros((128, 128), np.float32)
    ink[30:100, 60:68] = 1
    return ink


@pytest.mark.parametrize(("background", "pen"), [(230, 40), (120, 90), (10, 240)])
def test_ink_is_one_and_the_ground_nothing(background: int, pen: int) -> None:
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
def test_a_view_without_any_ground_or_contrast_gets_an_answer(
    shape: tuple[int, int], level: int
) -> None:
    found, levels = contrast(np.full(shape, level, np.uint8), np.ones(shape, np.float32))
    assert found.shape == shape
    assert np.isfinite(found).all()
    assert levels < 1
