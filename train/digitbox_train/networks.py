"""The networks: 28×28 pixels in [0, 1] → ten probabilities."""

import keras
import tensorflow as tf
from keras import layers


def mlp(activation: str | None = "softmax") -> keras.Model:
    """The plain recipe: 784-128-10, ReLU and softmax (or, without ``activation``, logits). 101,770
    parameters."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Flatten()(pixels)
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(pixels, layers.Dense(10, activation=activation)(x), name="mlp")


def cnn(activation: str | None = "softmax", normalized: bool = True) -> keras.Model:
    """The deeper network: five convolutions with batch normalisation, halving the sides twice, then
    a layer of 128. 425,000 parameters, 5.4 million multiplications an image: most networks that
    read MNIST as well take ten times as many. Channels by the 16 are what a core computes best.
    Not ``normalized``, each convolution has a bias: that is what an export makes of the two, for a
    network that has learned."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Reshape((28, 28, 1))(pixels)
    for filters, size, strides, padding in (
        (16, 5, 2, "same"),
        (32, 3, 1, "same"),
        (64, 3, 2, "same"),
        (64, 3, 1, "same"),
        (96, 3, 1, "valid"),
    ):
        x = _convolution(x, filters, strides, size, padding, normalized)
    x = layers.Dropout(0.2)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.3)(x)
    return keras.Model(pixels, layers.Dense(10, activation=activation)(x), name="cnn")


def finder() -> keras.Model:
    """Finds the ink on a view of a page: a U-Net (Ronneberger, Fischer, Brox 2015) that halves its
    128×128 pixels, in [0, 1], five times and adds what it saw on the way down to what it makes of
    it on the way up. Its convolutions are separable (Howard et al.: MobileNets, 2017): a third of
    the time of full ones. Its result is the logit of each pixel's being ink. 104,000 parameters."""
    pixels = keras.Input(shape=(128, 128))
    x = layers.Reshape((128, 128, 1))(pixels)
    # Views in bright and in dim light are to look alike.
    x = layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-3, center=False, scale=False)(x)
    x = _convolution(x, 16, strides=2, size=5)
    skips = [x]
    for filters in (48, 64, 96, 128):
        x = _separable(_separable(x, filters, strides=2), filters)
        skips.append(x)
    skips.pop()
    for skip in reversed(skips):
        filters = skip.shape[-1]
        x = layers.Conv2D(filters, 1, use_bias=False)(x)
        x = _separable(layers.Add()([_Doubled()(x), skip]), filters)
    # 100 µs less than four channels of 64×64 that are put together to one: onnxruntime computes no
    # fewer than 16.
    x = layers.Conv2DTranspose(1, 6, strides=2, padding="same")(x)
    return keras.Model(pixels, layers.Reshape((128, 128))(x), name="finder")


def _convolution(
    x: keras.KerasTensor,
    filters: int,
    strides: int = 1,
    size: int = 3,
    padding: str = "same",
    normalized: bool = True,
) -> keras.KerasTensor:
    bias = not normalized
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=bias)(x)
    return layers.ReLU()(layers.BatchNormalization()(x) if normalized else x)


@keras.saving.register_keras_serializable("digitbox")
class _Doubled(layers.Layer):  # type: ignore[misc]  # Keras has no type stubs
    """Each pixel as four. ``UpSampling2D`` does the same in eight operators of ONNX."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        size = [2 * x.shape[1], 2 * x.shape[2]]
        return tf.raw_ops.ResizeNearestNeighbor(images=x, size=size)


def _separable(x: keras.KerasTensor, filters: int, strides: int = 1) -> keras.KerasTensor:
    """Each channel by itself, then all channels of each pixel."""
    x = layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    return _convolution(x, filters, size=1)
