"""The view /forms, asked as its page asks."""

import base64
import shutil
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import yaml
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.forms import library
from digitbox.review import forms, uploads
from digitbox.review.guard import PROTECTED
from digitbox.review.site import make
from digitbox.signals import Flags
from tests.endurance.harness import FORM_FOLDER, Harness
from tests.forms import paper
from tests.pages import encoded
from tests.review.conftest import client


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    made = Harness(tmp_path / "harness", model="cnn")
    shutil.rmtree(made.folder / "forms" / FORM_FOLDER)
    paper.put(made.folder / "forms")
    return made


@pytest.fixture
def folder(harness: Harness) -> Path:
    return harness.folder / "forms"


@pytest.fixture
def pages(harness: Harness) -> Iterator[TestClient]:
    with chdir(harness.folder), client(make(load, None, Flags())) as opened:
        yield opened


def loaded(pages: TestClient, name: str = "exam") -> dict[str, Any]:
    return pages.get(f"/forms/{name}/template").json()  # type: ignore[no-any-return]


def save(pages: TestClient, said: dict[str, Any], name: str = "exam") -> Any:
    return pages.post(f"/forms/{name}/save", json=said)


def tried(pages: TestClient, template: Any, content: bytes, name: str = "exam") -> Any:
    body = msgspec.json.encode(template) + b"\n" + content
    return pages.post(f"/forms/{name}/sample", content=body)


def test_the_forms_are_listed_and_what_is_wrong_with_broken_ones(
    pages: TestClient, folder: Path
) -> None:
    paper.put(folder, paper.TEMPLATE.replace("length: 5", "lenght: 5"), "broken")
    paper.put(folder, paper.TEMPLATE.replace("[100, 200,", "[600, 200,"), "outside")
    paper.put(folder, name="<b>two words")
    shown = pages.get("/forms").text
    assert '<a href="/forms/exam">exam</a>' in shown
    assert "1 page, 7 fields" in shown
    assert "<h1>exam</h1>" in pages.get("/forms/exam").text
    assert "`length` may be meant" in shown.replace("&#39;", "'")
    assert "is not on the reference" in shown
    assert "&lt;b&gt;two words" in shown
    assert "<b>" not in shown


def test_there_are_no_forms_yet(pages: TestClient, folder: Path) -> None:
    shutil.rmtree(folder)
    assert "There are no forms yet" in pages.get("/forms").text
    asked = pages.post("/forms?name=first&file=a.png", content=encoded(paper.blank()))
    assert asked.json() == {"name": "first"}
    assert [one.name for one in library.load(folder)] == ["first"]


def test_a_form_is_begun_with_the_fields_that_its_sheet_seems_to_have(
    pages: TestClient, folder: Path
) -> None:
    asked = pages.post("/forms?name=Term_1-b&file=a.PNG", content=encoded(paper.blank()))
    assert asked.json() == {"name": "Term_1-b"}
    made = folder / "Term_1-b"
    assert {file.name for file in made.iterdir()} == {"form.yaml", "sheet.png", "form-1.png"}
    template = loaded(pages, "Term_1-b")["template"]
    kinds = [one["type"] for one in template["pages"][0]["fields"]]
    assert kinds.count("digits") == 4
    assert kinds.count("checkbox") == 3


def test_a_printed_point_makes_decimals_of_a_form_that_is_begun(pages: TestClient) -> None:
    sheet = paper.blank()
    left, top, _, high = paper.cells("total")[2]
    cv2.circle(sheet, (left, top + high), 5, 0, -1)
    pages.post("/forms?name=points&file=a.png", content=encoded(sheet))
    fields = loaded(pages, "points")["template"]["pages"][0]["fields"]
    assert [(one["length"], one["decimals"]) for one in fields if one["type"] == "number"] == [
        (3, 1)
    ]


@pytest.mark.parametrize(
    "name",
    ["", "..", ".", "../x", "a/b", "a\\b", "a\0b", "/etc", "a.b", "-a", "auto", "a" * 65, "a\n"],
)
def test_a_name_that_leaves_the_folder_or_is_none_is_refused(
    pages: TestClient, folder: Path, name: str
) -> None:
    before = sorted(folder.parent.rglob("*"))
    asked = pages.post("/forms", params={"name": f"{name}"}, content=encoded(paper.blank()))
    if name == "a\n":  # what stands around a name is not part of it
        assert asked.json() == {"name": "a"}
        return
    assert asked.status_code == 400
    assert "A name has letters" in asked.json()["error"]
    assert sorted(folder.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["%2e%2e", "..%2fexam", "exam%00", "none", "%2Fetc", "link"])
