"""Trains the real network on the real data, through the command."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitbox.config import FINDER
from digitbox.recognition.card import INK, read_card
from digitbox.recognition.model import Model
from tests.batch.test_run import published
from tests.conftest import ROOT, Command, data
from tests.train.drawing import factory

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

PARITY = """
import sys
import keras
import numpy as np
from pathlib import Path
from digitbox.recognition.model import Model
from digitbox_train.data import load

images = load(Path(sys.argv[1])).x_test
expected = keras.models.load_model(sys.argv[2]).predict(images / 255.0, verbose=0)
found = Model(Path(sys.argv[3])).probabilities(list(images)).digits
assert np.abs(expected - found).max() <= 1e-5, np.abs(expected - found).max()
assert np.array_equal(expected.argmax(1), found.argmax(1))
"""


def train(digitbox: Command, folder: str, *options: str) -> "subprocess.CompletedProcess[str]":
    done = digitbox("train", "mlp", "--data", data("mnist"), "--output", folder, *options)
    assert done.returncode == 0, done.stderr
    return done


def test_a_model_is_trained_exported_and_used_and_comes_out_the_same_again(
    digitbox: Command,
) -> None:
    done = train(digitbox, "made/mlp", "--save-keras", "kept/model.keras")
    assert "Epoch 3/3" in done.stdout
    (accuracy,) = re.findall(r"Accuracy on MNIST's test set: ([\d.]+)%", done.stdout)
    assert float(accuracy) >= 97.0
    assert f"--model {Path('made/mlp').absolute()}" in done.stdout
    card = read_card(Path("made/mlp"))
    assert card.figures["mnist_test_accuracy"] == pytest.approx(float(accuracy) / 100, abs=1e-4)
    assert (card.recipe["epochs"], card.recipe["batch"], card.recipe["seed"]) == (3, 32, 1)
    assert [path.name for path in Path("made").iterdir()] == ["mlp"]

    train(digitbox, "again/mlp", "--save-keras", "kept/model.h5")
    assert read_card(Path("again/mlp")).model_sha256 == card.model_sha256
    for kept, exported in (("kept/model.keras", "made/mlp"), ("kept/model.h5", "again/mlp")):
        parity = [sys.executable, "-c", PARITY, str(data("mnist")), kept, exported]
        subprocess.run(parity, cwd=Path.cwd(), env={"PYTHONPATH": str(ROOT)}, check=True)

    used = digitbox("batch", ROOT / "samples", "--model", "made/mlp", "--outbox", "out")
    assert used.returncode == 0
    assert {row["model"] for rows in published(Path("out")) for row in rows} == {card.label}


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


def test_the_shipped_recipe_goes_from_drawn_scans_to_a_calibrated_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import reading, stage
    from digitbox_train.drawing import fonts

    monkeypatch.setattr(stage, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(fonts, "load", factory.glyphs)
    for name, value in (("PIECE", 40), ("PIECES", 2), ("HELD_BACK_PIECES", 2)):
        monkeypatch.setattr(stage, name, value)
    monkeypatch.setattr(reading, "WARMUP_STEPS", 20)
    recipe = dataclasses.replace(reading.RECIPES["mlp"], epochs=1, drawn=40)
    monkeypatch.setitem(reading.RECIPES, "mlp", recipe)

    card = stage.run("mlp", True, tmp_path / "mlp", data("mnist"), 3, None)
    assert card.recipe["command"] == "digitbox train mlp --scans --seed 3"
    assert card.recipe["finder"] == read_card(FINDER, INK).label
    assert card.figures["mnist_test_accuracy"] > 0.85
    drawn = sorted(path.name for path in (tmp_path / "cache").rglob("*.npz"))
    assert drawn == ["0000.npz", "0000.npz", "0001.npz", "0001.npz"]
    found = Model(tmp_path / "mlp").probabilities([np.zeros((28, 28), np.uint8)])
    assert 0 < found.not_digit[0] < 1
