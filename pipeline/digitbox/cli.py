"""The ``digitbox`` command: each subcommand parses, calls one function and prints what it says.

Whatever is heavy is imported where it is needed, so that ``--help`` answers at once.
"""

import io
import logging
import os
import re
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import digitbox
from digitbox.errors import DigitboxError

if TYPE_CHECKING:
    from digitbox.forms.authoring import Made

SIGNALLED = 128
"""Exit code after a signal, less its number, as shells have it: 130 for Ctrl-C, 143 for SIGTERM."""

PRIVATE = ("batch", "watch", "retry", "review", "models")
"""Commands that write to the state folder, the outbox or the originals."""

STANDARD = Path("-")
"""Standard input or output, where a path is taken. A file of that name is ``./-``."""

MOST_INPUT = 2**30
"""Bytes that are taken from standard input, unless the configuration says so."""


class _Path(click.Path):
    """A path, absolute where it is a file's that is called ``-``. ``dash``: whether ``-`` may stand
    for standard input or output, and stays :data:`STANDARD`; else it is refused."""

    def __init__(self, *, dash: bool = False, **options: Any) -> None:
        super().__init__(path_type=Path, allow_dash=dash, **options)

    def convert(self, value: Any, parameter: Any, context: Any) -> Any:
        if value == "-" and not self.allow_dash:
            self.fail(
                "- is standard input or output, which cannot be used here. A file or folder of "
                "that name is ./-",
                parameter,
                context,
            )
        path = super().convert(value, parameter, context)
        return path.absolute() if path == STANDARD and value != "-" else path


CONFIG_OPTION = click.option(
    "--config",
    type=_Path(dash=True, dir_okay=False),
    help="Configuration file; - is standard input.  [default: ./config.yaml where there is one]",
)
MODEL_OPTION = click.option("--model", metavar="mlp|cnn|NAME|FOLDER", help="Model to read with.")


def _value_options(command: Any) -> Any:
    """Give ``command`` the options that say what values look like."""
    for option in (
        click.option(
            "--sign/--no-sign", default=None, help="Whether a minus may stand before a number."
        ),
        click.option(
            "--decimals",
            metavar="written|NUMBER",
            help="How many decimals a number has at most; 0: whole numbers.",
        ),
        click.option(
            "--digits", metavar="any|NUMBER|FROM-TO", help="How many digits a number has."
        ),
    ):
        command = option(command)
    return command


class _Interval(click.ParamType[Any]):
    """A time as ``30s`` → as Spark spells it."""

    name = "TIME"

    def convert(self, value: str, parameter: Any, context: Any) -> str:
        units = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}
        found = re.fullmatch(r"(\d+) ?(ms|s|m|h|milliseconds|seconds|minutes|hours)", value)
        if found is None:
            self.fail(f"{value!r} is no time. Give one like 30s or 5m.", parameter, context)
        return f"{found[1]} {units.get(found[2], found[2])}"


class _Pair(click.ParamType[Any]):
    name = "KEY=VALUE"

    def convert(self, value: Any, parameter: Any, context: Any) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        key, equals, given = value.partition("=")
        if not (key and equals):
            self.fail(f"{value!r} is not KEY=VALUE.", parameter, context)
        return key, given


