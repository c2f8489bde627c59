import shutil
from pathlib import Path

import numpy as np
import pytest

from digitbox.config import SHIPPED_MODELS
from digitbox.errors import TrainingError
from digitbox.recognition.model import Model
from tests.pages import digits

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_the_network_says_what_its_model_says(name: str) -> None:
    from digitbox_train.calibrate import Calibration, log_likelihood
    from digitbox_train.reading import scaled
    from digitbox_train.weights import restored

    model = Model(SHIPPED_MODELS / name)
    recipe = model.card.recipe
    calibration = Calibration(float(recipe["temperature"]), float(recipe["offset"]))
    images = digits()[0]
    logits = restored(SHIPPED_MODELS / name).predict(scaled(images), verbose=0)
    expected = np.exp(log_likelihood(logits, calibration))
    found = model.probabilities(list(images))
    # The recipe has the calibration to four places.
    assert found.not_digit == pytest.approx(expected[:, 10], abs=1e-4)
    whole = found.digits * (1 - found.not_digit)[:, None]
    assert whole == pytest.approx(expected[:, :10], abs=1e-4)


def test_weights_that_were_exported_come_back_as_they_were(tmp_path: Path) -> None:
    from digitbox_train import networks
    from digitbox_train.calibrate import Calibration
    from digitbox_train.data import Mnist
    from digitbox_train.export import calibrated, export
    from digitbox_train.weights import restored

    images, labels = digits()
    mnist = Mnist(images, labels, images, labels)
    model = networks.cnn(None, normalized=False)
    random = np.random.default_rng(1)  # a bias of nothing but zeros would be left out
    model.set_weights([part + random.normal(0, 0.1, part.shape) for part in model.get_weights()])
    export("cnn", calibrated(model, Calibration(1.3, -0.5)), tmp_path / "m", mnist, {"seed": 1})
    for here, back in zip(model.get_weights(), restored(tmp_path / "m").get_weights(), strict=True):
        assert np.array_equal(here, back)


def test_what_is_no_network_that_reads_is_refused(tmp_path: Path) -> None:
    from digitbox_train.weights import restored

    shutil.copytree(SHIPPED_MODELS / "mlp", tmp_path / "m")
    card = (tmp_path / "m" / "card.json").read_text("utf-8")
    for name, message in (("cnn", "its layers are not those"), ("svm", "no network that can")):
        (tmp_path / "m" / "card.json").write_text(
            card.replace('"name": "mlp"', f'"name": "{name}"')
        )
        with pytest.raises(TrainingError, match=message):
            restored(tmp_path / "m")
