"""A network that has learned, and what people decided → the same network, having learned that."""

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbox_train import schedule
from digitbox_train.augment import augment
from digitbox_train.data import HELD_BACK, Mnist
from digitbox_train.dataset import IGNORED, Arrays
from digitbox_train.drawing.writers import NOT_DIGIT
from digitbox_train.progress import shown
from digitbox_train.reading import open_set, scaled
from digitbox_train.reviewed import Examples

EPOCHS, BATCH = 8, 128

PEAK_RATE, WARMUP_STEPS = 3e-4, 50
"""See :func:`digitbox_train.schedule.optimizer`: a seventh of what the network was trained with, so
that it keeps what it knows."""

PLAIN, DRAWN, REVIEWED = 8_000, 8_000, 4_000
"""Frames in an epoch: of MNIST, of drawn scans, and, at most, of what people decided about."""

REPEATS = 20
"""A reviewed frame is shown so often in an epoch at most, each time varied anew."""

SHARE = 0.5
"""How far the weights go from what they were to what was learned: half of the way keeps nearly all
that a network knew (Wortsman et al.: Robust Fine-Tuning of Zero-Shot Models, 2022)."""


def tune(
    model: keras.Model, mnist: Mnist, drawn: Arrays, reviewed: Examples, seed: int
) -> keras.Model:
    """Have ``model``, which gives logits, learn from ``reviewed`` beside MNIST and ``drawn`` frames
    (see :mod:`digitbox_train.dataset`). Of those it learns as much what it says of them already as
    what they are, so that it forgets nothing (Li, Hoiem: Learning without Forgetting, 2016).
    Progress goes to Keras's bar."""
    keras.utils.set_random_seed(seed)
    former = keras.models.clone_model(model)
    former.set_weights(model.get_weights())
    batches = _Batches(mnist, drawn, reviewed, former, seed)
    model.compile(
        optimizer=schedule.optimizer(PEAK_RATE, WARMUP_STEPS, EPOCHS * len(batches)),
        loss=surprise,
        metrics=[agreement],
        jit_compile=False,
    )
    held_back = mnist.y_train[-HELD_BACK:]
    before = model.get_weights()
    model.fit(
        batches,
        epochs=EPOCHS,
        shuffle=False,
        validation_data=(scaled(mnist.x_train[-HELD_BACK:]), _certain(held_back)),
        **shown(),
    )
    learned = zip(before, model.get_weights(), strict=True)
    model.set_weights([(1 - SHARE) * old + SHARE * new for old, new in learned])
    return model


def _certain(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The probabilities, ``[N, 11]``, of what is known to be 0 to 9, or 10 for no digit."""
    return np.eye(NOT_DIGIT + 1, dtype=np.float32)[labels]


def surprise(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    return tf.nn.softmax_cross_entropy_with_logits(wanted, open_set(logits))


def agreement(wanted: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    same = tf.equal(tf.argmax(open_set(logits), 1), tf.argmax(wanted, 1))
    return tf.cast(same, tf.float32)


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type stubs
    """Some of each, mixed, chosen and varied anew each epoch."""

    def __init__(
        self, mnist: Mnist, drawn: Arrays, reviewed: Examples, former: keras.Model, seed: int
    ) -> None:
        super().__init__()
        self._former = former
        cv2.setNumThreads(1)  # images of 28×28 are not worth dividing
        labelled = drawn[1] != IGNORED
        counts = [len(candidate) for candidate in reviewed.candidates]
        groups = (
            (mnist.x_train[:-HELD_BACK], mnist.y_train[:-HELD_BACK], PLAIN),
            (drawn[0][labelled], drawn[1][labelled], DRAWN),
            (
                np.concatenate(reviewed.candidates),
                np.repeat(np.array(reviewed.labels, np.uint8), counts),
                min(REVIEWED, REPEATS * sum(counts)),
            ),
        )
        self._images = np.concatenate([images for images, _, _ in groups])
        self._labels = np.concatenate([labels for _, labels, _ in groups])
        self._shares = [(len(images), count) for images, _, count in groups]
        self._random = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return len(self._order) // BATCH

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        chosen = self._order[index * BATCH : (index + 1) * BATCH]
        pixels = scaled(augment(self._images[chosen], self._random))
        wanted = _certain(self._labels[chosen])
        before = tf.nn.softmax(open_set(self._former(pixels, training=False))).numpy()
        is_known = (chosen < len(self._images) - self._shares[-1][0])[:, None]
        return pixels, np.where(is_known, (wanted + before) / 2, wanted)

    def on_epoch_end(self) -> None:
        order, start = [], 0
        for there, wanted in self._shares:
            # Each as often as any other, but for one.
            rounds = [self._random.permutation(there) for _ in range(-(-wanted // there))]
            order.append(start + np.concatenate(rounds)[:wanted])
            start += there
        self._order = self._random.permutation(np.concatenate(order))
