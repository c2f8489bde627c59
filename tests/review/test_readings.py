"""The view /readings, and what it leads to."""

import re
from collections.abc import Iterator
from contextlib import chdir, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.ledger.ledger import Ledger
from digitbox.records import FileReading, Reading, Reason, Status
from digitbox.review.readings import AT_ONCE
from digitbox.review.site import make
from digitbox.signals import Flags
from tests.endurance.harness import Harness
from tests.ledger.arrivals import PROVENANCE, accepted, doubted, failed, file
from tests.review.conftest import client
from tests.review.test_queue import queue, say


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    """One with four readings: 1 and 4 accepted, 2 in review, 3 failed."""
    made = Harness(tmp_path / "harness")
    made.state.mkdir()
    fields = replace(accepted(value="40213"), form="exam", field="student")
    put(
        made,
        file("a.png"),
        file("b&c.png", None, replace(doubted(value="1"), value="12"), failed(page=2)),
    )
    put(made, file("exam.png", None, fields))
    return made


@pytest.fixture
def pages(harness: Harness) -> Iterator[TestClient]:
    with chdir(harness.folder), client(make(load, None, Flags())) as opened:
        yield opened


def put(harness: Harness, *files: FileReading) -> None:
    with closing(Ledger(harness.state)) as ledger:
        ledger.record(files, PROVENANCE, "today")


def listed(pages: TestClient, **asked: str) -> list[str]:
    """The links of the readings on the page."""
    answer = pages.get("/readings", params=asked)
    assert answer.status_code == 200, answer.text
    return re.findall(r'href="/review\?reading=(\d+)', answer.text)


def test_all_readings_are_listed_and_those_that_are_asked_for(pages: TestClient) -> None:
    assert listed(pages) == ["2", "1", "4", "3"]
    assert listed(pages, sort="newest") == ["4", "3", "2", "1"]
    assert listed(pages, name=" B&C ") == ["2", "3"]
    assert listed(pages, value="12", status="review", name="") == ["2"]
    assert listed(pages, form="exam", field="student") == ["4"]
    assert listed(pages, day="2026-01-31") == []
    assert "No reading has all of that." in pages.get("/readings?value=99").text


def test_a_row_says_what_was_read_where(pages: TestClient) -> None:
    text = pages.get("/readings").text
    (row,) = re.findall(r'<li class="accepted">(?:(?!</li>).)*exam.png.*?</li>', text, re.DOTALL)
    words = " ".join(re.sub("<[^>]*>", " ", row).split())
    assert words.startswith("exam.png exam, student 40213 0.9991 accepted 20")
    assert ">b&amp;c.png</a>" in text
    assert " style=" not in text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"status": "good"}, "status: good is none of accepted, review"),
        ({"day": "31.1."}, "day: 31.1. is none. One is written like 2026-01-31."),
        ({"sort": "size"}, "sort: size is none of confidence, newest."),
        ({"after": "here"}, "after: here is no place"),
        ({"after": "nan-1"}, "no place"),
        ({"after": f"0.5-{2**63}"}, "no place"),
        ({"name": "a" * 1001}, "name: at most 1,000 characters"),
    ],
)
def test_what_cannot_be_asked_for_is_named(
    pages: TestClient, asked: dict[str, str], told: str
) -> None:
    answer = pages.get("/readings", params=asked)
    assert answer.status_code == 400
    assert told in answer.text


@pytest.mark.parametrize(
    "asked", ["name=%00", "name=%ff", "day=9999-12-31", "name=%25%25\\", "x=1"]
)
def test_what_is_odd_does_no_harm(pages: TestClient, asked: str) -> None:
    assert pages.get(f"/readings?{asked}").status_code == 200


def test_a_page_has_a_hundred_and_leads_to_the_next(pages: TestClient, harness: Harness) -> None:
    put(harness, *(file(f"{number:03}.png", None, accepted(value="6")) for number in range(150)))
    seen, address = [], "/readings?value=6&name=.png"
    for expected in (AT_ONCE, 50):
        text = pages.get(address).text
        numbers = re.findall(r'href="/review\?reading=(\d+)&amp;value=6&amp;name=.png"', text)
        assert len(numbers) == expected
        seen += numbers
        following = re.search(r'rel="next" href="([^"]*)"', text)
        address = following[1].replace("&amp;", "&") if following else ""
    assert not address
    assert len(set(seen)) == 150


def opened(pages: TestClient, reading: int) -> dict[str, Any]:
    """What the page of a reading is given."""
    assert f'data-source="reading={reading}"' in pages.get(f"/review?reading={reading}").text
    answer = pages.get(f"/review/queue?reading={reading}").json()
    (item,) = answer["items"]
    assert answer["left"] == {item["kind"]: 1}
    found: dict[str, Any] = item
    return found


