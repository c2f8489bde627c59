"""Trains the real network on the real data, through the command."""

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from digitbox.cli import main
from digitbox.config import FINDER, NUMBERS
from digitbox.recognition.card import CHARACTERS, INK, read_card
from digitbox.recognition.model import Model
from digitbox.recognition.transcriber import Transcriber
from digitbox_train.data import load
from tests.batch.test_run import published
from tests.conftest import ROOT, Command, data
from tests.test_architecture import TRAINING, imported
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
    assert "epoch 3 of 3: " in done.stdout
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
    assert "epoch" not in done.stdout


@pytest.mark.parametrize(
    ("network", "figures", "said"),
    [
        ("numbers", {"drawn_digits_right": 0.9312}, "Digits of drawn lines read right: 93.12%"),
        (
            "numbers",
            {"drawn_digits_right": 0.5},
            f"It takes effect in {NUMBERS[0]} or {NUMBERS[1]}.",
        ),
        ("finder", {}, f"It takes effect in {FINDER}, with models trained anew for it."),
    ],
)
def test_where_a_network_takes_effect_that_no_model_option_takes_is_said(
    network: str, figures: dict[str, float], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import stage

    card = msgspec.structs.replace(read_card(FINDER, INK), figures=figures)
    monkeypatch.setattr(stage, "run", lambda *_: card)
    done = CliRunner().invoke(main, ["train", network, "--output", "made"])
    assert done.exit_code == 0, done.output
    assert said in done.output.splitlines()
    assert "--model" not in done.output


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


def test_the_network_of_numbers_goes_from_drawn_strips_to_its_model_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import stage, transcribing
    from digitbox_train.drawing import fonts

    monkeypatch.setattr(stage, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(fonts, "load", factory.glyphs)
    few = {"EPOCHS": 2, "STEPS": 2, "PIECE": 60, "FEWEST": 4, "PIXELS": 192, "WARMUP_STEPS": 1}
    for name, value in few.items():
        monkeypatch.setattr(transcribing, name, value)
    for name, value in (("STRIPS", 20), ("COMPARED", 3)):
        monkeypatch.setattr(stage, name, value)

    folder, kept = tmp_path / "numbers", tmp_path / "numbers.keras"
    card = stage.run("numbers", False, folder, data("mnist"), 3, kept)
    recipe = {"command": "digitbox train numbers --seed 3", "epochs": 2, "steps": 2, "seed": 3}
    assert recipe.items() <= card.recipe.items()
    assert card.recipe["parameters"] == 620_494
    assert 0 <= card.figures["drawn_digits_right"] <= 1
    assert read_card(folder, CHARACTERS) == card
    (backup,) = (tmp_path / "cache" / "training").iterdir()
    assert re.fullmatch(r"numbers-3-[0-9a-f]{8}-2-2-192", backup.name)
    assert len((backup / "log.csv").read_text().splitlines()) == 3

    # What is kept can be exported again, and gives the same.
    import keras

    model = keras.models.load_model(kept, compile=False)
    again = stage.export_of_numbers(model, load(data("mnist")), tmp_path / "again", 3)
    assert again == card
    blank = np.full((40, 80), 255, np.uint8)
    assert Transcriber([tmp_path / "again"]).steps(blank).shape == (40, len(CHARACTERS) + 1)


def test_what_draws_strips_begins_a_training_anew_and_what_does_not_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from digitbox_train import stage

    shutil.copytree(stage.HERE, tmp_path / "train")
    shutil.copytree(stage.RECOGNITION, tmp_path / "recognition")
    monkeypatch.setattr(stage, "HERE", tmp_path / "train")
    monkeypatch.setattr(stage, "RECOGNITION", tmp_path / "recognition")

    def changes(file: str) -> tuple[bool, bool]:
        """Of the code of scans, and of that of strips."""
        before = stage._code(), stage._strip_code()
        with (tmp_path / file).open("a") as stream:
            stream.write("#")
        return before[0] != stage._code(), before[1] != stage._strip_code()

    assert changes("train/drawing/lines.py") == (True, True)
    assert changes("train/drawing/shapes/7.txt") == (True, True)
    assert changes("recognition/strip.py") == (True, True)
    assert changes("train/transcribing.py") == (False, True)
    assert changes("recognition/locate.py") == (True, False)
    assert changes("train/dataset.py") == (True, False)
    assert changes("train/export.py") == (False, False)


def test_what_drawing_takes_from_serving_is_known() -> None:
    from digitbox_train import stage

    drawing = (TRAINING / "drawing").glob("*.py")
    names = {name for module in drawing for name in imported(module)}
    prefix = "digitbox.recognition."
    taken = {f"{name.removeprefix(prefix)}.py" for name in names if name.startswith(prefix)}
    assert set(stage.SHARED) <= taken
    # Views are what pages of the finder are drawn for; no strip has them.
    assert taken - set(stage.SHARED) <= {"view.py"}
