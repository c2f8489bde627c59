"""Trains the real network on the real data, through the command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.recognition.card import read_card
from tests.conftest import ROOT, Command, data
from tests.test_run import published

pytest.importorskip("tensorflow")

PARITY = """
import sys
import keras
import numpy as np
from pathlib import Path
from pipeline.recognition.model import Model
from train.data import load

images = load(Path(sys.argv[1])).x_test
expected = keras.models.load_model(sys.argv[2]).predict(images / 255.0, verbose=0)
found = Model(Path(sys.argv[3])).probabilities(list(images))
assert np.abs(expected - found).max() <= 1e-5, np.abs(expected - found).max()
assert np.array_equal(expected.argmax(1), found.argmax(1))
"""


def train(digitbox: Command, folder: str, *options: str) -> "subprocess.CompletedProcess[str]":
    done = digitbox("train", "mlp", "--data", data("mnist"), "--output", folder, *options)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize("suffix", [".keras", ".h5"])
def test_a_model_is_trained_exported_and_used(digitbox: Command, suffix: str) -> None:
    done = train(digitbox, "made/mlp", "--save-keras", f"kept/model{suffix}")
    assert "Epoch 3/3" in done.stdout
    (accuracy,) = re.findall(r"Accuracy on MNIST's test set: ([\d.]+)%", done.stdout)
    assert float(accuracy) >= 97.0
    assert "--model made/mlp" in done.stdout
    card = read_card(Path("made/mlp"))
    assert card.figures["mnist_test_accuracy"] == pytest.approx(float(accuracy) / 100, abs=1e-4)
    assert (card.recipe["epochs"], card.recipe["batch"], card.recipe["seed"]) == (3, 32, 1)
    assert [path.name for path in Path("made").iterdir()] == ["mlp"]

    parity = [sys.executable, "-c", PARITY, str(data("mnist")), f"kept/model{suffix}", "made/mlp"]
    subprocess.run(parity, cwd=Path.cwd(), env={"PYTHONPATH": str(ROOT)}, check=True)

    used = digitbox("batch", ROOT / "samples", "--model", "made/mlp", "--outbox", "out")
    assert used.returncode == 0
    assert {row["model"] for rows in published(Path("out")) for row in rows} == {card.label}

    if suffix == ".h5":
        again = read_card(Path("made/mlp"))
        train(digitbox, "again/mlp")
        assert read_card(Path("again/mlp")).model_sha256 == again.model_sha256


def test_the_default_place_is_the_state_folder(digitbox: Command) -> None:
    done = digitbox("train", "mlp", "--data", ".", env={"DIGITBOX_STATE": "kept"})
    assert done.returncode == 4
    assert "neither mnist.npz" in done.stderr


def test_a_place_that_cannot_be_written_is_refused_before_training(digitbox: Command) -> None:
    Path("taken").write_bytes(b"")
    done = digitbox("train", "mlp", "--output", "taken/mlp")
    assert done.returncode == 4
    assert "taken/mlp: cannot be written" in done.stderr
    assert "Epoch" not in done.stdout


def test_an_unknown_suffix_is_refused_before_training(digitbox: Command) -> None:
    done = digitbox("train", "mlp", "--save-keras", "model.pt")
    assert done.returncode == 4
    assert ".keras or .h5" in done.stderr
