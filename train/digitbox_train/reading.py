"""MNIST and drawn scans → a network that reads digits and knows what is none."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbox_train import networks, schedule
from digitbox_train.augment import augment
from digitbox_train.data import HELD_BACK, Mnist
from digitbox_train.dataset import IGNORED, Arrays
from digitbox_train.progress import shown

PEAK_RATE, WARMUP_STEPS = 2e-3, 500
"""See :func:`digitbox_train.schedule.optimizer`."""


@dataclass(frozen=True)
class Recipe:
    """How a network is trained on drawn scans: in each epoch all of MNIST, and so many of the drawn
    frames, varied anew."""

    network: Callable[[str | None], keras.Model]
    epochs: int
    batch: int
    drawn: int


RECIPES = {
    "mlp": Recipe(networks.mlp, epochs=20, batch=128, drawn=80_000),
    "cnn": Recipe(networks.cnn, epochs=30, batch=128, drawn=110_000),
}


def fit(
    recipe: Recipe, mnist: Mnist, drawn: Arrays, seed: int, backup: Path | None = None
) -> keras.Model:
    """Train the recipe's network on MNIST and on ``drawn`` pairs of frames (see
    :mod:`digitbox_train.dataset`). The result gives ten logits; that of being no digit is 0.
    Progress goes to Keras's bar and, with ``backup``, figures to ``log.csv`` there, from where a
    training that was interrupted goes on."""
    keras.utils.set_random_seed(seed)
    model = recipe.network(None)
    batches = _Batches(recipe, mnist, drawn, seed)
    model.compile(
        optimizer=schedule.optimizer(PEAK_RATE, WARMUP_STEPS, recipe.epochs * len(batches)),
        loss=open_set_loss,
        metrics=[open_set_accuracy],
        jit_compile=False,  # 70 ms a step of cnn, with XLA 160, on two cores
    )
    held_back = scaled(mnist.x_train[-HELD_BACK:]), mnist.y_train[-HELD_BACK:]
    model.fit(
        batches,
        epochs=recipe.epochs,
        shuffle=False,
        validation_data=held_back,
        **shown(schedule.callbacks(backup)),
    )
    return model


def open_set(logits: tf.Tensor) -> tf.Tensor:
    """Eleven logits from ten: what is no digit has 0. A frame that looks like none of the ten then
    makes all of them negative, and the network keeps its ten outputs."""
    return tf.concat([logits, tf.zeros_like(logits[:, :1])], axis=1)


def open_set_loss(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(labels, open_set(logits))


def open_set_accuracy(labels: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    labels = tf.cast(tf.reshape(labels, [-1]), tf.int64)
    return tf.cast(tf.equal(tf.argmax(open_set(logits), 1), labels), tf.float32)


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pixels from 0..255 to [0, 1]."""
    return images.astype(np.float32) / np.float32(255)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type stubs
    """MNIST's digits and drawn frames, mixed, in a new order and shape each epoch."""

    def __init__(self, recipe: Recipe, mnist: Mnist, drawn: Arrays, seed: int) -> None:
        super().__init__()
        cv2.setNumThreads(1)  # images of 28×28 are not worth dividing
        self._batch = recipe.batch
        labelled = drawn[1] != IGNORED
        self._drawn_count = min(recipe.drawn, int(labelled.sum()))
        self._plain_count = len(mnist.x_train) - HELD_BACK
        self._images = np.concatenate([mnist.x_train[:-HELD_BACK], drawn[0][labelled]])
        self._labels = np.concatenate([mnist.y_train[:-HELD_BACK], drawn[1][labelled]])
        self._random = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._order) // self._batch

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        chosen = self._order[index * self._batch : (index + 1) * self._batch]
        return scaled(augment(self._images[chosen], self._random)), self._labels[chosen]

    def on_epoch_end(self) -> None:
        plain, drawn = self._plain_count, len(self._images) - self._plain_count
        some = plain + self._random.choice(drawn, self._drawn_count, replace=False)
        self._order = self._random.permutation(np.concatenate([np.arange(plain), some]))
