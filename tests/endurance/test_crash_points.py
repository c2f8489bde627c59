"""The service is killed at every system call that matters; the next start makes good."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from digitbox.ledger.decision import UNDO, Decision
from digitbox.ledger.history import History
from digitbox.ledger.requests import REVIEW, WITHDRAWN, Requests
from tests.endurance.harness import Harness, digest, doubtful, image, lines, until
from tests.endurance.zygote import Zygote

CALLS = (
    "pwrite64",
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "link",
    "unlink",
    "mkdir",
    "ftruncate",
)
TRACED = "openat,link,linkat,rename,renameat,renameat2,unlink,unlinkat,mkdir,ftruncate,write," + (
    "pwrite64,fsync,fdatasync"
)
FILES = {"a.png": image(1), "sub/b.png": image(2), "tick/c.png": image(1), "d.png": b"no image"}
DROPPED = Counter((name, digest(content)) for name, content in FILES.items())


@pytest.fixture(scope="module", autouse=True)
def _strace() -> None:
    if not shutil.which("strace"):
        assert not os.environ.get("CI"), "CI has to install strace"
        pytest.skip("there is no strace")


SAID = (("5", "k1", ""), ("6", "k2", ""), (UNDO, "k3", "k2"), ("7", "k4", ""))
"""What is said of the readings 1, 2, 2 and 3, each with its key and that of what it undoes."""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """A harness in which somebody has decided, and nobody has carried it out."""
    folder = tmp_path_factory.mktemp("asked") / "harness"
    harness = doubtful(folder, 3, watch={"settle": 0, "patience": 0})
    ledger = Requests(harness.state)
    for reading, (says, key, undoes) in zip((1, 2, 2, 3), SAID, strict=True):
        ledger.request(REVIEW, Decision(reading, says, "Ada", key, undoes), key)
    ledger.close()
    return harness


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """A harness whose service has run before."""
    harness = Harness(
        tmp_path_factory.mktemp("used") / "harness", watch={"settle": 0, "patience": 0}
    )
    assert harness.run("batch").returncode == 0
    return harness


def run(zygote: Zygote, folder: Path, *arguments: str, strace: tuple[str, ...] = ()) -> int:
    """Run the command in ``folder``, at once or under strace; the exit status, negative after a
    signal."""
    number = zygote.start(folder, *arguments, stopped=bool(strace))
    if not strace:
        return zygote.wait()
    command = ["strace", "-qq", "-e", f"trace={TRACED}", *strace, "-p", str(number)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as tracer:
        until(lambda: traced(number))
        os.kill(number, signal.SIGCONT)
        status = zygote.wait()
        tracer.wait(60)
    with contextlib.suppress(ProcessLookupError):  # the workers of one that was killed
        os.killpg(number, signal.SIGKILL)
    return status


def batch(zygote: Zygote, harness: Harness, *strace: str) -> int:
    return run(zygote, harness.folder, "batch", "--quiet", strace=strace)


def traced(process: int) -> bool:
    return "TracerPid:\t0" not in Path(f"/proc/{process}/status").read_text()


def filled(used: Harness, folder: Path) -> Harness:
    """A copy of ``used`` with files in its inbox."""
    shutil.copytree(used.folder, folder)
    harness = Harness(folder, **used.settings)
    for name, content in FILES.items():
        (harness.inbox / name).parent.mkdir(exist_ok=True)
        (harness.inbox / name).write_bytes(content)
    return harness


def survives(zygote: Zygote, harness: Harness, call: str, number: int) -> bool:
    """Kill at the ``number``-th ``call``, start again, compare; whether there was no such call."""
    inject = ("-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}")
    passed = batch(zygote, harness, *inject) == 0
    if not passed:
        assert batch(zygote, harness) == 0, (call, number, harness.said())
    try:
        harness.check(DROPPED)
    except AssertionError as error:
        raise AssertionError(f"after a kill at {call} number {number}: {error}") from error
    shutil.rmtree(harness.folder)
    return passed


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("half", [0, 1])
def test_a_batch_survives_a_kill_at_every(
    zygote: Zygote, used: Harness, in_memory: Path, call: str, half: int
) -> None:
    for number in range(1 + half, 1000, 2):
        if survives(zygote, filled(used, in_memory / str(number)), call, number):
            assert number > 2 or call == "link", f"no {call} was hit"
            return
    pytest.fail("it never passed")


def test_a_batch_survives_a_kill_at_every_open_for_writing(
    zygote: Zygote, used: Harness, in_memory: Path
) -> None:
    harness = filled(used, in_memory / "dry")
    trace = in_memory / "trace"
    assert batch(zygote, harness, "-o", str(trace)) == 0
    harness.check(DROPPED)
    opens = re.findall("^openat.*", trace.read_text("utf-8", "replace"), re.MULTILINE)
    writing = [
        number
        for number, line in enumerate(opens, start=1)
        if str(harness.folder) in line and re.search("O_WRONLY|O_RDWR", line)
    ]
    assert len(writing) > 10
    for number in writing:
        survives(zygote, filled(used, in_memory / str(number)), "openat", number)


@pytest.mark.parametrize("call", CALLS)
def test_decisions_survive_a_kill_at_every(
    zygote: Zygote, asked: Harness, in_memory: Path, call: str
) -> None:
    for number in range(1, 1000):
        folder = in_memory / str(number)
        shutil.copytree(asked.folder, folder)
        harness = Harness(folder, **asked.settings)
        inject = ("-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}")
        passed = batch(zygote, harness, *inject) == 0
        if not passed:
            assert batch(zygote, harness) == 0, (call, number, harness.said())
        check_decisions(harness, f"after a kill at {call} number {number}")
        shutil.rmtree(folder)
        if passed:
            assert number > 2 or call in ("link", "mkdir", "ftruncate", "unlink"), call
            return
    pytest.fail("it never passed")


def check_decisions(harness: Harness, when: str) -> None:
    """Those that stand have one row each, in one batch; of the one that was undone there is
    nothing; and each has its answer."""
    made = [file for file in harness.tables() if any(row["replaces"] for row in lines(file))]
    assert len(made) == 1, when
    values = [(row["file"], row["value"]) for row in lines(made[0])]
    named = {row["id"]: row["file"] for row in harness.published()}
    assert len(values) == 2, when
    assert sorted(value for _, value in values) == ["5", "7"], when
    assert all(named[row["replaces"]] == row["file"] for row in lines(made[0])), when
    assert len(harness.published()) == len(harness.recorded()) == 5, when
    with History(harness.state) as history:
        outcomes = [history.outcome(request) for request in range(1, 5)]
    assert [bool(outcome) for outcome in outcomes] == [True] * 4, when
    assert outcomes[1] == WITHDRAWN, when


def test_the_ledger_is_made_whole_or_not_at_all(zygote: Zygote, in_memory: Path) -> None:
    for call in ("pwrite64", "fsync", "fdatasync", "rename", "unlink"):
        for number in range(1, 1000):
            folder = in_memory / f"{call}-{number}"
            folder.mkdir()
            inject = ("-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}")
            passed = run(zygote, folder, strace=inject) == 0
            assert run(zygote, folder) == 0
            connection = sqlite3.connect(folder / "ledger.sqlite")
            assert connection.execute("SELECT COUNT(*) FROM ledger").fetchone() == (1,)
            connection.close()
            if passed:
                break
