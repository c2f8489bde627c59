"""What the service waits for is made, and ended: it goes on, and nothing is lost or doubled.

Root is held to permissions here as other users are: see :mod:`tests.rights`.
"""

import resource
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.endurance.harness import Harness, digest, image, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="permissions and limits of Linux")


def locked(*folders: str, mode: int = 0o555) -> Callable[[Harness, int], Callable[[], object]]:
    """The permissions of these folders, and of what is in them, are taken away."""

    def make(harness: Harness, _: int) -> Callable[[], object]:
        before = {}
        for folder in folders:
            place = harness.folder / folder
            place.mkdir(parents=True, exist_ok=True)
            for path in (place, *place.rglob("*")):
                before[path] = path.stat().st_mode & 0o777
        for path, had in before.items():
            path.chmod(mode & had)

        def end() -> None:
            for path, had in before.items():
                path.chmod(had)

        return end

    return make


def busy_ledger(harness: Harness, _: int) -> Callable[[], object]:
    """Another program has it locked."""
    script = (
        "import sqlite3, sys; one = sqlite3.connect('state/ledger.sqlite', isolation_level=None); "
        "one.execute('BEGIN IMMEDIATE'); print('locked', flush=True); sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=harness.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"locked\n"
    return holder.communicate


def no_descriptors(_: Harness, service: int) -> Callable[[], object]:
    """The service may open no file more."""
    before = resource.prlimit(service, resource.RLIMIT_NOFILE)
    resource.prlimit(
        service, resource.RLIMIT_NOFILE, (psutil.Process(service).num_fds(), before[1])
    )
    return lambda: resource.prlimit(service, resource.RLIMIT_NOFILE, before)


def small_files(_: Harness, service: int) -> Callable[[], object]:
    """No file may get any longer, as where a quota is used up (EFBIG instead of EDQUOT)."""
    before = resource.prlimit(service, resource.RLIMIT_FSIZE)
    resource.prlimit(service, resource.RLIMIT_FSIZE, (4096, before[1]))
    return lambda: resource.prlimit(service, resource.RLIMIT_FSIZE, before)


@dataclass(frozen=True)
class Cause:
    """What is made, and gives what ends it; and whether what arrives meanwhile is published."""

    make: Callable[[Harness, int], Callable[[], object]]
    others_go_on: bool = False


CAUSES = {
    "outbox that may not be written to": Cause(locked("outbox")),
    "originals that may not be written to": Cause(locked("originals"), others_go_on=True),
    "ledger that another program has locked": Cause(busy_ledger),
    "inbox that may not be read": Cause(locked("inbox", mode=0o333)),
    "inbox that may not be entered": Cause(locked("inbox", mode=0o000)),
    "inbox that may not be written to": Cause(locked("inbox"), others_go_on=True),
    "no file descriptors": Cause(no_descriptors),
    "files that may not grow": Cause(small_files),
}


@pytest.mark.parametrize("cause", CAUSES.values(), ids=CAUSES)
def test_once_its_cause_has_ended_a_pause_ends(tmp_path: Path, cause: Cause) -> None:
    harness = Harness(tmp_path / "harness")
    names: Counter[tuple[str, str]] = Counter()

    def drop(name: str, number: int) -> None:
        harness.drop(name, image(number))
        names[name, digest(image(number))] += 1

    with harness.service(restricted=True) as process:
        until(lambda: harness.heartbeat().get("state") == "idle", what=harness.said())
        drop("before.png", 1)
        until(lambda: [row["place"] for row in harness.recorded()] == ["done"])
        process.send_signal(signal.SIGSTOP)  # it sees the file and the cause at once
        drop("while.png", 2)
        end = cause.make(harness, process.pid)
        try:
            process.send_signal(signal.SIGCONT)
            if cause.others_go_on:
                until(lambda: len(harness.published()) == 2, what=harness.said())
                until(lambda: harness.heartbeat()["trouble"] or "cannot be" in harness.said())
            else:
                until(lambda: "paused" in harness.said())  # no heartbeat without descriptors
                assert len(harness.published()) == 1
            assert process.poll() is None
        finally:
            end()
        drop("after.png", 3)
        until(lambda: len(harness.published()) == 3, 100, harness.said())
        until(lambda: {row["place"] for row in harness.recorded()} == {"done"}, 100)
        until(lambda: harness.heartbeat()["state"] == "idle")
        assert not harness.heartbeat()["trouble"]
    harness.check(names)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_may_not_be_read_keeps_no_other_file(tmp_path: Path, what: str) -> None:
    harness = Harness(tmp_path / "harness")
    closed = harness.inbox / "sub" / "a.png"
    harness.drop("sub/a.png", image(1))
    shut = closed if what == "file" else closed.parent
    mode = shut.stat().st_mode & 0o777
    shut.chmod(0)
    names = Counter([("sub/a.png", digest(image(1)))])
    with harness.service(restricted=True):
        for number in range(2, 5):
            harness.drop(f"{number}.png", image(number))
            names[f"{number}.png", digest(image(number))] += 1
            until(lambda: len(harness.published()) == number - 1)  # noqa: B023  # waited for here
        until(lambda: harness.heartbeat()["blocked_files"] == 1)
        assert harness.heartbeat()["trouble"] is None
        shut.chmod(mode)
        until(lambda: len(harness.published()) == 4, 100)
        until(lambda: harness.heartbeat()["blocked_files"] == 0)
        until(lambda: {row["place"] for row in harness.recorded()} == {"done"})
    harness.check(names)
