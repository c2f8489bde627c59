"""Decisions without a connection: in Chromium, with a server that goes and comes back."""

from contextlib import ExitStack, chdir
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from digitbox.config import load
from digitbox.ledger.decision import Decision
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from tests.endurance.harness import Harness, lines, until
from tests.review.numbers import numbered, pages_of
from tests.review.site import Site, serving
from tests.review.test_browser import at, decided, page_of, write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

REFUSED = "Failed to load resource"
"""What Chromium says of a server that is not there, or not the one that it was."""


def port(site: Site) -> str:
    return str(urlsplit(site.url).port)


def kept(page: "Page") -> list[Any]:
    """What the browser keeps of decisions, the oldest first."""
    script = "Object.keys(localStorage).filter((one) => one.startsWith('decision ')).sort()"
    names: list[str] = page.evaluate(script)
    return names


def natural(page: "Page") -> int:
    """How wide the picture is that is shown large, in pixels; 0 where it is not there."""
    width: int = page.evaluate("document.querySelector('.strip img').naturalWidth")
    return width


def batches(harness: Harness) -> list[list[str]]:
    return [[row["value"] for row in lines(file)] for file in harness.tables()]


def connection(page: "Page") -> str:
    return page.inner_text("#connection") if page.is_visible("#connection") else ""


def fetched(page: "Page") -> int:
    """How many pictures have come."""
    found: int = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter((one) => one.name.includes('/image/') && one.responseEnd).length"
    )
    return found


def test_without_a_connection_decisions_are_kept_and_sent_once_later(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12.50", "7,300", "44", "5"))
    with ExitStack() as stack:
        with serving(harness) as site:
            page = stack.enter_context(page_of(browser, site, forgives=REFUSED))
            at(page)
            until(lambda: natural(page) > 50)
            until(lambda: fetched(page) >= 2 * 5)  # the pictures of all of them
        until(lambda: connection(page) == "No connection: your decisions are kept.")
        page.keyboard.press("Enter")
        write(page, "12.58")
        page.keyboard.press("u")  # it comes back at once
        assert page.inner_text("#guess") == "12.50"
        write(page, "12.56")
        assert page.inner_text("#guess") == "7,300"
        until(lambda: natural(page) > 50)  # the pictures of the next ones are there
        page.keyboard.press("l")
        waits = "No connection: your decisions are kept. 5 of them wait to be sent."
        until(lambda: connection(page) == waits)
        assert len(kept(page)) == 5
        assert page.inner_text("#notices") == ""
        assert batches(harness) == []
        with serving(harness, "--port", port(site)):
            until(lambda: kept(page) == [])
            until(lambda: connection(page) == "")
            until(lambda: batches(harness) == [["0417", "12.56", ""]])
            write(page, "444")
            until(lambda: len(decided(harness)) == 4)
            assert page.inner_text("#notices") == ""
    assert batches(harness) == [["0417", "12.56", ""], ["444"]]


def test_a_decision_whose_answer_is_lost_is_made_once(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12"))
    lost = []
    with serving(harness) as site, page_of(browser, site, forgives=REFUSED) as page:
        at(page)

        def lose(route: Any) -> None:
            lost.append(route.fetch().json())
            if len(lost) < 3:
                route.abort()
            else:
                route.continue_()

        page.route("**/review/decide", lose)
        page.keyboard.press("Enter")
        until(lambda: kept(page) == [])
        page.unroute("**/review/decide")
        page.keyboard.press("Enter")
        until(lambda: len(decided(harness)) == 2)
        assert page.inner_text("#notices") == ""
    assert lost == [{"request": 1}] * 3
    assert batches(harness) == [["0417", "12"]]


def test_what_was_kept_when_the_page_was_closed_is_sent_when_it_is_opened_again(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12", "300"))
    context = browser.new_context()
    page = context.new_page()
    with serving(harness) as site:
        page.goto(f"{site.url}review")
        at(page)
    for key in ("Enter", "m", "Enter", "u"):
        page.keyboard.press(key)
    assert len(kept(page)) == 4
    page.close()
    with serving(harness, "--port", port(site)):
        page = context.new_page()
        page.goto(f"{site.url}review")
        at(page)
        assert page.inner_text("#guess") == "300"
        until(lambda: page.inner_text("#left") == "1 left")
        until(lambda: kept(page) == [])
        until(lambda: batches(harness) == [["0417", ""]])
        page.keyboard.press("Enter")
        until(lambda: len(decided(harness)) == 3)
        assert page.inner_text("#notices") == ""
    context.close()


def test_who_was_quicker_meanwhile_is_said(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12"))
    context = browser.new_context()
    page = context.new_page()
    with serving(harness) as site:
        page.goto(f"{site.url}review")
        at(page)
    page.keyboard.press("Enter")
    assert len(kept(page)) == 1
    page.close()
    with chdir(harness.folder):
        decisions = Decisions(load, Flags())
        decisions.ask(Decision(1, "0477", "Bo"))
        decisions.carry_out()
        decisions.close()
    with serving(harness, "--port", port(site)):
        page = context.new_page()
        page.goto(f"{site.url}review")
        at(page)
        notice = page.locator("#notices li")
        notice.wait_for()
        assert notice.inner_text() == "01.png: Bo has decided meanwhile: 0477."
        assert kept(page) == []
    context.close()
    assert [row["value"] for row in decided(harness)] == ["0477"]


def test_what_is_kept_is_not_sent_to_another_ledger(browser: "Browser", tmp_path: Path) -> None:
    first = numbered(tmp_path / "first", *pages_of("0417", "12"))
    other = numbered(tmp_path / "other", *pages_of("8", "9"))
    context = browser.new_context()
    page = context.new_page()
    with serving(first) as site:
        page.goto(f"{site.url}review")
        at(page)
    page.keyboard.press("Enter")
    assert len(kept(page)) == 1
    page.close()
    with serving(other, "--port", port(site)):
        page = context.new_page()
        page.goto(f"{site.url}review")
        at(page)
        page.keyboard.press("Enter")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(other)) == 2)
        assert len(kept(page)) == 1  # for when the first one is served again
    with serving(first, "--port", port(site)):
        page.goto(f"{site.url}review")
        until(lambda: kept(page) == [])
        until(lambda: [row["value"] for row in decided(first)] == ["0417"])
    context.close()
    assert [row["value"] for row in decided(other)] == ["8", "9"]


def test_what_was_noted_before_a_server_was_killed_is_done_by_the_next(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12"))
    context = browser.new_context()
    page = context.new_page()
    with serving(harness, clean=False) as site:
        page.goto(f"{site.url}review")
        at(page)
        page.keyboard.press("Enter")
        until(lambda: kept(page) == [])
    assert batches(harness) == []
    with serving(harness, "--port", port(site)):
        until(lambda: batches(harness) == [["0417"]])
        page.keyboard.press("Enter")
        until(lambda: len(decided(harness)) == 2)
        assert page.inner_text("#notices") == ""
    context.close()
