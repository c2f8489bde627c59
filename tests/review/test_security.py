"""What ``docs/security.md`` says of every answer."""

import re

import pytest
from starlette.testclient import TestClient

from digitbox.review import live
from digitbox.review.guard import HEADERS
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")

ADDRESSES = (
    *("/review", "/try", "/forms", "/live", "/report", "/static/page.js", "/static/digitbox.css"),
    *("/review/queue", "/review/fields?reading=1", "/image/1/scan.png", "/forms/nothing/template"),
    *(
        "/image/99/scan.png",
        "/nothing",
        "/static/",
        "/static/../site.py",
        "/read",
        "/review/decide",
    ),
)


def test_every_answer_has_the_headers(pages: TestClient) -> None:
    for address in ADDRESSES:
        answer = pages.get(address)
        assert answer.status_code < 500, address
        for name, value in {**HEADERS, "Cache-Control": "no-store"}.items():
            assert answer.headers[name] == value, address
        assert "Server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control")]
        kind = answer.headers["Content-Type"]
        if kind == "application/json":
            assert answer.headers["Content-Disposition"] == 'attachment; filename="answer.json"'
        else:
            assert "charset=utf-8" in kind or kind == "image/png", address


def test_only_methods_that_are_meant_are_answered(pages: TestClient) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
        for address in ADDRESSES:
            assert pages.request(method, address).status_code in (403, 404, 405)


def test_what_nobody_expected_is_told_to_the_log_alone(
    pages: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(live, "decoded", fail)
    told = TestClient(pages.app, str(pages.base_url), raise_server_exceptions=False)
    answer = told.post("/live/retry", headers=dict(pages.headers), json={"reading": 1})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_every_point_is_answered_once() -> None:
    table = PAGE.split("## The pages, point by point")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([0-9., –]+) \| (.+?) \| (.+?) \| (.*?) ?\|$", table, re.MULTILINE)
    points = [point.strip() for row in rows for point in row[0].split(",")]
    assert len(points) == len(set(points)) > 90
    assert {row[2] for row in rows} == {
        *("met", "partly", "not met", "with a proxy", "does not apply")
    }
