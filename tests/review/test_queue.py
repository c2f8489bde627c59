"""The view /review, asked as its page asks."""

import io
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.records import Expected, Reading, Reason
from digitbox.review.guard import PROTECTED
from digitbox.review.queue import is_one_key
from digitbox.review.site import make
from digitbox.signals import Flags
from tests.endurance.harness import Harness, doubtful
from tests.ledger.arrivals import doubted
from tests.review import filled
from tests.review.conftest import client


def queue(pages: TestClient, **after: float | str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pages.get("/review/queue", params=after).json()["items"]
    return found


def say(pages: TestClient, reading: int, says: str, who: str = "Ada") -> dict[str, Any]:
    """Decide, and return what became of it."""
    noted = pages.post("/review/decide", json={"reading": reading, "says": says, "who": who})
    assert noted.status_code == 200, noted.text
    request = noted.json()["request"]
    (answer,) = pages.get("/review/answers", params={"request": request}).json()["answers"]
    assert answer.pop("request") == request
    found: dict[str, Any] = answer
    return found


def test_the_least_certain_comes_first_and_each_once(pages: TestClient) -> None:
    found = queue(pages)
    assert [one["confidence"] for one in found] == sorted(one["confidence"] for one in found)
    assert len({one["id"] for one in found}) == 3
    rest = queue(pages, confidence=found[0]["confidence"], id=found[0]["id"])
    assert [one["id"] for one in rest] == [one["id"] for one in found[1:]]
    assert pages.get("/review/queue").json()["left"] == {"review": 3}


def test_what_is_decided_is_published_and_left_out(pages: TestClient, harness: Harness) -> None:
    first, second, third = (one["id"] for one in queue(pages))
    assert say(pages, first, "5") == {"row": 4, "refused": None}
    assert say(pages, second, "x") == {"row": 5, "refused": None}
    assert [one["id"] for one in queue(pages)] == [third]
    rows = [row for row in harness.published() if row["reason"] == "reviewed"]
    assert [(row["value"], row["status"]) for row in rows] == [("5", "accepted"), ("", "not_digit")]


def test_what_failed_and_what_is_no_digit_are_in_the_queue(
    pages: TestClient, harness: Harness
) -> None:
    harness.drop("broken.png", b"no image")
    assert harness.run("batch").returncode == 0
    found = pages.get("/review/queue").json()
    assert found["left"] == {"review": 3, "failed": 1}
    assert [one["kind"] for one in found["items"]] == ["review"] * 3 + ["failed"]
    (failed,) = pages.get("/review/queue?kind=failed").json()["items"]
    assert (failed["file"], failed["reason"]) == ("broken.png", "not_an_image")
    assert not queue(pages, status="failed", id=failed["id"])
    assert say(pages, failed["id"], "unreadable") == {"row": 5, "refused": None}
    assert pages.get("/review/queue").json()["left"] == {"review": 3}
    row = harness.published()[-1]
    assert (row["status"], row["reason"], row["value"]) == ("not_digit", "reviewed", "")


@pytest.mark.parametrize(
    "asked", ["kind=other", "id=one", "id=1&status=other", "id=1&confidence=nan", f"id={2**63}"]
)
def test_what_is_no_place_in_the_queue_is_refused(pages: TestClient, asked: str) -> None:
    assert pages.get(f"/review/queue?{asked}").status_code == 400


def test_a_number_is_given_as_it_is_typed(pages: TestClient, harness: Harness) -> None:
    first = queue(pages)[0]["id"]
    assert say(pages, first, "0417.50") == {"row": 4, "refused": None}
    (row,) = (row for row in harness.published() if row["reason"] == "reviewed")
    assert (row["value"], row["status"]) == ("0417.50", "accepted")


def test_why_a_value_is_refused_is_said(pages: TestClient) -> None:
    noted = pages.post("/review/decide", json={"reading": 1, "says": "12a"})
    assert "digits, with points or commas between them" in noted.json()["error"]


@pytest.mark.parametrize(
    ("most", "reading", "one"),
    [
        (1, doubted(value="4"), True),
        (None, doubted(value="4"), False),
        (6, doubted(value="4"), False),
        (1, replace(doubted(value="4"), digits=doubted().digits * 2), False),
        (1, replace(doubted(value="4"), value="44"), False),
    ],
)
def test_one_key_says_all_only_where_there_can_be_no_second(
    most: int | None, reading: Reading, one: bool
) -> None:
    assert is_one_key(Expected(most=most), reading) == one


def test_who_comes_second_is_told(pages: TestClient) -> None:
    first = queue(pages)[0]["id"]
    say(pages, first, "5")
    assert say(pages, first, "6", "Bo")["refused"] == "Ada has decided meanwhile: 5."
    undone = say(pages, first, "undo")["row"]
    assert undone in [one["id"] for one in queue(pages)]


def test_what_is_sent_twice_is_one_decision(pages: TestClient, harness: Harness) -> None:
    first = queue(pages)[0]
    said = {"reading": first["id"], "says": "5", "who": "Ada", "key": "c0ffee", "row": first["row"]}
    noted = [pages.post("/review/decide", json=said).json() for _ in range(2)]
    assert noted == [{"request": 1}] * 2
    assert pages.get("/review/answers?request=1").json()["answers"][0]["row"] == 4
    assert pages.post("/review/decide", json=said).json() == {"request": 1}
    other = pages.post("/review/decide", json={**said, "says": "6"})
    assert other.status_code == 400
    assert "something else was asked for" in other.json()["error"]
    assert [row["value"] for row in harness.published() if row["reason"] == "reviewed"] == ["5"]


@pytest.mark.parametrize("key", ["C0FFEE", "a b", "a" * 65, 7, None])
def test_what_is_no_key_is_refused(pages: TestClient, key: object) -> None:
    for name in ("key", "undoes"):
        noted = pages.post("/review/decide", json={"reading": 1, "says": "5", name: key})
        assert noted.status_code == 400


def test_what_was_seen_in_another_ledger_is_not_noted(pages: TestClient) -> None:
    asked = pages.get("/review/queue").json()
    assert {one["row"].split("-")[0] for one in asked["items"]} == {asked["ledger"]}
    said = {"reading": 1, "says": "5", "row": "0123456789ab-000000001"}
    noted = pages.post("/review/decide", json=said)
    assert noted.status_code == 400
    assert "another ledger (0123456789ab)" in noted.json()["error"]
    assert len(queue(pages)) == 3


def test_a_decision_is_its_reviewers(pages: TestClient) -> None:
    first = queue(pages)[0]["id"]
    say(pages, first, "5", "  A\nda\u202e \x00" + "a" * 200)
    told = say(pages, first, "6")["refused"]
    assert told == "Ada " + "a" * 76 + " has decided meanwhile: 5."


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"reading": "1", "says": "5"}',
        b'{"reading": 1, "says": "seven"}',
        b'{"reading": 1, "says": "12a"}',
        b'{"reading": 1, "says": "' + b"1" * 257 + b'"}',
        b'{"reading": 9223372036854775808, "says": "5"}',
        b"a" * 9000,
    ],
)
def test_what_is_no_decision_is_refused(pages: TestClient, body: bytes) -> None:
    assert pages.post("/review/decide", content=body).status_code == 400
    assert len(queue(pages)) == 3


