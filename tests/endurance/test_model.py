"""Whatever is done to an inbox, in whatever order: each file that was there has its one row."""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pipeline.config import Config, load, model_folder
from pipeline.errors import Weather
from pipeline.ledger.ledger import Ledger
from pipeline.outbox import Outbox
from pipeline.recognition.card import read_card
from pipeline.service.batches import Batches
from pipeline.service.clock import FileClock
from pipeline.service.inbox import Hint, Inbox
from pipeline.service.originals import Originals
from pipeline.service.parts import stamp_of
from pipeline.service.sweep import Sweep
from pipeline.workers import Workers
from tests.endurance.house import House, digest, image

NAMES = st.sampled_from(["a.png", "b.png", "sub/a.png", "sub/c"])
CONTENTS = st.sampled_from([image(1), image(2), image(3), b"", b"no image", image(4)[:-60]])
SECONDS = st.sampled_from([0.5, 3.0, 70.0])
STEPS = st.sampled_from([-86_400.0, -5.0, 5.0, 86_400.0])

pool: Workers


@pytest.fixture(scope="module", autouse=True)
def _pool() -> Iterator[None]:
    global pool
    with Workers(load(options={"workers": 1, "model": "mlp"}), exclusive=True) as pool:
        yield


class Machine(RuleBasedStateMachine):
    """The service's parts, driven step by step. What stood in the inbox before a step and does not
    after it has to have got a row in it, and nothing else."""

    @initialize(action=st.sampled_from(["move", "keep", "delete"]))
    def begin(self, action: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.house = House(self.folder)
        self.house.state.mkdir()
        self.elapsed = 0.0
        self.stepped = 0.0
        self.action = action
        self.counted: dict[str, str] = {}
        self.rows: Counter[tuple[str, str]] = Counter()
        self.start()

    def config(self) -> Config:
        return load(
            options={
                "inbox": self.house.inbox,
                "outbox": self.house.outbox,
                "state": self.house.state,
                "originals.action": self.action,
                "originals.done": self.house.done,
                "originals.failed": self.house.failed,
                "model": "mlp",
            }
        )

    def start(self) -> None:
        config = self.config()
        clock = FileClock(
            config.inbox,
            monotonic=lambda: 1_000.0 + self.elapsed,
            now=lambda: time.time() + self.elapsed + self.stepped,
        )
        self.ledger = Ledger(config.state)
        stamp = stamp_of(config, read_card(model_folder(config)))
        outbox = Outbox(config.outbox, config.formats)
        self.batches = Batches(self.ledger, outbox, Originals(config.originals), stamp)
        self.inbox = Inbox(config, self.ledger, clock)
        self.sweep = Sweep(config, self.ledger, self.inbox, pool, self.batches, lambda *_: None)
        self.batches.publish_recorded()
        self.batches.retire()

    @rule(name=NAMES, content=CONTENTS)
    def move_in(self, name: str, content: bytes) -> None:
        self.house.drop(name, content)

    @rule(name=NAMES, content=CONTENTS)
    def write_in_place(self, name: str, content: bytes) -> None:
        (self.house.inbox / name).parent.mkdir(exist_ok=True)
        (self.house.inbox / name).write_bytes(content)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.house.inbox / name).unlink(missing_ok=True)

    @rule(name=NAMES, moment=st.sampled_from([0, 1_700_000_000, 4_102_444_800]))
    def touch(self, name: str, moment: int) -> None:
        if (self.house.inbox / name).exists():
            os.utime(self.house.inbox / name, (moment, moment))

    @rule(name=NAMES, complete=st.booleans())
    def tell(self, name: str, complete: bool) -> None:
        self.inbox.hint(Hint(name, complete))

    @rule(seconds=SECONDS)
    def wait(self, seconds: float) -> None:
        self.elapsed += seconds

    @rule(seconds=STEPS)
    def set_the_clock(self, seconds: float) -> None:
        self.stepped += seconds

    @rule()
    def crash(self) -> None:
        self.ledger.close()
        self.start()

    @rule()
    def take_the_inbox_away_and_back(self) -> None:
        away = self.house.inbox.rename(self.folder / "away")
        try:
            self.inbox.scan()
            self.read()
        except Weather:
            self.sweep.drop()
        away.rename(self.house.inbox)

    @rule()
    def turn_with_the_outbox_in_trouble(self) -> None:
        before = self.standing()
        outbox = self.house.outbox.rename(self.folder / "outbox away")
        self.house.outbox.write_bytes(b"in the way")
        self.inbox.scan()
        try:
            self.read()
        except Weather:
            self.sweep.drop()
        self.house.outbox.unlink()
        outbox.rename(self.house.outbox)
        self.batches.publish_recorded()
        self.batches.retire()
        self.compare(before)

    @rule()
    def turn(self) -> None:
        before = self.standing()
        self.inbox.scan()
        self.read()
        self.compare(before)

    def read(self) -> None:
        while self.inbox.is_scanning:
            self.sweep.gather()
            self.sweep.run(lambda: False, lambda: None, lambda: float("inf"))
            self.inbox.returned()

    def standing(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.house.inbox)): digest(path.read_bytes())
            for path in self.house.in_inbox()
        }

    def compare(self, before: dict[str, str]) -> None:
        after = self.standing()
        rows = Counter((row["name"], row["sha256"]) for row in self.house.recorded())
        new = rows - self.rows
        assert not self.rows - rows
        if self.action == "keep":
            assert after == before
            for name, sha256 in new:
                assert before[name] == sha256
                assert self.counted.get(name) != sha256
                self.counted[name] = sha256
            assert set(new.values()) <= {1}
        else:
            assert new == Counter(set(before.items()) - set(after.items()))
        self.rows = rows

    @invariant()
    def what_is_recorded_is_published(self) -> None:
        if hasattr(self, "ledger"):
            published = Counter((row["file"], row["sha256"]) for row in self.house.published())
            assert published == self.rows

    def teardown(self) -> None:
        if not hasattr(self, "ledger"):
            return
        for _ in range(4):
            self.elapsed += 100.0
            self.turn()
        if self.action == "keep":
            assert self.standing().items() <= self.counted.items()
        else:
            assert not self.house.in_inbox()
        lying = Counter(
            digest(path.read_bytes())
            for root in (self.house.done, self.house.failed)
            for path in root.rglob("*")
            if path.is_file() and not path.name.endswith(".reason.txt")
        )
        if self.action == "move":
            wanted: Counter[str] = Counter()
            for (_, sha256), number in self.rows.items():
                wanted[sha256] += number
            assert lying == wanted
        self.ledger.close()
        shutil.rmtree(self.folder)


def test_each_file_has_one_row_whatever_is_done_to_the_inbox() -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
