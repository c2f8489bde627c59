import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import msgspec
import pytest

from digitbox.config import Config
from digitbox.engine import state as module
from digitbox.engine.state import (
    HEARTBEAT,
    HEARTBEAT_BYTES,
    State,
    check_folders,
    is_held,
    read_heartbeat,
)
from digitbox.errors import ConfigError, LockError
from tests.conftest import ROOT

HOLD = """
import sys
from pathlib import Path
from digitbox.engine.state import State

with State(Path(sys.argv[1]), "watch") as state:
    state.beat(now=True, state="idle")
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the state folder, until it is released."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 0.05)


def test_a_second_holder_is_told_who_is_the_first(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        assert is_held(tmp_path)
        with pytest.raises(LockError) as caught:
            State(tmp_path, "sweep")
        process.kill()
        process.wait()
    message = str(caught.value)
    assert str(tmp_path) in message
    assert f"`digitbox watch` (process {process.pid} on " in message


def test_what_a_killed_one_held_is_free_and_was_not_clean(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        process.wait()
    assert not is_held(tmp_path)
    with State(tmp_path, "watch") as state:
        assert not state.was_clean


def test_in_one_process_a_second_holder_is_refused_too(tmp_path: Path) -> None:
    with State(tmp_path, "watch"), pytest.raises(LockError, match="another process"):
        State(tmp_path, "watch")
    with State(tmp_path, "watch"):
        pass


def test_a_lock_that_is_only_looked_at_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_SECONDS", 10.0)
    lock = filelock.FileLock(tmp_path / module.LOCK, thread_local=False)
    lock.acquire()
    threading.Timer(0.05, lock.release).start()
    with State(tmp_path, "watch"):
        assert is_held(tmp_path)


def test_the_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    with State(tmp_path / "new" / "state", "watch") as state:
        assert state.folder.is_dir()


@pytest.mark.parametrize("stopped", [False, True])
def test_it_was_clean_where_the_last_one_stopped(tmp_path: Path, stopped: bool) -> None:
    with contextlib.suppress(InterruptedError), State(tmp_path, "watch") as state:
        assert state.was_clean
        state.beat(now=True, state="idle", last_error="it rained")
        if not stopped:
            raise InterruptedError("it snowed")
    with State(tmp_path, "watch") as state:
        assert state.was_clean is stopped
        assert state.heartbeat.last_error == ("it rained" if stopped else "it snowed")


def test_a_heartbeat_is_read_back_as_it_was(tmp_path: Path) -> None:
    before = time.monotonic()
    with State(tmp_path, "watch") as state:
        state.beat(now=True, state="paused", trouble="ünïcode", skipped={"special": 2}, restarts=3)
        heartbeat = read_heartbeat(tmp_path)
        assert heartbeat == state.heartbeat
    assert heartbeat is not None
    assert (heartbeat.pid, heartbeat.command, heartbeat.state) == (os.getpid(), "watch", "paused")
    assert (heartbeat.trouble, heartbeat.skipped, heartbeat.restarts) == (
        "ünïcode",
        {"special": 2},
        3,
    )
    assert before <= heartbeat.beat <= time.monotonic()


def test_a_heartbeat_is_written_in_place_and_keeps_its_size(tmp_path: Path) -> None:
    file = tmp_path / HEARTBEAT
    with State(tmp_path, "watch") as state:
        state.beat(now=True)
        first = file.stat()
        for trouble in (None, "x" * 1000, "ü" * 100_000, "short"):
            state.beat(now=True, trouble=trouble)
            assert file.stat().st_size == HEARTBEAT_BYTES
            assert file.stat().st_ino == first.st_ino
            heartbeat = read_heartbeat(tmp_path)
            assert heartbeat is not None
            is_long = trouble is not None and len(trouble) > HEARTBEAT_BYTES
            assert heartbeat.trouble == (None if is_long else trouble)


def test_beats_are_written_once_a_second_or_when_the_state_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0)  # filelock goes by that clock, too
    with State(tmp_path, "watch") as state:
        state.beat(now=True, state="idle")

        def restarts() -> int:
            heartbeat = read_heartbeat(tmp_path)
            assert heartbeat is not None
            return heartbeat.restarts

        state.beat(restarts=1)
        assert restarts() == 0
        clock += 1.0
        state.beat(restarts=2)
        assert restarts() == 2
        state.beat(restarts=3, state="reading")
        assert restarts() == 3


def test_what_was_not_written_at_once_is_with_the_next_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    monkeypatch.setattr(module, "LOCK_SECONDS", 0)
    with State(tmp_path, "watch") as state:
        state.beat(now=True, state="idle")
        state.beat(blocked_files=1)
        clock += 1.0
        state.beat(restarts=1)  # as often as the other: it is this one that is due
        heartbeat = read_heartbeat(tmp_path)
        assert heartbeat is not None
        assert (heartbeat.restarts, heartbeat.blocked_files) == (1, 1)


def test_what_could_not_be_read_is_no_heartbeat(tmp_path: Path) -> None:
    assert read_heartbeat(tmp_path) is None
    for content in (b"", b"{", b"\xff" * HEARTBEAT_BYTES, b'{"pid": 1}'):
        (tmp_path / HEARTBEAT).write_bytes(content)
        assert read_heartbeat(tmp_path) is None


def test_a_heartbeat_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / HEARTBEAT).mkdir()
    with State(tmp_path, "watch") as state:
        state.beat(now=True, state="idle")
        assert state.heartbeat.state == "idle"


def test_to_look_whether_it_is_held_makes_nothing(tmp_path: Path) -> None:
    assert not is_held(tmp_path)
    assert not is_held(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


# folders


def with_folders(config: Config, **folders: Path | str) -> Config:
    originals = {key: folders.pop(key) for key in ("action", "done", "failed") if key in folders}
    return msgspec.structs.replace(
        config, originals=msgspec.structs.replace(config.originals, **originals), **folders
    )


def test_folders_are_made_where_they_are_missing(config: Config) -> None:
    config.inbox.rmdir()
    check_folders(config)
    for folder in (
        config.inbox,
        config.outbox,
        config.state,
        config.originals.done,
        config.originals.failed,
    ):
        assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("key", "other"),
    [
        ("outbox", "inbox"),
        ("state", "inbox"),
        ("state", "outbox"),
        ("done", "inbox"),
        ("failed", "inbox"),
        ("failed", "state"),
        ("done", "outbox"),
    ],
)
@pytest.mark.parametrize("below", [True, False])
def test_folders_that_overlap_are_refused(
    config: Config, key: str, other: str, below: bool
) -> None:
    folder = getattr(config, other)
    wrong = with_folders(config, **{key: folder / "sub" / "folder" if below else folder})
    with pytest.raises(ConfigError) as caught:
        check_folders(wrong)
    name = f"originals.{key}" if key in ("done", "failed") else key
    assert f"`{name}`" in str(caught.value)
    assert f"`{other}`" in str(caught.value)
    assert not (folder / "sub").exists()


def test_an_inbox_below_another_folder_is_refused(config: Config) -> None:
    with pytest.raises(ConfigError, match="overlap"):
        check_folders(with_folders(config, inbox=config.outbox / "inbox"))


def test_folders_that_overlap_by_a_link_are_refused(config: Config, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(config.inbox)
    with pytest.raises(ConfigError, match="overlap"):
        check_folders(with_folders(config, outbox=tmp_path / "link" / "out"))


@pytest.mark.parametrize("action", ["keep", "delete"])
def test_a_folder_that_is_not_used_may_lie_anywhere(config: Config, action: str) -> None:
    unused = with_folders(config, action=action, done=config.inbox / "done")
    if action == "keep":
        unused = with_folders(unused, failed=config.inbox / "failed")
    check_folders(unused)
    assert list(config.inbox.iterdir()) == []


def test_folders_with_names_alike_do_not_overlap(config: Config, tmp_path: Path) -> None:
    check_folders(with_folders(config, outbox=tmp_path / "inbox2"))
    assert (tmp_path / "inbox2").is_dir()


@pytest.mark.parametrize("key", ["inbox", "outbox", "state", "done", "failed"])
def test_a_folder_that_cannot_be_made_is_named(config: Config, tmp_path: Path, key: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    wrong = with_folders(config, **{key: tmp_path / "file" / "folder"})
    name = f"originals.{key}" if key in ("done", "failed") else key
    with pytest.raises(ConfigError, match=rf"`{name}`: .*cannot be written"):
        check_folders(wrong)


def test_a_state_folder_on_a_network_is_refused(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "is_network", lambda folder: folder == config.state)
    with pytest.raises(ConfigError, match="local disk"):
        check_folders(config)
