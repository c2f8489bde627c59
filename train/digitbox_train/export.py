"""A trained Keras model → a model folder, checked against the Keras model."""

import hashlib
import importlib.metadata
import json
import platform
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf
import tf2onnx
from numpy.typing import NDArray

from digitbox.errors import TrainingError
from digitbox.recognition.card import CHARACTERS, INK, PREPROCESSING, Card, Threshold
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.normalize import FRAME_SIDE
from digitbox.recognition.strip import STRIP_HEIGHT
from digitbox.recognition.transcriber import Transcriber
from digitbox.recognition.view import VIEW_SIDE
from digitbox.records import DIGITS
from digitbox_train import thresholds
from digitbox_train.calibrate import Calibration
from digitbox_train.data import FILES, SHA256, Mnist
from digitbox_train.graph import rename

OPSET = 17
"""The ONNX operator set: old enough for any onnxruntime since 1.12."""

TOLERANCE = 1e-5
"""Largest difference of any probability between Keras and onnxruntime."""

FINDER_TOLERANCE = 1e-3
"""The same for ink: the least that a pixel's likelihood is held against is 0.08."""

NUMBERS_TOLERANCE = 1e-3
"""The same for the characters of a line: what is said of a place depends on all of the line, and
sums of so many numbers differ more."""

