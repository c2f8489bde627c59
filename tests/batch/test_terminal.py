import os
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from digitbox.batch.run import SHOWN, Summary
from digitbox.batch.terminal import answers, service, to_look_at, totals
from digitbox.output.outbox import Outbox
from digitbox.records import Reading, Reason, Status
from digitbox.service.status import Backlog, ServiceStatus
from tests.output.test_tables import READINGS, batch, number


def test_what_follows_a_value_stands_below_each_other_however_long_values_are() -> None:
    rows = batch(READINGS[0], number("1234567890123456"), READINGS[2]).rows
    first, second, third = answers(rows).splitlines()
    assert first.split()[:2] == ["a.png", "7"]
    assert second.split()[:2] == ["a.png", "1234567890123456"]
    assert first.index("accepted") == second.index("review") == third.index("blank")


def test_a_missing_page_is_named_after_the_fields() -> None:
    missing = Reading(1, Status.REVIEW, Reason.PAGE_MISSING, "", 0.0, form="exam", field="page.2")
    field = Reading(1, Status.ACCEPTED, None, "7", 0.99, form="exam", field="q1")
    (line,) = answers(batch(field, missing).rows).splitlines()
    assert line.split(maxsplit=1)[1] == "q1 7  look at page.2"


@pytest.mark.parametrize(
    "reason", [Reason.NOT_POSSIBLE, Reason.CHECK_FAILED, Reason.REQUIRED, Reason.LOW_CONFIDENCE]
)
def test_why_a_field_is_to_be_looked_at_is_said(reason: Reason) -> None:
    sure = Reading(1, Status.ACCEPTED, None, "7", 0.99, form="exam", field="q1")
    doubted = Reading(1, Status.REVIEW, reason, "9.5", 0.5, form="exam", field="q2")
    (line,) = answers(batch(sure, doubted).rows).splitlines()
    assert line.split(maxsplit=1)[1] == f"q1 7, q2 9.5  look at q2 ({reason.value})"


def summary(doubted: int, sure: int, files: int = 1) -> Summary:
    """A run over images that are called ``a0.png``, ``a1.png`` and so on."""
    made = Summary()
    for place in range(doubted + sure):
        reading = READINGS[1] if place < doubted else READINGS[0]
        (row,) = batch(replace(reading, page=1), name=f"a{place}.png").rows
        made.add([replace(row, id=f"r-{place}")], [])
    made.files = [Path("out", f"2026-1-{place:04}.csv") for place in range(files)]
    return made


def test_what_to_look_at_is_said_where_images_are_only_counted() -> None:
    assert not to_look_at(summary(SHOWN, 0), remembers=False)
    assert not to_look_at(summary(0, SHOWN + 1), remembers=False)
    head, *lines = to_look_at(summary(2, SHOWN), remembers=False)
    assert head == "To look at: 2 images"
    assert [line.split()[0] for line in lines] == ["a0.png", "a1.png"]
    assert all(line.endswith("review: several marks") for line in lines)


@pytest.mark.skipif(os.name == "nt", reason="there is no grep")
def test_how_to_list_what_is_not_named_is_said() -> None:
    """Of one file, of several, and of what the ledger has."""
    for run, remembers, listed in (
        (summary(SHOWN + 3, 0), False, "out/2026-1-0000.csv"),
        (summary(SHOWN + 3, 0, files=3), False, "out/2026-1-*[0-9].csv"),
        (summary(SHOWN + 3, 0), True, "digitbox export --output - | grep"),
        (summary(SHOWN + 3, 0, files=0), False, "their status is review, failed or not_digit"),
    ):
        _, *named, last = to_look_at(run, remembers)
        assert len(named) == SHOWN
        assert last.startswith("  … and 3 more; ")
        assert listed in last


@pytest.mark.skipif(os.name == "nt", reason="there is no grep")
def test_the_command_that_is_said_lists_them(tmp_path: Path) -> None:
    folder = tmp_path / "it's out"
    run = Summary()
    made = Outbox(folder, ["csv"])
    for part in range(2):
        readings = [replace(READINGS[place % 5], page=place) for place in range(1, 25)]
        some = replace(batch(*readings, name=f"{part}.tif"), name=f"r-000{part}")
        run.add(some.rows, made.publish(some))
    assert run.to_look_at > SHOWN
    command = to_look_at(run, remembers=False)[-1].partition("all: ")[2]
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == run.to_look_at


def test_what_people_decided_and_what_is_blank_is_not_to_be_looked_at() -> None:
    decided = replace(READINGS[0], reason=Reason.REVIEWED)
    no_digit = Reading(1, Status.NOT_DIGIT, Reason.REVIEWED)
    run = Summary()
    for place, reading in enumerate((decided, no_digit, READINGS[2]) * SHOWN):
        run.add(batch(replace(reading, page=1), name=f"{place}.png").rows, [])
    assert "To look at" not in totals(run, {}, (), "")


REPORT = ServiceStatus(
    running=False,
    healthy=True,
    state="stopped",
    trouble=None,
    last_error=None,
    model=None,
    pid=None,
    command=None,
    since=None,
    folders={"inbox": "/a/inbox", "outbox": "/a/out", "originals.failed": "/a/failed"},
    backlog=Backlog(3, 90.0),
    blocked_files=0,
    blocked={},
    open={},
    pages="http://127.0.0.1:8765/review",
    to_review=0,
    failed=0,
    today={"accepted": 5},
    rate=0.0,
    skipped={},
    worker_restarts=0,
    free_bytes={"outbox": 2_000_000_000},
)


def said(report: ServiceStatus) -> list[tuple[str, str]]:
    return [(line[:18].strip(), line[18:]) for line in service(report).splitlines()]


def test_the_status_names_the_folders() -> None:
    facts = said(REPORT)
    assert (
        "inbox",
        "/a/inbox, 3 files without a row, the oldest has waited for 90 s",
    ) in facts
    assert ("outbox", "/a/out, 2.0 GB left") in facts
    assert ("originals.failed", "/a/failed") in facts
    assert "today" not in service(REPORT)


def test_the_status_says_what_is_open_and_by_which_command_it_is_done() -> None:
    assert ("to look at", "0 readings") in said(REPORT)
    assert ("failed", "0 files") in said(REPORT)
    facts = said(msgspec.structs.replace(REPORT, open={"review": 1}, failed=1_200))
    assert ("to look at", "1 reading: `digitbox review`") in facts
    assert ("", "1 not sure, at http://127.0.0.1:8765/review") in facts
    several = {"check_failed": 3, "not_digit": 2, "failed": 1}
    facts = said(msgspec.structs.replace(REPORT, open=several, pages="", failed=1_200))
    assert ("to look at", "6 readings: `digitbox review`") in facts
    assert ("", "3 of checks that fail, 2 not a digit, 1 failed") in facts
    assert ("failed", "1,200 files: `digitbox retry --failed`") in facts


def test_the_status_names_what_cannot_be_had_and_why() -> None:
    blocked = {"a\n.png": "no permission", "closed": "may not be looked at"}
    report = msgspec.structs.replace(REPORT, blocked=blocked, blocked_files=7)
    assert [what for fact, what in said(report) if fact == "not to be had"] == [
        "a\\n.png: no permission",
        "closed: may not be looked at",
        "… and 5 more",
    ]
