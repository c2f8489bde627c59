"""The view /report."""

import pytest
from starlette.testclient import TestClient

from digitbox.evaluation.metrics import ReliabilityBin, Share
from digitbox.ledger.history import History
from digitbox.ledger.truths import Verified
from digitbox.review.report import PLOT_SIDE, place, placed, span


def say(pages: TestClient, reading: int, says: str) -> None:
    noted = pages.post("/review/decide", json={"reading": reading, "says": says})
    request = noted.json()["request"]
    assert pages.get("/review/answers", params={"request": request}).json()["answers"]


def test_without_decisions_it_says_where_they_come_from(pages: TestClient) -> None:
    assert "Nothing to report yet" in pages.get("/report").text


def test_it_counts_what_people_said(pages: TestClient) -> None:
    items = pages.get("/review/queue").json()["items"]
    say(pages, items[0]["id"], "confirm")
    say(pages, items[1]["id"], "x")
    say(pages, items[2]["id"], "3")
    say(pages, items[2]["id"], "undo")
    text = pages.get("/report").text
    assert {one["candidates"] for one in items} == {1}
    assert "Of 2 readings" in text
    assert "<strong>50.0%</strong>, with a 95 % interval of 9.5 to 90.5%" in text
    assert "in 15 bins" in text
    assert " style=" not in text
    assert text.count("<svg") == 2


@pytest.mark.parametrize(
    ("point", "drawn"),
    [((0.0, 0.0), (0, PLOT_SIDE)), ((1.0, 1.0), (PLOT_SIDE, 0)), ((0.5, 0.25), (120, 180))],
)
def test_up_is_up(point: tuple[float, float], drawn: tuple[float, float]) -> None:
    assert place(*point) == drawn
    assert placed([point, point]) == " ".join([f"{float(drawn[0])},{float(drawn[1])}"] * 2)


def test_an_interval_stands_upright() -> None:
    x, low, high = span(ReliabilityBin(0.4, 0.6, Share(5, 10), 0.5))
    assert (x, low, high) == (120, 183.2, 56.8)


def test_readings_that_were_taken_for_none_have_no_calibration(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = [Verified("2026-01-31", "cnn-1", None, None, "3")]
    monkeypatch.setattr(History, "verified", lambda _: only)
    text = pages.get("/report").text
    assert "Of 1 readings" in text
    assert "nan" not in text
    assert "calibration error" not in text
