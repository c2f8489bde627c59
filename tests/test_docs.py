"""What the documents say is what the program does."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from digitbox.cli import main
from digitbox.config import Config, load, render, settings
from digitbox.errors import DigitboxError
from digitbox.output.tables import COLUMNS
from digitbox.recognition.value import value_of
from digitbox.records import Expected, Reason, Status
from digitbox_train.accuracy import number_page, page
from tests.conftest import ROOT, Command
from tests.schema import check

README = (ROOT / "README.md").read_text("utf-8")
OUTPUT = (ROOT / "docs" / "output.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
DESIGN = (ROOT / "docs" / "design.md").read_text("utf-8")


def table(text: str, heading: str) -> list[list[str]]:
    """The cells of the rows of the first table whose head begins with ``heading``."""
    body = text.split(f"| {heading} |", 1)[1].splitlines()[2:]
    rows = []
    for line in body:
        if not line.startswith("|"):
            break
        cells = re.split(r"(?<!\\)\|", line.strip("|"))
        rows.append([cell.strip() for cell in cells])
    return rows


def test_every_command_is_listed() -> None:
    rows = table(COMMANDS, "command")
    assert {re.findall(r"digitbox (\w+)", row[0])[0] for row in rows} == set(main.commands)
    text = " ".join(cell for row in rows for cell in row)
    for name, command in main.commands.items():
        for part in command.commands if isinstance(command, click.Group) else ():
            assert f"`{name} {part}" in text


def test_every_exit_code_is_listed() -> None:
    listed = " ".join(row[0] for row in table(COMMANDS, "exit code"))
    raised = {DigitboxError.exit_code}
    kinds = [DigitboxError]
    while kinds:
        kinds += (kind := kinds.pop()).__subclasses__()
        raised.add(kind.exit_code)
    for code in raised | {0, 128 + signal.SIGINT, 128 + signal.SIGTERM}:
        assert re.search(rf"\b{code}\b", listed), code


def test_the_readme_is_read_in_two_minutes() -> None:
    assert len(README.splitlines()) <= 150


def test_every_setting_is_listed() -> None:
    found = {row[0].strip("`"): row[1:] for row in table(CONFIGURATION, "key")}
    sections = re.split(r"^(\w+):\n", render(Config()), flags=re.MULTILINE)
    rendered = {}
    for section, lines in zip(["", *sections[1::2]], sections[::2], strict=True):
        for key, value in re.findall(r"^ *(\w+): (.+?)  #", lines, re.MULTILINE):
            rendered[f"{section}.{key}" if section else key] = value
    for setting in settings():
        default, variable, comment = found.pop(setting.key)
        assert default.strip("`") == rendered[setting.key]
        assert variable.strip("`") == setting.variable
        assert comment == setting.comment
    assert not found


@pytest.mark.parametrize("row", table(CONFIGURATION, "what is written"), ids=lambda row: row[0])
def test_what_is_written_stands_for_what_the_table_says(row: list[str]) -> None:
    written, *values = (cell.strip("`") for cell in row)
    for decimals, shown in zip((None, 0, 1, 2), values, strict=True):
        value = value_of(written, Expected(decimals=decimals))
        assert shown == ("review" if value.reason else value.text)


def test_the_configuration_file_has_every_key_with_its_default() -> None:
    assert (ROOT / "config.yaml").read_text("utf-8") == render(Config())
    relative = load(ROOT / "config.yaml")
    assert relative.outbox == ROOT / "outbox"
    assert relative.batch == Config().batch


def test_every_column_status_and_reason_is_described() -> None:
    columns = [name for row in table(OUTPUT, "column") for name in re.findall(r"`(\w+)`", row[0])]
    assert columns == list(COLUMNS)
    assert [row[0].strip("`") for row in table(OUTPUT, "status")] == list(Status)
    assert [row[0].strip("`") for row in table(README, "status")] == list(Status)
    assert [row[0].strip("`") for row in table(OUTPUT, "reason")] == list(Reason)


def test_the_example_fits_the_schema() -> None:
    (example,) = re.findall(r"```json\n(.*?)```", OUTPUT, re.DOTALL)
    check(json.loads(example))


@pytest.mark.parametrize("name", main.commands)
def test_every_option_is_explained(name: str) -> None:
    for parameter in main.commands[name].params:
        assert not isinstance(parameter, click.Option) or parameter.help


def test_the_first_minute_shows_what_the_readme_shows(digitbox: Command) -> None:
    shown = README.split("shows what it read:")[1].split("    make test")[0]
    expected = [line.split() for line in shown.splitlines() if "  " in line.strip()]
    samples = ROOT / "samples"
    runs = (
        digitbox("batch", *samples.glob("*.*")),
        digitbox(
            "batch",
            *("--config", samples / "forms" / "config.yaml", "--outbox", "outbox"),
            *(samples / "forms").glob("*.jpg"),
        ),
    )
    said = [line.split() for done in runs for line in done.stdout.splitlines()]
    for words in expected:
        assert words in said


def test_the_tree_in_the_design_is_the_tree() -> None:
    block = DESIGN.split("## The tree")[1].split("\nImports point")[0]
    described = set(re.findall(r"\b(\w+\.py)\b", block))
    there = {
        path.name
        for package in ("pipeline/digitbox", "train/digitbox_train")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert described == there


def test_every_dependency_has_its_reason() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["train"], *extras["formats"]]
    wanted += [*extras["parquet"], *extras["xlsx"], *extras["web"], *extras["cluster"]]
    reasons = " ".join(row[0] for row in table(DESIGN, "package"))
    for requirement in wanted:
        assert re.split("[<>=]", requirement)[0] in reasons


def test_nothing_is_left_to_be_filled_in() -> None:
    for file in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        assert not re.search(r"@[A-Z_]+@|TODO|TBD", file.read_text("utf-8"))


def test_links_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "benchmarks").glob("*.md")]
    for file in pages:
        for target in re.findall(r"\]\(([^)#]+)\)", file.read_text("utf-8")):
            assert (file.parent / target).exists(), f"{file.name}: {target}"


def words_of(template: str) -> str:
    """A pattern of the words of ``template``, with anything where that has braces."""
    written = re.split(r"\{[^}]*\}", template)
    words = [r"\s+".join(re.escape(word) for word in re.split(r"\s+", part)) for part in written]
    return ".*?".join(words)


def test_the_page_on_accuracy_has_the_words_of_what_writes_it() -> None:
    accuracy = (ROOT / "docs" / "accuracy.md").read_text("utf-8")
    assert re.fullmatch(words_of(page.PAGE), accuracy, re.DOTALL)


def test_the_page_on_accuracy_has_the_part_on_numbers() -> None:
    accuracy = (ROOT / "docs" / "accuracy.md").read_text("utf-8")
    assert re.search(words_of(number_page.PART), accuracy, re.DOTALL)
    assert re.search(words_of(page.ONE_DIGIT), accuracy, re.DOTALL)


def test_the_textbook_benchmark_runs(tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("path,label,kind\nchalkboard.png,3,a\ntilted.jpg,7,b\n")
    script = ROOT / "benchmarks" / "textbook.py"
    done = subprocess.run(
        [sys.executable, script, ROOT / "samples", labels],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert len(done.stdout.splitlines()) == 4, done.stderr
