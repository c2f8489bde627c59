"""The data folder → how well the shipped models read: ``docs/accuracy.md`` and its plots.

    python -m digitbox_train.accuracy DATA_FOLDER

with the ``train`` extra; ``make accuracy`` does it. Takes minutes.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
import numpy as np
from tqdm import tqdm

from digitbox.config import SHIPPED_MODELS, Config
from digitbox.engine.setup import Setup
from digitbox.errors import DigitboxError
from digitbox.evaluation import plots
from digitbox.evaluation.evaluate import Evaluation, Labelled, Outcome, read
from digitbox.evaluation.metrics import Share
from digitbox.evaluation.report import WORST, contact_sheet
from digitbox.evaluation.serializers import serialized
from digitbox.recognition.model import Model
from digitbox_train import data
from digitbox_train.accuracy import mislabelled, number_page, numbers, page, summary, testsets
from digitbox_train.accuracy.heldout import held_out
from digitbox_train.accuracy.summary import Figures, Measurement
from digitbox_train.accuracy.testsets import NUMBERS, REAL, TestSet

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
            measurements = measured(chosen, mnist, out / "seeds.json")
            wrong = mislabelled.listed()
    except DigitboxError as error:
        raise click.ClickException(str(error)) from error
    digits = next(each for each in sets if each.name == REAL)
    figures = summary.summarize(
        measurements, digits.images, Config().accept, _missing(sets, limit), len(wrong)
    )
    write(figures, measurements[figures.default], digits.images, out)
    if figures_file is not None:
        text = json.dumps(serialized(figures), indent=2, allow_nan=False)
        figures_file.write_text(text + "\n", encoding="utf-8")
    if worst is not None:
        worst.mkdir(parents=True, exist_ok=True)
        show_worst(measurements[figures.default].outcomes, folder, digits.folder, worst)


def measured(sets: Sequence[TestSet], mnist: data.Mnist, seeds: Path) -> dict[str, Measurement]:
    """What each of :data:`MODELS` makes of the ``sets`` of digits, and the default one of numbers,
    and of digits again where the configuration says that there is one on every image."""
    digits = [each for each in sets if each.name not in testsets.OF_NUMBERS]
    default, *others = MODELS
    found = {default: measure(default, sets, mnist, seeds)}
    found.update({model: measure(model, digits, mnist, seeds) for model in others})
    if "digits" in Config.__struct_fields__:
        told = measure(default, digits, mnist, seeds, {"digits": "1"})
        found[default + summary.ONE_DIGIT] = told
    return found


def measure(
    model: str,
    sets: Sequence[TestSet],
    mnist: data.Mnist,
    seeds: Path,
    settings: Mapping[str, Any] = MappingProxyType({}),
) -> Measurement:
    """Read all ``sets`` with a shipped model, everything else being as it is by default but for
    ``settings``. ``seeds`` is a JSON file, ``{model: [{"seed": int, "accuracy": float}]}``, that
    need not be there."""
    folder = SHIPPED_MODELS / model
    setup = Setup.of(Config(model=str(folder), **settings))
    with setup.pool() as pool:
        outcomes = {
            each.name: read(
                pool,
                each.folder,
                tqdm(each.images, f"{model}, {each.name}", unit=" images"),
                each.digits_only,
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
    if figures.numbers is not None:
        of_numbers = {NUMBERS: numbers.risk_curves(measurement.outcomes[NUMBERS])}
        risk = images / number_page.RISK
        plots.risk_coverage(of_numbers, figures.accept, risk, number_page.HIGHEST)
        calibration = {numbers.ALL: figures.numbers.calibration[numbers.ALL]}
        plots.reliability(calibration, images / number_page.CALIBRATION)
    (out / "accuracy.md").write_text(page.render(figures), encoding="utf-8")


def show_worst(
    outcomes: Mapping[str, Sequence[Outcome]], folder: Path, digits: Path, worst: Path
) -> None:
    """Write a sheet of the worst real digits, whose paths are below ``digits``, and one of the
    worst numbers of each source, below ``folder``."""
    groups = {"worst": (outcomes[REAL], digits)}
    for source, found in numbers.by_source(outcomes.get(NUMBERS, ())).items():
        groups[f"worst-{source}"] = found, folder
    for name, (group, images) in groups.items():
        wrong = Evaluation("", tuple(group)).worst(WORST)
        if wrong or name == "worst":
            contact_sheet(wrong, images).save(worst / f"{name}.png")


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
    if testsets.NUMBERS not in (each.name for each in sets):
        sentences.append("Numbers were left out, as the data folder has none.")
    return sentences
