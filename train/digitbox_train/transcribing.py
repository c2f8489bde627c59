"""Drawn strips → the network that reads numbers."""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from digitbox.recognition import ctc
from digitbox.recognition.card import CHARACTERS
from digitbox.recognition.strip import STEP, STRIP_HEIGHT
from digitbox.records import DIGITS
from digitbox_train import networks, schedule
from digitbox_train.dataset import made
from digitbox_train.drawing.lines import line
from digitbox_train.drawing.strips import Strip, shows
from digitbox_train.drawing.writers import Writers
from digitbox_train.progress import shown
from digitbox_train.reading import scaled

EPOCHS, STEPS = 200, 90
"""Epochs of so many batches, no strip being shown twice, unless the training is interrupted."""

PIXELS = 32 * 160
"""A batch has strips of one width, about so many pixels wide together, and at least FEWEST."""
FEWEST = 6

SHOWN, PIECE = 3, 1500
"""Each line that is written is shown so many times, each time cut out otherwise, on other paper and
in other light: to write it takes three times as long as the rest. So many strips are drawn at a
time, and mixed."""

PEAK_RATE, WARMUP_STEPS, CLIP = 2.5e-3, 200, 5.0
"""See :func:`digitbox_train.schedule.optimizer`."""

AVERAGED = 0.995
"""The weights that are kept are an average over about the last 200 steps, and more where the rate
is small (Polyak, Juditsky 1992)."""

PLACED, FADED = 5.0, 0.25
"""In the beginning the places of the characters are taught, too, which weighs so much; it is down
to a twentieth after that share of the epochs. Without it, the network says nothing at all for a
long while, which is the easiest for a loss that knows no places."""

BLANK = len(CHARACTERS)
"""No character begins or goes on here."""

IGNORED = -1

BESIDE = 2
"""So many steps on each side of the middle of a character may say the same, or nothing."""

Batch = tuple[NDArray[np.uint8], NDArray[np.int32]]
"""Strips, uint8 ``[N, STRIP_HEIGHT, W]``, and what they say, int32 ``[N, 2, W / STEP]``: first the
characters, one after the other, IGNORED after the last; then what is at each step, the character,
BLANK, or IGNORED beside a character."""


@dataclass(frozen=True)
class StripDataset:
    """Makes ``size`` strips, the same ones for the same ``seed`` and number."""

    writers: Writers
    size: int
    seed: int

    def __call__(self, number: int) -> list[Strip]:
        random = np.random.default_rng((self.seed, number))
        strips: list[Strip] = []
        while len(strips) < self.size:
            written = line(self.writers, random)
            strips += [shown for _ in range(SHOWN) if (shown := shows(written, random))]
        strips = strips[: self.size]
        return [strips[place] for place in random.permutation(len(strips))]