@pytest.mark.parametrize("request_", ["", "one", "0", "-1", "9223372036854775808"])
def test_what_is_no_request_is_refused(pages: TestClient, request_: str) -> None:
    assert pages.get(f"/review/answers?request={request_}").status_code == 400


def test_pictures_are_those_of_readings_and_nothing_else(
    pages: TestClient, harness: Harness
) -> None:
    first = queue(pages)[0]["id"]
    for part in ("scan", "frames", "written"):
        shown = pages.get(f"/image/{first}/{part}.png")
        assert shown.headers["Content-Type"] == "image/png"
        assert shown.content.startswith(b"\x89PNG")
    for path in (
        "/image/99/scan.png",
        f"/image/{first}/other.png",
        "/image/..%2f..%2fconfig.yaml/scan.png",
        "/static/../guard.py",
        "/static/%2e%2e/guard.py",
    ):
        assert pages.get(path).status_code == 404
    other = queue(pages)[1]  # not looked at yet
    (original,) = harness.done.rglob(other["file"])
    original.write_bytes(b"another file")
    assert pages.get(f"/image/{other['id']}/scan.png").status_code == 404


def test_another_site_decides_nothing(pages: TestClient) -> None:
    body = {"reading": queue(pages)[0]["id"], "says": "5"}
    for headers in ({"Origin": "http://evil.example"}, {PROTECTED: "guessed"}):
        assert pages.post("/review/decide", json=body, headers=headers).status_code == 403
    assert len(queue(pages)) == 3


def test_the_first_page_leads_to_what_there_is_to_see(pages: TestClient) -> None:
    assert pages.get("/").headers["Location"] == "/review"
    for one in queue(pages):
        say(pages, one["id"], "5")
    assert pages.get("/").headers["Location"] == "/live"
    shown = pages.get("/review")
    assert shown.status_code == 200
    assert "keep no memory and leave nothing to review" in shown.text


def test_nothing_is_loaded_from_elsewhere_and_no_script_stands_in_a_page(pages: TestClient) -> None:
    text = pages.get("/review").text
    assert "http" not in text.replace("127.0.0.1", "")
    assert " style=" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count('<script type="module" src="/static/')