class _Listing(click.Group):
    """Lists its commands with their whole summaries."""

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [
            (name, self.commands[name].get_short_help_str(limit=1_000))
            for name in self.list_commands(context)
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class _Group(_Listing):
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
@click.version_option(digitbox.__version__, prog_name="digitbox")
def main() -> None:
    """Read scans of handwritten numbers into a table that you can trust."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the console cannot show is no reason
            stream.reconfigure(errors="backslashreplace")  # to fail
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if click.get_current_context().invoked_subcommand in PRIVATE:
        _keep_from_others()


@main.command()
@click.argument("paths", nargs=-1, type=_Path(dash=True))
@click.option("--outbox", type=_Path(file_okay=False), help="Output folder.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["csv", "json", "xlsx"]),
    help="May be repeated.",
)
@click.option(
    "--resume",
    is_flag=True,
    help="Remember what was read of PATHS, and go on from there if it was interrupted.",
)
@click.option("--form", metavar="NAME|auto", help="The form that all pages are of.")
@MODEL_OPTION
@_value_options
@CONFIG_OPTION
@click.option("--quiet", is_flag=True, help="Print only warnings and errors.")
def batch(
    paths: tuple[Path, ...],
    outbox: Path | None,
    formats: tuple[str, ...],
    resume: bool,
    form: str | None,
    model: str | None,
    config: Path | None,
    quiet: bool,
    **expected: Any,
) -> None:
    """Read image files and folders, with all that is below them, in place.

    A PATH of - is an image on standard input. Writes a CSV and a JSON file to the outbox. Without
    PATHS it does once what `digitbox watch`
    does all the time: it reads what lies in the inbox, and moves it to the originals.
    """
    from digitbox.batch import oneshot
    from digitbox.config import load

    given = _given(outbox=outbox, formats=formats, form=form, model=model, **expected)
    settings = load(config, given)
    if resume and not paths:
        raise click.UsageError("--resume needs PATHS; the inbox is always gone on with.")
    if resume and STANDARD in paths:
        raise click.UsageError("--resume cannot go on with standard input (-).")
    paths = tuple(_received(path, settings.limits.bytes + 1) for path in paths)
    signals = _signals()
    if not paths:
        oneshot.sweep(settings, signals, quiet)
    elif resume:
        oneshot.resume(settings, paths, signals, quiet)
    else:
        oneshot.read(settings, paths, signals, quiet)
    if signals.stop:
        click.echo("digitbox: stopped before the end; what was read is in the outbox", err=True)
        sys.exit(SIGNALLED + signals.stop)


@main.command()
@MODEL_OPTION
@_value_options
@CONFIG_OPTION
@click.option("--verbose", is_flag=True, help="Log every image.")
def watch(model: str | None, config: Path | None, verbose: bool, **expected: Any) -> None:
    """Read what arrives in the inbox, until stopped.

    SIGTERM and Ctrl-C end it once the batch in flight is published; a second one at once. SIGHUP
    loads the configuration and the model anew.
    """
    signals = _signals()  # first: what is imported takes long, and SIGHUP would end it meanwhile
    signals.accept_reload()
    from digitbox.config import load
    from digitbox.service import reports
    from digitbox.service.watch import Watch

    reports.set_up(verbose)
    given = _given(model=model, **expected)
    Watch(lambda: load(config, given), signals, reports.say_published).run()


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@CONFIG_OPTION
def status(as_json: bool, config: Path | None) -> None:
    """Say what the service does. Exit code 1: it hangs, or ended without being stopped."""
    import msgspec

    from digitbox.batch import terminal as console
    from digitbox.config import load
    from digitbox.service.status import service_status

    found = service_status(load(config).absolute())
    click.echo(msgspec.json.encode(found).decode() if as_json else console.service(found))
    if not found.healthy:
        sys.exit(1)


@main.command()
@click.argument("names", nargs=-1)
@click.option("--failed", is_flag=True, help="All files that could not be read.")
@click.option("--review", is_flag=True, help="All files whose reading is not sure.")
@CONFIG_OPTION
def retry(names: tuple[str, ...], failed: bool, review: bool, config: Path | None) -> None:
    """Read files again that came through the inbox, for example with a better model.

    NAMES are as in the column `file`, of the CSV or the JSON; write -- before a name that begins
    with a minus. The new rows name those that they replace. If the service runs, it reads them.
    """
    from digitbox.config import load
    from digitbox.service import retry

    if not (names or failed or review):
        raise click.UsageError("Give NAMES, --failed or --review.")
    signals = _signals()
    click.echo(retry.retry(lambda: load(config), signals, names, failed, review))
    if signals.stop:
        sys.exit(SIGNALLED + signals.stop)


@main.command()
@click.option("--host", help="Address to listen on; any but this machine's own asks for a token.")
@click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on; 0: any free one.")
@CONFIG_OPTION
def review(host: str | None, port: int | None, config: Path | None) -> None:
    """Serve pages on which people decide about what is not sure. Needs digitbox[web].

    Their decisions are published as new rows. It may run beside the service, or without it.
    """
    from digitbox.config import load
    from digitbox.review.server import serve

    given = _given(**{"review.host": host, "review.port": port})
    serve(lambda: load(config, given), _signals(), click.echo)


@main.command()
@click.option("--input", "source", metavar="URI", required=True, help="Folder with images.")
@click.option("--output", metavar="URI", required=True, help="Folder for the tables.")
@click.option(
    "--checkpoint", metavar="URI", required=True, help="Folder for what Spark keeps of the query."
)
@click.option("--once", is_flag=True, help="Read what is there, and end.")
@click.option(
    "--every",
    type=_Interval(),
    default="30s",
    show_default=True,
    help="How often to look for files: 500ms, 30s, 5m, 1h.",
)
@click.option(
    "--originals",
    metavar="keep|delete|URI",
    help="What becomes of a file once its row is written; a URI: it is moved there. Required "
    "unless --once is given, which keeps files.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "json"]),
    default="parquet",
    show_default=True,
    help="Of the tables.",
)
@click.option("--master", metavar="URL", help="Cluster.  [default: Spark's, else this machine]")
@click.option(
    "--conf", "spark", type=_Pair(), multiple=True, help="Setting of Spark's. May be repeated."
)
@click.option(
    "--source-option",
    "options",
    type=_Pair(),
    multiple=True,
    help="Option of Spark's file source, as maxFilesPerTrigger. May be repeated.",
)
@click.option("--model", metavar="mlp|cnn|FOLDER", help="Model to read with.")
@_value_options
@CONFIG_OPTION
def cluster(
    source: str,
    output: str,
    checkpoint: str,
    once: bool,
    every: str,
    originals: str | None,
    form: str,
    master: str | None,
    spark: tuple[tuple[str, str], ...],
    options: tuple[tuple[str, str], ...],
    model: str | None,
    config: Path | None,
    **expected: Any,
) -> None:
    """Read files with Spark, on this machine or a cluster. Needs digitbox[cluster] and Java.

    A URI is of any file system that Spark knows: a folder, s3a://…, hdfs://…. After an
    interruption it goes on where it stopped.
    """
    from digitbox.cluster import command
    from digitbox.config import load

    if not (once or originals):
        raise click.UsageError(
            "A query that goes on remembers every file that it has seen, and lists all that lie "
            "there: say what becomes of them. --originals URI moves them there once they are read, "
            "--originals delete deletes them; --originals keep is for an input that stays small, "
            "as a folder a day with a --checkpoint of its own."
        )
    if "-" in (source, output, checkpoint, originals):
        raise click.UsageError("- is standard input or output. Here folders are needed, as URIs.")
    request = command.Request(
        source,
        output,
        checkpoint,
        form,
        None if once else every,
        originals or "keep",
        master,
        dict(spark),
        dict(options),
    )
    stopped = command.run(load(config, _given(model=model, **expected)), request, _signals)
    if stopped and once:
        click.echo("digitbox: stopped before the end; the same command goes on", err=True)
        sys.exit(SIGNALLED + stopped)


@main.command()
@click.option("--since", help="Rows from this day or time on: 2026-01-31, 2026-01-31T12:00Z.")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "json", "parquet", "xlsx"]),
    help="[default: as the name of FILE ends; without an ending csv]",
)
@click.option("--all", "superseded", is_flag=True, help="Also rows that later ones replace.")
@click.option(
    "--output",
    type=_Path(dash=True, dir_okay=False),
    required=True,
    help="File; - is standard output.",
)
@CONFIG_OPTION
def export(
    since: str | None, kind: str | None, superseded: bool, output: Path, config: Path | None
) -> None:
    """Write what the service has read into one table: the latest row of each page."""
    from digitbox.config import load
    from digitbox.ledger.history import History
    from digitbox.output import exports

    kind = exports.kind_of(output, kind)
    state = load(config).absolute().state
    with History(state) as history:
        rows = history.rows(exports.moment(since) if since else None, superseded)
        if output == STANDARD:
            number = exports.stream(rows, kind, sys.stdout.buffer)
        else:
            number = exports.write(rows, kind, output)
    said = f"{number:,} rows: {output}" if number else f"No row in {state}: {output}"
    click.echo(said, err=output == STANDARD)


@main.command()
@click.argument("network", type=click.Choice(["mlp", "cnn", "finder", "numbers"]), required=False)
@click.option(
    "--reviewed",
    is_flag=True,
    help="Instead of a NETWORK: have the model in use learn from what people decided.",
)
@click.option(
    "--scans",
    is_flag=True,
    help="Train mlp on drawn scans too, as the shipped one was; cnn always is.",
)
@click.option(
    "--data",
    type=_Path(file_okay=False, exists=True),
    help="Folder with MNIST: mnist.npz or the four IDX files.  [default: fetched once]",
)
@click.option(
    "--output",
    type=_Path(file_okay=False),
    help="Model folder to write.  [default: models/NETWORK in the state folder]",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of all random numbers.")
@click.option(
    "--save-keras",
    type=_Path(dir_okay=False),
    help="Keep the Keras model too, as .keras or .h5.",
)
@CONFIG_OPTION
def train(
    network: str | None,
    reviewed: bool,
    scans: bool,
    data: Path | None,
    output: Path | None,
    seed: int,
    save_keras: Path | None,
    config: Path | None,
) -> None:
    """Train a NETWORK on MNIST, the finder of ink, or the network of numbers, and write its model
    folder. Needs digitbox[train].

    With --reviewed, the model that is in use goes on learning, from the images that people decided
    about. The new model is promoted if it reads better. If not, it is kept and not used.
    """
    from digitbox.config import FINDER, NUMBERS, load

    if reviewed:
        if network or scans or output or save_keras:
            raise click.UsageError("--reviewed goes with --data, --seed and --config only.")
        _check_training_packages()
        _keep_from_others()
        _training_stage()
        from digitbox_train import learning

        click.echo(learning.learn(load(config), data, seed))
        return
    if network is None:
        raise click.UsageError("Give a NETWORK, mlp, cnn, finder or numbers, or --reviewed.")
    is_kept = output is None
    output = output or load(config).state / "models" / network
    _check_training_packages()
    from digitbox_train import destinations

    destinations.check(output, save_keras)
    stage = _training_stage()
    card = stage.run(network, scans, output, data, seed, save_keras)
    click.echo(f"Written: {output}")
    if network == "finder":
        click.echo(f"It takes effect in {FINDER}, with models trained anew for it.")
        return
    if network == "numbers":
        click.echo(f"Digits of drawn lines read right: {card.figures['drawn_digits_right']:.2%}")
        click.echo(f"It takes effect in {' or '.join(map(str, NUMBERS))}.")
        return
    click.echo(f"Accuracy on MNIST's test set: {card.figures['mnist_test_accuracy']:.2%}")
    output = output.absolute()  # by its name alone it could be a shipped one
    click.echo(f"Use it with --model {output}, or model: {output} in config.yaml.")
    if is_kept:
        click.echo(f"`digitbox models use {card.label}` has {network} stand for it.")


@main.command()
@click.argument("folder", type=_Path(file_okay=False, exists=True))
@click.option(
    "--labels",
    type=_Path(dash=True, dir_okay=False, exists=True),
    required=True,
    help="CSV with the columns path (in FOLDER) and label, and optionally kind and source.",
)
@click.option(
    "--report",
    type=_Path(file_okay=False),
    help="Folder for the figures as JSON, the plots and a sheet of the worst images.",
)
@click.option(
    "--digits-only",
    is_flag=True,
    help="Leave points, commas and minus signs out of the comparison.",
)
@MODEL_OPTION
@_value_options
@CONFIG_OPTION
def evaluate(
    folder: Path,
    labels: Path,
    report: Path | None,
    digits_only: bool,
    model: str | None,
    config: Path | None,
    **expected: Any,
) -> None:
    """Read the labelled images in FOLDER and say how many were read right."""
    from digitbox.config import load
    from digitbox.evaluation import evaluate
    from digitbox.evaluation import report as pages
    from digitbox.extras import how_to_install
    from digitbox.records import Reason
    from digitbox.service.reports import LACKS_FORMATS

    settings = load(config, _given(model=model, **expected))
    result = evaluate.evaluate(folder, _received(labels), settings, digits_only)
    click.echo(pages.text(result))
    if any(one.reading.reason is Reason.FORMATS_EXTRA_MISSING for one in result.outcomes):
        click.echo(f"{LACKS_FORMATS} {how_to_install('formats')}")
    if report is not None:
        for file in pages.write(result, folder, report):
            click.echo(f"Written: {file}")


@main.group(cls=_Listing)
def forms() -> None:
    """Set up forms: pages with named fields, see docs/forms.md."""


def _forms_folder(config: Path | None) -> Path:
    from digitbox.config import load

    return load(config).forms


def _made(name: str, made: "Made") -> None:
    for sentence in made.warnings:
        click.echo(sentence)
    click.echo(
        f"{made.folder}: made. In form.yaml there, name the fields and correct them: values are of "
        "the type number, with decimals where a point is printed."
    )
    more = f" and {len(made.pictures) - 1} more" if len(made.pictures) > 1 else ""
    click.echo(f"Look at the fields that were found: {made.pictures[0]}{more}")
    click.echo(f"Then see how it lies on a filled sheet: digitbox forms check {name} SCAN")


@forms.command("new")
@click.argument("name")
@click.argument("sheet", type=_Path(dash=True, exists=True, dir_okay=False))
@CONFIG_OPTION
def forms_new(name: str, sheet: Path, config: Path | None) -> None:
    """Make the form NAME of an empty SHEET, an image or a PDF.

    Boxes, cells, checkboxes and tables are found on it; form-1.png shows them.
    """
    from digitbox.forms import authoring

    _made(name, authoring.new(_forms_folder(config), name, _received(sheet)))


@forms.command("import")
@click.argument("name")
@click.argument("drawn", type=_Path(dash=True, exists=True, dir_okay=False))
@click.argument("sheet", type=_Path(dash=True, exists=True, dir_okay=False))
@CONFIG_OPTION
def forms_import(name: str, drawn: Path, sheet: Path, config: Path | None) -> None:
    """Make the form NAME of a SHEET and of rectangles that were DRAWN on it.

    DRAWN is a file of LabelMe (JSON), Label Studio (JSON) or CVAT (XML for images).
    """
    from digitbox.forms import authoring

    made = authoring.import_(_forms_folder(config), name, _received(drawn), _received(sheet))
    _made(name, made)


@forms.command("print")
@click.argument("questions", type=_Path(exists=True, dir_okay=False))
@click.option(
    "--font",
    type=_Path(exists=True, dir_okay=False),
    help="A TrueType or OpenType font, for letters that are not of Western Europe.",
)
@CONFIG_OPTION
def forms_print(questions: Path, font: Path | None, config: Path | None) -> None:
    """Make a form of a list of QUESTIONS (YAML), under the name of that file.

    Needs digitbox[forms].
    """
    from digitbox.forms import authoring

    folder = authoring.print_(_forms_folder(config), questions, font)
    click.echo(f"{folder}: made. Print {folder.name}.pdf there, at its full size.")


@forms.command("check")
@click.argument("name")
@click.argument("scans", nargs=-1, type=_Path(dash=True, exists=True, dir_okay=False))
@click.option(
    "--pictures",
    type=_Path(file_okay=False),
    default=Path("checked"),
    show_default=True,
    help="Where the pictures go.",
)
@CONFIG_OPTION
def forms_check(name: str, scans: tuple[Path, ...], pictures: Path, config: Path | None) -> None:
    """Say what may be wrong with the form NAME, and how well it lies on SCANS.

    Writes a picture of each page with the fields laid over it.
    """
    from digitbox.forms import authoring
    from digitbox.forms.inspection import warnings

    folder = _forms_folder(config)
    scans = tuple(map(_received, scans))
    if scans and pictures.is_dir() and any(pictures.glob("*.png")):
        click.echo(f"{pictures}: has pictures already. Those of the same names are replaced.")
    for sentence in warnings(authoring.form(folder, name)):
        click.echo(sentence)
    for one in authoring.check(folder, name, scans, pictures):
        where = f"{one.scan}, page {one.page}"
        if one.reason is not None:
            hint = authoring.HINTS.get(one.reason, "")
            click.echo(f"{where}: cannot be read: {one.reason.value}.{hint}")
        elif one.found is None:
            click.echo(f"{where}: none of the form's pages (score {one.score:.2f}); {one.picture}")
        else:
            which = f"page {one.found} of {name}"
            click.echo(f"{where}: {which}, score {one.score:.2f}; {one.picture}")


@forms.command("rematch")
@click.argument("names", nargs=-1)
@CONFIG_OPTION
def forms_rematch(names: tuple[str, ...], config: Path | None) -> None:
    """Weigh what was read of forms anew, after a change of their lists or checks.

    NAMES are those of forms (default: all). Nothing is scanned or read again, and what people have
    decided stays. New rows name those that they replace.
    """
    from digitbox.config import load
    from digitbox.service.rematch import rematch

    _keep_from_others()
    signals = _signals()
    click.echo(rematch(load(config), signals, names))
    if signals.stop:
        sys.exit(SIGNALLED + signals.stop)


@main.group(cls=_Listing, invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Their cards, as JSON, for scripts.")
@CONFIG_OPTION
@click.pass_context
def models(context: click.Context, as_json: bool, config: Path | None) -> None:
    """List all models: which one is in use, and what was measured of each."""
    if context.invoked_subcommand is not None:
        return
    import msgspec

    from digitbox.batch import terminal as console
    from digitbox.config import load
    from digitbox.models.registry import listed

    found = listed(load(config))
    if as_json:
        click.echo(msgspec.json.encode(found, enc_hook=str).decode())
    else:
        click.echo(console.models(found))


@models.command("use")
@click.argument("name")
@CONFIG_OPTION
def use_model(name: str, config: Path | None) -> None:
    """Promote a model: read with it from now on. NAME is as `digitbox models` lists it; cnn and mlp
    are the shipped ones. A service that is running takes it between two batches."""
    from digitbox.config import load
    from digitbox.models.registry import namesakes, promote

    settings = load(config)
    card = promote(settings, name)
    _say_promoted(card, settings)
    for label in namesakes(settings, name, card.label):
        click.echo(f"The model in the folder {name} of your own is {label}: use it by that name.")


@models.command("back")
@CONFIG_OPTION
def former_model(config: Path | None) -> None:
    """Go back to the model that was used before the last promotion."""
    from digitbox.config import load
    from digitbox.models.registry import back

    settings = load(config)
    card = back(settings)
    _say_promoted(card, settings)


def _say_promoted(card: Any, settings: Any) -> None:
    click.echo(f"{card.name} is {card.label} now.")
    if settings.model != card.name:
        click.echo(
            f"The configuration reads with {settings.model}: set `model: {card.name}` to use it."
        )


@main.command("config")
@CONFIG_OPTION
def show_config(config: Path | None) -> None:
    """Print the configuration in force, as a config.yaml to start from."""
    from digitbox.config import load, render

    click.echo(render(load(config).absolute()), nl=False)


def _keep_from_others() -> None:
    """Let nobody but its owner and group read what is written from here on."""
    os.umask(os.umask(0o077) | 0o007)


def _signals() -> Any:
    from digitbox.signals import Signals

    return Signals()


def _given(**options: Any) -> dict[str, Any]:
    """The options that were given, by their keys in the configuration."""
    return {key: value for key, value in options.items() if value not in (None, ())}


def _received(path: Path, most: int = MOST_INPUT) -> Path:
    """``path``; of :data:`STANDARD` a file with up to ``most`` bytes of what standard input holds,
    which is there until the command ends."""
    if path != STANDARD:
        return path
    import tempfile

    context = click.get_current_context()
    if STANDARD in (context.params.get("config"), context.meta.get(__name__)):
        raise click.UsageError("Standard input (-) can be given once only.")
    context.meta[__name__] = STANDARD
    folder = context.with_resource(tempfile.TemporaryDirectory(prefix="digitbox-"))
    file = Path(folder, "stdin")
    source, left = sys.stdin.buffer, most
    with file.open("wb") as kept:
        while left and (part := source.read(min(left, 2**20))):
            kept.write(part)
            left -= len(part)
    return file


def _check_training_packages() -> None:
    import importlib.util

    from digitbox.errors import TrainingError
    from digitbox.extras import how_to_install

    missing = [name for name in ("tensorflow", "tf2onnx") if not importlib.util.find_spec(name)]
    if missing:
        raise TrainingError(f"Training needs {' and '.join(missing)}: {how_to_install('train')}")


def _training_stage() -> Any:
    # Keras shows the progress; what its parts tell each other stays out of it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tf2onnx").setLevel(logging.WARNING)
    from digitbox_train import stage

    return stage
