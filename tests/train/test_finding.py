import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


def ink(thickness: int) -> np.ndarray:
    """A bar on a view."""
    view = np.zeros((1, 128, 128), np.float32)
    view[:, 30:90, 60 : 60 + thickness] = 1
    return view


def test_what_is_found_exactly_costs_nothing() -> None:
    from digitbox_train.finding import ink_loss, overlap

    exact = 40 * ink(8) - 20
    assert float(ink_loss(ink(8), exact)[0]) == pytest.approx(0, abs=1e-3)
    assert float(overlap(ink(8), exact)[0]) == 1


def test_to_miss_a_stroke_costs_more_than_to_see_one_too_many() -> None:
    from digitbox_train.finding import ink_loss

    one, two = ink(4), np.maximum(ink(4), np.roll(ink(4), 20, axis=2))
    missed = float(ink_loss(two, 8 * one - 4)[0])
    too_many = float(ink_loss(one, 8 * two - 4)[0])
    assert missed > too_many


def test_a_thin_digit_counts_about_as_much_as_a_fat_one() -> None:
    from digitbox_train.finding import ink_loss

    nothing = np.full((1, 128, 128), -4, np.float32)
    thin, fat = (float(ink_loss(ink(width), nothing)[0]) for width in (3, 12))
    assert thin > 0.4 * fat


def test_a_blank_view_that_is_found_blank_costs_nothing() -> None:
    from digitbox_train.finding import ink_loss, overlap

    blank = np.zeros((1, 128, 128), np.float32)
    assert float(ink_loss(blank, blank - 20)[0]) == pytest.approx(0, abs=1e-3)
    assert float(overlap(blank, blank - 20)[0]) == 1
