import json
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.endurance.house import House, digest, image, until

FILES = 600


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path / "house", batch={"rows": 20, "chunk": 4})
    scans = house.folder / "scans"
    scans.mkdir()
    for number in range(FILES):
        (scans / f"{number:03}.png").write_bytes(image(number))
    return house


def wanted() -> "Counter[tuple[str, str]]":
    return Counter((f"{number:03}.png", digest(image(number))) for number in range(FILES))


def found(house: House) -> "Counter[tuple[str, str]]":
    return Counter((row["file"], row["sha256"]) for row in house.published())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_run_is_gone_on_with(house: House, number: signal.Signals) -> None:
    run = subprocess.Popen(
        house.command("batch", "scans", "--resume"),
        cwd=house.folder,
        env=house.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until(lambda: len(house.published()) >= 40)
    run.send_signal(number)
    assert run.wait(60) == (143 if number == signal.SIGTERM else -9)
    before = found(house)
    assert 40 <= before.total() < FILES
    again = house.run("batch", "scans", "--resume")
    assert again.returncode == 0, again.stderr
    assert "Known from an earlier run" in again.stdout
    assert found(house) == wanted()
    assert (
        sorted(path.name for path in (house.folder / "scans").iterdir())[-1] == f"{FILES - 1}.png"
    )


def test_a_finished_run_reads_only_what_is_new_or_has_changed(house: House) -> None:
    assert house.run("batch", "scans", "--resume").returncode == 0
    assert found(house) == wanted()
    (house.folder / "scans" / "new.png").write_bytes(image(1000))
    (house.folder / "scans" / "000.png").write_bytes(image(1001))
    assert house.run("batch", "scans", "--resume").returncode == 0
    more = [("new.png", digest(image(1000))), ("000.png", digest(image(1001)))]
    assert found(house) == wanted() + Counter(more)


def test_paths_are_known_however_they_are_spelled(house: House) -> None:
    assert house.run("batch", "scans", "--resume").returncode == 0
    (house.folder / "linked").symlink_to("scans")
    (house.folder / "scans" / "below").mkdir()
    for paths in (["../house/scans"], ["linked"], ["scans", "scans/below", "./scans/007.png"]):
        again = house.run("batch", *paths, "--resume")
        assert f"Known from an earlier run: {FILES} files" in again.stdout, again.stderr
    assert found(house) == wanted()


def test_other_paths_have_a_ledger_of_their_own(house: House) -> None:
    one = house.folder / "scans" / "000.png"
    for path in (one, house.folder / "scans"):
        assert house.run("batch", str(path), "--resume").returncode == 0
    assert found(house)["000.png", digest(image(0))] == 2
    assert len(list((house.state / "runs").iterdir())) == 2


def test_it_needs_paths(house: House) -> None:
    assert house.run("batch", "--resume").returncode == 2


def test_two_at_a_time_are_refused(house: House) -> None:
    first = subprocess.Popen(
        house.command("batch", "scans", "--resume", "--quiet"),
        cwd=house.folder,
        env=house.environment,
    )
    try:
        until(lambda: house.published())
        first.send_signal(signal.SIGSTOP)  # else it may be done before the second one begins
        assert first.poll() is None
        assert house.run("batch", "scans", "--resume").returncode == 5
    finally:
        first.send_signal(signal.SIGCONT)
        first.terminate()
        first.wait(60)
    (pulse,) = (house.state / "runs").glob("*/service.json")
    assert json.loads(pulse.read_bytes())["state"] == "stopped"
