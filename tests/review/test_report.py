"""The view /report."""

import re
from contextlib import chdir

import pytest
from starlette.testclient import TestClient

from digitbox.config import load
from digitbox.evaluation.metrics import Share
from digitbox.ledger.history import History
from digitbox.ledger.spots import SpotCheck
from digitbox.ledger.truths import Verified
from digitbox.review.report import FEW, PLOT_SIDE, mark, place, placed
from digitbox.review.site import make
from digitbox.signals import Flags
from tests.endurance.harness import Harness
from tests.review.conftest import client


def say(pages: TestClient, reading: int, says: str) -> None:
    noted = pages.post("/review/decide", json={"reading": reading, "says": says})
    request = noted.json()["request"]
    assert pages.get("/review/answers", params={"request": request}).json()["answers"]


def test_without_decisions_it_says_where_they_come_from(pages: TestClient) -> None:
    assert "Nothing to report of the review yet" in pages.get("/report").text


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


def test_a_point_stands_between_the_ends_of_its_interval() -> None:
    found = mark(0.5, Share(1, 4))
    assert (found.x, found.y) == (120, 180)
    assert (found.low, found.high) == (229.1, 72.2)


def test_few_points_are_not_joined_by_a_line(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, FEW, FEW + 1):
        some = [
            Verified("2026-01-31", "cnn-1", "3", round(0.3 + 0.01 * one, 4), "3")
            for one in range(number)
        ]
        monkeypatch.setattr(History, "verified", lambda _, some=some: some)
        calibration, curve = pages.get("/report").text.split("<svg")[1:]
        assert "<polyline" not in calibration
        assert calibration.count("<circle") == calibration.count('class="span"') > 0
        assert curve.count("<polyline") == (number > FEW)
        assert curve.count("<circle") == curve.count('class="span"')
        assert curve.count("<circle") == (0 if number > FEW else number)


@pytest.mark.parametrize(("accept", "rows"), [("0.95", 10), ("0.97", 11)])
def test_each_threshold_has_one_row(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, accept: str, rows: int
) -> None:
    some = [Verified("2026-01-31", "cnn-1", "3", 0.5, "3")]
    monkeypatch.setattr(History, "verified", lambda _: some)
    monkeypatch.setenv("DIGITBOX_ACCEPT", accept)
    with chdir(harness.folder), client(make(load, None, Flags())) as pages:
        text = pages.get("/report").text
    table = re.findall(r'<th scope="row">([^<]*)</th>', text.split('id="thresholds"')[1])[:rows]
    assert table[0] == "0.3"
    assert table[-1] == "0.99"
    assert len(set(table)) == rows
    assert [one for one in table if one.startswith(accept)] == [f"{accept} (now)"]


def test_spot_checks_have_their_error_rate_and_its_interval(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "A spot check tells" in pages.get("/report").text
    checks = [SpotCheck(2, "2026-02-01", 50, 10, 0, 39), SpotCheck(1, "2026-01-31", 50, 48, 2, 0)]
    monkeypatch.setattr(History, "spot_checks", lambda _: checks)
    text = " ".join(pages.get("/report").text.split())
    assert (
        "Of 60 accepted readings that were drawn at random and checked, 2 were wrong: "
        "<strong>3.3%</strong>, with a 95 % interval of 0.9 to 11.4%." in text
    )
    assert "<td>50 of 50</td><td>2</td><td>4.0%</td><td>1.1 to 13.5%</td>" in text
    assert "<td>10 of 50</td><td>0</td><td>0.0%</td><td>0.0 to 27.8%</td>" in text
    assert re.findall(r'href="/review\?spot=(\d+)">([^<]*)<', text) == [
        ("2", "Go on with that of 2026-02-01: 39 left")
    ]


def test_readings_that_were_taken_for_none_have_no_calibration(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = [Verified("2026-01-31", "cnn-1", None, None, "3")]
    monkeypatch.setattr(History, "verified", lambda _: only)
    text = pages.get("/report").text
    assert "Of 1 readings" in text
    assert "nan" not in text
    assert "calibration error" not in text
