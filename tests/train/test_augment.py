import numpy as np

from digitbox_train.augment import augment
from tests.pages import digits


def test_the_same_seed_gives_the_same_digits() -> None:
    images = digits()[0][:50]
    first, second, other = (augment(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_digits_stay_in_the_frame_and_keep_their_weight() -> None:
    images = digits()[0]
    augmented = augment(images, np.random.default_rng(1))
    assert augmented.dtype == np.uint8
    assert augmented.shape == images.shape
    assert 0.7 < augmented.sum() / images.sum() < 1.3
