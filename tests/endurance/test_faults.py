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

from digitbox.engine.stream import CLAIMED_AT_ONCE
from tests.endurance.harness import Harness, digest, image, until
from tests.pages import encoded, sheet


def dropped(harness: Harness, *names: str) -> "Counter[tuple[str, str]]":
    found: Counter[tuple[str, str]] = Counter()
    for name in names:
        harness.drop(name, image(len(name)))
        found[name, digest(image(len(name)))] += 1
    return found


def settled(harness: Harness) -> bool:
    return not harness.in_inbox() and all(row["place"] for row in harness.recorded())


class Disk:
    """A small file system of its own at ``folder``, seen by the service alone."""

    def __init__(self, harness: Harness, folder: str, size: str) -> None:
        if not shutil.which("unshare"):
            assert not os.environ.get("CI"), "CI has to install util-linux"
            pytest.skip("there is no unshare")
        self._path = harness.folder / folder
        self._path.mkdir(parents=True, exist_ok=True)
        mount = f'mount -t tmpfs -o size={size} tmpfs {self._path} && exec "$@"'
        with harness.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "-rm", "sh", "-c", mount, "sh", *harness.command("watch")],
                cwd=harness.folder,
                env=harness.environment,
                stdout=log,
                stderr=log,
            )
        until(lambda: self._is_up(harness), what="to start")

    @property
    def path(self) -> Path:
        return Path(f"/proc/{self.process.pid}/root{self._path}")

    def _is_up(self, harness: Harness) -> bool:
        if self.process.poll() is not None:
            if "unshare" in harness.said() and not os.environ.get("CI"):
                pytest.skip(f"no namespaces here: {harness.said()}")
            pytest.fail(harness.said())
        harness.state = Path(f"/proc/{self.process.pid}/root{harness.folder}/state")
        return harness.heartbeat().get("state") == "idle"

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


def lines(harness: Harness, what: str) -> int:
    return sum(what in line for line in harness.said().splitlines())


@pytest.mark.parametrize("folder", ["outbox", "state"])
def test_a_full_disk_is_waited_out(tmp_path: Path, folder: str) -> None:
    harness = Harness(tmp_path / "harness")
    with Disk(harness, folder, "1m") as disk:
        if folder == "outbox":
            harness.outbox = disk.path
        names = dropped(harness, "a.png")
        until(lambda: len(harness.published()) == 1 and harness.heartbeat().get("state") == "idle")
        ballast = disk.fill()
        names += dropped(harness, "bb.png", "ccc.png")
        until(lambda: lines(harness, "paused"))
        assert "disk is full" in harness.said() or "No space left" in harness.said()
        ballast.unlink()
        until(lambda: harness.heartbeat().get("state") == "idle" and len(harness.published()) == 3)
        harness.check(names)
        assert lines(harness, "paused") <= 2  # claimed, then recorded: each may be what fails first
        until(lambda: lines(harness, "going on"))


