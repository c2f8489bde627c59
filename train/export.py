"""A trained Keras model → a model folder, checked against the Keras model on MNIST's test set."""

import hashlib
import importlib.metadata
import json
import platform
import tempfile
from pathlib import Path

import keras
import msgspec
import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from pipeline.errors import TrainingError
from pipeline.recognition.card import CLASSES, PREPROCESSING, Card
from pipeline.recognition.model import Model
from train.data import FILES, SHA256, Mnist
from train.fit import scaled

OPSET = 17
"""The ONNX operator set: old enough for any onnxruntime since 1.12."""

TOLERANCE = 1e-5
"""Largest difference of any probability between Keras and onnxruntime."""

PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


def export(model: keras.Model, folder: Path, mnist: Mnist, recipe: dict[str, int | str]) -> Card:
    """Write ``model`` (float32 ``[N, 28, 28]`` in [0, 1] → probabilities ``[N, 10]``) as
    ``model.onnx`` and ``card.json`` to ``folder``, and return the card.

    Raises :class:`TrainingError`, and leaves what is in ``folder`` as it was, where the two do not
    agree on all of MNIST's test images: to 1e-5 in every probability, and in every class.
    """
    content = to_onnx(model)
    expected = model.predict(scaled(mnist.x_test), batch_size=1000, verbose=0)
    card = Card(
        name=model.name,
        classes=CLASSES,
        preprocessing=PREPROCESSING,
        model_sha256=hashlib.sha256(content).hexdigest(),
        data={f"MNIST {FILES[name]}": digest for name, digest in SHA256.items()},
        recipe=recipe,
        versions={"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in PACKAGES},
        figures={"mnist_test_accuracy": float(np.mean(expected.argmax(1) == mnist.y_test))},
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        draft = Path(name)
        _write(draft, content, card)
        check_parity(expected, Model(draft).probabilities(list(mnist.x_test)))
        folder.mkdir(exist_ok=True)
        for file in draft.iterdir():
            file.replace(folder / file.name)
    return card


def to_onnx(model: keras.Model) -> bytes:
    """``model`` as a plain ONNX graph from uint8 ``images`` ``[N, 28, 28]`` to float32
    ``probabilities`` ``[N, 10]``: scaling inside, nothing tuned to this machine. The same weights
    give the same bytes."""

    # tf2onnx.convert.from_keras fails with Keras 3; from_function does not.
    def classify(images: tf.Tensor) -> dict[str, tf.Tensor]:
        pixels = tf.cast(images, tf.float32) / 255.0
        return {"probabilities": model(pixels, training=False)}

    signature = [tf.TensorSpec([None, 28, 28], tf.uint8, name="images")]
    proto, _ = tf2onnx.convert.from_function(
        tf.function(classify, input_signature=signature), signature, opset=OPSET
    )
    _rename(proto.graph)
    return bytes(proto.SerializeToString(deterministic=True))


def check_parity(keras_result: NDArray[np.float32], onnx_result: NDArray[np.float64]) -> None:
    """Raise :class:`TrainingError` unless both ``[N, 10]`` agree."""
    difference = float(np.abs(keras_result - onnx_result).max())
    changed = int(np.sum(keras_result.argmax(1) != onnx_result.argmax(1)))
    if difference > TOLERANCE or changed:
        raise TrainingError(
            f"The exported model does not agree with Keras: probabilities differ by up to "
            f"{difference:.2g} (allowed: {TOLERANCE:g}), {changed} of {len(keras_result)} classes "
            "differ. Nothing was written."
        )


def _rename(graph: onnx.GraphProto) -> None:
    """tf2onnx numbers its names, and the function that it says it converted, by a counter that runs
    through the whole process; number them by their place in the graph instead."""
    graph.doc_string = ""
    names: dict[str, str] = {value.name: value.name for value in (*graph.input, *graph.output)}

    def renamed(name: str) -> str:
        return names.setdefault(name, f"t{len(names)}") if name else ""

    for initializer in graph.initializer:
        initializer.name = renamed(initializer.name)
    for index, node in enumerate(graph.node):
        node.name = f"{node.op_type}_{index}"
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    del graph.value_info[:]
    for value in (*graph.input, *graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "N"


def _write(folder: Path, content: bytes, card: Card) -> None:
    (folder / "model.onnx").write_bytes(content)
    text = json.dumps(msgspec.to_builtins(card), indent=2, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")
