"""State folder, ledger and inbox → how it goes, for people and for scripts. Reads only."""

import os
import shutil
import time
from pathlib import Path

import msgspec

from digitbox.config import Config
from digitbox.engine.state import folders_of, is_held, read_heartbeat
from digitbox.ledger.history import History
from digitbox.storage.walk import Sources


class Backlog(msgspec.Struct, frozen=True):
    """What lies in the inbox and has no row yet: how many files, and for how many seconds the
    oldest has stood still."""

    files: int
    oldest: float | None


class ServiceStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How it goes. Fields may be added; none is taken away without a word in the CHANGELOG."""

    running: bool
    healthy: bool
    """False where the loop stands, or where the last stop was none."""
    state: str
    """``starting``, ``idle``, ``reading``, ``paused``, ``hanging``, ``stopped``, ``died``, or
    ``new`` where nothing ever ran."""
    trouble: str | None
    last_error: str | None
    model: str | None
    """The model that it reads with."""
    pid: int | None
    command: str | None
    since: str | None
    folders: dict[str, str]
    """The folders that it works with, by their keys in the configuration."""
    backlog: Backlog
    blocked_files: int
    """How many files cannot be had, and places in the inbox that may not be looked at."""
    blocked: dict[str, str]
    """The first few of them, by name, and why."""
    to_review: int
    """How many readings a person should look at."""
    open: dict[str, int]
    """How much needs a person, by kind, see :class:`digitbox.ledger.pending.Kind`."""
    pages: str
    """Where ``digitbox review`` shows that, while it runs; empty where its port is any free one."""
    failed: int
    """How many files could not be read, and were not read again since."""
    today: dict[str, int]
    """Rows by status, since midnight, UTC."""
    rate: float
    """Rows a second, over the last minute."""
    skipped: dict[str, int]
    worker_restarts: int
    free_bytes: dict[str, int]
    """Room left on the disks of the outbox and the state folder."""


def service_status(config: Config) -> ServiceStatus:
    """How it goes with the service of ``config``, whether it runs or not."""
    held, heartbeat = is_held(config.state), read_heartbeat(config.state)
    state: str = heartbeat.state if heartbeat else "new"
    healthy = True
    if held and heartbeat and time.monotonic() - heartbeat.beat > config.health.seconds:
        state, healthy = "hanging", False
    elif not held and heartbeat and heartbeat.state != "stopped":
        state, healthy = "died", False
    with History(config.state) as history:
        today, rate = history.today(), history.rate()
        to_review, failed = history.left_to_review(), history.left_failed()
        waiting, left = backlog(config, history), history.left()
    return ServiceStatus(
        running=held,
        healthy=healthy,
        state=state,
        trouble=heartbeat.trouble if heartbeat and held else None,
        last_error=heartbeat.last_error if heartbeat else None,
        model=heartbeat.model if heartbeat and held else None,
        pid=heartbeat.pid if heartbeat and held else None,
        command=heartbeat.command if heartbeat and held else None,
        since=heartbeat.since if heartbeat and held else None,
        folders={key: str(folder) for key, folder in folders_of(config).items()},
        backlog=waiting,
        blocked_files=heartbeat.blocked_files if heartbeat else 0,
        blocked=heartbeat.blocked if heartbeat else {},
        to_review=to_review,
        open={kind.value: number for kind, number in left.items()},
        pages=pages(config),
        failed=failed,
        today={status.value: number for status, number in today.items()},
        rate=rate,
        skipped=heartbeat.skipped if heartbeat else {},
        worker_restarts=heartbeat.restarts if heartbeat else 0,
        free_bytes={
            name: shutil.disk_usage(folder).free
            for name, folder in (("outbox", config.outbox), ("state", config.state))
            if os.path.exists(folder)  # noqa: PTH110  # pathlib's raises where it may not look
        },
    )


def pages(config: Config) -> str:
    """The address of the page with what needs a person."""
    host, port = config.review.host, config.review.port
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/review" if port else ""


def backlog(config: Config, history: History) -> Backlog:
    """Walk the inbox and count what has no row."""
    if not os.path.isdir(config.inbox):  # noqa: PTH112
        return Backlog(0, None)
    number, oldest = 0, None
    keeps = config.originals.action == "keep"
    for source in Sources([config.inbox], config.follow_symlinks and keeps):
        if keeps and history.stands(source):
            continue
        try:
            changed = Path(source.root, source.name).stat().st_ctime
        except OSError:
            continue
        number += 1
        oldest = changed if oldest is None else min(oldest, changed)
    return Backlog(number, None if oldest is None else max(0.0, time.time() - oldest))
