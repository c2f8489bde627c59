"""Decisions, carried out by a running service or by who asks."""

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from digitbox.config import load
from digitbox.errors import InputError
from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, UNDO, Decision
from digitbox.ledger.history import History
from digitbox.records import Status
from digitbox.service.decisions import Answer, Decisions
from digitbox.service.pause import QUIET_SECONDS
from digitbox.signals import Flags
from tests.endurance.harness import Harness, doubtful, lines, until
from tests.schema import check

KILLED = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=rename:signal=KILL:when=1")


@contextmanager
def decisions(harness: Harness) -> Iterator[Decisions]:
    with chdir(harness.folder):
        opened = Decisions(load, Flags())
        yield opened
        opened.close()


def in_review(harness: Harness) -> list[int]:
    with History(harness.state) as history:
        rows = [row for row in history.rows() if row.reading.status == Status.REVIEW]
    return [int(row.id.rpartition("-")[2]) for row in rows]


def exported(harness: Harness) -> list[dict[str, str]]:
    out = harness.folder / "out.json"
    done = harness.run("export", "--format", "json", "--output", str(out))
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(out.read_text())
    return found


def test_without_a_service_who_asks_carries_it_out(tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 4)
    first, second, third, *_ = in_review(harness)
    with decisions(harness) as open_:
        asked = [
            open_.ask(Decision(first, CONFIRM, "Ada")),
            open_.ask(Decision(second, NOT_DIGIT, "Ada")),
            open_.ask(Decision(third, "5", "Ada")),
        ]
        assert {open_.answer(request) for request in asked} == {None}
        (published,) = open_.carry_out()
        assert [open_.answer(request) for request in asked] == [
            Answer(row=5),
            Answer(row=6),
            Answer(row=7),
        ]
        assert open_.carry_out() == []
    assert [file.suffix for file in published.files] == [".json", ".csv"]
    check(json.loads(published.files[0].read_text("utf-8")))
    rows = {row["id"]: row for row in harness.published()}
    decided = [row for row in rows.values() if row["reason"] == "reviewed"]
    assert Counter(row["status"] for row in decided) == {"accepted": 2, "not_digit": 1}
    assert all(rows[row["replaces"]]["file"] == row["file"] for row in decided)
    found = exported(harness)
    assert len(found) == 4
    assert {row["id"] for row in decided} < {row["id"] for row in found}


def test_the_service_carries_it_out_though_nothing_arrives(tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    first, second = in_review(harness)
    with harness.service(), decisions(harness) as open_:
        asked = open_.ask(Decision(first, "5", "Ada"))
        assert open_.carry_out() == []
        until(lambda: open_.answer(asked) == Answer(row=3), seconds=QUIET_SECONDS + 5)
        late = open_.ask(Decision(first, "6", "Bo"))
        undone = open_.ask(Decision(first, UNDO, "Ada"))
        refused = Answer(refused="Ada has decided meanwhile: 5.")
        until(lambda: open_.answer(late) == refused, seconds=5)
        until(lambda: open_.answer(undone) == Answer(row=4), seconds=5)
        until(lambda: len(harness.published()) == 4)
    assert len(in_review(harness)) == 2
    assert second in in_review(harness)


def batches(harness: Harness) -> list[list[str]]:
    """The values in each table of decisions."""
    tables = [[row["value"] for row in lines(file) if row["replaces"]] for file in harness.tables()]
    return [values for values in tables if values]


def test_the_service_publishes_decisions_of_some_seconds_as_one_batch(tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 4)
    first, second, third, fourth = in_review(harness)
    with harness.service() as service, decisions(harness) as open_:
        for number, reading in enumerate((first, second, third)):
            open_.ask(Decision(reading, f"{number}", "Ada", key=f"k{number}"))
            time.sleep(0.5)
        open_.ask(Decision(second, UNDO, "Ada", key="undo", undoes="k1"))
        until(lambda: len(harness.recorded()) == 6)
        until(lambda: batches(harness) == [["0", "2"]])
        last = open_.ask(Decision(fourth, "9", "Ada", key="last"))
        assert open_.answer(last) is None
        service.send_signal(signal.SIGTERM)  # before the pause is over
        assert service.wait(60) == 0, harness.said()
        assert batches(harness) == [["0", "2"], ["9"]]
        assert open_.answer(last) == Answer(row=7)
    assert in_review(harness) == [second]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_what_was_decided_before_a_crash_is_published_after_it(tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 1)
    (first,) = in_review(harness)
    with decisions(harness) as open_:
        open_.ask(Decision(first, "5", "Ada"))
    # Killed at the rename with which a file appears in the outbox.
    killed = subprocess.run(
        [*KILLED, *harness.command("batch")],
        cwd=harness.folder,
        env=harness.environment,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL or killed.returncode == 128 + signal.SIGKILL
    assert len(harness.recorded()) == 2
    assert len(harness.published()) == 1
    for _ in range(2):
        assert harness.run("batch").returncode == 0
        assert [row["value"] for row in harness.published() if row["replaces"]] == ["5"]


def test_what_is_no_decision_is_not_asked(tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    harness.state.mkdir()
    with decisions(harness) as open_, pytest.raises(InputError, match="no decision"):
        open_.ask(Decision(1, "seven", "Ada"))
