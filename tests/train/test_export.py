from pathlib import Path

import numpy as np
import pytest

from digitbox.config import FINDER, SHIPPED_MODELS
from digitbox.errors import TrainingError
from digitbox.recognition.card import CHARACTERS, INK, read_card
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.transcriber import Transcriber
from digitbox_train.data import Mnist

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
def test_the_plain_graph_takes_bytes_and_gives_probabilities(
    network: str, mnist: Mnist, tmp_path: Path
) -> None:
    from digitbox_train import networks
    from digitbox_train.export import export, plain

    model = getattr(networks, network)()
    card = export(network, plain(model), tmp_path / "m", mnist, {"seed": 1})
    assert described(tmp_path / "m") == (("images", ["N", 28, 28]), ("probabilities", ["N", 10]))
    assert read_card(tmp_path / "m") == card
    assert not Model(tmp_path / "m").probabilities(list(mnist.x_test)).not_digit.any()


def test_the_calibrated_graph_says_besides_whether_it_is_a_digit(
    mnist: Mnist, tmp_path: Path
) -> None:
    from digitbox_train import networks
    from digitbox_train.calibrate import Calibration, log_likelihood
    from digitbox_train.export import calibrated, export
    from digitbox_train.reading import scaled

    model, calibration = networks.mlp(None), Calibration(1.7, -0.4)
    export("mlp", calibrated(model, calibration), tmp_path / "m", mnist, {"seed": 1})
    assert described(tmp_path / "m") == (
        ("images", ["N", 28, 28]),
        ("probabilities", ["N", 10]),
        ("not_digit", ["N"]),
    )
    found = Model(tmp_path / "m").probabilities(list(mnist.x_test))
    logits = model.predict(scaled(mnist.x_test), verbose=0)
    expected = np.exp(log_likelihood(logits, calibration))
    assert found.not_digit == pytest.approx(expected[:, 10], abs=1e-5)
    whole = found.digits * (1 - found.not_digit)[:, None]
    assert whole == pytest.approx(expected[:, :10], abs=1e-5)


def test_the_finders_graph_takes_views_and_gives_ink(tmp_path: Path) -> None:
    from digitbox_train import networks
    from digitbox_train.export import export_finder

    views = np.random.default_rng(1).integers(0, 256, (3, 128, 128), np.uint8)
    card = export_finder(networks.finder(), tmp_path / "f", views, {"seed": 1}, {"overlap": 0.5})
    assert described(tmp_path / "f") == (("views", ["N", 128, 128]), ("ink", ["N", 128, 128]))
    assert Finder(tmp_path / "f").card == card


