"""The data folder → how well the shipped models read: ``docs/accuracy.md`` and its plots.

    python -m digitbox_train.accuracy DATA_FOLDER

with the ``train`` extra; ``make accuracy`` does it. Takes minutes.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from digitbox.config import SHIPPED_MODELS, Config
from digitbox.engine.setup import Setup
from digitbox.errors import DigitboxError
from digitbox.evaluation import plots
from digitbox.evaluation.evaluate import Evaluation, Labelled, read
from digitbox.evaluation.metrics import Share
from digitbox.evaluation.report import WORST, contact_sheet
from digitbox.evaluation.serializers import serialized
from digitbox.recognition.model import Model
from digitbox_train import data
from digitbox_train.accuracy import page, summary, testsets
from digitbox_train.accuracy.heldout import held_out
from digitbox_train.accuracy.summary import Figures, Measurement
from digitbox_train.accuracy.testsets import REAL, TestSet

MODELS = ("cnn", "mlp")
"""The shipped ones, the default first."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("docs"),
    help="Folder for accuracy.md and images/; seeds.json is looked for there.",
)
@click.option(
    "--json",
    "figures_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the figures as JSON.",
)
@click.option(
    "--worst",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a sheet of the worst images. They are not ours: keep it to yourself.",
)
@click.option(
    "--limit", type=click.IntRange(min=1), help="Images of each set, at most: for a quick look."
)
def main(
    folder: Path, out: Path, figures_file: Path | None, worst: Path | None, limit: int | None
) -> None:
    """Measure the shipped models on the data in FOLDER and write the page about it."""
    try:
        mnist = data.load(folder / "mnist")
        with tempfile.TemporaryDirectory() as scratch:
            sets = testsets.collect(folder, mnist, Path(scratch))
            chosen = [testsets.sampled(each, limit) for each in sets]
            measurements = {
                model: measure(model, chosen, mnist, out / "seeds.json") for model in MODELS
            }
    except DigitboxError as error:
        raise click.ClickException(str(error)) from error
    digits = next(each for each in sets if each.name == REAL)
    figures = summary.summarize(measurements, digits.images, Config().accept, _missing(sets, limit))
    write(figures, measurements[figures.default], digits.images, out)
    if figures_file is not None:
        text = json.dumps(serialized(figures), indent=2, allow_nan=False)
        figures_file.write_text(text + "\n", encoding="utf-8")
    if worst is not None:
        worst.mkdir(parents=True, exist_ok=True)
        outcomes = Evaluation("", tuple(measurements[figures.default].outcomes[REAL]))
        contact_sheet(outcomes.worst(WORST), digits.folder).save(worst / "worst.png")


def measure(model: str, sets: Sequence[TestSet], mnist: data.Mnist, seeds: Path) -> Measurement:
    """Read all ``sets`` with a shipped model, everything else being as it is by default. ``seeds``
    is a JSON file, ``{model: [{"seed": int, "accuracy": float}]}``, that need not be there."""
    folder = SHIPPED_MODELS / model
    setup = Setup.of(Config(model=str(folder)))
    with setup.pool() as pool:
        outcomes = {
            each.name: read(
                pool, each.folder, tqdm(each.images, f"{model}, {each.name}", unit=" images")
            )
            for each in sets
        }
    values = Model(folder).probabilities(list(mnist.x_test)).digits.argmax(axis=1)
    arrays = Share(int(np.sum(values == mnist.y_test)), len(values))
    return Measurement(setup.card.label, outcomes, arrays, _seeds(seeds, model, len(values)))


def write(figures: Figures, measurement: Measurement, lines: Sequence[Labelled], out: Path) -> None:
    """Write the page, and draw its plots from the ``measurement`` of the default model."""
    images = out / "images"
    images.mkdir(parents=True, exist_ok=True)
    digits = measurement.outcomes[REAL]
    plots.confusion(Evaluation(figures.default, tuple(digits)), images / page.CONFUSION)
    plots.reliability(figures.calibration, images / page.CALIBRATION)
    curves = {
        part: {pool: of_part[pool] for pool in summary.POOLS}
        for part, of_part in summary.risk_curves(digits, held_out(lines)).items()
    }
    plots.risk_coverage(curves, figures.accept, images / page.RISK)
    (out / "accuracy.md").write_text(page.render(figures), encoding="utf-8")


def _seeds(file: Path, model: str, total: int) -> Mapping[int, Share]:
    if not file.is_file():
        return {}
    found = json.loads(file.read_text(encoding="utf-8")).get(model, [])
    return {one["seed"]: Share(round(one["accuracy"] * total), total) for one in found}


def _missing(sets: Sequence[TestSet], limit: int | None) -> list[str]:
    sentences = []
    if limit is not None:
        sentences.append(f"**A quick look: at most {limit} images of each set were read.**")
    if testsets.OPTDIGITS not in (each.name for each in sets):
        sentences.append("optdigits was left out, as scikit-learn, which brings it, is not there.")
    return sentences
