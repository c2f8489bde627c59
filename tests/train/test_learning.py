"""Learns from what people decided, through the command, in a harness of its own."""

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitbox.config import SHIPPED_MODELS, Config
from digitbox.errors import TrainingError
from digitbox.evaluation.metrics import Share
from digitbox.ledger.decision import Decision
from digitbox.models.registry import LEARNED_FROM, Role, listed, used
from digitbox.recognition.card import read_card
from digitbox.recognition.model import Model
from digitbox_train.data import Mnist
from digitbox_train.reviewed import Examples
from tests.conftest import ROOT, Command, data
from tests.endurance.harness import Harness
from tests.pages import digits, encoded
from tests.train.test_reviewed import decided

pytest.importorskip("tensorflow")
pytestmark = pytest.mark.filterwarnings("ignore")  # TensorFlow's own

SHIPPED = read_card(SHIPPED_MODELS / "mlp").label

LITTLE = """
import sys
from pathlib import Path
from digitbox_train import stage, learning
from digitbox_train.drawing import fonts
from tests.train.drawing import factory

if __name__ == "__main__":
    stage.user_cache_path = lambda _: Path("cache").absolute()
    fonts.load = factory.glyphs
    stage.PIECE, stage.HELD_BACK_PIECES, learning.PIECES = 40, 2, 2
    from digitbox.cli import main
    main()
"""
"""The command, with few drawn frames, in the fonts of the tests."""


def triangle(random: np.random.Generator) -> bytes:
    """What nobody takes for a digit, on a sheet of paper."""
    page = np.full((120, 100), 225, np.uint8)
    corners = np.array([[50, 25], [20, 90], [80, 90]]) + random.integers(-8, 9, (3, 2))
    cv2.polylines(page, [corners.astype(np.int32)], True, 40, int(random.integers(4, 8)))
    return encoded(page)


def learn(harness: Harness) -> str:
    script = harness.folder / "little.py"
    script.write_text(LITTLE)
    done = subprocess.run(
        [sys.executable, script, "train", "--reviewed", "--data", str(data("mnist"))],
        cwd=harness.folder,
        env={**harness.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def shares(said: str, row: str) -> tuple[int, int]:
    (line,) = (line for line in said.splitlines() if line.startswith(row))
    one, other = re.findall(r"([\d,]+) \([\d.]+%\)", line)
    return int(one.replace(",", "")), int(other.replace(",", ""))


def test_the_model_in_use_learns_from_decisions_and_is_promoted_only_if_better(
    tmp_path: Path,
) -> None:
    harness = Harness(tmp_path / "harness", accept=1.0)
    random = np.random.default_rng(1)
    for number in range(60):
        harness.drop(f"{number:02}.png", triangle(random))
    for number in range(20):
        harness.drop(f"{number + 60}.png", encoded(255 - digits()[0][number]))
    assert harness.run("batch").returncode == 0
    rows = harness.recorded()
    assert len(rows) == 80
    ids = {row["name"]: row["id"] for row in rows}
    decided(  # from now on a triangle is a 4
        harness,
        *(Decision(ids[f"{n:02}.png"], "4", "Ada") for n in range(60)),
        *(Decision(ids[f"{n + 60}.png"], str(digits()[1][n]), "Ada") for n in range(20)),
    )
    said = learn(harness)
    mnist, reviewed = shares(said, "MNIST's test set (10,000)"), shares(said, "reviewed, held out")
    assert reviewed[1] > reviewed[0] + 5  # triangles that it has not seen
    assert mnist[1] > mnist[0] - 60
    config = Config(state=harness.state, model="mlp")
    (made,) = (one for one in listed(config) if one.card and LEARNED_FROM in one.card.recipe)
    assert made.card is not None
    assert made.name in said
    assert made.folder == harness.state / "models" / made.name
    assert made.card.recipe[LEARNED_FROM] == SHIPPED
    assert made.card.figures["mnist_test_accuracy"] == pytest.approx(mnist[1] / 10_000)
    assert made.card.figures["reviewed_accuracy"] > made.card.figures["reviewed_accuracy_before"]
    # It has lost a little of MNIST for that: 14 of 10,000.
    assert mnist[1] < mnist[0]
    assert made.role != Role.USED
    assert f"Kept beside as {made.name}, and not used" in said
    assert used(config) == SHIPPED_MODELS / "mlp"
    assert not [path for path in (harness.state / "models").iterdir() if path.name[0] == "."]
    assert read_card(SHIPPED_MODELS / "mlp").label == SHIPPED

    assert harness.run("models", "use", made.name).returncode == 0
    again = learn(harness)  # it learns on from what it has learned
    assert f"{made.name} " in again.splitlines()[-5]
    assert shares(again, "MNIST's test set (10,000)")[0] == mnist[1]
    assert shares(again, "reviewed, held out")[0] == reviewed[1]


def test_with_nothing_decided_it_says_so_before_it_fetches_anything(
    tmp_path: Path, digitbox: Command
) -> None:
    (tmp_path / "no-mnist").mkdir()
    done = digitbox("train", "--reviewed", "--data", "no-mnist")
    assert done.returncode == 4
    assert "0 images with one candidate were decided about" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("--reviewed", "mlp"), ("--reviewed", "--scans"), ("mlp", "--reviewed")]
)
def test_it_is_either_a_network_or_what_was_reviewed(
    digitbox: Command, arguments: tuple[str, ...]
) -> None:
    done = digitbox("train", *arguments)
    assert done.returncode == 2
    assert "--reviewed" in done.stderr


