import contextlib
import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import click
import pytest

from digitbox.cli import main
from digitbox.config import SHIPPED_MODELS
from digitbox.engine.state import State
from digitbox.extras import how_to_install
from tests.conftest import ROOT, Command
from tests.endurance.harness import Harness, unsure
from tests.pages import encoded, sheet
from tests.rights import bound
from tests.spreadsheets import read


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Ten digits, two of them in a folder below."""
    folder = tmp_path / "scans"
    (folder / "below").mkdir(parents=True)
    for value in range(10):
        place = folder / "below" if value > 7 else folder
        (place / f"{value}.png").write_bytes(encoded(sheet(value)))
    return folder


def table(outbox: Path) -> list[dict[str, str]]:
    (file,) = outbox.glob("*.csv")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_a_folder_becomes_a_csv_and_a_json_file(scans: Path, digitbox: Command) -> None:
    done = digitbox("batch", scans, "--outbox", "out")
    assert done.returncode == 0, done.stderr
    rows = table(Path("out"))
    assert [row["value"] for row in rows] == list("0123456789")
    assert rows[9]["file"] == "below/9.png"
    (document,) = Path("out").glob("*.json")
    readings = json.loads(document.read_text("utf-8"))["readings"]
    assert [reading["id"] for reading in readings] == [row["id"] for row in rows]
    assert {reading["root"] for reading in readings} == {str(scans)}


def test_one_image_is_answered(scans: Path, digitbox: Command) -> None:
    answer = digitbox("batch", scans / "7.png").stdout.splitlines()
    name, value, confidence, status = answer[0].split()
    assert (name, value, status) == ("7.png", "7", "accepted")
    assert 99 <= float(confidence.removesuffix("%")) <= 100
    assert "1 image: 1 accepted" in answer


def test_a_folder_becomes_a_workbook(scans: Path, digitbox: Command) -> None:
    pytest.importorskip("xlsxwriter", reason="XLSX needs XlsxWriter")
    done = digitbox("batch", scans, "--outbox", "out", "--format", "xlsx")
    assert done.returncode == 0, done.stderr
    (file,) = Path("out").iterdir()
    assert [row["value"] for row in read(file.read_bytes())] == list("0123456789")


def test_originals_stay_as_they_are(scans: Path, digitbox: Command) -> None:
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in scans.rglob("*.png")}
    digitbox("batch", scans, "--outbox", "out")
    after = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in scans.rglob("*.png")}
    assert before == after


def test_the_same_command_twice_reads_twice(scans: Path, digitbox: Command) -> None:
    for _ in range(2):
        digitbox("batch", scans, "--outbox", "out")
    assert len(list(Path("out").glob("*.csv"))) == 2


def test_more_than_twenty_are_only_counted(tmp_path: Path, digitbox: Command) -> None:
    for number in range(21):
        (tmp_path / f"{number}.png").write_bytes(encoded(sheet(3)))
    said = digitbox("batch", tmp_path, "--outbox", "out").stdout
    assert said.startswith("21 images: 21 accepted\n")
    assert "20.png" not in said


def test_without_a_path_the_inbox_is_read(scans: Path, digitbox: Command) -> None:
    Path("config.yaml").write_text(
        f"inbox: {scans}\noutbox: out\nformats: [csv]\nwatch: {{settle: 0, patience: 0}}\n"
    )
    done = digitbox("batch")
    assert done.returncode == 0, done.stderr
    rows = [row for folder in Path("out").iterdir() for row in table(folder)]
    assert len(rows) == 10
    assert not [path for path in scans.rglob("*") if path.is_file()]


def test_the_environment_and_options_set_what_the_file_does(scans: Path, digitbox: Command) -> None:
    done = digitbox(
        "batch", scans, "--model", "mlp", "--format", "csv", env={"DIGITBOX_OUTBOX": "elsewhere"}
    )
    assert done.returncode == 0
    assert table(Path("elsewhere"))[0]["model"].startswith("mlp-")
    assert not list(Path("elsewhere").glob("*.json"))


def test_a_model_may_be_a_folder(scans: Path, digitbox: Command) -> None:
    shutil.copytree(SHIPPED_MODELS / "mlp", "mine")
    assert digitbox("batch", scans, "--model", "mine", "--outbox", "out").returncode == 0
    assert table(Path("out"))[0]["model"].startswith("mlp-")


def test_what_was_skipped_is_said(scans: Path, digitbox: Command) -> None:
    (scans / "a.png.part").write_bytes(b"")
    (scans / "link").symlink_to(scans / "1.png")
    said = digitbox("batch", scans).stdout
    assert "Skipped: " in said
    assert "1 hidden or unfinished" in said
    assert "1 symlink" in said


def test_an_empty_folder_says_so(tmp_path: Path, digitbox: Command) -> None:
    (tmp_path / "none").mkdir()
    done = digitbox("batch", tmp_path / "none")
    assert (done.returncode, done.stdout) == (0, "No image was found.\n")


def test_a_folder_that_may_not_be_looked_into_is_named(scans: Path) -> None:
    closed = scans / "closed"
    closed.mkdir(mode=0)
    done = as_bound("batch", str(scans))
    assert done.returncode == 0, done.stderr
    assert "1 unreadable" in done.stdout
    assert f"  {closed} may not be looked at" in done.stdout


def test_what_cannot_be_had_is_named_with_its_reason_by_a_run_and_the_status() -> None:
    Path("config.yaml").write_text("watch: {settle: 0, patience: 0}\nworkers: 1\n")
    Path("inbox").mkdir()
    Path("inbox", "1.png").write_bytes(encoded(sheet(1)))
    Path("inbox", "denied.png").write_bytes(encoded(sheet(2)))
    Path("inbox", "denied.png").chmod(0)
    Path("inbox", "closed").mkdir(mode=0)
    Path("inbox", ".gitkeep").touch()
    done = as_bound("batch")
    assert done.returncode == 0, done.stderr
    assert "1 image: 1 accepted" in done.stdout
    assert "Skipped: 1 unreadable\n" in done.stdout
    assert "  denied.png: no permission\n  closed: may not be looked at\n" in done.stdout
    said = as_bound("status").stdout
    assert re.search(r"^not to be had +denied.png: no permission$", said, re.MULTILINE)
    assert re.search(r"^not to be had +closed: may not be looked at$", said, re.MULTILINE)


def test_a_file_in_a_folder_that_may_not_be_looked_into_is_not_called_missing(scans: Path) -> None:
    (scans / "closed").mkdir(mode=0)
    done = as_bound("batch", str(scans / "closed" / "1.png"))
    assert done.returncode == 2
    assert "cannot be looked at: Permission denied" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["status"], ["export", "--output", "out.csv"], ["retry", "--failed"], ["models"]],
    ids=lambda arguments: arguments[0],
)
def test_a_state_that_may_not_be_looked_into_is_named(arguments: list[str]) -> None:
    Path("state").mkdir(mode=0)
    done = as_bound(*arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "this user may not look at it. Run this as the user" in done.stderr


def as_bound(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = bound([sys.executable, "-m", "digitbox", *arguments])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_an_empty_inbox_is_named(digitbox: Command) -> None:
    done = digitbox("batch")
    assert (done.returncode, done.stdout) == (0, f"No image was found in {Path.cwd() / 'inbox'}.\n")


def test_where_nothing_could_be_done_nothing_is_said_of_images(digitbox: Command) -> None:
    Path("state").mkdir()
    with State(Path("state"), "watch"):
        done = digitbox("batch")
    assert (done.returncode, done.stdout) == (5, "")


def test_where_all_is_known_nothing_is_new(scans: Path, digitbox: Command) -> None:
    digitbox("batch", "--resume", scans)
    said = digitbox("batch", "--resume", scans).stdout
    assert said.splitlines()[0] == "Nothing new."


def test_an_export_is_of_the_kind_that_its_name_says(digitbox: Command) -> None:
    assert digitbox("export", "--output", "out.json").returncode == 0
    assert json.loads(Path("out.json").read_text()) == []
    done = digitbox("export", "--output", "out.csv")
    assert Path("out.csv").read_text().startswith("id,file,page,")
    assert f"No row in {Path.cwd() / 'state'}" in done.stdout
    done = digitbox("export", "--output", "out.xls")
    assert done.returncode == 2
    assert "out.xls: what ends in .xls is not written." in done.stderr
    assert not Path("out.xls").exists()


def test_names_are_retried_as_the_csv_has_them(digitbox: Command) -> None:
    """Names of formulas, and one that is not UTF-8 where the file system takes it; given with other
    characters for the same letters, too."""
    inbox = Path("inbox")
    inbox.mkdir()
    for name in ("=1+1.png", "-x.png", "@a.png", "e\u0301.png"):
        (inbox / name).write_bytes(encoded(sheet(7)))
    given = ["'=1+1.png", "'-x.png", "'@a.png", "\u00e9.png"]
    with contextlib.suppress(OSError):
        (inbox / "caf\udce9.png").write_bytes(encoded(sheet(7)))
        given.append("caf\\xe9.png")
    assert digitbox("batch", env={"DIGITBOX_WATCH_SETTLE": "0"}).returncode == 0
    done = digitbox("retry", "--", *given)
    assert f"{len(given)} files read again: {len(given)} accepted" in done.stdout, done.stderr
    done = digitbox("retry", "'7.png")
    assert done.returncode == 2
    assert "'7.png: no such file came through the inbox" in done.stderr


def test_a_dash_is_standard_output(digitbox: Command) -> None:
    done = digitbox("export", "--output", "-")
    assert done.stdout.startswith("id,file,page,")
    assert "No row in" in done.stderr
    assert json.loads(digitbox("export", "--output", "-", "--format", "json").stdout) == []
    assert not Path("-").exists()
    assert digitbox("export", "--output", "./-").returncode == 0
    assert Path("-").read_text() == done.stdout


def test_a_dash_is_standard_input(scans: Path, digitbox: Command) -> None:
    """An image, labels, a configuration; ``./-`` is a file of that name."""
    with (scans / "7.png").open("rb") as image:
        done = digitbox("batch", "-", scans / "3.png", "--outbox", "out", stdin=image)
    assert done.returncode == 0, done.stderr
    rows = table(Path("out"))
    assert [(row["file"], row["value"]) for row in rows] == [("stdin", "7"), ("3.png", "3")]
    Path("labels.csv").write_text("path,label\n1.png,1\n2.png,3\n")
    with Path("labels.csv").open("rb") as labels:
        assert ", 1 of 2" in digitbox("evaluate", scans, "--labels", "-", stdin=labels).stdout
    Path("labels.csv").rename("-")
    assert ", 1 of 2" in digitbox("evaluate", scans, "--labels", "./-").stdout
    Path("other.yaml").write_text("inbox: brought\n")
    with Path("other.yaml").open("rb") as config:
        done = digitbox("config", "--config", "-", stdin=config)
    assert f"inbox: {Path.cwd() / 'brought'} " in done.stdout


def test_no_more_is_taken_from_standard_input_than_a_file_may_have(digitbox: Command) -> None:
    with Path("/dev/zero").open("rb") as endless:
        done = digitbox(
            *("batch", "-", "--outbox", "out"), stdin=endless, env={"DIGITBOX_LIMITS_BYTES": "9999"}
        )
    assert done.returncode == 0, done.stderr
    assert [row["reason"] for row in table(Path("out"))] == ["too_many_bytes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["batch", "-", "-"], "Standard input (-) can be given once only."),
        (["batch", "-", "--config", "-"], "Standard input (-) can be given once only."),
        (["batch", "-", "--resume"], "--resume cannot go on with standard input"),
        (["batch", ".", "--outbox", "-"], "'--outbox': - is standard input or output, which"),
        (["evaluate", "-", "--labels", "-"], "'FOLDER': - is standard input or output"),
        (["train", "mlp", "--output", "-"], "'--output': - is standard input or output"),
        (["train", "mlp", "--save-keras", "-"], "'--save-keras': - is standard input or output"),
        (["forms", "print", "-"], "'QUESTIONS': - is standard input or output"),
        (["forms", "check", "a", "--pictures", "-"], "'--pictures': - is standard input or output"),
        (["cluster", "--once", "--input=-", "--output=a", "--checkpoint=b"], "folders are needed"),
    ],
)
def test_a_dash_where_there_is_no_stream_is_refused(
    digitbox: Command, arguments: list[str], message: str
) -> None:
    done = digitbox(*arguments, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert not Path("-").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["batch", "nowhere"], 2, "nowhere: no such file or folder"),
        (["batch", ".", "--config", "none.yaml"], 2, "none.yaml: no such file"),
        (["batch", ".", "--model", "rnn"], 2, "rnn: no such model. Give cnn, mlp,"),
        (["batch", ".", "--digits", "6-1"], 2, "options: digits: Expected `any`, a whole number"),
        (["batch", ".", "--decimals", "few"], 2, "options: decimals: Expected `written` or a"),
        (["batch", ".", "--format", "xml"], 2, "'xml' is not one of"),
        (["batch", "good.yaml", ".", "--outbox", "."], 2, ".: this is where digitbox writes"),
        (["batch", "."], 2, "config.yaml: accept: Expected a number <= 1.0"),
        (["batch", ".", "--outbox", "taken/out", "--config", "good.yaml"], 3, "--outbox"),
        (["evaluate", ".", "--labels", "labels.csv", "--config", "good.yaml"], 2, "not a number"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_an_exit_code(
    digitbox: Command, arguments: list[str], code: int, message: str
) -> None:
    Path("taken").write_bytes(b"")
    Path("good.yaml").write_text("accept: 0.9\n")
    Path("labels.csv").write_text("path,label\na.png,seven\n")
    if message.startswith("config.yaml"):
        Path("config.yaml").write_text("accept: 9\n")
    done = digitbox(*arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals and terminals differ")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_publishes_what_was_read(tmp_path: Path, number: signal.Signals) -> None:
    import pty
    import termios

    folder = tmp_path / "many"
    folder.mkdir()
    content = encoded(sheet(5))
    for file in range(3000):
        (folder / f"{file}.png").write_bytes(content)
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (24, 100))
    process = subprocess.Popen(
        [sys.executable, "-m", "digitbox", "batch", str(folder), "--outbox", "out"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "DIGITBOX_WORKERS": "1"},
        stderr=follower,
        stdout=subprocess.DEVNULL,
    )
    os.close(follower)
    bar = b""
    while not re.search(rb"\b[1-9]\d*/3000 ", bar):  # some are read, and the total is known
        bar += os.read(leader, 1024)
    process.send_signal(number)
    while True:
        try:
            bar += os.read(leader, 1024)
        except OSError:  # the other end is closed: the process is over
            break
    os.close(leader)
    assert process.wait(timeout=30) == 128 + number
    assert b"stopped before the end" in bar
    assert b" files/s" in bar
    assert 0 < len(table(Path("out"))) < 3000


def test_a_console_that_cannot_show_a_name_still_answers(tmp_path: Path, digitbox: Command) -> None:
    (tmp_path / "数字.png").write_bytes(encoded(sheet(7)))
    done = digitbox("batch", tmp_path / "数字.png", env={"PYTHONIOENCODING": "cp1252"})
    assert done.returncode == 0, done.stderr
    assert r"\u6570\u5b57.png" in done.stdout


def test_a_model_that_cannot_be_loaded_ends_the_run(scans: Path, digitbox: Command) -> None:
    import hashlib

    shutil.copytree(SHIPPED_MODELS / "mlp", "mine")
    card = json.loads(Path("mine/card.json").read_text())
    card["model_sha256"] = hashlib.sha256(b"nonsense").hexdigest()
    Path("mine/card.json").write_text(json.dumps(card))
    Path("mine/model.onnx").write_bytes(b"nonsense")
    done = digitbox("batch", scans, "--model", "mine", "--outbox", "out")
    assert done.returncode == 2
    assert "model.onnx cannot be loaded" in done.stderr.splitlines()[-1]
    assert not list(Path("out").iterdir())


def test_progress_without_a_terminal_is_quiet_lines(scans: Path, digitbox: Command) -> None:
    assert "\r" not in digitbox("batch", scans).stderr


def test_help_answers_at_once() -> None:
    """Within 0.2 seconds, or, where the machine is slower or busy, twice what Python and click take
    alone. The least of several runs in turn: noise only ever adds."""

    def seconds(*arguments: str) -> float:
        started = monotonic()
        command = [sys.executable, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        return monotonic() - started

    runs = [(seconds("-m", "digitbox", "--help"), seconds("-c", "import click")) for _ in range(9)]
    ours, bare = map(min, zip(*runs, strict=True))
    assert ours < max(0.2, 2 * bare)


@pytest.mark.parametrize("group", [[], ["forms"], ["models"]], ids=str)
def test_no_summary_of_a_command_is_cut(group: list[str], digitbox: Command) -> None:
    said = digitbox(*group, "--help").stdout
    command: click.Command = main
    for name in group:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    assert isinstance(command, click.Group)
    listed = " ".join(said.split("Commands:")[1].split())
    assert "..." not in listed
    for one in command.commands.values():
        first = " ".join((one.help or "").split("\n\n")[0].split()).split(". ")[0]
        assert first.removesuffix(".") in listed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(shell: str) -> None:
    """The script that docs/commands.md has a shell load, and what it asks for."""
    script = "from digitbox.cli import main; main(prog_name='digitbox')"

    def ask(**variables: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
            capture_output=True,
            text=True,
        )
        return done.stdout

    documented = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert f"_DIGITBOX_COMPLETE={shell}_source digitbox" in documented
    if shell != "bash" or shutil.which("bash"):
        assert "_DIGITBOX_COMPLETE" in ask(_DIGITBOX_COMPLETE=f"{shell}_source")
    words = {"COMP_WORDS": "digitbox mod", "COMP_CWORD": "mod" if shell == "fish" else "1"}
    assert "models" in ask(_DIGITBOX_COMPLETE=f"{shell}_complete", **words)


@pytest.mark.parametrize("command", [[], ["batch"], ["train"], ["evaluate"], ["config"]])
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    script = (
        "import sys; from digitbox.cli import main\n"
        f"try: main({[*command, '--help']!r})\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'cv2', 'onnxruntime', 'PIL', 'tensorflow', 'yaml', 'msgspec'}\n"
        "sys.exit(bool(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True)
    assert done.returncode == 0, done.stderr


def test_the_configuration_in_force_is_printed(digitbox: Command) -> None:
    Path("config.yaml").write_text("accept: 0.5\n")
    done = digitbox("config", env={"DIGITBOX_BATCH_SIZE": "7"})
    Path("config.yaml").write_text(done.stdout)
    assert digitbox("config").stdout == done.stdout
    assert f"inbox: {Path.cwd() / 'inbox'} " in done.stdout
    assert "accept: 0.5 " in done.stdout
    assert "size: 7 " in done.stdout


def test_training_without_its_packages_says_what_to_install(digitbox: Command) -> None:
    Path("sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "found = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'tensorflow' else found(name, *a)\n"
    )
    done = digitbox(
        "train", "mlp", env={"PYTHONPATH": os.pathsep.join([str(Path.cwd()), str(ROOT)])}
    )
    assert done.returncode == 4
    assert done.stderr == f"digitbox: Training needs tensorflow: {how_to_install('train')}\n"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no umask")
@pytest.mark.parametrize(("umask", "group"), [("022", True), ("000", True), ("077", False)])
def test_what_is_written_can_be_read_by_owner_and_group_alone(
    umask: str, group: bool, tmp_path: Path
) -> None:
    harness = Harness(tmp_path / "harness", accept=1.0)
    before = ("sh", "-c", f'umask {umask}; exec "$@"', "sh")

    def run(*arguments: str) -> None:
        done = harness.run(*arguments, before=before)
        assert done.returncode == 0, done.stderr

    for name in ("a/b/one.png", "two.png"):
        harness.drop(name, unsure(len(name)))
    (harness.inbox / "bad.png").write_bytes(b"bad")
    run("batch")
    run("retry", "--review")
    run("batch", str(harness.done), "--resume")
    written = [
        path
        for top in (harness.state, harness.outbox, harness.folder / "originals")
        for path in (top, *top.rglob("*"))
        if path.is_dir() or top != harness.folder / "originals"
    ]
    assert {"ledger.sqlite", "service.json", "outbox", "done", "b"} <= {one.name for one in written}
    assert any(one.suffix == ".csv" for one in written)
    for path in written:
        mode = path.stat().st_mode
        assert not mode & 0o007, (path, oct(mode))
        assert bool(mode & 0o040) == group, (path, oct(mode))
        assert bool(mode & 0o010) == (group and path.is_dir()), (path, oct(mode))


def test_what_a_person_asks_for_by_name_has_the_usual_mode(tmp_path: Path) -> None:
    """A table, a model or a form that is made for others."""
    harness = Harness(tmp_path / "harness")
    harness.drop("two.png", unsure(2))
    assert harness.run("batch").returncode == 0
    before = ("sh", "-c", 'umask 022; exec "$@"', "sh")
    done = harness.run("export", "--output", "all.csv", before=before)
    assert done.returncode == 0, done.stderr
    assert (harness.folder / "all.csv").stat().st_mode & 0o777 == 0o644
