"""The state folder: who holds it, and how it goes with the service, for other processes to see."""

import contextlib
import errno
import os
import socket
import tempfile
import time
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Literal

import filelock
import msgspec

from digitbox.config import Config
from digitbox.errors import ConfigError, LockError
from digitbox.ledger.ledger import Ledger
from digitbox.storage.files import make_folder
from digitbox.storage.mounts import is_network

LOCK = "lock"
HEARTBEAT = "service.json"

HEARTBEAT_BYTES = 4096
"""The heartbeat's size is always the same, so that it can be written in place where a disk is
full."""

BEAT_SECONDS = 1.0

LOCK_SECONDS = 2.0
"""How long to try: whoever only looks whether the lock is held has it for an instant, too."""


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes with whoever holds the lock, or held it last."""

    pid: int
    host: str
    command: str
    since: str
    """When it began: UTC, ISO 8601."""
    beat: float
    """When this was written, by the machine's monotonic clock, in seconds."""
    state: Literal["starting", "idle", "reading", "paused", "stopped"]
    trouble: str | None = None
    """What it is paused for."""
    last_error: str | None = None
    scanned: float | None = None
    """When the last whole scan of the inbox ended, by the monotonic clock."""
    skipped: dict[str, int] = {}
    blocked_files: int = 0
    """How many files cannot be had."""
    blocked: dict[str, str] = {}
    """The first few of them, by name, and why."""
    restarts: int = 0
    model: str | None = None
    """The label of the model that is read with."""


class State:
    """The state folder, held by this process, and the ledger in it. Use it as a context manager:
    it closes the ledger, and notes whether it was left by an error.

    Raises :class:`LockError` where another process holds it.
    """

    def __init__(self, folder: Path, command: str) -> None:
        make_folder(folder)
        self.folder = folder
        self._ledger: Ledger | None = None
        self._lock = filelock.FileLock(folder / LOCK, timeout=LOCK_SECONDS)
        try:
            self._lock.acquire(poll_interval=0.02)
        except filelock.Timeout:
            raise LockError(_held_by(folder)) from None
        except (OSError, NotImplementedError) as error:
            raise ConfigError(f"{folder}: cannot be locked ({error}). {LOCAL_DISK}") from error
        before = read_heartbeat(folder)
        self.was_used = before is not None
        self.was_clean = before is None or before.state == "stopped"
        self._heartbeat = Heartbeat(
            pid=os.getpid(),
            host=socket.gethostname(),
            command=command,
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            beat=time.monotonic(),
            state="starting",
            last_error=before.last_error if before else None,
        )
        # Else there may be no ledger yet, and a heartbeat would say that there was.
        if self.was_used:
            self.beat(now=True)

    def __enter__(self) -> "State":
        return self

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is None:
            self.beat(now=True, state="stopped", trouble=None)
        elif isinstance(error, Exception):
            self.beat(now=True, last_error=brief(error))
        if self._ledger is not None:
            self._ledger.close()
        self._lock.release()

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened when it is first asked for. Raises :class:`LedgerError` and
        :class:`TransientError`."""
        if self._ledger is None:
            is_suspicious = not self.was_clean
            self._ledger = Ledger(self.folder, is_suspicious, expected=self.was_used)
            self.beat(now=True)  # from now on there was one
        return self._ledger

    @property
    def heartbeat(self) -> Heartbeat:
        return self._heartbeat

    def beat(self, *, now: bool = False, **changes: object) -> None:
        """Show that the loop turns, and what has changed. Written once a second, or ``now``."""
        heartbeat = msgspec.structs.replace(self._heartbeat, **changes)
        is_due = time.monotonic() - self._heartbeat.beat >= BEAT_SECONDS
        is_due |= now or heartbeat.state != self._heartbeat.state
        self._heartbeat = heartbeat  # what is not written now is with the next one
        if not is_due:
            return
        self._heartbeat = msgspec.structs.replace(heartbeat, beat=time.monotonic())
        with contextlib.suppress(OSError):  # a full disk is seen where it matters
            _write(self.folder / HEARTBEAT, self._heartbeat)


def brief(error: object) -> str:
    """What an error says, short enough for a heartbeat."""
    return str(error)[:1000]


def read_heartbeat(folder: Path) -> Heartbeat | None:
    """How it goes with the service of that state folder; None where there never was one."""
    for _ in range(3):  # one may be writing
        try:
            return msgspec.json.decode((folder / HEARTBEAT).read_bytes(), type=Heartbeat)
        except (OSError, msgspec.DecodeError):
            continue
    return None


def is_held(folder: Path) -> bool:
    """Whether a process holds the lock on that state folder."""
    if not os.path.exists(folder / LOCK):  # noqa: PTH110  # pathlib's raises where it may not look
        return False
    lock = filelock.FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except OSError:  # another user's: to be believed what it says of itself
        heartbeat = read_heartbeat(folder)
        return heartbeat is not None and heartbeat.state != "stopped"
    lock.release()
    return False


LOCAL_DISK = "The state folder has to lie on a local disk: set `state` to another folder."


def check_folders(config: Config) -> None:
    """Make the folders of ``config`` where they are missing, and check that they will do. Raises
    :class:`ConfigError` with what to change."""
    folders = folders_of(config)
    for (one, first), (other, second) in combinations(folders.items(), 2):
        inner, outer = Path(os.path.realpath(first)), Path(os.path.realpath(second))
        if inner.is_relative_to(outer) or outer.is_relative_to(inner):
            raise ConfigError(
                f"`{one}` ({first}) and `{other}` ({second}) overlap: what is written to one would "
                "appear in the other. Set one of them to a folder apart."
            )
    for key, folder in folders.items():
        is_read_only = key == "inbox" and config.originals.action == "keep"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not is_read_only:
                with tempfile.TemporaryFile(dir=folder, prefix=".digitbox-"):
                    pass
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):  # that may pass
                continue
            raise ConfigError(
                f"`{key}`: {folder} cannot be written to: {error.strerror}. Change its "
                f"permissions, or set `{key}` to another folder."
            ) from error
    if is_network(config.state):
        raise ConfigError(f"`state`: {config.state} lies on a network file system. {LOCAL_DISK}")


def folders_of(config: Config) -> dict[str, Path]:
    """The folders that the service works with, by their keys in the configuration."""
    folders = {"inbox": config.inbox, "outbox": config.outbox, "state": config.state}
    if config.originals.action != "keep":
        folders["originals.failed"] = config.originals.failed
    if config.originals.action == "move":
        folders["originals.done"] = config.originals.done
    return folders


def _held_by(folder: Path) -> str:
    heartbeat = read_heartbeat(folder)
    who = "another process"
    if heartbeat is not None and heartbeat.state != "stopped":
        who = (
            f"`digitbox {heartbeat.command}` (process {heartbeat.pid} on {heartbeat.host}, "
            f"since {heartbeat.since})"
        )
    return (
        f"{folder}: {who} is at work on this state folder. Stop it first, or give this one "
        "folders of its own."
    )


def _write(file: Path, heartbeat: Heartbeat) -> None:
    room = HEARTBEAT_BYTES - 1
    content = msgspec.json.encode(heartbeat)
    if len(content) > room:
        content = msgspec.json.encode(msgspec.structs.replace(heartbeat, blocked={}))
    if len(content) > room:
        short = msgspec.structs.replace(
            heartbeat, trouble=None, last_error=None, skipped={}, blocked={}
        )
        content = msgspec.json.encode(short)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, content.ljust(room) + b"\n")
    finally:
        os.close(descriptor)
