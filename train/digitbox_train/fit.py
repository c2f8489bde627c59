"""The plain recipe: MNIST → a trained 784-128-10, as the field's first tutorials have it."""

import keras
import tensorflow as tf

from digitbox_train import networks
from digitbox_train.data import Mnist
from digitbox_train.progress import shown
from digitbox_train.reading import scaled

EPOCHS, BATCH = 3, 32


def fit(mnist: Mnist, seed: int) -> keras.Model:
    """Train the ``mlp`` with Adam on sparse categorical cross-entropy and show the progress.
    The same seed gives the same weights on the same machine."""
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()
    model = networks.mlp()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(scaled(mnist.x_train), mnist.y_train, epochs=EPOCHS, batch_size=BATCH, **shown())
    return model