def test_an_outbox_that_may_not_be_written_is_waited_out(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with Disk(harness, "outbox", "1m") as disk:
        harness.outbox = disk.path
        disk.mount("ro")
        names = dropped(harness, "a.png")
        until(lambda: lines(harness, "Read-only file system"))
        disk.mount("rw")
        until(lambda: settled(harness), what=harness.said())
        harness.check(names)


def test_originals_on_a_disk_that_may_not_be_written_wait_after_their_rows(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with Disk(harness, "originals", "1m") as disk:
        harness.done, harness.failed = disk.path / "done", disk.path / "failed"
        disk.mount("ro")
        names = dropped(harness, "a.png")
        until(lambda: len(harness.published()) == 1, what=harness.said())
        until(lambda: lines(harness, "originals cannot be moved: Read-only file system"))
        names += dropped(harness, "bb.png")
        disk.mount("rw")
        until(lambda: len(harness.published()) == 2 and settled(harness), what=harness.said())
        harness.check(names)


def test_a_disk_below_the_inbox_that_may_not_be_written_keeps_no_other_file(
    tmp_path: Path,
) -> None:
    harness = Harness(tmp_path / "harness")
    with Disk(harness, "inbox/sub", "1m") as disk:
        disk.process.send_signal(signal.SIGSTOP)  # it sees the file and the cause at once
        (disk.path / "a.png").write_bytes(image(5))
        disk.mount("ro")
        disk.process.send_signal(signal.SIGCONT)
        names = dropped(harness, "bb.png", "ccc.png")
        names["sub/a.png", digest(image(5))] += 1
        until(lambda: len(harness.published()) == 3, what=harness.said())
        until(lambda: lines(harness, "sub/a.png has its row and cannot be moved"))
        names += dropped(harness, "dddd.png")
        until(lambda: len(harness.published()) == 4, what=harness.said())
        assert (disk.path / "a.png").exists()
        disk.mount("rw")
        until(lambda: settled(harness), what=harness.said())
        assert not list(disk.path.rglob("*.png"))
        harness.check(names)


def test_an_inbox_that_is_deleted_and_made_again_is_watched_again(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", watch={"settle": 0.2, "rescan": 3600})
    with harness.service():
        names = dropped(harness, "a.png")
        until(lambda: settled(harness))
        shutil.rmtree(harness.inbox)
        until(lambda: harness.heartbeat()["state"] == "paused")
        harness.inbox.mkdir()
        until(lambda: harness.heartbeat()["state"] == "idle")
        names += dropped(harness, "bb.png", "sub/ccc.png")
        until(lambda: len(harness.published()) == 3 and settled(harness))
    harness.check(names)
    assert lines(harness, "paused") == 1


def test_an_inbox_that_is_renamed_away_and_back_is_watched_again(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", watch={"settle": 0.2, "rescan": 3600})
    with harness.service():
        away = harness.inbox.rename(harness.folder / "away")
        until(lambda: harness.heartbeat()["state"] == "paused")
        (away / "a.png").write_bytes(image(5))
        away.rename(harness.inbox)
        names = Counter([("a.png", digest(image(5)))])
        until(lambda: len(harness.published()) == 1)
        names += dropped(harness, "bb.png")
        until(lambda: len(harness.published()) == 2 and settled(harness))
    harness.check(names)


def test_what_the_events_lost_is_found(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", workers=2)
    contents = [image(number) for number in range(20)]
    names: Counter[tuple[str, str]] = Counter()
    with harness.service() as service:
        service.send_signal(signal.SIGSTOP)
        for number in range(20_000):
            content = contents[number % 20]
            (harness.inbox / f"{number:05}.png").write_bytes(content)
            names[f"{number:05}.png", digest(content)] += 1
        service.send_signal(signal.SIGCONT)
        until(lambda: settled(harness), 300, "for 20,000 files")
    harness.check(names)


@pytest.mark.parametrize("events", ["auto", "polling"])
def test_no_time_of_a_file_hides_it(tmp_path: Path, events: str) -> None:
    watch = {"settle": 0.2, "rescan": 1, "poll": 0.2, "events": events}
    harness = Harness(tmp_path / "harness", watch=watch)
    names: Counter[tuple[str, str]] = Counter()
    for name, moment in (("1970.png", 0), ("2100.png", 4_102_444_800), ("now.png", None)):
        (harness.inbox / name).write_bytes(image(len(name)))
        names[name, digest(image(len(name)))] += 1
        if moment is not None:
            os.utime(harness.inbox / name, (moment, moment))
    with harness.service():
        names += dropped(harness, "later.png")
        until(lambda: settled(harness))
    harness.check(names)


def test_a_second_service_says_who_holds_the_first(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    with harness.service() as service:
        for command in ("watch", "batch"):
            second = harness.run(command)
            assert second.returncode == 5
            assert f"`digitbox watch` (process {service.pid}" in second.stderr
        assert harness.run("status").returncode == 0


def test_a_stop_publishes_what_is_in_flight_and_leaves_the_rest(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", batch={"size": 1000, "chunk": 8})
    names: Counter[tuple[str, str]] = Counter()
    # Three times as many as are claimed at once: some are read, some are in flight, some are new.
    count = 3 * CLAIMED_AT_ONCE
    for number in range(count):
        (harness.inbox / f"{number}.png").write_bytes(image(number))
        names[f"{number}.png", digest(image(number))] += 1
    with harness.service():
        until(lambda: harness.heartbeat()["state"] == "reading")
    rest = len(harness.in_inbox())
    assert rest
    assert harness.run("status").returncode == 0
    assert len(harness.published()) == count - rest > 0
    assert harness.run("batch", "--quiet").returncode == 0
    harness.check(names)


def stops_next(process: int) -> bool:
    """Whether the next SIGTERM ends the process: it is not caught any more."""
    status = Path(f"/proc/{process}/status").read_text()
    (caught,) = re.findall(r"SigCgt:\s*(\w+)", status)
    return not int(caught, 16) >> (signal.SIGTERM - 1) & 1


def test_a_second_signal_stops_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"seconds": 60})
    slow = encoded(sheet(3, 6_000, 6_000))
    names = Counter({(f"{number}.png", digest(slow)): 1 for number in range(3)})
    for name, _ in names:
        (harness.inbox / name).write_bytes(slow)
    with harness.service(clean=False) as service:
        until(lambda: harness.heartbeat()["state"] == "reading")
        service.send_signal(signal.SIGTERM)
        until(lambda: stops_next(service.pid))
        service.send_signal(signal.SIGTERM)
        service.wait(60)
    assert service.returncode == -signal.SIGTERM
    assert harness.run("status").returncode == 1
    assert harness.run("batch", "--quiet").returncode == 0
    harness.check(names)


def disturb(harness: Harness, service: int, disturbance: Callable[[psutil.Process], None]) -> None:
    until(lambda: harness.heartbeat()["state"] == "reading")
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
    harness = Harness(tmp_path / "harness", limits={"seconds": 3}, batch={"chunk": 16})
    names: Counter[tuple[str, str]] = Counter()
    for number in range(600):
        (harness.inbox / f"{number}.png").write_bytes(image(number))
        names[f"{number}.png", digest(image(number))] += 1
    with harness.service() as service:
        disturb(harness, service.pid, disturbance)
        until(lambda: settled(harness), 120)
        assert "failed" not in {row["status"] for row in harness.recorded()}
    harness.check(names)


def test_a_file_that_takes_too_long_costs_only_itself(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"seconds": 0.6})
    huge = encoded(sheet(3, 9_900, 9_900))
    (harness.inbox / "huge.png").write_bytes(huge)
    names = Counter([("huge.png", digest(huge))])
    with harness.service():
        names += dropped(harness, "a.png", "bb.png")
        until(lambda: settled(harness))
    harness.check(names)
    (failed,) = (row for row in harness.published() if row["status"] == "failed")
    assert (failed["file"], failed["reason"]) == ("huge.png", "timeout")


def test_a_truncated_ledger_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    dropped(harness, "a.png")
    assert harness.run("batch").returncode == 0
    ledger = harness.state / "ledger.sqlite"
    for content in (ledger.read_bytes()[:20_000], b"", b"no database at all" * 1000):
        ledger.write_bytes(content)
        for command in ("watch", "batch", "status", "export"):
            extra = ("--output", "x.csv") if command == "export" else ()
            done = harness.run(command, *extra)
            assert done.returncode == 6, (command, content[:20], done.stderr)
            assert "ledger.sqlite" in done.stderr
            assert "Restore" in done.stderr
        assert ledger.read_bytes() == content


def test_a_half_written_batch_file_stops_the_service_with_a_word(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    script = (
        "import sys; from pathlib import Path; "
        "from digitbox.ledger.ledger import Ledger; "
        "from digitbox.ledger.values import Provenance; "
        "from digitbox.records import *; ledger = Ledger(Path('state')); "
        "ledger.record([FileReading(Source('inbox', 'a'), None, (Reading(1, Status.BLANK),))], "
        "Provenance('m', 'f'), 'day'); print(ledger.batch(1).name)"
    )
    harness.state.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=harness.folder,
        env=harness.environment,
        capture_output=True,
        text=True,
    )
    name = done.stdout.strip()
    (harness.outbox / "day").mkdir(parents=True)
    half = harness.outbox / "day" / f"{name}.json"
    half.write_bytes(b'{"schema": 1')
    stopped = harness.run("watch")
    assert stopped.returncode == 3
    assert str(half.name) in stopped.stderr
    assert half.read_bytes() == b'{"schema": 1'
    half.unlink()
    assert harness.run("batch").returncode == 0
    assert half.exists()
