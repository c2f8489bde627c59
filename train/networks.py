"""The networks: 28×28 pixels in [0, 1] → ten probabilities."""

import keras
from keras import layers


def mlp() -> keras.Model:
    """The plain recipe: 784-128-10, ReLU and softmax. 101,770 parameters."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Flatten()(pixels)
    x = layers.Dense(128, activation="relu")(x)
    probabilities = layers.Dense(10, activation="softmax")(x)
    return keras.Model(pixels, probabilities, name="mlp")


def cnn() -> keras.Model:
    """The deeper network: six 3×3 convolutions with batch normalisation, then the average of each
    channel. 189,250 parameters."""
    pixels = keras.Input(shape=(28, 28))
    x = layers.Reshape((28, 28, 1))(pixels)
    for filters, strides in ((24, 1), (32, 2), (48, 1), (64, 2), (96, 1), (96, 1)):
        x = layers.Conv2D(filters, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.3)(x)
    probabilities = layers.Dense(10, activation="softmax")(x)
    return keras.Model(pixels, probabilities, name="cnn")