def batches(pieces: Iterable[Sequence[Strip]]) -> Iterator[Batch]:
    """The strips of ``pieces``, those of one width together."""
    waiting: dict[int, list[Strip]] = {}
    for piece in pieces:
        for strip in piece:
            width = strip.pixels.shape[1]
            same = waiting.setdefault(width, [])
            same.append(strip)
            if len(same) >= max(FEWEST, PIXELS // width):
                yield np.stack([one.pixels for one in same]), np.stack([said(one) for one in same])
                same.clear()


def said(strip: Strip) -> NDArray[np.int32]:
    """What ``strip`` says, int32 ``[2, W / STEP]``; see :data:`Batch`."""
    steps = strip.pixels.shape[1] // STEP
    found = np.full((2, steps), IGNORED, np.int32)
    found[1] = BLANK
    at = [min(max(0, int(centre / STEP)), steps - 1) for centre in strip.centres]
    for step in at:
        found[1, max(0, step - BESIDE) : step + BESIDE + 1] = IGNORED
    for number, (step, character) in enumerate(zip(at, strip.text, strict=True)):
        found[0, number] = found[1, step] = CHARACTERS.index(character)
    return found


def fit(writers: Writers, seed: int, processes: int, backup: Path | None = None) -> keras.Model:
    """Train the network of numbers on strips that ``writers`` wrote, drawn by ``processes`` beside
    the training. The result gives logits. With ``backup``, a training that was interrupted goes on
    from its last epoch, and the figures of each stand in ``log.csv`` there."""
    keras.utils.set_random_seed(seed)
    cv2.setNumThreads(1)
    # TensorFlow 2.21 folds the gradient of a factor for each channel wrongly where widths vary.
    tf.config.optimizer.set_experimental_options({"constant_folding": False})
    model = networks.numbers(len(CHARACTERS))
    loss = _Loss()
    optimizer = schedule.optimizer(PEAK_RATE, WARMUP_STEPS, EPOCHS * STEPS, CLIP, AVERAGED)
    model.compile(optimizer=optimizer, loss=loss, jit_compile=False)
    pieces = made(StripDataset(writers, PIECE, seed), 0, processes)
    model.fit(
        _tensors(pieces),
        epochs=EPOCHS,
        steps_per_epoch=STEPS,
        **shown([loss.fading(), *schedule.callbacks(backup)]),
    )
    pieces.close()
    return model


def digits_right(model: keras.Model, strips: Sequence[Strip]) -> NDArray[np.bool_]:
    """Of which of ``strips`` a network that gives logits reads the digits right, whatever it says
    of marks between them: bool ``[N]``."""
    places: dict[int, list[int]] = {}
    for place, strip in enumerate(strips):
        places.setdefault(strip.pixels.shape[1], []).append(place)
    right = np.zeros(len(strips), bool)
    for same in places.values():
        pixels = scaled(np.stack([strips[place].pixels for place in same]))
        steps = tf.nn.softmax(model.predict(pixels, verbose=0)).numpy().astype(np.float64)
        for place, one in zip(same, steps, strict=True):
            (read,) = ctc.likeliest(ctc.condensed(ctc.without_separators(one)), 1)
            right[place] = ctc.text(read) == "".join(c for c in strips[place].text if c in DIGITS)
    return right


def transcription_loss(said: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """How unlikely the characters are, whatever their places (Graves et al.: Connectionist Temporal
    Classification, 2006), for each strip, over one more than their number."""
    characters = said[:, 0]
    there = characters != IGNORED
    count = tf.reduce_sum(tf.cast(there, tf.float32), axis=1)
    # A strip that says nothing is BLANK all the way; the operation asks for a character.
    nothing = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., BLANK], axis=1)
    first = tf.pad(tf.ones_like(there[:, :1]), [[0, 0], [0, tf.shape(there)[1] - 1]])
    listed = tf.where(there | first)
    sparse = tf.SparseTensor(
        listed, tf.maximum(tf.gather_nd(characters, listed), 0), tf.shape(characters, tf.int64)
    )
    steps = tf.fill(tf.shape(logits)[:1], tf.shape(logits)[1])
    loss = tf.nn.ctc_loss(sparse, logits, None, steps, logits_time_major=False, blank_index=BLANK)
    loss = tf.where(count > 0, loss, nothing)
    # More characters than there is room for teach nothing.
    loss = tf.where(tf.math.is_finite(loss) & (loss < 400), loss, tf.zeros_like(loss))
    return loss / (count + 1)


def place_loss(said: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
    """Cross-entropy of what is at each step, a character counting twice, for each strip."""
    at = said[:, 1]
    weights = tf.where(at == IGNORED, 0.0, tf.where(at == BLANK, 1.0, 2.0))
    each = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.maximum(at, 0), logits)
    return tf.reduce_sum(weights * each, axis=1) / tf.reduce_sum(weights, axis=1)


class _Loss(keras.losses.Loss):  # type: ignore[misc]  # Keras has no type stubs
    """Both of the above."""

    def __init__(self) -> None:
        super().__init__(name="loss")
        self._weight = tf.Variable(PLACED, trainable=False, dtype=tf.float32)

    def call(self, said: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        said = tf.cast(said, tf.int32)
        return transcription_loss(said, logits) + self._weight * place_loss(said, logits)

    def fading(self) -> keras.callbacks.Callback:
        def begin(epoch: int, _: object = None) -> None:
            self._weight.assign(PLACED * max(0.05, 1 - epoch / (FADED * EPOCHS)))

        return keras.callbacks.LambdaCallback(on_epoch_begin=begin)


def _tensors(pieces: Generator[list[Strip], None, None]) -> tf.data.Dataset:
    def scaled_batches() -> Iterator[tuple[NDArray[np.float32], NDArray[np.int32]]]:
        for strips, says in batches(pieces):
            yield scaled(strips), says

    return tf.data.Dataset.from_generator(
        scaled_batches,
        output_signature=(
            tf.TensorSpec((None, STRIP_HEIGHT, None), tf.float32),
            tf.TensorSpec((None, 2, None), tf.int32),
        ),
    ).prefetch(4)