def test_what_is_no_form_in_the_folder_is_neither_shown_nor_written(
    pages: TestClient, folder: Path, name: str
) -> None:
    outside = paper.put(folder.parent / "elsewhere", name="link")
    (folder / "link").symlink_to(outside)
    before = (outside / "form.yaml").read_bytes()
    said = loaded(pages)
    for path in ("", "/template", "/pages/1"):
        assert pages.get(f"/forms/{name}{path}").status_code in (404, 405)
    assert save(pages, said, name).status_code in (404, 405)
    assert tried(pages, said["template"], b"", name).status_code in (404, 405)
    assert (outside / "form.yaml").read_bytes() == before


def test_a_template_that_is_a_link_out_of_its_folder_is_not_opened(
    pages: TestClient, folder: Path
) -> None:
    outside = paper.put(folder.parent / "elsewhere", name="other")
    (folder / "exam" / "form.yaml").unlink()
    (folder / "exam" / "form.yaml").symlink_to(outside / "form.yaml")
    assert pages.get("/forms/exam/template").status_code == 404
    assert 'href="/forms/exam"' not in pages.get("/forms").text


def test_a_form_that_is_there_is_not_begun_anew(pages: TestClient, folder: Path) -> None:
    before = (folder / "exam" / "form.yaml").read_bytes()
    asked = pages.post("/forms?name=exam&file=a.png", content=encoded(paper.blank()))
    assert asked.status_code == 409
    assert (folder / "exam" / "form.yaml").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no image", b"%PDF-1.4 broken"])
def test_what_is_no_image_makes_no_form(pages: TestClient, folder: Path, content: bytes) -> None:
    asked = pages.post("/forms?name=new&file=<b>.png", content=content)
    assert asked.status_code == 400
    assert "cannot be read as an image" in asked.json()["error"]
    assert not (folder / "new").exists()