@pytest.mark.parametrize("is_moved", [False, True], ids=["in the inbox", "on its way"])
def test_a_row_has_its_picture_before_its_original_is_put_away(
    pages: TestClient, harness: Harness, is_moved: bool
) -> None:
    first = queue(pages)[0]
    (stored,) = harness.done.rglob(first["file"])
    with closing(sqlite3.connect(harness.state / "ledger.sqlite", isolation_level=None)) as ledger:
        ledger.execute("UPDATE files SET place = NULL WHERE id = ?", (first["id"],))
        lying = harness.folder / "taken" if is_moved else harness.inbox / first["file"]
        stored.rename(lying)
        with ThreadPoolExecutor() as asked:
            shown = asked.submit(pages.get, f"/image/{first['id']}/scan.png")
            if is_moved:
                with pytest.raises(TimeoutError):
                    shown.result(0.3)
                lying.rename(stored)
                ledger.execute("UPDATE files SET place = 'done' WHERE id = ?", (first["id"],))
            assert shown.result().content.startswith(b"\x89PNG")


def test_where_the_original_is_gone_what_the_network_saw_is_shown(tmp_path: Path) -> None:
    for keep in (True, False):
        harness = doubtful(
            tmp_path / f"harness {keep}",
            1,
            originals={"action": "delete"},
            review={"keep_frames": keep},
        )
        with chdir(harness.folder), client(make(load, None, Flags())) as pages:
            (one,) = queue(pages)
            assert pages.get(f"/image/{one['id']}/scan.png").status_code == 404
            frames = pages.get(f"/image/{one['id']}/frames.png")
            assert frames.status_code == (200 if keep else 404)
            if keep:
                shown = Image.open(io.BytesIO(frames.content))
                assert (shown.height, shown.mode) == (28, "L")
                assert np.asarray(shown).max() > 200
            assert say(pages, one["id"], "5") == {"row": 2, "refused": None}


@pytest.fixture
def forms(tmp_path: Path) -> Iterator[TestClient]:
    """The site of two pages of a form: on the first, the sum does not hold, and the grade of the
    second is in doubt. Each has six fields."""
    doubts = {"grade": (Reason.LOW_CONFIDENCE, 0.6, ("B",))}
    harness = filled.put(tmp_path / "forms", filled.wrong_sum(), (filled.VALUES, doubts))
    with chdir(harness.folder), client(make(load, None, Flags())) as opened:
        yield opened


def fields(pages: TestClient, reading: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pages.get(f"/review/fields?reading={reading}").json()["items"]
    return found


def test_the_fields_of_a_page_say_what_is_to_be_decided(forms: TestClient) -> None:
    found = fields(forms, 4)
    assert [(one["id"], one["field"], one["value"], one["is_open"]) for one in found] == [
        (1, "student", "40213", False),
        (2, "q1", "7", True),
        (3, "q2", "12", True),
        (4, "total", "85", True),
        (5, "absent", "empty", False),
        (6, "grade", "A", False),
    ]
    assert found[1]["box"] == {"x": 100, "y": 320, "width": 120, "height": 60}
    assert (found[1]["form"], found[1]["width"], found[1]["height"]) == ("exam", 700, 900)
    say(forms, 4, "19")
    now = fields(forms, 4)
    assert (now[3]["id"], now[3]["value"], now[3]["is_open"]) == (13, "19", False)
    assert [one["id"] for one in fields(forms, 12)] == [7, 8, 9, 10, 11, 12]


@pytest.mark.parametrize("reading", ["", "one", "0", "-1", "9223372036854775808"])
def test_what_is_no_reading_has_no_fields(forms: TestClient, reading: str) -> None:
    assert forms.get(f"/review/fields?reading={reading}").status_code == 400
    assert forms.get("/review/fields").status_code == 400
    assert fields(forms, 99) == []


def test_a_word_is_said_of_a_field_that_may_say_it_and_of_no_other(forms: TestClient) -> None:
    for reading, says in ((12, "C"), (4, "B"), (99, "B")):
        noted = forms.post("/review/decide", json={"reading": reading, "says": says})
        assert noted.status_code == 400
    assert say(forms, 12, "B") == {"row": 13, "refused": None}
    assert fields(forms, 12)[5]["value"] == "B"


def test_a_field_is_shown_with_what_is_beside_it_and_its_page_whole(forms: TestClient) -> None:
    def size(reading: int, part: str) -> tuple[int, int]:
        shown = forms.get(f"/image/{reading}/{part}.png")
        return Image.open(io.BytesIO(shown.content)).size

    assert size(4, "scan") == size(5, "scan") == (700, 900)
    assert size(4, "written") == (180 + 2 * 27, 60 + 2 * 27)
    assert size(5, "written") == (30 + 2 * 27, 30 + 2 * 27)
    assert size(11, "scan") == (700, 900)
    first, second = (forms.get(f"/image/{one}/scan.png").content for one in (5, 11))
    assert first != second  # each is of its own page
