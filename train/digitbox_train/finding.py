"""Drawn scans → the network that finds the ink."""

from collections.abc import Iterator
from pathlib import Path

import keras
import tensorflow as tf

from digitbox_train import networks, schedule
from digitbox_train.dataset import Arrays, ViewDataset, made
from digitbox_train.drawing.writers import Writers
from digitbox_train.progress import shown
from digitbox_train.reading import scaled

EPOCHS, STEPS, BATCH = 100, 100, 32
"""Epochs of so many batches, no view being shown twice, unless it is interrupted: what goes on is
shown the first ones again."""

MISSED = 2.5
"""How much worse it is to miss a pixel of ink than to see one too many: a stem that is taken for a
ruled line makes a 9 a 0."""

PEAK_RATE, WARMUP_STEPS, CLIP = 3e-3, 100, 5.0
"""See :func:`digitbox_train.schedule.optimizer`."""


def fit(writers: Writers, seed: int, processes: int, backup: Path | None = None) -> keras.Model:
    """Train the finder on views of scans that ``writers`` wrote, drawn by ``processes`` beside the
    training. With ``backup``, a training that was interrupted goes on from its last epoch, and the
    figures of each stand in ``log.csv`` there."""
    keras.utils.set_random_seed(seed)
    model = networks.finder()
    model.compile(
        optimizer=schedule.optimizer(PEAK_RATE, WARMUP_STEPS, EPOCHS * STEPS, CLIP),
        loss=ink_loss,
        metrics=[overlap],
        jit_compile=False,
    )
    batches = made(ViewDataset(writers, BATCH, seed), 0, processes)
    model.fit(
        _scaled(batches),
        epochs=EPOCHS,
        steps_per_epoch=STEPS,
        **shown(schedule.callbacks(backup)),
    )
    batches.close()
    return model


def ink_loss(ink: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of every pixel, and Dice's loss of every view (Milletari, Navab, Ahmadi: V-Net,
    2016), which counts a thin, small digit as much as one that fills the page."""
    entropy = tf.nn.weighted_cross_entropy_with_logits(ink, logits, MISSED)
    found = tf.sigmoid(logits)
    shared = tf.reduce_sum(found * ink, (1, 2))
    both = tf.reduce_sum(found * found, (1, 2)) + tf.reduce_sum(ink * ink, (1, 2))
    # 20 pixels of either: so that blank pages have a loss too, and it is smooth.
    dice = 1 - (2 * shared + 20) / (both + 20)
    return 2 * tf.reduce_mean(entropy, (1, 2)) + dice


def overlap(ink: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Intersection over union of the ink found and the ink there is, of every view."""
    there, found = ink > 0.5, logits > 0
    shared = tf.reduce_sum(tf.cast(there & found, tf.float32), (1, 2))
    either = tf.reduce_sum(tf.cast(there | found, tf.float32), (1, 2))
    return (shared + 1) / (either + 1)


def _scaled(batches: Iterator[Arrays]) -> Iterator[tuple[tf.Tensor, tf.Tensor]]:
    for pages, inks in batches:
        yield scaled(pages), scaled(inks)
