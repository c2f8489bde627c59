"""A model folder → the Keras network with the weights of its ``model.onnx``, to go on learning.

What is shipped is ONNX alone. The export keeps every weight: convolutions with their batch
normalisation folded in, dense layers as products and sums, in the order of the network's layers.
"""

from pathlib import Path

import keras
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from digitbox.errors import TrainingError
from digitbox.recognition.card import read_card
from digitbox_train import networks

Weights = NDArray[np.float32]

NETWORKS = {
    "mlp": lambda: networks.mlp(None),
    "cnn": lambda: networks.cnn(None, normalized=False),
}


def restored(folder: Path) -> keras.Model:
    """The network of the model in ``folder``, from pixels in [0, 1], float32 ``[N, 28, 28]``, to
    logits, float32 ``[N, 10]``: those before the temperature.

    Raises :class:`TrainingError` where its graph is not one that :mod:`digitbox_train.export`
    makes.
    """
    name = read_card(folder).name
    if name not in NETWORKS:
        raise TrainingError(f"{folder}: {name} is no network that can go on learning.")
    model = NETWORKS[name]()
    found = [part for layer in _layers(onnx.load(folder / "model.onnx").graph) for part in layer]
    if [part.shape for part in found] != [part.shape for part in model.get_weights()]:
        raise TrainingError(
            f"{folder}: its layers are not those of {name}, so that it cannot go on learning. "
            "Learn from a model that `digitbox train` has made."
        )
    model.set_weights(found)
    return model


def _layers(graph: onnx.GraphProto) -> list[tuple[Weights, Weights]]:
    """Kernel and bias of each layer, as Keras has them, in the order of the graph."""
    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    products: dict[str, Weights] = {}
    layers = []
    for node in graph.node:
        parts = [constants.get(name) for name in node.input]
        if node.op_type == "Conv" and parts[1] is not None and parts[-1] is not None:
            layers.append((parts[1].transpose(2, 3, 1, 0), parts[-1]))
        elif node.op_type == "MatMul" and parts[1] is not None:
            products[node.output[0]] = parts[1]
        elif node.op_type == "Add" and node.input[0] in products and parts[1] is not None:
            layers.append((products[node.input[0]], parts[1]))
    return layers
