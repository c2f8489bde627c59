"""Decisions, carried out by a running service or by who asks."""

import json
import shutil
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path

import pytest

from pipeline.config import load
from pipeline.decision import CONFIRM, NOT_DIGIT, UNDO, Decision
from pipeline.errors import InputError
from pipeline.ledger.history import History
from pipeline.records import Status
from pipeline.service.decisions import Answer, Decisions
from pipeline.signals import Flags
from tests.endurance.house import House, doubtful, until
from tests.schema import check

KILLED = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "inject=rename:signal=KILL:when=1")


@contextmanager
def decisions(house: House) -> Iterator[Decisions]:
    with chdir(house.folder):
        opened = Decisions(load, Flags())
        yield opened
        opened.close()


def in_review(house: House) -> list[int]:
    with History(house.state) as history:
        rows = [row for row in history.rows() if row.reading.status == Status.REVIEW]
    return [int(row.id.rpartition("-")[2]) for row in rows]


def exported(house: House) -> list[dict[str, str]]:
    out = house.folder / "out.json"
    done = house.run("export", "--format", "json", "--output", str(out))
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(out.read_text())
    return found


def test_without_a_service_who_asks_carries_it_out(tmp_path: Path) -> None:
    house = doubtful(tmp_path / "house", 4)
    first, second, third, *_ = in_review(house)
    with decisions(house) as open_:
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
    rows = {row["id"]: row for row in house.published()}
    decided = [row for row in rows.values() if row["reason"] == "reviewed"]
    assert Counter(row["status"] for row in decided) == {"accepted": 2, "not_digit": 1}
    assert all(rows[row["replaces"]]["file"] == row["file"] for row in decided)
    found = exported(house)
    assert len(found) == 4
    assert {row["id"] for row in decided} < {row["id"] for row in found}


def test_the_service_carries_it_out_though_nothing_arrives(tmp_path: Path) -> None:
    house = doubtful(tmp_path / "house", 2)
    first, second = in_review(house)
    with house.service(), decisions(house) as open_:
        asked = open_.ask(Decision(first, "5", "Ada"))
        assert open_.carry_out() == []
        until(lambda: open_.answer(asked) == Answer(row=3), seconds=5)
        late = open_.ask(Decision(first, "6", "Bo"))
        undone = open_.ask(Decision(first, UNDO, "Ada"))
        refused = Answer(refused="Ada has decided meanwhile: 5.")
        until(lambda: open_.answer(late) == refused, seconds=5)
        until(lambda: open_.answer(undone) == Answer(row=4), seconds=5)
        until(lambda: len(house.published()) == 4)
    assert len(in_review(house)) == 2
    assert second in in_review(house)


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed")
def test_what_was_decided_before_a_crash_is_published_after_it(tmp_path: Path) -> None:
    house = doubtful(tmp_path / "house", 1)
    (first,) = in_review(house)
    with decisions(house) as open_:
        open_.ask(Decision(first, "5", "Ada"))
    # Killed at the rename with which a file appears in the outbox.
    killed = subprocess.run(
        [*KILLED, *house.command("batch")],
        cwd=house.folder,
        env=house.environment,
        capture_output=True,
    )
    assert killed.returncode == -signal.SIGKILL or killed.returncode == 128 + signal.SIGKILL
    assert len(house.recorded()) == 2
    assert len(house.published()) == 1
    for _ in range(2):
        assert house.run("batch").returncode == 0
        assert [row["value"] for row in house.published() if row["replaces"]] == ["5"]


def test_what_is_no_decision_is_not_asked(tmp_path: Path) -> None:
    house = House(tmp_path / "house")
    house.state.mkdir()
    with decisions(house) as open_, pytest.raises(InputError, match="no decision"):
        open_.ask(Decision(1, "seven", "Ada"))