def test_the_graph_of_numbers_takes_strips_of_any_width_and_gives_their_steps(
    tmp_path: Path,
) -> None:
    from digitbox_train import networks, thresholds
    from digitbox_train.export import export_numbers
    from digitbox_train.reading import scaled

    random = np.random.default_rng(1)
    strips = [random.integers(0, 256, (40, width), np.uint8) for width in (48, 112, 48)]
    model = networks.numbers(len(CHARACTERS))
    card = export_numbers(model, tmp_path / "n", strips, {"seed": 1}, {"right": 0.5})
    form = (("strips", ["N", 40, "W"]), ("steps", ["N", "T", 15]))
    assert described(tmp_path / "n") == form
    assert card.classes == CHARACTERS
    assert card.thresholds == thresholds.NUMBERS
    assert (card.input, card.output) == (
        "uint8 [N, 40, W], a line of writing, W a multiple of 4",
        "float32 [N, W / 2, 15], probabilities",
    )
    transcriber = Transcriber([tmp_path / "n"])
    assert transcriber.cards == (card,)
    for strip in strips:
        logits = model.predict(scaled(strip[None]), verbose=0)[0].astype(np.float64)
        expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        steps = transcriber.steps(strip)
        assert steps.shape == (strip.shape[1] // 2, 15)
        assert steps == pytest.approx(expected, abs=1e-3)


def test_another_network_of_numbers_than_was_trained_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import export as module
    from digitbox_train import networks

    one, other = (networks.numbers(len(CHARACTERS)) for _ in range(2))
    content = module.to_onnx(module.transcribing(other), "strips", 40, None)
    monkeypatch.setattr(module, "to_onnx", lambda *_: content)
    strips = [np.random.default_rng(1).integers(0, 256, (40, 48), np.uint8)]
    with pytest.raises(TrainingError, match="Nothing was written"):
        module.export_numbers(one, tmp_path / "n", strips, {"seed": 1}, {})
    assert not (tmp_path / "n").exists()


def test_a_card_says_what_its_kind_of_network_is_given_and_gives(
    mnist: Mnist, tmp_path: Path
) -> None:
    from digitbox_train import networks, thresholds
    from digitbox_train.export import export, export_finder, plain

    views = np.random.default_rng(1).integers(0, 256, (1, 128, 128), np.uint8)
    reads = export("mlp", plain(networks.mlp()), tmp_path / "m", mnist, {"seed": 1})
    finds = export_finder(networks.finder(), tmp_path / "f", views, {"seed": 1}, {})
    shipped = read_card(SHIPPED_MODELS / "mlp"), read_card(FINDER, INK)
    for card, known in zip((reads, finds), shipped, strict=True):
        assert (card.classes, card.input, card.output) == (
            known.classes, known.input, known.output,
        )  # fmt: skip
    assert reads.thresholds == thresholds.DIGIT
    assert finds.thresholds == thresholds.INK


def described(folder: Path) -> tuple[tuple[str, list[str | int]], ...]:
    """The graph's input and outputs, by name, with their shapes."""
    import onnx

    graph = onnx.load(folder / "model.onnx").graph
    assert graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert {node.domain for node in graph.node} == {""}  # nothing that is onnxruntime's own
    return tuple(
        (value.name, [dim.dim_param or dim.dim_value for dim in value.type.tensor_type.shape.dim])
        for value in (*graph.input, *graph.output)
    )


def test_the_same_weights_give_the_same_bytes() -> None:
    from digitbox_train import networks
    from digitbox_train.export import plain, to_onnx

    outputs = plain(networks.mlp())
    assert to_onnx(outputs, "images", 28, 28) == to_onnx(outputs, "images", 28, 28)


def test_the_same_weights_give_the_same_bytes_in_another_network_of_any_width() -> None:
    from digitbox_train import networks
    from digitbox_train.export import to_onnx, transcribing

    one, other = (networks.numbers(len(CHARACTERS)) for _ in range(2))
    other.set_weights(one.get_weights())
    first, second = (to_onnx(transcribing(model), "strips", 40, None) for model in (one, other))
    assert first == second


def test_a_difference_in_probability_is_refused() -> None:
    from digitbox_train.export import check_parity

    expected = np.full((5, 10), 0.1, np.float32)
    check_parity(expected, expected.astype(np.float64))
    found = expected.astype(np.float64)
    found[2, 3] -= 2e-5
    with pytest.raises(TrainingError, match="differ by up to 2e-05"):
        check_parity(expected, found)


def test_a_difference_in_class_is_refused() -> None:
    from digitbox_train.export import check_parity

    expected = np.zeros((5, 10), np.float32)
    expected[:, 0], expected[:, 1] = 0.500001, 0.5
    found = expected.astype(np.float64)
    found[4, 1] = 0.500002
    with pytest.raises(TrainingError, match="1 of 5 classes"):
        check_parity(expected, found)


def test_a_refused_export_leaves_the_old_model(
    mnist: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import export as module
    from digitbox_train import networks

    folder = tmp_path / "m"
    module.export("mlp", module.plain(networks.mlp()), folder, mnist, {"seed": 1})
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    # Of other weights than the model that is exported:
    other = module.to_onnx(module.plain(networks.mlp()), "images", 28, 28)
    monkeypatch.setattr(module, "to_onnx", lambda *_: other)
    with pytest.raises(TrainingError, match="Nothing was written"):
        module.export("mlp", module.plain(networks.mlp()), folder, mnist, {"seed": 2})
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["m"]
