"""The networks: 28×28 pixels in [0, 1] → ten probabilities."""

import keras
from keras import layers


def mlp(activation: str | None = "softmax") -> keras.Model:
    """The plain recipe: 784-128-10, ReLU and softmax (or, without ``activation``, logits). 101,770
    parameters."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Flatten()(pixels)
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(pixels, layers.Dense(10, activation=activation)(x), name="mlp")


def cnn(activation: str | None = "softmax") -> keras.Model:
    """The deeper network: five convolutions with batch normalisation, halving the sides twice, then
    a layer of 128. 276,000 parameters, 3.4 million multiplications an image: most networks that
    read MNIST as well take ten times as many."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Reshape((28, 28, 1))(pixels)
    for filters, size, strides, padding in (
        (16, 5, 2, "same"),
        (32, 3, 1, "same"),
        (48, 3, 2, "same"),
        (48, 3, 1, "same"),
        (64, 3, 1, "valid"),
    ):
        x = _convolution(x, filters, strides, size, padding)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.3)(x)
    return keras.Model(pixels, layers.Dense(10, activation=activation)(x), name="cnn")


def finder() -> keras.Model:
    """Finds the ink on a view of a page: a U-Net (Ronneberger, Fischer, Brox 2015) that halves its
    128×128 pixels, in [0, 1], five times and adds what it saw on the way down to what it makes of
    it on the way up. Its result is the logit of each pixel's being ink. 340,000 parameters."""
    pixels = keras.Input(shape=(128, 128))
    x = layers.Reshape((128, 128, 1))(pixels)
    # Views in bright and in dim light are to look alike.
    x = layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-3, center=False, scale=False)(x)
    skips = []
    for filters in (16, 32, 48, 64, 96):
        x = _convolution(_convolution(x, filters, strides=2), filters)
        skips.append((filters, x))
    skips.pop()
    for filters, skip in reversed(skips):
        x = layers.Conv2D(filters, 1, use_bias=False)(x)
        x = layers.Add()([layers.UpSampling2D(2)(x), skip])
        x = _convolution(x, filters)
    x = _convolution(x, 16)
    x = layers.Conv2D(4, 3, padding="same")(x)
    # Four channels of 64×64 are one of 128×128.
    x = layers.Reshape((64, 64, 2, 2))(x)
    x = layers.Permute((1, 3, 2, 4))(x)
    return keras.Model(pixels, layers.Reshape((128, 128))(x), name="finder")


def _convolution(
    x: keras.KerasTensor, filters: int, strides: int = 1, size: int = 3, padding: str = "same"
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization()(x))
