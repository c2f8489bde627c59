import numpy as np
import pytest

from digitbox.recognition.stroke import stroke_width


@pytest.mark.parametrize("width", [1, 3, 5, 9, 15])
def test_the_width_of_a_bar_is_measured(width: int) -> None:
    mask = np.zeros((200, 60), np.uint8)
    mask[10:190, 20 : 20 + width] = 1
    assert stroke_width(mask) == pytest.approx(width, abs=1.0)


def test_a_mask_filled_to_its_edges_has_its_own_width() -> None:
    assert stroke_width(np.ones((9, 300), np.uint8)) == pytest.approx(9, abs=1.0)
