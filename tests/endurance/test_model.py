"""Whatever is done to an inbox, in whatever order: each file that was there has its one row."""

import dataclasses
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

from digitbox.config import Config, load
from digitbox.engine.engine import assemble
from digitbox.engine.observer import Observer
from digitbox.engine.setup import Setup
from digitbox.errors import TransientError
from digitbox.ledger.ledger import Ledger
from digitbox.pool.pool import Pool
from digitbox.service.clock import FileClock
from digitbox.service.hints import Hint, Sign
from digitbox.service.inbox import Inbox
from tests.endurance.harness import Harness, digest, image

NAMES = st.sampled_from(["a.png", "b.png", "sub/a.png", "sub/c"])
CONTENTS = st.sampled_from([image(1), image(2), image(3), b"", b"no image", image(4)[:-60]])
SECONDS = st.sampled_from([0.5, 3.0, 70.0])
STEPS = st.sampled_from([-86_400.0, -5.0, 5.0, 86_400.0])

pool: Pool


@pytest.fixture(scope="module", autouse=True)
def _pool() -> Iterator[None]:
    global pool
    setup = Setup.of(load(options={"workers": 1, "model": "mlp"}))
    with setup.pool(exclusive=True) as pool:
        yield


class Machine(RuleBasedStateMachine):
    """The service's parts, driven step by step. What stood in the inbox before a step and does not
    after it has to have got a row in it, and nothing else."""

    @initialize(action=st.sampled_from(["move", "keep", "delete"]))
    def begin(self, action: str) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.harness = Harness(self.folder)
        self.harness.state.mkdir()
        self.elapsed = 0.0
        self.stepped = 0.0
        self.action = action
        self.counted: dict[str, str] = {}
        self.rows: Counter[tuple[str, str]] = Counter()
        self.start()

    def config(self) -> Config:
        return load(
            options={
                "inbox": self.harness.inbox,
                "outbox": self.harness.outbox,
                "state": self.harness.state,
                "originals.action": self.action,
                "originals.done": self.harness.done,
                "originals.failed": self.harness.failed,
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
        engine = assemble(Setup.of(config), self.ledger, Observer())
        engine = dataclasses.replace(engine, pool=pool)
        self.batches = engine.batches
        self.inbox = Inbox(config, self.ledger, clock)
        self.stream = engine.stream(self.inbox)
        engine.recover(config.inbox)

    @rule(name=NAMES, content=CONTENTS)
    def move_in(self, name: str, content: bytes) -> None:
        self.harness.drop(name, content)

    @rule(name=NAMES, content=CONTENTS)
    def write_in_place(self, name: str, content: bytes) -> None:
        (self.harness.inbox / name).parent.mkdir(exist_ok=True)
        (self.harness.inbox / name).write_bytes(content)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.harness.inbox / name).unlink(missing_ok=True)

    @rule(name=NAMES, moment=st.sampled_from([0, 1_700_000_000, 4_102_444_800]))
    def touch(self, name: str, moment: int) -> None:
        if (self.harness.inbox / name).exists():
            os.utime(self.harness.inbox / name, (moment, moment))

    @rule(name=NAMES, sign=st.sampled_from(Sign))
    def tell(self, name: str, sign: Sign) -> None:
        self.inbox.hint(Hint(name, sign))

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
        away = self.harness.inbox.rename(self.folder / "away")
        try:
            self.inbox.scan()
            self.read()
        except TransientError:
            self.stream.drop()
        away.rename(self.harness.inbox)

    @rule()
    def turn_with_the_outbox_in_trouble(self) -> None:
        before = self.standing()
        outbox = self.harness.outbox.rename(self.folder / "outbox away")
        self.harness.outbox.write_bytes(b"in the way")
        self.inbox.scan()
        try:
            self.read()
        except TransientError:
            self.stream.drop()
        self.harness.outbox.unlink()
        outbox.rename(self.harness.outbox)
        self.batches.publish_recorded()
        self.batches.archive()
        self.compare(before)

    @rule()
    def turn(self) -> None:
        before = self.standing()
        self.inbox.scan()
        self.read()
        self.compare(before)

    def read(self) -> None:
        while self.inbox.is_scanning:
            self.stream.gather()
            self.stream.run(lambda: False, lambda: None, lambda: float("inf"))
            self.inbox.returned()

    def standing(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.harness.inbox)): digest(path.read_bytes())
            for path in self.harness.in_inbox()
        }

    def compare(self, before: dict[str, str]) -> None:
        after = self.standing()
        rows = Counter((row["name"], row["sha256"]) for row in self.harness.recorded())
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
            published = Counter((row["file"], row["sha256"]) for row in self.harness.published())
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
            assert not self.harness.in_inbox()
        lying = Counter(
            digest(path.read_bytes())
            for root in (self.harness.done, self.harness.failed)
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
