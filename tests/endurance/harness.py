"""A service in a folder of its own, and what it promises, to be compared with what is there."""

import contextlib
import csv
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import ROOT
from tests.pages import digits, encoded
from tests.rights import bound

QUICK: dict[str, Any] = {
    "model": "mlp",
    "workers": 1,
    "watch": {"settle": 0.2, "patience": 0.5, "rescan": 1.0, "poll": 0.2},
}


FORM = """
pages:
  - reference: sheet.png
    align: none
    fields:
      - {name: ticked, type: checkbox, box: [2, 2, 10, 10]}
      - {name: which, type: choice, boxes: {A: [14, 2, 6, 6], B: [14, 14, 6, 6]}}
"""
"""A form whose pages are read at once. It is that of the folder FORM_FOLDER of the inbox."""

FORM_FOLDER, FIELDS = "tick", ("ticked", "which")

Row = tuple[str, str, str | None]
"""A file, the SHA-256 of its content, and the field of a form."""


def rows_of(dropped: "Counter[tuple[str, str]]") -> "Counter[Row]":
    """The rows that ``dropped`` files have: one each, or one for each field of a form."""
    found: Counter[Row] = Counter()
    for (name, sha), times in dropped.items():
        for field in FIELDS if name.startswith(f"{FORM_FOLDER}/") else (None,):
            found[name, sha, field] += times
    return found


def image(number: int) -> bytes:
    """A small image unlike those of all other numbers."""
    pixels = np.random.default_rng(number).integers(0, 256, (28, 28)).astype(np.uint8)
    return encoded(pixels)


def unsure(number: int) -> bytes:
    """Two digits, one written over the other: nobody could say which it is. Another one for each
    ``number`` below 300."""
    images, _ = digits()
    return encoded(np.maximum(images[7 * number % 300], images[(7 * number + 31) % 300]))


def until(condition: Callable[[], Any], seconds: float = 60.0, what: str = "") -> Any:
    """Wait until ``condition`` holds, and return what it gives."""
    limit = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < limit, f"waited for {seconds} s in vain {what}"
        time.sleep(0.02)
    return found