PACKAGES = ("tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class _Kind:
    """What cards say of all networks of one kind."""

    classes: tuple[str, ...]
    input: str
    output: str
    thresholds: Mapping[str, Threshold]


READS_DIGITS = _Kind(
    DIGITS,
    "uint8 [N, 28, 28], ink 255 on background 0",
    "float32 [N, 10], probabilities; with scans also [N], that of being no digit",
    thresholds.DIGIT,
)
FINDS_INK = _Kind(
    INK,
    "uint8 [N, 128, 128], a part of a page",
    "float32 [N, 128, 128], how likely ink",
    thresholds.INK,
)
READS_NUMBERS = _Kind(
    CHARACTERS,
    "uint8 [N, 40, W], a line of writing, W a multiple of 4",
    "float32 [N, W / 2, 15], probabilities",
    thresholds.NUMBERS,
)

Outputs = Callable[[tf.Tensor], dict[str, tf.Tensor]]
"""A batch of uint8 images → what the graph gives, by name, the most important first."""


def plain(model: keras.Model) -> Outputs:
    """``model`` gives the probabilities themselves."""
    return lambda images: {"probabilities": model(_pixels(images), training=False)}


def calibrated(model: keras.Model, calibration: Calibration) -> Outputs:
    """``model`` gives ten logits, beside which that of being no digit is fixed."""

    def outputs(images: tf.Tensor) -> dict[str, tf.Tensor]:
        logits = model(_pixels(images), training=False) / calibration.temperature
        none = tf.fill([tf.shape(logits)[0], 1], calibration.offset)
        return {
            "probabilities": tf.nn.softmax(logits),
            "not_digit": tf.nn.softmax(tf.concat([logits, none], axis=1))[:, -1],
        }

    return outputs


def finding(model: keras.Model) -> Outputs:
    """``model`` gives the logit of each pixel's being ink."""
    return lambda views: {"ink": tf.sigmoid(model(_pixels(views), training=False))}


def transcribing(model: keras.Model) -> Outputs:
    """``model`` gives the logits of each character, and of none, at each step."""
    return lambda strips: {"steps": tf.nn.softmax(model(_pixels(strips), training=False))}


def export(
    name: str, outputs: Outputs, folder: Path, mnist: Mnist, recipe: dict[str, int | float | str]
) -> Card:
    """Write what :func:`plain` or :func:`calibrated` made of a network called ``name`` as
    ``model.onnx`` and ``card.json`` to ``folder``, and return the card.

    Raises :class:`TrainingError`, and leaves what is in ``folder`` as it was, where the two do not
    agree on all of MNIST's test images: to 1e-5 in every probability, and in every class.
    """
    parts = [outputs(mnist.x_test[at : at + 1000]) for at in range(0, len(mnist.x_test), 1000)]
    expected, *others = (np.concatenate([part[name] for part in parts]) for name in parts[0])
    figures = {"mnist_test_accuracy": float(np.mean(expected.argmax(1) == mnist.y_test))}
    content = to_onnx(outputs, "images", FRAME_SIDE, FRAME_SIDE)
    card = _card(name, READS_DIGITS, content, recipe, figures)
    with _draft(folder, content, card) as draft:
        found = Model(draft).probabilities(list(mnist.x_test))
        check_parity(expected, found.digits)
        for not_digit in others:
            check_closeness(not_digit, found.not_digit)
    return card


def export_finder(
    model: keras.Model,
    folder: Path,
    views: NDArray[np.uint8],
    recipe: dict[str, int | float | str],
    figures: dict[str, float],
) -> Card:
    """Write the finder of ink to ``folder``, and return its card. Raises :class:`TrainingError`
    where the two do not agree on ``views`` (``[N, VIEW_SIDE, VIEW_SIDE]``)."""
    content = to_onnx(finding(model), "views", VIEW_SIDE, VIEW_SIDE)
    card = _card(model.name, FINDS_INK, content, recipe, figures)
    with _draft(folder, content, card) as draft:
        finder = Finder(draft)
        expected = finding(model)(views)["ink"].numpy()
        difference = float(np.abs(expected - np.stack([finder.ink(v) for v in views])).max())
        if difference > FINDER_TOLERANCE:
            raise TrainingError(
                f"The exported finder does not agree with Keras: ink differs by up to "
                f"{difference:.2g} (allowed: {FINDER_TOLERANCE:g}). Nothing was written."
            )
    return card


def export_numbers(
    model: keras.Model,
    folder: Path,
    strips: Sequence[NDArray[np.uint8]],
    recipe: dict[str, int | float | str],
    figures: dict[str, float],
) -> Card:
    """Write the network of numbers to ``folder``, and return its card. Raises
    :class:`TrainingError` where the two do not agree on ``strips`` (each ``[STRIP_HEIGHT, W]``)."""
    outputs = transcribing(model)
    content = to_onnx(outputs, "strips", STRIP_HEIGHT, None)
    card = _card(model.name, READS_NUMBERS, content, recipe, figures)
    with _draft(folder, content, card) as draft:
        transcriber = Transcriber([draft])
        for strip in strips:
            expected = outputs(strip[None])["steps"].numpy()[0]
            check_closeness(expected, transcriber.steps(strip), NUMBERS_TOLERANCE)
    return card


def to_onnx(outputs: Outputs, name: str, height: int, width: int | None) -> bytes:
    """``outputs`` as a plain ONNX graph, its input being ``name``, uint8 ``[N, height, width]`` (of
    any width, where that is None): nothing is tuned to this machine. The same weights give the same
    bytes."""
    # tf2onnx.convert.from_keras fails with Keras 3; from_function does not.
    signature = [tf.TensorSpec([None, height, width], tf.uint8, name=name)]
    proto, _ = tf2onnx.convert.from_function(
        tf.function(outputs, input_signature=signature), signature, opset=OPSET
    )
    order = list(outputs(tf.zeros([1, height, width or height], tf.uint8)))
    found = sorted(proto.graph.output, key=lambda value: order.index(value.name))
    del proto.graph.output[:]
    proto.graph.output.extend(found)
    rename(proto.graph)
    return bytes(proto.SerializeToString(deterministic=True))


def check_parity(keras_result: NDArray[np.float32], onnx_result: NDArray[np.float64]) -> None:
    """Raise :class:`TrainingError` unless both ``[N, 10]`` agree."""
    check_closeness(keras_result, onnx_result)
    changed = int(np.sum(keras_result.argmax(1) != onnx_result.argmax(1)))
    if changed:
        raise TrainingError(
            f"The exported model does not agree with Keras: {changed} of {len(keras_result)} "
            "classes differ. Nothing was written."
        )


def check_closeness(
    keras_result: NDArray[np.float32],
    onnx_result: NDArray[np.float64],
    tolerance: float = TOLERANCE,
) -> None:
    """Raise :class:`TrainingError` where a probability differs by more than ``tolerance``."""
    difference = float(np.abs(keras_result - onnx_result).max())
    if difference > tolerance:
        raise TrainingError(
            f"The exported model does not agree with Keras: probabilities differ by up to "
            f"{difference:.2g} (allowed: {tolerance:g}). Nothing was written."
        )


def _pixels(images: tf.Tensor) -> tf.Tensor:
    return tf.cast(images, tf.float32) / 255.0


def _card(
    name: str,
    kind: _Kind,
    content: bytes,
    recipe: dict[str, int | float | str],
    figures: dict[str, float],
) -> Card:
    return Card(
        name=name,
        classes=kind.classes,
        input=kind.input,
        output=kind.output,
        preprocessing=PREPROCESSING,
        model_sha256=hashlib.sha256(content).hexdigest(),
        data={f"MNIST {FILES[name]}": digest for name, digest in SHA256.items()},
        recipe=recipe,
        versions={"python": platform.python_version()}
        | {name: importlib.metadata.version(name) for name in PACKAGES},
        figures=figures,
        thresholds=dict(kind.thresholds),
    )


def write_card(folder: Path, card: Card) -> None:
    """Write what is known of the ``model.onnx`` in ``folder`` beside it."""
    text = json.dumps(msgspec.to_builtins(card), indent=2, ensure_ascii=False)
    (folder / "card.json").write_text(text + "\n", encoding="utf-8")


@contextmanager
def _draft(folder: Path, content: bytes, card: Card) -> Iterator[Path]:
    """A model folder that takes the place of ``folder`` where nothing is raised."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
        draft = Path(name)
        (draft / "model.onnx").write_bytes(content)
        write_card(draft, card)
        yield draft
        folder.mkdir(exist_ok=True)
        for file in draft.iterdir():
            file.replace(folder / file.name)
