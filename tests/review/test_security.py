"""What ``docs/security.md`` says of every answer."""

import re

import pytest
from starlette.testclient import TestClient

from digitbox.review import connections, guesses, live, sessions, uploads
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


def test_the_limits_are_those_that_the_documents_name() -> None:
    api, operate = ((ROOT / "docs" / name).read_text("utf-8") for name in ("api.md", "operate.md"))
    one, together = uploads.MOST_BYTES // 10**6, uploads.MOST_TOGETHER // 10**6
    for said in (
        f"larger than {one} MB",
        f"longer than {uploads.SECONDS:.0f} s",
        f"{together} MB together, and there are {uploads.MOST_AT_A_TIME} of them",
    ):
        assert said in api
    assert f"up to {one} MB" in operate
    assert f"{guesses.BURST} in {guesses.SECONDS:.0f} s" == "10 in 60 s"
    assert "Ten wrong\ntokens from one address have it wait a minute" in operate
    days = [seconds / 86_400 for seconds in (sessions.IDLE_SECONDS, sessions.LONGEST_SECONDS)]
    assert days == [3, 30]
    assert "three days after it was last used, thirty days after it was begun" in operate
    for said in (f"{one} MB a file, {together} MB and {uploads.MOST_AT_A_TIME} files together",):
        assert said in PAGE
    assert f"{connections.MOST} connections, {connections.HEAD_SECONDS:.0f} s for a head" in PAGE
