"""The ``digitbox`` command: each subcommand parses, calls one function and prints what it says.

Whatever is heavy is imported where it is needed, so that ``--help`` answers at once.
"""

import functools
import io
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

import pipeline
from pipeline.errors import DigitboxError

SIGNALLED = 128
"""Exit code after a signal, less its number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""

CONFIG_OPTION = click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file.  [default: ./config.yaml where there is one]",
)
MODEL_OPTION = click.option("--model", metavar="mlp|cnn|FOLDER", help="Model to read with.")


class _Group(click.Group):
    """Ends with the exit code of the :class:`DigitboxError` that a command ran into."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except DigitboxError as error:
            click.echo(f"digitbox: {error}", err=True)
            context.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("digitbox: interrupted", err=True)
            context.exit(SIGNALLED + signal.SIGINT)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(pipeline.__version__, prog_name="digitbox")
def main() -> None:
    """Read scans of handwritten digits into a table that you can trust."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the console cannot show is no reason
            stream.reconfigure(errors="backslashreplace")  # to fail
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@main.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--outbox", type=click.Path(path_type=Path, file_okay=False), help="Output folder.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["csv", "json"]),
    help="May be repeated.",
)
@MODEL_OPTION
@CONFIG_OPTION
@click.option("--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
def batch(
    paths: tuple[Path, ...],
    outbox: Path | None,
    formats: tuple[str, ...],
    model: str | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Read image files, and folders of them with all that is below, in place.

    Writes a CSV and a JSON file to the outbox. Without PATHS it reads what lies in the inbox.
    """
    from pipeline import console
    from pipeline.batch import Run
    from pipeline.config import load, model_folder
    from pipeline.outbox import Outbox
    from pipeline.recognition.card import read_card
    from pipeline.sources import Sources, count
    from pipeline.workers import Workers

    settings = load(config, _given(outbox=outbox, formats=formats, model=model))
    card = read_card(model_folder(settings))
    places = paths or (settings.inbox,)
    walk = functools.partial(
        Sources, places, settings.follow_symlinks, (settings.outbox, settings.state)
    )
    sources = walk()
    run = Run(Outbox(settings.outbox, settings.formats), card.label, settings.batch.rows)
    stop = _Stop()
    try:
        with Workers(settings) as workers, console.Progress(lambda: count(walk()), quiet) as tell:
            run.read(sources, workers, tell, lambda: stop.signal > 0)
    finally:
        if not quiet:
            parts = (
                console.answers(run.summary.first),
                console.totals(run.summary, sources.skipped),
            )
            click.echo("\n\n".join(part for part in parts if part))
    if stop.signal:
        click.echo("digitbox: stopped before the end; what was read is in the outbox", err=True)
        sys.exit(SIGNALLED + stop.signal)


@main.command()
@click.argument("network", type=click.Choice(["mlp", "cnn"]))
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with MNIST: mnist.npz or the four IDX files.  [default: fetched once]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Model folder to write.  [default: models/NETWORK in the state folder]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same model.")
@click.option(
    "--save-keras",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the Keras model too, as .keras or .h5.",
)
@CONFIG_OPTION
def train(
    network: str,
    data: Path | None,
    output: Path | None,
    seed: int,
    save_keras: Path | None,
    config: Path | None,
) -> None:
    """Train a network on MNIST and write its model folder. Needs digitbox[train]."""
    from pipeline.config import load

    output = output or load(config).state / "models" / network
    stage = _training_stage()
    card = stage.run(network, output, data, seed, save_keras)
    click.echo(f"Accuracy on MNIST's test set: {card.figures['mnist_test_accuracy']:.2%}")
    click.echo(f"Written: {output}")
    click.echo(f"Use it with --model {output}, or model: {output} in config.yaml.")


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--labels",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="CSV with the columns path (in FOLDER) and label, and, if you like, kind and source.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the figures as JSON, the plots and a sheet of the worst images.",
)
@MODEL_OPTION
@CONFIG_OPTION
def evaluate(
    folder: Path, labels: Path, report: Path | None, model: str | None, config: Path | None
) -> None:
    """Read the labelled images in FOLDER and say how many were read right."""
    from pipeline.config import load
    from train import evaluate
    from train import report as pages

    settings = load(config, _given(model=model))
    result = evaluate.evaluate(folder, labels, settings)
    click.echo(pages.text(result))
    if report is not None:
        for file in pages.write(result, folder, report):
            click.echo(f"Written: {file}")


@main.command("config")
@CONFIG_OPTION
def show_config(config: Path | None) -> None:
    """Print the configuration in force, as a config.yaml to start from."""
    from pipeline.config import load, render

    click.echo(render(load(config).absolute()), nl=False)


class _Stop:
    """Remembers the first SIGINT or SIGTERM, so that what is in hand gets finished; the second one
    ends the process at once."""

    def __init__(self) -> None:
        self.signal = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._remember)

    def _remember(self, number: int, _: object) -> None:
        self.signal = number
        signal.signal(number, signal.SIG_DFL)


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given, by their keys in the configuration."""
    return {key: value for key, value in options.items() if value not in (None, ())}


def _training_stage() -> Any:
    import importlib.util

    from pipeline.errors import TrainingError

    missing = [name for name in ("tensorflow", "tf2onnx") if not importlib.util.find_spec(name)]
    if missing:
        raise TrainingError(
            f"Training needs {' and '.join(missing)}: pip install 'digitbox[train]'"
        )
    # Keras shows the progress; what its parts tell each other stays out of it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    from train import stage

    return stage