def test_what_is_too_large_is_not_held(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    monkeypatch.setattr(forms, "MOST_TEMPLATE", 1000)
    assert pages.post("/forms?name=new", content=b"a" * 1001).status_code == 413
    assert pages.post("/forms/exam/sample", content=b"a" * 2001).status_code == 413
    assert pages.post("/forms/exam/save", content=b"a" * 1001).status_code == 413


KEPT = """
pages:
  - reference: sheet.png
    align: none
    fields:
      - {name: id, type: digits, box: [100.5, 200, 320, 60], length: [3, 5], list: ids.csv}
      - {name: grade, type: choice, boxes: {'10': [1, 1, 9, 9], '2': [21, 1, 9, 9]}}
      - name: marks
        type: table
        box: [100, 320, 200, 200]
        rows: 2
        header: 1
        columns: [quiz, {name: final, decimals: 1, list: ids.csv}]
wrong_sums: 0.5
checks: [id >= 3, 'sum(marks.*.quiz) <= 10']
"""


def test_what_is_loaded_and_saved_stays_as_it_is(pages: TestClient, folder: Path) -> None:
    (folder / "exam" / "form.yaml").write_text(KEPT, "utf-8")
    (folder / "exam" / "ids.csv").write_text("123\n", "utf-8")
    (before,) = library.load(folder)
    said = loaded(pages)
    answer = save(pages, said).json()
    (after,) = library.load(folder)
    assert after.template == before.template
    assert list(after.template.pages[0].fields[1].boxes) == ["10", "2"]  # type: ignore[union-attr]
    assert answer["loaded"] == loaded(pages)["loaded"]
    assert loaded(pages)["template"] == said["template"]


def test_what_is_changed_is_saved(pages: TestClient, folder: Path) -> None:
    said = loaded(pages)
    fields = said["template"]["pages"][0]["fields"]
    fields[1] |= {"name": "first", "min": 1, "max": 9.5, "decimals": 1, "cells": False}
    fields[5]["boxes"].append(["C", [600, 430, 30, 30]])
    del fields[6]
    said["template"]["checks"] = ["total == first + q2"]
    answer = save(pages, said)
    assert answer.status_code == 200, answer.text
    written = yaml.safe_load((folder / "exam" / "form.yaml").read_text("utf-8"))
    assert [one["name"] for one in written["pages"][0]["fields"]][:3] == ["student", "first", "q2"]
    assert written["pages"][0]["fields"][1]["max"] == 9.5
    assert list(written["pages"][0]["fields"][5]["boxes"]) == ["A", "B", "C"]
    assert written["checks"] == ["total == first + q2"]
    assert {file.name for file in (folder / "exam").iterdir()} == {"form.yaml", "sheet.png"}


@pytest.mark.parametrize(
    ("place", "keys", "key", "error"),
    [
        (0, {"length": "x"}, "pages[0].fields[0].length", "Expected"),
        (0, {"lenght": 5}, "pages[0].fields[0].lenght", "no such key"),
        (1, {"name": "student"}, "pages[0].fields[1].name", "another field"),
        (1, {"name": "1"}, "pages[0].fields[1].name", "Expected a name"),
        (1, {"box": [600, 1, 200, 20]}, "pages[0].fields[1].box", "is not on the reference"),
        (1, {"box": [1, 1, 0, 20]}, "pages[0].fields[1].box", "is no box"),
        (1, {"min": 5, "max": 1}, "pages[0].fields[1]", "Expected `min`"),
        (1, {"list": "../a.csv"}, "pages[0].fields[1].list", "give the name of a file"),
        (1, {"list": "a.csv"}, "pages[0].fields[1].list", "cannot be read"),
        (5, {"boxes": [["A", [1, 1, 9, 9]]]}, "pages[0].fields[5].boxes", "2 entries"),
        (5, {"boxes": [["A", [1, 1, 9, 9]]] * 2}, "pages[0].fields[5].boxes.A", "the label A"),
        (5, {"boxes": [["", [1, 1, 9, 9]]] * 2}, "pages[0].fields[5].boxes.", "no label"),
        (5, {"boxes": [["A b", 1], ["B", 2]]}, "pages[0].fields[5].boxes.A b", "Expected"),
        (5, {"boxes": [1, 2]}, "pages[0].fields[5].boxes", "Expected"),
    ],
)
def test_what_is_not_valid_is_told_with_its_key_and_not_written(
    pages: TestClient, folder: Path, place: int, keys: dict[str, Any], key: str, error: str
) -> None:
    before = (folder / "exam" / "form.yaml").read_bytes()
    said = loaded(pages)
    said["template"]["pages"][0]["fields"][place] |= keys
    for answer in (save(pages, said), tried(pages, said["template"], encoded(paper.blank()))):
        assert answer.status_code == 422
        assert answer.json()["key"] == key
        assert error.casefold() in answer.json()["error"].casefold()
        assert str(folder) not in answer.json()["error"] or "a.csv" in answer.json()["error"]
    assert (folder / "exam" / "form.yaml").read_bytes() == before


def test_a_wrong_check_and_what_is_no_template_are_told(pages: TestClient) -> None:
    said = loaded(pages)
    said["template"]["checks"] = ["total == q1 + q2", "total == q3"]
    answer = save(pages, said).json()
    assert answer["key"] == "checks[1]"
    wrong: list[Any] = [None, [], {}, {"pages": 1}, {"pages": [1]}, {"pages": [{"fields": [1]}]}]
    for template in wrong:
        assert save(pages, said | {"template": template}).status_code == 422
    said["template"] |= {"checks": [], "wrong_sums": 2}
    assert save(pages, said).json()["key"] == "wrong_sums"
    assert pages.post("/forms/exam/save", content=b"[" * 100_000).status_code == 400
    assert pages.post("/forms/exam/save", json={"template": {}}).status_code == 400
    assert pages.post("/forms/exam/sample", content=b"no JSON").status_code == 400


def test_a_reference_is_a_file_beside_the_template(pages: TestClient, folder: Path) -> None:
    (folder / "secret.png").write_bytes(encoded(paper.blank()))
    for name in ("../secret.png", "/etc/passwd", "a\0b", "..", "sheet.png#x"):
        said = loaded(pages)
        said["template"]["pages"][0]["reference"] = name
        answer = save(pages, said)
        assert (answer.status_code, answer.json()["key"]) == (422, "pages[0].reference")


def test_a_file_that_was_changed_meanwhile_is_not_overwritten(
    pages: TestClient, folder: Path
) -> None:
    said = loaded(pages)
    file = folder / "exam" / "form.yaml"
    file.write_text(paper.TEMPLATE + "# mine\n", "utf-8")
    answer = save(pages, said)
    assert answer.status_code == 409
    assert "was changed" in answer.json()["error"]
    assert file.read_text("utf-8").endswith("# mine\n")
    shutil.rmtree(folder / "exam")
    assert save(pages, said).status_code == 404


def test_a_broken_template_is_told_and_one_that_does_not_fit_can_be_mended(
    pages: TestClient, folder: Path
) -> None:
    file = folder / "exam" / "form.yaml"
    file.write_text("pages: [", "utf-8")
    assert "not valid YAML" in pages.get("/forms/exam/template").json()["error"]
    file.write_text(paper.TEMPLATE.replace("[100, 200,", "[600, 200,"), "utf-8")
    said = loaded(pages)
    said["template"]["pages"][0]["fields"][0]["box"] = [100, 200, 320, 60]
    assert save(pages, said).status_code == 200
    library.load(folder)


def test_the_site_opens_where_a_form_is_broken(harness: Harness, folder: Path) -> None:
    (folder / "exam" / "form.yaml").write_text("pages: [", "utf-8")
    with chdir(harness.folder), client(make(load, None, Flags())) as opened:
        assert "not valid YAML" in opened.get("/forms").text


def test_a_reference_is_shown(pages: TestClient) -> None:
    shown = pages.get("/forms/exam/pages/1").json()
    assert (shown["width"], shown["height"]) == (700, 900)
    png = np.frombuffer(base64.b64decode(shown["picture"]), np.uint8)
    decoded = cv2.imdecode(png, cv2.IMREAD_UNCHANGED)
    assert decoded is not None
    assert np.array_equal(decoded, paper.blank())
    for number in ("0", "2", "99999999999999999999"):
        assert pages.get(f"/forms/exam/pages/{number}").status_code == 404


def test_a_reference_that_cannot_be_decoded_is_told(pages: TestClient, folder: Path) -> None:
    (folder / "exam" / "sheet.png").write_bytes(b"no image")
    asked = pages.get("/forms/exam/pages/1")
    assert asked.status_code == 400
    assert "not_an_image" in asked.json()["error"]


def test_a_sample_is_read_with_the_template_that_is_sent(pages: TestClient, folder: Path) -> None:
    template = loaded(pages)["template"]
    template["pages"][0]["fields"][1]["name"] = "first"
    template["checks"] = ["total == first + q2"]
    values = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}
    found = tried(pages, template, paper.encoded(paper.filled(values, ("absent", "B")))).json()
    assert found["page"] is None
    said = {one["field"]: one["value"] for one in found["fields"]}
    assert said == {
        "student": "40213",
        "first": "7",
        "q2": "12",
        "total": "19",
        "absent": "marked",
        "grade": "B",
    }
    first = found["fields"][0]
    assert (first["status"], first["reason"]) == ("accepted", None)
    assert first["confidence"] > 0.95
    assert abs(np.array(first["box"]) - [100, 200, 320, 60]).max() < 5
    assert (found["shown"]["width"], found["shown"]["height"]) == (700, 900)
    assert "first" not in (folder / "exam" / "form.yaml").read_text("utf-8")  # nothing is kept


