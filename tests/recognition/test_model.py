import shutil
from pathlib import Path

import msgspec
import numpy as np
import pytest

from digitbox.config import SHIPPED_MODELS
from digitbox.errors import ModelError
from digitbox.recognition.card import PREPROCESSING, read_card
from digitbox.recognition.model import Model
from digitbox_train.data import load
from tests.conftest import data
from tests.pages import digits

SHIPPED = ("cnn", "mlp")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a shipped model, to be spoilt."""
    return Path(shutil.copytree(SHIPPED_MODELS / "mlp", tmp_path / "mlp"))


def change_card(folder: Path, **changes: object) -> None:
    card = msgspec.json.decode((folder / "card.json").read_bytes())
    (folder / "card.json").write_bytes(msgspec.json.encode(card | changes))


def test_two_models_are_shipped_and_what_serves_beside_them() -> None:
    folders = (card.parent.name for card in SHIPPED_MODELS.glob("*/card.json"))
    assert sorted(folders) == ["cnn", "finder", "mlp", "numbers-1", "numbers-2"]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_tells_the_accuracy_on_mnist(name: str) -> None:
    mnist = load(data("mnist"))
    model = Model(SHIPPED_MODELS / name)
    right = model.probabilities(list(mnist.x_test)).digits.argmax(1) == mnist.y_test
    assert np.mean(right) == pytest.approx(model.card.figures["mnist_test_accuracy"], abs=1e-9)
    assert np.mean(right) >= {"mlp": 0.985, "cnn": 0.996}[name]


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("count", [0, 1, 2, 63, 64, 65, 200])
def test_probabilities_come_for_any_number_of_frames(name: str, count: int) -> None:
    probabilities = Model(SHIPPED_MODELS / name).probabilities(list(digits()[0][:count])).digits
    assert probabilities.shape == (count, 10)
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_frame_does_not_depend_on_its_neighbours(name: str) -> None:
    model = Model(SHIPPED_MODELS / name)
    frames = list(digits()[0])
    together = model.probabilities(frames).digits
    alone = np.concatenate([model.probabilities([frame]).digits for frame in frames])
    assert np.abs(together - alone).max() < 1e-5


def test_an_altered_model_is_refused(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(ModelError, match=r"not the file that card\.json describes"):
        Model(folder)


def test_a_model_made_for_another_preprocessing_is_refused(folder: Path) -> None:
    change_card(folder, preprocessing=PREPROCESSING + 1)
    with pytest.raises(ModelError, match="Train the model again"):
        read_card(folder)


def test_a_model_that_tells_something_else_apart_is_refused(folder: Path) -> None:
    change_card(folder, classes=["a", "b"])
    with pytest.raises(ModelError, match=r"tells apart a b, .* tells apart 0 1 2 3 4 5 6 7 8 9\."):
        read_card(folder)


def test_a_card_of_another_form_is_refused(folder: Path) -> None:
    change_card(folder, colour="red")
    with pytest.raises(ModelError, match="colour"):
        read_card(folder)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is no model folder"):
        read_card(tmp_path)


def test_a_file_that_is_no_onnx_is_refused(folder: Path) -> None:
    import hashlib

    (folder / "model.onnx").write_bytes(b"nonsense")
    change_card(folder, model_sha256=hashlib.sha256(b"nonsense").hexdigest())
    with pytest.raises(ModelError, match="cannot be loaded"):
        Model(folder)
