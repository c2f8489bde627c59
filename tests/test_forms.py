"""Forms from the command line: folders of forms, scans, tables."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from digitbox.config import load
from digitbox.ledger.decision import CONFIRM, NOT_DIGIT, Decision
from digitbox.ledger.history import History
from digitbox.ledger.requests import REVIEW, Requests
from digitbox.recognition.view import Gray
from digitbox.records import Reason, Status
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from tests.conftest import Command
from tests.forms import paper
from tests.schema import check

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}
WRONG = {"student": "51987", "q1": "9", "q2": "11", "total": "21"}


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    return paper.put(tmp_path / "forms").parent


def drop(folder: Path, **sheets: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in sheets.items():
        (folder / f"{name}.png").write_bytes(paper.encoded(paper.filled(values)))


def table(outbox: Path, form: str = "exam") -> list[dict[str, str]]:
    (file,) = outbox.rglob(f"*.{form}.csv")
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.usefixtures("forms")
def test_sheets_become_a_table(tmp_path: Path, digitbox: Command) -> None:
    drop(tmp_path / "scans", a=VALUES, b=WRONG)
    done = digitbox("batch", "--form", "exam", "scans")
    assert done.returncode == 0, done.stderr
    assert "values on 2 pages" in done.stdout
    first, second = table(tmp_path / "outbox")
    assert first == {
        "file": "a.png", "page": "1", "status": "accepted", **VALUES,
        "absent": "empty", "grade": "", "look_at": "",
    }  # fmt: skip
    assert (second["student"], second["total"], second["status"]) == ("51987", "21", "review")
    assert second["look_at"].split()[-3:] == ["q1", "q2", "total"]


@pytest.mark.usefixtures("forms")
def test_the_inbox_reads_a_subfolder_as_the_form_of_its_name(
    tmp_path: Path, digitbox: Command
) -> None:
    drop(tmp_path / "inbox" / "exam", a=VALUES)
    drop(tmp_path / "inbox" / "else", b=VALUES)
    done = digitbox("batch")
    assert done.returncode == 0, done.stderr
    (line,) = table(tmp_path / "outbox")
    assert (line["file"], line["total"]) == ("exam/a.png", "19")
    batches = (tmp_path / "outbox").rglob("*.json")
    readings = [one for file in batches for one in json.loads(file.read_bytes())["readings"]]
    assert {one["form"] for one in readings if one["file"] == "else/b.png"} == {None}
    assert not (tmp_path / "inbox" / "exam" / "a.png").exists()


@pytest.mark.usefixtures("forms")
def test_what_is_read_again_is_read_as_the_same_form(tmp_path: Path, digitbox: Command) -> None:
    drop(tmp_path / "inbox" / "exam", a=WRONG)
    assert digitbox("batch").returncode == 0
    before = table(tmp_path / "outbox")
    for file in (tmp_path / "outbox").rglob("*.exam.csv"):
        file.unlink()
    done = digitbox("retry", "--review")
    assert done.returncode == 0, done.stderr
    assert table(tmp_path / "outbox") == before


@pytest.mark.usefixtures("forms")
def test_auto_finds_the_form(tmp_path: Path, digitbox: Command) -> None:
    drop(tmp_path / "scans", a=VALUES)
    assert digitbox("batch", "--form", "auto", "scans").returncode == 0
    assert table(tmp_path / "outbox")[0]["student"] == "40213"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("reference: sheet.png", "reference: gone.png"), "gone.png"),
        (("box: [100, 320, 120, 60]", "box: [100, 320, 9000, 60]"), "is not on the reference"),
        (("name: q2", "name: q1"), "q1"),
        (("total == q1 + q2", "total == q1 + q9"), "q9"),
        (("name: q1", "nam: q1"), "nam"),
    ],
)
def test_a_template_that_is_wrong_ends_the_run_before_anything_is_read(
    tmp_path: Path, digitbox: Command, change: tuple[str, str], says: str
) -> None:
    paper.put(tmp_path / "forms", paper.TEMPLATE.replace(*change))
    drop(tmp_path / "scans", a=VALUES)
    done = digitbox("batch", "--form", "exam", "scans")
    assert done.returncode == 2
    assert "form.yaml" in done.stderr
    assert says in done.stderr
    assert not list(tmp_path.glob("outbox/*"))


@pytest.mark.usefixtures("forms")
def test_a_form_that_there_is_not_is_named(tmp_path: Path, digitbox: Command) -> None:
    drop(tmp_path / "scans", a=VALUES)
    done = digitbox("batch", "--form", "exams", "scans")
    assert done.returncode == 2
    assert "exams" in done.stderr
    assert "The forms there are exam." in done.stderr


def decide(state: Path, says: str, *fields: str) -> None:
    """Put it as the pages do, about the latest rows of ``fields``."""
    with History(state) as history:
        numbers = {row.reading.field: number for number, row in history.recent(limit=1000)[::-1]}
    ledger = Requests(state)
    for field in fields:
        ledger.request(REVIEW, Decision(numbers[field], says, "ann"))
    ledger.close()


def records(outbox: Path) -> list[dict[str, Any]]:
    """The records of all batches, the oldest first."""
    files = sorted(outbox.rglob("*.json"))
    return [one for file in files for one in json.loads(file.read_bytes())["records"]]


@pytest.mark.usefixtures("forms")
def test_a_corrected_field_settles_those_that_waited_for_its_check(
    tmp_path: Path, digitbox: Command
) -> None:
    drop(tmp_path / "inbox" / "exam", a={**VALUES, "total": "85"})
    assert digitbox("batch").returncode == 0
    (before,) = records(tmp_path / "outbox")
    assert (before["status"], before["look_at"]) == ("review", ["q1", "q2", "total"])
    decide(tmp_path / "state", "19", "total")
    assert digitbox("batch").returncode == 0
    _, after = records(tmp_path / "outbox")
    assert (after["status"], after["look_at"]) == ("accepted", [])
    assert after["fields"] == {**before["fields"], "total": "19"}
    # The record is whole: rows of both batches.
    assert len(after["rows"]) == len(before["rows"]) == 6
    assert len(set(after["rows"]) & set(before["rows"])) == 3


def test_another_list_decides_without_another_scan(tmp_path: Path, digitbox: Command) -> None:
    one = "length: 5, cells: true}"
    listed = paper.TEMPLATE.replace(one, one.replace("}", ", list: roster.csv}"), 1)
    roster = paper.put(tmp_path / "forms", listed) / "roster.csv"
    roster.write_text("student\n60718\n51111\n", "utf-8")
    drop(tmp_path / "inbox" / "exam", a=VALUES)
    assert digitbox("batch").returncode == 0
    (before,) = records(tmp_path / "outbox")
    assert before["look_at"] == ["student"]
    roster.write_text("student\n60718\n51111\n40213\n", "utf-8")
    done = digitbox("forms", "rematch", "exam")
    assert done.returncode == 0, done.stderr
    assert "1 field changed." in done.stdout
    _, after = records(tmp_path / "outbox")
    assert (after["fields"]["student"], after["status"]) == ("40213", "accepted")
    assert "0 fields changed." in digitbox("forms", "rematch").stdout
    assert len(records(tmp_path / "outbox")) == 2


@pytest.mark.usefixtures("forms")
def test_a_form_that_there_is_not_cannot_be_weighed_anew(digitbox: Command) -> None:
    done = digitbox("forms", "rematch", "exams")
    assert done.returncode == 2
    assert "exams: no such form" in done.stderr


def scan(folder: Path, *sheets: Gray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scans.tif").write_bytes(paper.document(*sheets))


def test_a_file_of_several_sheets_names_the_pages_that_are_missing_or_doubled(
    tmp_path: Path, digitbox: Command
) -> None:
    paper.put_two_pages(tmp_path / "forms")
    front, other = paper.filled(VALUES), paper.filled({**VALUES, "student": "51987"}, which=1)
    upside_down = np.ascontiguousarray(other[::-1, ::-1])
    back = paper.filled_back("7", "12")
    nothing = np.full_like(front, 255)
    scan(tmp_path / "inbox" / "exam", front, nothing, upside_down, back, front, front, back)
    done = digitbox("batch")
    assert done.returncode == 0, done.stderr
    lines = table(tmp_path / "outbox")
    assert [(one["page"], one["student"], one["q4"], one["look_at"]) for one in lines] == [
        ("1", "40213", "", "page.2"),
        ("3", "51987", "", ""),
        ("4", "", "12", ""),
        ("5", "40213", "", ""),
        ("6", "40213", "", "page.1"),
        ("7", "", "12", ""),
    ]
    assert [one["status"] for one in lines if one["look_at"]] == ["review", "review"]
    assert "page.2" not in lines[0]

    (file,) = (tmp_path / "outbox").rglob("*.json")
    found = json.loads(file.read_bytes())
    check(found)
    rows = {one["field"]: one for one in found["readings"] if one["status"] == "review"}
    assert {field: (one["page"], one["reason"]) for field, one in rows.items()} == {
        "page.2": (1, "page_missing"),
        "page.1": (6, "page_doubled"),
    }
    assert rows["page.2"]["id"] in found["records"][0]["rows"]

    number = int(rows["page.2"]["id"].rpartition("-")[2])
    decisions = Decisions(load, Flags())
    confirmed = decisions.ask(Decision(number, CONFIRM, "Ada"))
    settled = decisions.ask(Decision(number, NOT_DIGIT, "Ada"))
    (published,) = decisions.carry_out()
    refused = decisions.answer(confirmed)
    answer = decisions.answer(settled)
    decisions.close()
    assert refused is not None
    assert "has no value" in (refused.refused or "")
    assert answer is not None
    assert answer.row
    (row,) = published.batch.rows
    assert (row.reading.status, row.reading.reason) == (Status.BLANK, Reason.REVIEWED)
    (again,) = (one for one in published.files if one.name.endswith(".exam.csv"))
    (line,) = csv.DictReader(again.read_text("utf-8").splitlines())
    assert (line["page"], line["student"], line["status"], line["look_at"]) == (
        "1", "40213", "accepted", ""
    )  # fmt: skip


def test_a_run_without_a_memory_names_a_missing_page_too(tmp_path: Path, digitbox: Command) -> None:
    paper.put_two_pages(tmp_path / "forms")
    front = paper.filled(VALUES)
    scan(tmp_path / "scans", np.full_like(front, 255), front)
    done = digitbox("batch", "--form", "exam", "scans")
    assert done.returncode == 0, done.stderr
    assert "absent empty, grade -  look at page.2" in done.stdout
    (line,) = table(tmp_path / "outbox")
    assert (line["page"], line["total"], line["status"], line["look_at"]) == (
        "2", "19", "review", "page.2"
    )  # fmt: skip