def test_a_sample_that_is_another_page_or_no_image_is_told(pages: TestClient) -> None:
    template = loaded(pages)["template"]
    other = np.full((900, 700), 255, np.uint8)
    cv2.putText(other, "12345", (100, 300), cv2.FONT_HERSHEY_SIMPLEX, 3, 0, 6)
    found = tried(pages, template, encoded(other)).json()
    assert (found["page"]["status"], found["page"]["reason"]) == ("not_digit", "other_page")
    assert (found["fields"], found["shown"]["width"]) == ([], 700)
    found = tried(pages, template, b"no image").json()
    assert (found["page"]["status"], found["page"]["reason"]) == ("failed", "not_an_image")
    assert found["shown"] is None


def test_another_site_begins_saves_and_tries_nothing(pages: TestClient, folder: Path) -> None:
    said = loaded(pages)
    before = sorted(folder.rglob("*"))
    for headers in ({PROTECTED: "guessed"}, {"Origin": "http://evil.example"}):
        for path in ("?name=new", "/exam/save", "/exam/sample"):
            asked = pages.post(f"/forms{path}", json=said, headers=headers)
            assert asked.status_code == 403
    assert sorted(folder.rglob("*")) == before


def test_without_the_token_no_form_is_shown(harness: Harness) -> None:
    with chdir(harness.folder), client(make(load, "correct horse", Flags())) as opened:
        for path in ("/forms", "/forms/exam", "/forms/exam/template", "/forms/exam/pages/1"):
            asked = opened.get(path)
            assert asked.status_code == 401
            assert "exam" not in asked.text
