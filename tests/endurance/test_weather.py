"""Trouble that passes: the service waits, says so once, and goes on by itself."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.endurance.house import House, digest, image, until
from tests.pages import encoded, sheet


def dropped(house: House, *names: str) -> "Counter[tuple[str, str]]":
    found: Counter[tuple[str, str]] = Counter()
    for name in names:
        house.drop(name, image(len(name)))
        found[name, digest(image(len(name)))] += 1
    return found


def settled(house: House) -> bool:
    return not house.in_inbox() and all(row["place"] for row in house.recorded())


class Disk:
    """A small file system of its own at ``folder``, seen by the service alone."""

    def __init__(self, house: House, folder: str, size: str) -> None:
        if not shutil.which("unshare"):
            assert not os.environ.get("CI"), "CI has to install util-linux"
            pytest.skip("there is no unshare")
        self._path = house.folder / folder
        self._path.mkdir(exist_ok=True)
        mount = f'mount -t tmpfs -o size={size} tmpfs {self._path} && exec "$@"'
        with house.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", mount, "sh", *house.command("watch")],
                cwd=house.folder,
                env=house.environment,
                stdout=log,
                stderr=log,
            )
        until(lambda: self._is_up(house), what="to start")

    @property
    def path(self) -> Path:
        return Path(f"/proc/{self.process.pid}/root{self._path}")

    def _is_up(self, house: House) -> bool:
        if self.process.poll() is not None:
            if "unshare" in house.said() and not os.environ.get("CI"):
                pytest.skip(f"no namespaces here: {house.said()}")
            pytest.fail(house.said())
        house.state = Path(f"/proc/{self.process.pid}/root{house.folder}/state")
        return house.pulse().get("state") == "idle"

    def mount(self, option: str) -> None:
        enter = ["nsenter", "-t", str(self.process.pid), "-U", "-m", "--preserve-credentials"]
        remount = ["mount", "-o", f"remount,{option}", str(self._path)]
        subprocess.run([*enter, *remount], check=True)

    def fill(self) -> Path:
        ballast = self.path / ".ballast"
        with ballast.open("wb") as file:
            try:
                while True:
                    os.write(file.fileno(), b"x" * 4096)
            except OSError:
                return ballast

    def __enter__(self) -> "Disk":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.process.send_signal(signal.SIGTERM if kind is None else signal.SIGKILL)
        ended = self.process.wait(60)
        assert kind is not None or ended == 0


def lines(house: House, what: str) -> int:
    return sum(what in line for line in house.said().splitlines())


@pytest.mark.parametrize("folder", ["outbox", "state"])
def test_a_full_disk_is_waited_out(tmp_path: Path, folder: str) -> None:
    house = House(tmp_path / "house")
    with Disk(house, folder, "1m") as disk:
        if folder == "outbox":
            house.outbox = disk.path
        names = dropped(house, "a.png")
        until(lambda: len(house.published()) == 1 and house.pulse().get("state") == "idle")
        ballast = disk.fill()
        names += dropped(house, "bb.png", "ccc.png")
        until(lambda: lines(house, "paused"))
        assert "disk is full" in house.said() or "No space left" in house.said()
        ballast.unlink()
        until(lambda: house.pulse().get("state") == "idle" and len(house.published()) == 3)
        house.check(names)
        assert lines(house, "paused") <= 2  # claimed, then recorded: each may be what fails first
        until(lambda: lines(house, "going on"))


def test_an_outbox_that_may_not_be_written_is_waited_out(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    with Disk(house, "outbox", "1m") as disk:
        house.outbox = disk.path
        disk.mount("ro")
        names = dropped(house, "a.png")
        until(lambda: lines(house, "Read-only file system"))
        disk.mount("rw")
        until(lambda: settled(house), what=house.said())
        house.check(names)


def test_an_inbox_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    house = House(tmp_path / "house", watch={"settle": 0.2, "rescan": 3600})
    with house.service():
        names = dropped(house, "a.png")
        until(lambda: settled(house))
        shutil.rmtree(house.inbox)
        until(lambda: house.pulse()["state"] == "paused")
        house.inbox.mkdir()
        until(lambda: house.pulse()["state"] == "idle")
        names += dropped(house, "bb.png", "sub/ccc.png")
        until(lambda: len(house.published()) == 3 and settled(house))
    house.check(names)
    assert lines(house, "paused") == 1


def test_an_inbox_that_is_renamed_away_and_back_is_watched_again(tmp_path: Path) -> None:
    house = House(tmp_path / "house", watch={"settle": 0.2, "rescan": 3600})
    with house.service():
        away = house.inbox.rename(house.folder / "away")
        until(lambda: house.pulse()["state"] == "paused")
        (away / "a.png").write_bytes(image(5))
        away.rename(house.inbox)
        names = Counter([("a.png", digest(image(5)))])
        until(lambda: len(house.published()) == 1)
        names += dropped(house, "bb.png")
        until(lambda: len(house.published()) == 2 and settled(house))
    house.check(names)


def test_what_the_events_lost_is_found(tmp_path: Path) -> None:
    house = House(tmp_path / "house", workers=2)
    contents = [image(number) for number in range(20)]
    names: Counter[tuple[str, str]] = Counter()
    with house.service() as service:
        service.send_signal(signal.SIGSTOP)
        for number in range(20_000):
            content = contents[number % 20]
            (house.inbox / f"{number:05}.png").write_bytes(content)
            names[f"{number:05}.png", digest(content)] += 1
        service.send_signal(signal.SIGCONT)
        until(lambda: settled(house), 300, "for 20,000 files")
    house.check(names)


@pytest.mark.parametrize("events", ["auto", "polling"])
def test_no_time_of_a_file_hides_it(tmp_path: Path, events: str) -> None:
    watch = {"settle": 0.2, "rescan": 1, "poll": 0.2, "events": events}
    house = House(tmp_path / "house", watch=watch)
    names: Counter[tuple[str, str]] = Counter()
    for name, moment in (("1970.png", 0), ("2100.png", 4_102_444_800), ("now.png", None)):
        (house.inbox / name).write_bytes(image(len(name)))
        names[name, digest(image(len(name)))] += 1
        if moment is not None:
            os.utime(house.inbox / name, (moment, moment))
    with house.service():
        names += dropped(house, "later.png")
        until(lambda: settled(house))
    house.check(names)


def test_a_second_service_says_who_holds_the_first(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    with house.service() as service:
        for command in ("watch", "batch"):
            second = house.run(command)
            assert second.returncode == 5
            assert f"`digitbox watch` (process {service.pid}" in second.stderr
        assert house.run("status").returncode == 0


def test_a_stop_publishes_what_is_in_hand_and_leaves_the_rest(tmp_path: Path) -> None:
    house = House(tmp_path / "house", batch={"size": 1000, "chunk": 8})
    names: Counter[tuple[str, str]] = Counter()
    for number in range(2_000):
        (house.inbox / f"{number}.png").write_bytes(image(number))
        names[f"{number}.png", digest(image(number))] += 1
    with house.service():
        until(lambda: house.pulse()["state"] == "reading")
    rest = len(house.in_inbox())
    assert rest
    assert house.run("status").returncode == 0
    assert len(house.published()) == 2_000 - rest
    assert house.run("batch", "--quiet").returncode == 0
    house.check(names)


def stops_next(process: int) -> bool:
    """Whether the next SIGTERM ends the process: it is not caught any more."""
    status = Path(f"/proc/{process}/status").read_text()
    (caught,) = re.findall(r"SigCgt:\s*(\w+)", status)
    return not int(caught, 16) >> (signal.SIGTERM - 1) & 1


def test_a_second_signal_stops_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    house = House(tmp_path / "house", limits={"seconds": 60})
    slow = encoded(sheet(3, 6_000, 6_000))
    names = Counter({(f"{number}.png", digest(slow)): 1 for number in range(3)})
    for name, _ in names:
        (house.inbox / name).write_bytes(slow)
    with house.service(clean=False) as service:
        until(lambda: house.pulse()["state"] == "reading")
        service.send_signal(signal.SIGTERM)
        until(lambda: stops_next(service.pid))
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    assert service.returncode == -signal.SIGTERM
    assert house.run("status").returncode == 1
    assert house.run("batch", "--quiet").returncode == 0
    house.check(names)


def disturb(house: House, service: int, disturbance: Callable[[psutil.Process], None]) -> None:
    until(lambda: house.pulse()["state"] == "reading")
    (worker,) = (
        child
        for child in psutil.Process(service).children(recursive=True)
        if "spawn_main" in " ".join(child.cmdline())
    )
    disturbance(worker)


@pytest.mark.parametrize("disturbance", [psutil.Process.kill, psutil.Process.suspend])
def test_a_worker_that_dies_or_hangs_costs_nothing(
    tmp_path: Path, disturbance: Callable[[psutil.Process], None]
) -> None:
    house = House(tmp_path / "house", limits={"seconds": 3}, batch={"chunk": 16})
    names: Counter[tuple[str, str]] = Counter()
    for number in range(600):
        (house.inbox / f"{number}.png").write_bytes(image(number))
        names[f"{number}.png", digest(image(number))] += 1
    with house.service() as service:
        disturb(house, service.pid, disturbance)
        until(lambda: settled(house), 120)
        assert "failed" not in {row["status"] for row in house.recorded()}
    house.check(names)


def test_a_file_that_takes_too_long_costs_only_itself(tmp_path: Path) -> None:
    house = House(tmp_path / "house", limits={"seconds": 0.6})
    huge = encoded(sheet(3, 9_900, 9_900))
    (house.inbox / "huge.png").write_bytes(huge)
    names = Counter([("huge.png", digest(huge))])
    with house.service():
        names += dropped(house, "a.png", "bb.png")
        until(lambda: settled(house))
    house.check(names)
    (failed,) = (row for row in house.published() if row["status"] == "failed")
    assert (failed["file"], failed["reason"]) == ("huge.png", "timeout")


def test_a_truncated_ledger_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    dropped(house, "a.png")
    assert house.run("batch").returncode == 0
    ledger = house.state / "ledger.sqlite"
    for content in (ledger.read_bytes()[:20_000], b"", b"no database at all" * 1000):
        ledger.write_bytes(content)
        for command in ("watch", "batch", "status", "export"):
            extra = ("--output", "x.csv") if command == "export" else ()
            done = house.run(command, *extra)
            assert done.returncode == 6, (command, content[:20], done.stderr)
            assert "ledger.sqlite" in done.stderr
            assert "Restore" in done.stderr
        assert ledger.read_bytes() == content


def test_a_half_written_batch_file_stops_the_service_with_a_word(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    script = (
        "import sys; from pathlib import Path; from pipeline.ledger.ledger import Ledger, Stamp; "
        "from pipeline.records import *; ledger = Ledger(Path('state')); "
        "ledger.record([FileReading(Source('inbox', 'a'), None, (Reading(1, Status.BLANK),))], "
        "Stamp('m', 'f'), 'day'); print(ledger.batch(1).name)"
    )
    house.state.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=house.folder,
        env=house.environment,
        capture_output=True,
        text=True,
    )
    name = done.stdout.strip()
    (house.outbox / "day").mkdir(parents=True)
    half = house.outbox / "day" / f"{name}.json"
    half.write_bytes(b'{"schema": 1')
    stopped = house.run("watch")
    assert stopped.returncode == 3
    assert str(half.name) in stopped.stderr
    assert half.read_bytes() == b'{"schema": 1'
    half.unlink()
    assert house.run("batch").returncode == 0
    assert half.exists()
