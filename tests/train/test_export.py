from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import TrainingError
from pipeline.recognition.card import read_card
from train.data import Mnist

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


@pytest.fixture
def mnist() -> Mnist:
    """A little of what MNIST looks like."""
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (50, 28, 28), np.uint8)
    labels = random.integers(0, 10, 50).astype(np.uint8)
    return Mnist(images, labels, images, labels)


@pytest.mark.parametrize("network", ["mlp", "cnn"])
def test_the_graph_takes_bytes_and_gives_probabilities(
    network: str, mnist: Mnist, tmp_path: Path
) -> None:
    import onnx

    from train import networks
    from train.export import export

    model = getattr(networks, network)()
    card = export(model, tmp_path / "m", mnist, {"seed": 1})
    graph = onnx.load(tmp_path / "m" / "model.onnx").graph
    (given,), (first, *_) = graph.input, graph.output
    assert given.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    shape = [dim.dim_param or dim.dim_value for dim in given.type.tensor_type.shape.dim]
    assert shape == ["N", 28, 28]
    assert [dim.dim_param or dim.dim_value for dim in first.type.tensor_type.shape.dim] == ["N", 10]
    assert {node.domain for node in graph.node} == {""}  # nothing that is onnxruntime's own
    assert read_card(tmp_path / "m") == card


def test_the_same_weights_give_the_same_bytes() -> None:
    from train import networks
    from train.export import to_onnx

    model = networks.mlp()
    assert to_onnx(model) == to_onnx(model)


def test_a_difference_in_probability_is_refused() -> None:
    from train.export import check_parity

    expected = np.full((5, 10), 0.1, np.float32)
    check_parity(expected, expected.astype(np.float64))
    found = expected.astype(np.float64)
    found[2, 3] -= 2e-5
    with pytest.raises(TrainingError, match="differ by up to 2e-05"):
        check_parity(expected, found)


def test_a_difference_in_class_is_refused() -> None:
    from train.export import check_parity

    expected = np.zeros((5, 10), np.float32)
    expected[:, 0], expected[:, 1] = 0.500001, 0.5
    found = expected.astype(np.float64)
    found[4, 1] = 0.500002
    with pytest.raises(TrainingError, match="1 of 5 classes"):
        check_parity(expected, found)


def test_a_refused_export_leaves_the_old_model(
    mnist: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from train import export as module
    from train import networks

    folder = tmp_path / "m"
    module.export(networks.mlp(), folder, mnist, {"seed": 1})
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    other = module.to_onnx(networks.mlp())  # of other weights than the model exported
    monkeypatch.setattr(module, "to_onnx", lambda _: other)
    with pytest.raises(TrainingError, match="Nothing was written"):
        module.export(networks.mlp(), folder, mnist, {"seed": 2})
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