def test_an_accepted_reading_is_opened_corrected_and_brought_back(
    pages: TestClient, harness: Harness
) -> None:
    assert [one["id"] for one in queue(pages)] == [2, 3]  # it is not in the queue
    assert (opened(pages, 1)["value"], opened(pages, 1)["confirms"]) == ("7", "confirm")
    assert say(pages, 1, "9") == {"row": 5, "refused": None}
    (row,) = (row for row in harness.published() if row["reason"] == "reviewed")
    assert (row["value"], row["replaces"][-1]) == ("9", "1")
    assert pages.get("/review/queue?reading=1").json()["items"] == []
    assert say(pages, 1, "8")["refused"] == "Ada has decided meanwhile: 9."
    assert opened(pages, 5)["value"] == "9"
    assert say(pages, 5, "8") == {"row": 6, "refused": None}  # what was decided can be corrected
    assert say(pages, 5, "undo") == {"row": 7, "refused": None}
    assert opened(pages, 7)["value"] == "9"


def test_a_link_to_what_was_replaced_leads_to_what_stands(pages: TestClient) -> None:
    say(pages, 1, "9")
    answer = pages.get("/review?reading=1&name=a")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/review?reading=5&name=a"
    text = pages.get("/review?reading=5&name=a%26b&status=review").text
    assert 'href="/readings?name=a%26b&amp;status=review"' in text


@pytest.mark.parametrize("reading", ["99", "0", "one", "-1", "9223372036854775808"])
def test_what_is_no_reading_cannot_be_opened(pages: TestClient, reading: str) -> None:
    assert pages.get(f"/review?reading={reading}").status_code == 404


@pytest.mark.parametrize(
    ("reading", "confirms", "status"),
    [
        (accepted(), "confirm", Status.ACCEPTED),
        (replace(accepted(), status=Status.BLANK, value=None), "blank", Status.BLANK),
        (replace(doubted(), status=Status.NOT_DIGIT, value=None), "x", Status.NOT_DIGIT),
    ],
)
@pytest.mark.parametrize("field", [None, "q1"])
def test_whatever_is_right_can_be_confirmed(
    pages: TestClient,
    harness: Harness,
    reading: Reading,
    confirms: str,
    status: Status,
    field: str | None,
) -> None:
    made = replace(reading, form=field and "exam", field=field)
    put(harness, file("new.png", None, made))
    item = opened(pages, 5)
    assert item["confirms"] == ("unreadable" if field and confirms == "x" else confirms)
    assert say(pages, 5, item["confirms"]) == {"row": 6, "refused": None}
    (row,) = (row for row in harness.published() if row["reason"] == "reviewed")
    assert (row["status"], row["value"]) == (status, made.value or "")


def test_of_what_cannot_be_confirmed_nothing_is_to_be_said(
    pages: TestClient, harness: Harness
) -> None:
    other = Reading(2, Status.NOT_DIGIT, Reason.OTHER_PAGE, form="exam")
    put(harness, file("new.png", None, other))
    assert opened(pages, 3)["confirms"] is None  # it has failed
    assert opened(pages, 5)["confirms"] is None


def test_a_spot_check_is_drawn_and_gone_through(pages: TestClient, harness: Harness) -> None:
    assert pages.get("/review?spot=1").status_code == 404
    assert pages.post("/review/draw").json() == {"spot": 1}
    assert 'data-source="spot=1"' in pages.get("/review?spot=1").text
    given = pages.get("/review/queue?spot=1").json()
    assert given["left"] == {"review": 2}
    assert sorted(one["id"] for one in given["items"]) == [1, 4]
    assert say(pages, 1, "9") == {"row": 5, "refused": None}
    assert [one["id"] for one in pages.get("/review/queue?spot=1").json()["items"]] == [4]
    (row,) = (row for row in harness.published() if row["reason"] == "reviewed")
    assert (row["value"], row["replaces"][-1]) == ("9", "1")
    say(pages, 4, "confirm")
    assert pages.get("/review/queue?spot=1").json()["items"] == []
    refused = pages.post("/review/draw")
    assert (refused.status_code, "nobody has decided" in refused.text) == (409, True)


@pytest.mark.parametrize("asked", ["reading=one", "spot=0", "spot=x"])
def test_what_is_no_source_is_refused(pages: TestClient, asked: str) -> None:
    assert pages.get(f"/review/queue?{asked}").status_code == 400
    assert pages.get(f"/review?{asked}").status_code == 404


def test_other_sites_draw_nothing(pages: TestClient) -> None:
    assert pages.post("/review/draw", headers={"Origin": "http://other"}).status_code == 403
    assert pages.get("/review/draw").status_code == 405


def test_before_anything_was_read_there_is_nothing_to_list_or_to_draw(tmp_path: Path) -> None:
    made = Harness(tmp_path / "new")
    with chdir(made.folder), client(make(load, None, Flags())) as pages:
        assert "Nothing was read yet" in pages.get("/readings").text
        assert pages.post("/review/draw").status_code == 409
        assert "A spot check tells" in pages.get("/report").text
    assert not made.state.exists()
