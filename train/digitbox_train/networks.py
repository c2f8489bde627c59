"""The networks: pixels in [0, 1] → probabilities of digits, ink or characters, or their logits."""

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


def numbers(characters: int) -> keras.Model:
    """Reads a line of digits: strips of 40 pixels by any multiple of 4, in [0, 1], to the logits of
    so many ``characters`` and of none, which is the last, at each step of 2 pixels across (as Shi,
    Bai, Yao: CRNN, 2017, but with convolutions alone, which a strip of any length passes as
    quickly). It sees 4 pixels as one and says two things of them: small zeros side by side are no
    more apart than that. Blocks are residual (He et al. 2016). What is said of a place depends on
    60 pixels on either side, and, as one hand wrote the line, on what the whole of it is like (Hu,
    Shen, Sun: Squeeze-and-Excitation Networks, 2018). 620,000 parameters."""
    pixels = keras.Input(shape=(40, None))
    x = layers.Reshape((40, -1, 1))(pixels)
    x = layers.LayerNormalization(axis=(1, 2, 3), epsilon=1e-3, center=False, scale=False)(x)
    x = _convolution(x, 24, strides=2, size=5)
    x = _convolution(x, 24)
    x = _residual(_convolution(x, 48, strides=2), 3)
    x = _residual(_convolution(x, 96, strides=(2, 1)), 3)
    x = _convolution(x, 160, size=(5, 1), padding="valid")
    for dilation in (1, 2, 4):
        x = _residual(_styled(x), (1, 3), dilation)
    x = layers.Dropout(0.1)(x)
    x = layers.Conv2D(2 * (characters + 1), 1)(x)
    return keras.Model(pixels, layers.Reshape((-1, characters + 1))(x), name="numbers")


def _residual(
    x: keras.KerasTensor, size: int | tuple[int, int], dilation: int = 1
) -> keras.KerasTensor:
    """Two convolutions, or one along a line, the result of which is added to what came in."""
    filters, y = x.shape[-1], x
    if size == 3:
        y = _convolution(y, filters)
    y = layers.Conv2D(filters, size, padding="same", dilation_rate=(1, dilation), use_bias=False)(y)
    return layers.ReLU()(layers.Add()([x, layers.BatchNormalization()(y)]))


def _styled(x: keras.KerasTensor) -> keras.KerasTensor:
    """Each channel, more or less of it by a factor, 0 to 2, that the whole line decides."""
    filters = x.shape[-1]
    y = layers.GlobalAveragePooling2D()(x)
    y = layers.Dense(filters // 4, activation="relu")(y)
    y = layers.Reshape((1, 1, filters))(layers.Dense(filters, activation="tanh")(y))
    return layers.Add()([x, layers.Multiply()([x, y])])


def _convolution(
    x: keras.KerasTensor,
    filters: int,
    strides: int | tuple[int, int] = 1,
    size: int | tuple[int, int] = 3,
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
