import numpy as np
from numpy.typing import NDArray

from digitbox_train.augment import augment
from tests.pages import digits


def test_the_same_seed_gives_the_same_digits() -> None:
    images = digits()[0][:50]
    first, second, other = (augment(images, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def weights(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    return np.array([image.sum() for image in images], np.float64)


def centres(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Of their ink: ``[N, 2]``."""
    places = np.indices(images.shape[1:])
    return np.array(
        [np.average(places, axis=(1, 2), weights=np.stack([image] * 2)) for image in images]
    )


def test_every_digit_is_another_one_by_less_than_it_would_take_to_be_none() -> None:
    images = digits()[0]
    augmented = augment(images, np.random.default_rng(1))
    assert (augmented != images).any(axis=(1, 2)).all()
    ratios = weights(augmented) / weights(images)
    assert 0.25 < ratios.min() < 0.7
    assert 1.3 < ratios.max() < 2
    moved = np.abs(centres(augmented) - centres(images))
    assert 1.5 < moved.max() < 3
    inner = augmented[:, 1:-1, 1:-1]
    assert (weights(inner) / weights(augmented)).min() > 0.95


def test_digits_stay_in_the_frame_and_keep_their_weight() -> None:
    images = digits()[0]
    augmented = augment(images, np.random.default_rng(1))
    assert augmented.dtype == np.uint8
    assert augmented.shape == images.shape
    assert 0.7 < augmented.sum() / images.sum() < 1.3
