"""State folder, ledger and inbox → how it goes, for people and for scripts. Reads only."""

import os
import shutil
import time
from pathlib import Path

import msgspec

from pipeline.config import Config
from pipeline.ledger.history import History
from pipeline.service.state import is_held, read_pulse
from pipeline.sources import Sources


class Backlog(msgspec.Struct, frozen=True):
    """What lies in the inbox and has no row yet: how many files, and for how many seconds the
    oldest has stood still."""

    files: int
    oldest: float | None


class Report(msgspec.Struct, frozen=True, kw_only=True):
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
    backlog: Backlog
    today: dict[str, int]
    """Rows by status, since midnight, UTC."""
    rate: float
    """Rows a second, over the last minute."""
    skipped: dict[str, int]
    worker_restarts: int
    free_bytes: dict[str, int]
    """Room left on the disks of the outbox and the state folder."""


def report(config: Config) -> Report:
    """How it goes with the service of ``config``, whether it runs or not."""
    held, pulse = is_held(config.state), read_pulse(config.state)
    state: str = pulse.state if pulse else "new"
    healthy = True
    if held and pulse and time.monotonic() - pulse.beat > config.health.seconds:
        state, healthy = "hanging", False
    elif not held and pulse and pulse.state != "stopped":
        state, healthy = "died", False
    with History(config.state) as history:
        today, rate = history.today(), history.rate()
        waiting = backlog(config, history)
    return Report(
        running=held,
        healthy=healthy,
        state=state,
        trouble=pulse.trouble if pulse and held else None,
        last_error=pulse.last_error if pulse else None,
        model=pulse.model if pulse and held else None,
        pid=pulse.pid if pulse and held else None,
        command=pulse.command if pulse and held else None,
        since=pulse.since if pulse and held else None,
        backlog=waiting,
        today={status.value: number for status, number in today.items()},
        rate=rate,
        skipped=pulse.skipped if pulse else {},
        worker_restarts=pulse.restarts if pulse else 0,
        free_bytes={
            name: shutil.disk_usage(folder).free
            for name, folder in (("outbox", config.outbox), ("state", config.state))
            if os.path.exists(folder)  # noqa: PTH110  # pathlib's raises where it may not look
        },
    )


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
