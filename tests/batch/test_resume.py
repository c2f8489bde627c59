import json
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.endurance.harness import Harness, digest, image, until

FILES = 600

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    harness = Harness(tmp_path / "harness", batch={"rows": 20, "chunk": 4})
    scans = harness.folder / "scans"
    scans.mkdir()
    for number in range(FILES):
        (scans / f"{number:03}.png").write_bytes(image(number))
    return harness


def wanted() -> "Counter[tuple[str, str]]":
    return Counter((f"{number:03}.png", digest(image(number))) for number in range(FILES))


def found(harness: Harness) -> "Counter[tuple[str, str]]":
    return Counter((row["file"], row["sha256"]) for row in harness.published())


@needs_signals
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_an_interrupted_run_is_gone_on_with(harness: Harness, name: str) -> None:
    run = subprocess.Popen(
        harness.command("batch", "scans", "--resume"),
        cwd=harness.folder,
        env=harness.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: len(harness.published()) >= 40)
    run.send_signal(signal.Signals[name])
    assert run.wait(60) == (143 if name == "SIGTERM" else -9)
    before = found(harness)
    assert 40 <= before.total() < FILES
    again = harness.run("batch", "scans", "--resume")
    assert again.returncode == 0, again.stderr
    assert "Known from an earlier run" in again.stdout
    assert found(harness) == wanted()
    assert (
        sorted(path.name for path in (harness.folder / "scans").iterdir())[-1] == f"{FILES - 1}.png"
    )


def test_a_finished_run_reads_only_what_is_new_or_has_changed(harness: Harness) -> None:
    assert harness.run("batch", "scans", "--resume").returncode == 0
    assert found(harness) == wanted()
    (harness.folder / "scans" / "new.png").write_bytes(image(1000))
    (harness.folder / "scans" / "000.png").write_bytes(image(1001))
    assert harness.run("batch", "scans", "--resume").returncode == 0
    more = [("new.png", digest(image(1000))), ("000.png", digest(image(1001)))]
    assert found(harness) == wanted() + Counter(more)


def test_paths_are_known_however_they_are_spelled(harness: Harness) -> None:
    assert harness.run("batch", "scans", "--resume").returncode == 0
    (harness.folder / "linked").symlink_to("scans")
    (harness.folder / "scans" / "below").mkdir()
    for paths in (["../harness/scans"], ["linked"], ["scans", "scans/below", "./scans/007.png"]):
        again = harness.run("batch", *paths, "--resume")
        assert f"Known from an earlier run: {FILES} files" in again.stdout, again.stderr
    assert found(harness) == wanted()


def test_other_paths_have_a_ledger_of_their_own(harness: Harness) -> None:
    one = harness.folder / "scans" / "000.png"
    for path in (one, harness.folder / "scans"):
        assert harness.run("batch", str(path), "--resume").returncode == 0
    assert found(harness)["000.png", digest(image(0))] == 2
    assert len(list((harness.state / "runs").iterdir())) == 2


def test_it_needs_paths(harness: Harness) -> None:
    assert harness.run("batch", "--resume").returncode == 2


@needs_signals
def test_two_at_a_time_are_refused(harness: Harness) -> None:
    first = subprocess.Popen(
        harness.command("batch", "scans", "--resume", "--quiet"),
        cwd=harness.folder,
        env=harness.environment,
    )
    try:
        until(lambda: harness.published())
        first.send_signal(signal.SIGSTOP)  # else it may be done before the second one begins
        assert first.poll() is None
        assert harness.run("batch", "scans", "--resume").returncode == 5
    finally:
        first.send_signal(signal.SIGCONT)
        first.terminate()
        first.wait(60)
    (heartbeat,) = (harness.state / "runs").glob("*/service.json")
    assert json.loads(heartbeat.read_bytes())["state"] == "stopped"