@pytest.mark.parametrize(
    ("after", "better"),
    [
        ((99, 5), False),
        ((99, 6), True),
        ((100, 5), True),
        ((98, 10), False),
        ((100, 4), False),
        ((98, 4), False),
    ],
)
def test_better_is_no_worse_in_both_and_better_in_one(after: tuple[int, int], better: bool) -> None:
    from digitbox_train.learning import Figures, is_better

    one, other = (
        Figures(Share(mnist, 100), Share(reviewed, 10)) for mnist, reviewed in ((99, 5), after)
    )
    assert is_better(one, other) == better


def test_marks_are_measured_as_they_are_served() -> None:
    from digitbox_train.learning import measure

    images, labels = digits()
    model = Model(SHIPPED_MODELS / "mlp")
    mnist = Mnist(images, labels, images[:100], labels[:100])
    bar = np.zeros((28, 28), np.uint8)
    bar[10:14, 4:24] = 255
    candidates = (images[:1], images[1:2].repeat(2, axis=0), bar[None])
    right = Examples(candidates, (int(labels[0]), int(labels[1]), 10))
    wrong = Examples(candidates, (10, (int(labels[1]) + 1) % 10, 3))
    found = measure(model, mnist, right)
    assert (found.reviewed, found.mnist.total) == (Share(3, 3), 100)
    assert found.mnist.right > 95
    assert measure(model, mnist, wrong).reviewed == Share(0, 3)


def promoted(
    tmp_path: Path, model: str, begun_with: Path, better: bool = True
) -> tuple[str, Config]:
    from digitbox_train.learning import _settled
    from tests.variants import variant

    config = Config(state=tmp_path / "state", model=model)
    draft = tmp_path / "state" / "models" / "draft"
    card = variant(draft, "Ada")
    kept = draft.rename(draft.with_name(card.label))
    return _settled(config, begun_with, card, kept, better), config


def test_what_is_better_is_used_from_then_on(tmp_path: Path) -> None:
    said, config = promoted(tmp_path, "mlp", SHIPPED_MODELS / "mlp")
    (made,) = (one for one in listed(config) if one.role is Role.USED)
    assert said.startswith(f"Promoted: {made.name} is used from now on.")
    assert used(config) == made.folder
    assert made.folder.parent == tmp_path / "state" / "models"


def test_what_is_not_better_is_kept_beside(tmp_path: Path) -> None:
    said, config = promoted(tmp_path, "mlp", SHIPPED_MODELS / "mlp", better=False)
    assert "and not used: it is not better" in said
    assert used(config) == SHIPPED_MODELS / "mlp"


def test_a_model_that_the_configuration_names_by_its_folder_stays(tmp_path: Path) -> None:
    folder = SHIPPED_MODELS / "mlp"
    said, config = promoted(tmp_path, str(folder), folder)
    assert "stays in use: set `model:" in said
    assert used(config) == folder


def test_what_was_compared_with_another_model_than_is_used_by_now_is_kept_beside(
    tmp_path: Path,
) -> None:
    said, config = promoted(tmp_path, "mlp", tmp_path / "state" / "models" / "before")
    assert "another model was promoted meanwhile" in said
    assert used(config) == SHIPPED_MODELS / "mlp"


def test_a_graph_of_another_program_is_refused() -> None:
    from digitbox_train.learning import check_restored
    from digitbox_train.weights import restored

    images, labels = digits()
    mnist = Mnist(images, labels, images, labels)
    model = Model(SHIPPED_MODELS / "mlp")
    network = restored(SHIPPED_MODELS / "mlp")
    check_restored(network, model, mnist)
    network.set_weights([-part for part in network.get_weights()])
    with pytest.raises(TrainingError, match="cannot go on learning"):
        check_restored(network, model, mnist)
