"""``digitbox forms``: sheets, drawings and questions become forms."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.conftest import Command
from tests.forms import paper

QUESTIONS = """
title: Written examination
questions:
  - {name: student, label: Student number, type: digits, length: 6}
  - {name: absent, label: Absent, type: checkbox}
"""


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    file = tmp_path / "sheet.png"
    file.write_bytes(paper.encoded(paper.blank()))
    return file


def test_an_empty_sheet_becomes_a_form_that_reads(
    tmp_path: Path, sheet: Path, digitbox: Command
) -> None:
    done = digitbox("forms", "new", "exam", sheet)
    assert done.returncode == 0, done.stderr
    assert "form.yaml" in done.stdout
    picture = Path("forms") / "exam" / "form-1.png"
    assert (tmp_path / picture).exists()
    *_, drawn, following = done.stdout.splitlines()
    assert drawn.endswith(str(picture))
    assert following.endswith("digitbox forms check exam SCAN")
    filled = tmp_path / "filled.png"
    filled.write_bytes(paper.encoded(paper.filled({"student": "40213"})))
    checked = digitbox("forms", "check", "exam", filled)
    assert checked.returncode == 0, checked.stderr
    assert "filled.png, page 1: page 1 of exam, score 0." in checked.stdout
    assert (tmp_path / "checked" / "filled-1.png").exists()
    assert "has pictures already" not in checked.stdout
    again = digitbox("forms", "check", "exam", filled)
    assert "checked: has pictures already" in again.stdout
    read = digitbox("batch", "--form", "exam", filled)
    assert "40213" in read.stdout, read.stdout


def test_a_printed_point_is_in_what_is_read(tmp_path: Path, digitbox: Command) -> None:
    page = paper.blank()
    left, top, _, high = paper.cells("total")[2]
    cv2.circle(page, (left, top + high), 5, 0, -1)
    (tmp_path / "sheet.png").write_bytes(paper.encoded(page))
    done = digitbox("forms", "new", "exam", "sheet.png")
    assert done.returncode == 0, done.stderr
    filled = np.minimum(page, paper.filled({"total": "355"}))
    (tmp_path / "filled.png").write_bytes(paper.encoded(np.asarray(filled, np.uint8)))
    read = digitbox("batch", "--form", "exam", "filled.png")
    assert "35.5" in read.stdout, read.stdout
    assert "355" not in read.stdout


def test_a_sheet_that_is_filled_in_is_told(tmp_path: Path, digitbox: Command) -> None:
    (tmp_path / "sheet.png").write_bytes(paper.encoded(paper.filled({"student": "40213"})))
    done = digitbox("forms", "new", "exam", "sheet.png")
    assert done.returncode == 0, done.stderr
    assert "the reference seems to be filled in, at field_" in done.stdout


def test_rectangles_that_were_drawn_become_a_form(
    tmp_path: Path, sheet: Path, digitbox: Command
) -> None:
    drawn = tmp_path / "drawn.json"
    shape = {
        "label": "digits:student:5",
        "points": [[100, 200], [420, 260]],
        "shape_type": "rectangle",
    }
    labelme = {"version": "5", "imageWidth": 700, "imageHeight": 900, "shapes": [shape]}
    drawn.write_text(json.dumps(labelme | {"imagePath": "sheet.png"}), "utf-8")
    done = digitbox("forms", "import", "exam", drawn, sheet)
    assert done.returncode == 0, done.stderr
    filled = tmp_path / "filled.png"
    filled.write_bytes(paper.encoded(paper.filled({"student": "40213"})))
    read = digitbox("batch", "--form", "exam", filled)
    assert "student 40213" in read.stdout, read.stdout


def test_questions_become_a_form_to_print(tmp_path: Path, digitbox: Command) -> None:
    (tmp_path / "exam.yaml").write_text(QUESTIONS, "utf-8")
    done = digitbox("forms", "print", "exam.yaml")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "forms" / "exam" / "exam.pdf").read_bytes().startswith(b"%PDF-")
    assert "student" in (tmp_path / "forms" / "exam" / "form.yaml").read_text("utf-8")
    again = digitbox("forms", "print", "exam.yaml")
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_a_form_that_there_is_not_cannot_be_checked(digitbox: Command) -> None:
    done = digitbox("forms", "check", "exam")
    assert done.returncode == 2
    assert "there is no such form" in done.stderr


@pytest.mark.parametrize("name", ["../exam", "auto", ""])
def test_a_name_that_is_none_is_refused(sheet: Path, name: str, digitbox: Command) -> None:
    done = digitbox("forms", "new", name, sheet)
    assert done.returncode == 2
    assert "is no name for a form" in done.stderr