class Harness:
    """``inbox``, ``outbox``, ``state`` and ``originals`` in ``folder``, with the settings given."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.inbox = folder / "inbox"
        self.outbox = folder / "outbox"
        self.state = folder / "state"
        self.done = folder / "originals" / "done"
        self.failed = folder / "originals" / "failed"
        self.log = folder / "log"
        self.settings = QUICK | settings
        folder.mkdir(exist_ok=True)
        self.inbox.mkdir(exist_ok=True)
        (folder / "config.yaml").write_text(json.dumps(self.settings))
        form = folder / "forms" / FORM_FOLDER
        form.mkdir(parents=True, exist_ok=True)
        (form / "form.yaml").write_text(FORM)
        (form / "sheet.png").write_bytes(encoded(np.full((28, 28), 255, np.uint8)))

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "digitbox", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def run(
        self, *arguments: str, before: tuple[str, ...] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """Run the command to its end; ``before`` stands before it on the command line."""
        return subprocess.run(
            [*before, *self.command(*arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    @contextlib.contextmanager
    def service(
        self, clean: bool = True, restricted: bool = False
    ) -> Iterator["subprocess.Popen[bytes]"]:
        """``digitbox watch``, ready; stopped at the end, ``clean`` unless told otherwise. Where it
        is ``restricted``, root is held to permissions: see :mod:`tests.rights`."""
        command = self.command("watch")
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                bound(command) if restricted else command,
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            until(lambda: self.heartbeat().get("pid") == process.pid, what=self.said())
            yield process
            if clean:
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0, self.said()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(60)

    def heartbeat(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads((self.state / "service.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return found

    def said(self) -> str:
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def drop(self, name: str, content: bytes) -> None:
        """Put a file into the inbox at once: written beside, moved in."""
        beside = self.folder / f"beside-{os.getpid()}-{time.monotonic_ns()}"
        beside.write_bytes(content)
        target = self.inbox / name
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.replace(target)

    def in_inbox(self) -> list[Path]:
        return [Path(folder, name) for folder, _, names in os.walk(self.inbox) for name in names]

    def recorded(self) -> list[dict[str, Any]]:
        """The ledger's rows."""
        if not (self.state / "ledger.sqlite").exists():
            return []
        folder = self.state
        if folder.is_relative_to("/proc"):  # SQLite would follow that to our own file system
            folder = self.folder / "copy of state"
            shutil.copytree(self.state, folder, dirs_exist_ok=True)
        connection = sqlite3.connect(folder / "ledger.sqlite", timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            return [
                dict(row) | {"name": os.fsdecode(row["name"])}
                for row in connection.execute(
                    "SELECT readings.id, files.name, sha256, page, status, replaces, place, "
                    "field, published_at, batches.name AS batch FROM readings "
                    "JOIN files ON files.id = file JOIN batches ON batches.id = readings.batch"
                )
            ]
        finally:
            connection.close()

    def published(self) -> list[dict[str, str]]:
        """The rows of all CSV files."""
        return [row for file in self.tables() for row in lines(file)]

    def tables(self) -> list[Path]:
        """The CSV files of batches, without those of forms."""
        return [file for file in sorted(self.outbox.rglob("*.csv")) if file.name.count(".") == 1]

    def check(self, dropped: "Counter[tuple[str, str]]") -> None:
        """The promise: ``dropped`` files, by name and SHA-256, have one row each, or one for each
        field of a form, in the ledger and in the files alike; pages of forms have one record; and
        their originals are where they belong."""
        assert not self.in_inbox(), self.in_inbox()
        recorded, wanted = self.recorded(), rows_of(dropped)
        originals = Counter(
            (row["name"], row["sha256"], row["field"]) for row in recorded if not row["replaces"]
        )
        assert originals == wanted, f"missing {wanted - originals}, too many {originals - wanted}"
        published = self.published()
        shown = Counter(
            (row["file"], row["sha256"], row["field"] or None)
            for row in published
            if not row["replaces"]
        )
        assert shown == wanted
        self._check_records(published)
        ids = [row["id"] for row in published]
        assert len(ids) == len(set(ids)) == len(recorded)
        assert all(row["published_at"] for row in recorded)
        for file in self.outbox.rglob("*"):
            assert file.is_dir() or file.suffix in (".csv", ".json"), file
        for file in self.tables():
            batch = json.loads(file.with_suffix(".json").read_bytes())
            assert [row["id"] for row in lines(file)] == [one["id"] for one in batch["readings"]]
        kept: Counter[tuple[str, str]] = Counter()
        for row in recorded:
            assert row["place"] in ("done", "failed"), row
            assert (row["status"] == "failed") == (row["place"] == "failed")
            root = self.done if row["place"] == "done" else self.failed
            path = root / row["batch"] / row["name"]
            if row["field"] in (None, FIELDS[0]):
                kept[row["name"], sha256(path)] += 1
            if row["place"] == "failed":
                assert path.with_name(path.name + ".reason.txt").read_text()
        assert kept == dropped
        lying = [
            path
            for root in (self.done, self.failed)
            for path in root.rglob("*")
            if path.is_file() and not path.name.endswith(".reason.txt")
        ]
        assert len(lying) == kept.total(), lying

    def _check_records(self, published: list[dict[str, str]]) -> None:
        """Each page of a form has one record in its batch, which says what its rows say."""
        records = [
            (record["file"], field, record[field])
            for file in self.outbox.rglob(f"*.{FORM_FOLDER}.csv")
            for record in lines(file)
            for field in FIELDS
        ]
        rows = [(row["file"], row["field"], row["value"]) for row in published if row["field"]]
        assert Counter(records) == Counter(rows)


def lines(file: Path) -> list[dict[str, str]]:
    """Those of a CSV file."""
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def doubtful(folder: Path, number: int, **settings: Any) -> Harness:
    """A harness with that many readings that nobody is sure of, from ``1`` on."""
    harness = Harness(folder, accept=1.0, **settings)
    for name in range(number):
        harness.drop(f"{name}.png", unsure(name))
    done = harness.run("batch")
    assert done.returncode == 0, done.stderr
    return harness


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
