"""A recipe and MNIST → a trained Keras model."""

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from train import networks
from train.augment import augment
from train.data import Mnist

PEAK_RATE, WARMUP_STEPS = 2e-3, 500
"""The augmented recipe's learning rate rises to its peak in so many steps and falls to zero as a
cosine (Loshchilov, Hutter: SGDR, 2017)."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained. The plain way is Adam's defaults on MNIST as it is; ``augmented``
    varies the digits anew in each epoch and lowers the learning rate towards the end."""

    network: Callable[[], keras.Model]
    epochs: int
    batch: int
    augmented: bool


RECIPES = {
    "mlp": Recipe(networks.mlp, epochs=3, batch=32, augmented=False),
    "cnn": Recipe(networks.cnn, epochs=12, batch=128, augmented=True),
}


def fit(recipe: Recipe, mnist: Mnist, seed: int) -> keras.Model:
    """Train the recipe's network with Adam on sparse categorical cross-entropy and show Keras's
    progress. The same seed gives the same weights on the same machine."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = recipe.network()
    steps = recipe.epochs * -(-len(mnist.x_train) // recipe.batch)
    model.compile(
        optimizer=keras.optimizers.Adam(_warm_cosine(steps)) if recipe.augmented else "adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    if recipe.augmented:
        model.fit(_Augmented(mnist, recipe.batch, seed), epochs=recipe.epochs, shuffle=False)
    else:
        model.fit(
            scaled(mnist.x_train), mnist.y_train, epochs=recipe.epochs, batch_size=recipe.batch
        )
    return model


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels from 0..255 to [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


def _warm_cosine(steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    return keras.optimizers.schedules.CosineDecay(
        0.0, steps - WARMUP_STEPS, warmup_target=PEAK_RATE, warmup_steps=WARMUP_STEPS
    )


class _Augmented(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type stubs
    """MNIST's training digits in a new order and shape each epoch."""

    def __init__(self, mnist: Mnist, batch: int, seed: int) -> None:
        super().__init__()
        self._mnist = mnist
        self._batch = batch
        self._random = np.random.default_rng(seed)
        self._order = self._random.permutation(len(mnist.x_train))

    def __len__(self) -> int:
        return -(-len(self._order) // self._batch)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        chosen = self._order[index * self._batch : (index + 1) * self._batch]
        images = augment(self._mnist.x_train[chosen], self._random)
        return scaled(images), self._mnist.y_train[chosen]

    def on_epoch_end(self) -> None:
        self._order = self._random.permutation(self._order)
