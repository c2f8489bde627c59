from pathlib import Path

import numpy as np
import pytest

from digitbox_train.data import HELD_BACK, Mnist
from digitbox_train.dataset import IGNORED
from tests.pages import digits

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


@pytest.fixture
def mnist() -> Mnist:
    """Two hundred digits to train on, and as many as are held back."""
    images, labels = digits()
    back = np.resize(images, (HELD_BACK, 28, 28)), np.resize(labels, HELD_BACK)
    return Mnist(
        np.concatenate([images[:200], back[0]]), np.concatenate([labels[:200], back[1]]), *back
    )


def test_no_digit_is_an_eleventh_class_without_a_logit_of_its_own() -> None:
    from digitbox_train.reading import open_set_accuracy, open_set_loss

    sure, none = np.full((1, 10), -9, np.float32), np.full((1, 10), -9, np.float32)
    sure[0, 3] = 9
    assert float(open_set_loss(np.array([3]), sure)[0]) < 0.01
    assert float(open_set_loss(np.array([10]), none)[0]) < 0.01
    assert float(open_set_loss(np.array([10]), sure)[0]) > 5
    assert open_set_accuracy(np.array([10]), none).numpy().tolist() == [1.0]
    assert open_set_accuracy(np.array([10]), sure).numpy().tolist() == [0.0]


def test_a_network_learns_digits_and_what_is_none(
    mnist: Mnist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import networks, reading

    monkeypatch.setattr(reading, "WARMUP_STEPS", 5)
    noise = np.random.default_rng(1).integers(0, 256, (150, 28, 28)).astype(np.uint8)
    labels = np.full((75, 2), 10, np.uint8)
    labels[0] = IGNORED, 10  # one that says nothing is passed over
    drawn = noise.reshape(75, 2, 28, 28), labels
    recipe = reading.Recipe(networks.mlp, epochs=12, batch=32, drawn=150)
    model = reading.fit(recipe, mnist, drawn, 1, tmp_path)
    logits = model.predict(reading.scaled(np.concatenate([digits()[0], noise])), verbose=0)
    assert logits.shape == (450, 10)
    none = (logits < 0).all(axis=1)
    assert none[300:].mean() > 0.95
    assert (logits[:300].argmax(1) == digits()[1])[:200].mean() > 0.5
    log = (tmp_path / "log.csv").read_text().splitlines()
    assert log[0].startswith("epoch,")
    assert len(log) == 1 + recipe.epochs
