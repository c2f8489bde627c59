import re

import numpy as np
import pytest

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own


@pytest.mark.parametrize("name", ["mlp", "cnn", "finder", "numbers"])
def test_a_network_has_as_many_parameters_as_is_said(name: str) -> None:
    from digitbox.recognition.card import CHARACTERS
    from digitbox_train import networks

    build = getattr(networks, name)
    model = build(len(CHARACTERS)) if name == "numbers" else build()
    (said,) = re.findall(r"([\d,]+)\s+parameters", build.__doc__)
    places = 1_000 if said.endswith(",000") else 1
    assert round(model.count_params() / places) * places == int(said.replace(",", ""))
    assert model.name == name


@pytest.mark.parametrize("width", [4, 48, 52, 160, 1024])
def test_the_network_of_numbers_takes_strips_of_any_width(width: int) -> None:
    from digitbox.recognition.strip import STEP, STRIP_HEIGHT
    from digitbox_train import networks

    model = networks.numbers(14)
    strips = np.random.default_rng(1).random((2, STRIP_HEIGHT, width)).astype(np.float32)
    logits = model(strips).numpy()
    assert logits.shape == (2, width // STEP, 15)
    assert np.isfinite(logits).all()


def test_bright_and_dim_strips_look_alike_to_the_network_of_numbers() -> None:
    from digitbox_train import networks

    model = networks.numbers(14)
    strip = np.random.default_rng(1).random((1, 40, 80)).astype(np.float32)
    assert model(strip).numpy() == pytest.approx(model(0.8 * strip + 0.1).numpy(), abs=0.05)
