import logging
import os
import signal
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import psutil
import pytest

from digitbox.service.hook import Hook
from tests.service.conftest import wait_for

WRITE = "import sys; open(sys.argv[1], 'a').write(ascii(sys.argv[2:]) + '\\n')"
WAIT = """
import os, sys, time
open(sys.argv[1], 'w').close()
while not os.path.exists(sys.argv[2]):
    time.sleep(0.01)
"""
HANG = "import time; time.sleep(3600)"
FAIL = "import sys; sys.exit('no such printer')"
SIGNAL = "import os; os.kill(os.getpid(), 9)"


def python(script: str, *arguments: str | Path) -> list[str]:
    return [sys.executable, "-S", "-c", script, *map(str, arguments)]


def told(hook: Hook, count: int) -> list[int]:
    numbers: list[int] = []

    def is_all() -> bool:
        numbers.extend(hook.finished())
        return len(numbers) >= count

    wait_for(is_all)
    return numbers


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def test_the_command_gets_the_files_as_arguments_without_a_shell(output: Path) -> None:
    hook = Hook(python(WRITE, output, "$HOME; *"), 60)
    hook.tell(7, [Path("/out/a b.json"), Path("/out/$(x)'.csv")])
    assert told(hook, 1) == [7]
    assert output.read_text() == """['$HOME; *', '/out/a b.json', "/out/$(x)'.csv"]\n"""
    hook.close(20)


def test_batches_are_told_one_after_the_other(output: Path) -> None:
    hook = Hook(python(WRITE, output), 60)
    for number in (3, 1, 2):
        hook.tell(number, [Path(str(number))])
    assert told(hook, 3) == [3, 1, 2]
    assert output.read_text().split() == ["['3']", "['1']", "['2']"]
    assert hook.finished() == []
    hook.close(20)


def test_a_batch_is_told_only_once_the_command_has_ended(tmp_path: Path) -> None:
    hook = Hook(python(WAIT, tmp_path / "begun", tmp_path / "go"), 60)
    hook.tell(1, [])
    wait_for((tmp_path / "begun").exists)
    assert hook.finished() == []
    (tmp_path / "go").write_bytes(b"")
    assert told(hook, 1) == [1]
    hook.close(20)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (python(FAIL), "ended with 1: no such printer"),
        (python(SIGNAL), "ended with -9"),
        (["/no/such/command"], "/no/such/command cannot be run: No such file"),
        (["/"], "cannot be run: Permission denied"),
    ],
)
def test_a_command_that_fails_is_logged_and_no_more(
    command: list[str], said: str, caplog: pytest.LogCaptureFixture
) -> None:
    hook = Hook(command, 60)
    hook.tell(1, [])
    hook.tell(2, [])
    assert told(hook, 2) == [1, 2]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2
    assert all(said in message for message in caplog.messages)
    hook.close(20)


def test_a_command_that_hangs_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    hook = Hook(python(HANG), 0.1)
    hook.tell(1, [])
    assert told(hook, 1) == [1]
    assert "took longer than 0.1 s" in caplog.text
    hook.close(20)


NEEDS_SHELL = pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")


def ended(file: Path) -> bool:
    """Whether the process whose number stands in ``file`` is gone, or dead and not yet reaped."""
    try:
        return psutil.Process(int(file.read_text())).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@NEEDS_SHELL
@pytest.mark.parametrize(
    ("seconds", "command", "said"),
    [
        (0.2, "sleep 300 & echo $! > pid; wait", "took longer than 0.2 s"),
        (60, "sleep 300 & echo $! > pid", "left a process running"),
        (60, "yes >&2 & echo $! > pid", "left a process running"),
        (60, "nohup sh -c 'sleep 300; :' & echo $! > pid", "left a process running"),
        (60, "sleep 300 & echo $! > pid; echo last words >&2; exit 3", "with 3: last words"),
    ],
)
def test_a_child_that_holds_stderr_open_holds_nothing_up_and_is_ended(
    seconds: float, command: str, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hook = Hook(["/bin/sh", "-c", f"cd {tmp_path}; {command}"], seconds)
    begun = time.monotonic()
    hook.tell(1, [])
    assert told(hook, 1) == [1]
    assert time.monotonic() - begun < 15
    wait_for(lambda: ended(tmp_path / "pid"))
    assert said in caplog.text
    assert ("took longer" in caplog.text) == (seconds < 60)
    hook.close(20)


@NEEDS_SHELL
def test_a_child_that_left_its_group_holds_nothing_up_and_no_descriptor(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid(); open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(300)"
    )
    threads = threading.active_count()
    hook = Hook(python(script, tmp_path / "pid"), 60)
    hook.tell(1, [])
    try:
        assert told(hook, 1) == [1]
        hook.close(20)
        wait_for(lambda: threading.active_count() <= threads)
        wait_for((tmp_path / "pid").exists)
    finally:
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)


@NEEDS_SHELL
def test_a_child_that_closed_its_streams_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    command = f"cd {tmp_path}; sleep 300 >/dev/null 2>&1 & echo $! > {tmp_path}/pid"
    hook = Hook(["/bin/sh", "-c", command], 60)
    hook.tell(1, [])
    assert told(hook, 1) == [1]
    hook.close(20)
    assert not ended(tmp_path / "pid")
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGKILL)
    assert not caplog.messages


def test_of_what_a_command_writes_without_end_only_the_last_is_held(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Bytes without a line's end, lines, and characters of several bytes."""
    for text in ("'x'", "'line\\n'", "'\\u20ac'"):
        script = f"import sys; said = {text} * 10**6\nfor _ in range(20): sys.stderr.write(said)"
        hook = Hook(python(script + "\nsys.exit('the end')"), 60)
        tracemalloc.start()
        hook.tell(1, [])
        assert told(hook, 1) == [1]
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
        tracemalloc.stop()
        hook.close(20)
        assert caplog.messages[-1].endswith("the end")
        assert len(caplog.messages[-1]) < 600 + len(sys.executable)


def test_an_argument_that_no_command_can_have_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    hook = Hook(["a\0b"], 60)
    hook.tell(1, [])
    hook.tell(2, [])
    assert told(hook, 2) == [1, 2]
    assert "'a\\x00b' cannot be run: embedded null byte" in caplog.text
    hook.close(20)


def test_what_the_command_says_does_not_block_it() -> None:
    hook = Hook(python("import sys; print('x' * 10**6); sys.stderr.write('x' * 10**6)"), 60)
    hook.tell(1, [])
    assert told(hook, 1) == [1]
    hook.close(20)


def test_to_close_waits_until_all_is_told(output: Path) -> None:
    hook = Hook(python(WRITE, output), 60)
    for number in range(3):
        hook.tell(number, [])
    hook.close(60)
    assert hook.finished() == [0, 1, 2]


def test_to_close_waits_for_no_longer_than_it_may_and_tells_no_more(tmp_path: Path) -> None:
    hook = Hook(python(WAIT, tmp_path / "begun", tmp_path / "go"), 60)
    hook.tell(1, [])
    hook.tell(2, [])
    wait_for((tmp_path / "begun").exists)
    hook.close(0.05)
    assert hook.finished() == []
    (tmp_path / "go").write_bytes(b"")
    hook.close(60)
    assert hook.finished() == [1]
