"""Without a cluster, in one JVM: what each file, each format and each mistake comes to."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.harness import Driver, command, manifest, until
from tests.conftest import ROOT
from tests.pages import encoded, sheet
from tests.schema import check_reading

pytestmark = pytest.mark.xdist_group("cluster")

HERE = ("--master", "local[1]")


def run(
    *arguments: object, before: tuple[str, ...] = (), **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*before, *command(*arguments, *HERE)],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )


PLACES = ("--input", "inbox", "--output", "out", "--checkpoint", "check")


def without_rights() -> tuple[str, ...]:
    """What takes from root the right to read everything."""
    if os.geteuid() != 0:
        return ()
    if not (setpriv := shutil.which("setpriv")):
        pytest.skip("running as root, and there is no setpriv to stop being it")
    rights = "-dac_override,-dac_read_search"
    return (setpriv, f"--inh-caps={rights}", f"--bounding-set={rights}")


def rows(output: Path) -> list[dict[str, object]]:
    found = []
    for table in manifest(output):
        found += [json.loads(line) for line in table.read_text("utf-8").splitlines()]
    return found


def test_a_bad_file_costs_its_row_and_a_second_run_reads_what_is_new() -> None:
    for name in ("train.py", "pipeline.py"):  # a project's own, where driver and workers run
        Path(name).write_text(f"raise SystemExit('{name} was imported')\n")
    inbox = Path("inbox")
    inbox.mkdir()
    for value in range(5):
        (inbox / f"{value}.png").write_bytes(encoded(sheet(value)))
    (inbox / "crash.png").write_bytes(b"crash")
    secret = inbox / "se cret é.png"
    secret.write_bytes(encoded(sheet(5)))
    secret.chmod(0)
    crashing = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "cluster" / "crashing")))
    done = run(*PLACES, "--once", "--format", "json", before=without_rights(), PYTHONPATH=crashing)
    assert done.returncode == 0, done.stderr
    read = {str(row["file"]): row["value"] or row["reason"] for row in rows(Path("out"))}
    good = {f"{value}.png": str(value) for value in range(5)}
    assert read == good | {"crash.png": "decoder_crashed", "se cret é.png": "no_permission"}

    for row in rows(Path("out")):
        assert (row["root"], row["replaces"], row["duplicate_of"]) == ("inbox", None, None)
        check_reading(row)

    (inbox / "later.png").write_bytes(encoded(sheet(6)))
    (inbox / "0.png").write_bytes(encoded(sheet(9)))  # a name that was read: Spark knows it
    done = run(*PLACES, "--once", "--format", "json")
    assert done.stdout.startswith("1 image: 1 accepted\n"), done.stderr
    assert len(rows(Path("out"))) == 8


def test_it_reads_what_arrives_moves_it_away_and_ends_when_told() -> None:
    inbox = Path("inbox")
    inbox.mkdir()
    (inbox / "3.png").write_bytes(encoded(sheet(3)))
    arguments = command(*PLACES, *HERE, "--every", "200ms", "--originals", "done")
    driver = Driver(arguments, Path("log"), {})
    try:
        until(lambda: "batch 0: 1 image: 1 accepted" in driver.said(), "read", driver.process)
        (inbox / "7.png").write_bytes(encoded(sheet(7)))
        until(lambda: "batch 1: 1 image: 1 accepted" in driver.said(), "read on", driver.process)
        # Spark moves what a batch has read once the next one is planned.
        until(lambda: [*Path("done").glob("**/3.png")], "moved", driver.process)
        driver.process.send_signal(signal.SIGTERM)
        assert driver.process.wait(60) == 0
    finally:
        driver.kill()
    assert "2 images: 2 accepted" in driver.said()
    import pyarrow.parquet

    table = pyarrow.concat_tables(
        pyarrow.parquet.read_table(path, partitioning=None) for path in manifest(Path("out"))
    )
    assert sorted(table["value"].to_pylist()) == ["3", "7"]
    assert str(table.schema.field("confidence").type) == "double"


def test_it_reads_the_folders_that_match_and_deletes_what_it_read() -> None:
    for folder, value in (("2026-01-01", 3), ("2026-01-02", 7), ("else", 1)):
        Path("inbox", folder).mkdir(parents=True)
        Path("inbox", folder, "a.png").write_bytes(encoded(sheet(value)))
    arguments = command(
        *("--input", "inbox/2026-*", "--output", "out", "--checkpoint", "check", *HERE),
        *("--format", "json", "--every", "200ms", "--originals", "delete"),
    )
    driver = Driver(arguments, Path("log"), {})
    try:
        until(lambda: "batch 0: 2 images: 2 accepted" in driver.said(), "read", driver.process)
        Path("inbox/2026-01-02/b.png").write_bytes(encoded(sheet(5)))
        until(lambda: "batch 1: 1 image: 1 accepted" in driver.said(), "read on", driver.process)
        gone = Path("inbox/2026-01-01/a.png"), Path("inbox/2026-01-02/a.png")
        until(lambda: not any(map(Path.exists, gone)), "deleted", driver.process)
        driver.process.send_signal(signal.SIGTERM)
        assert driver.process.wait(60) == 0
    finally:
        driver.kill()
    assert Path("inbox/else/a.png").exists()
    read = {(str(row["root"]), str(row["file"])): row["value"] for row in rows(Path("out"))}
    expected = {"2026-01-01/a.png": "3", "2026-01-02/a.png": "7", "2026-01-02/b.png": "5"}
    assert read == {("inbox", file): value for file, value in expected.items()}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--originals", "keep", "--every", "soon"), 2, "'soon' is no time"),
        ((), 2, "say what becomes of them"),
        (("--once", "--conf", "spark.ui.enabled"), 2, "is not KEY=VALUE"),
    ],
)
def test_a_wrong_option_is_explained(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "digitbox", "cluster", *PLACES, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
