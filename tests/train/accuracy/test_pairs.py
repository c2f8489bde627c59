import numpy as np

from digitbox_train.accuracy import pairs
from tests.pages import digits


def test_a_page_has_two_digits_in_dark_ink_on_light_paper() -> None:
    drawn = list(pairs.pages(*digits(), 30, seed=1))
    assert len(drawn) == 30
    for page, label in drawn:
        assert page.dtype == np.uint8
        assert page.ndim == 2
        assert label.isdecimal()
        assert len(label) == 2
        assert np.median(page) > 200  # paper
        rows, columns = np.nonzero(page < 170)
        assert rows.size
        # The ink is wider than one digit, and there is paper on every side of it.
        assert min(rows.min(), columns.min()) > 0
        assert rows.max() < page.shape[0] - 1
        assert columns.max() < page.shape[1] - 1
    assert len({page.shape for page, _ in drawn}) > 20
    assert len({label for _, label in drawn}) > 15


def test_the_same_seed_draws_the_same_pages() -> None:
    first, again, other = (list(pairs.pages(*digits(), 3, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(first, again, strict=True))
    assert [label for _, label in first] != [label for _, label in other]


def test_the_second_digit_is_like_the_first() -> None:
    """Of thin and fat ones, a page has two of the same."""
    pixels = np.zeros((40, 28, 28), np.uint8)
    pixels[:20, 4:24, 13:15] = 255
    pixels[20:, 4:24, 9:19] = 255
    labels = np.repeat(np.array([1, 8], np.uint8), 20)
    assert {label for _, label in pairs.pages(pixels, labels, 20, seed=1)} == {"11", "88"}
