"""The list of readings, and single ones that are opened from it: in Chromium."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from digitbox.box import Box
from digitbox.ledger.ledger import Ledger
from digitbox.records import Alternative, Evidence, Reading, Reason, Status
from tests.endurance.harness import Harness, until
from tests.ledger.arrivals import PROVENANCE, file
from tests.pages import Gray
from tests.review.filled import VALUES, put
from tests.review.numbers import drawn, numbered, pages_of, reading_of
from tests.review.site import serving
from tests.review.test_browser import at, decided, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

PHONE = {"width": 390, "height": 844}


def sure(value: str, confidence: float = 0.99) -> tuple[Gray, Reading]:
    """A page that was accepted."""
    read = reading_of(value, confidence=confidence)
    return drawn(value), replace(read, status=Status.ACCEPTED, reason=None)


def every(folder: Path) -> Harness:
    """Two that were accepted, one that goes to review, one that failed."""
    broken = drawn("5"), Reading.failed(Reason.CORRUPT)
    return numbered(folder, sure("0417", 0.96), sure("88"), *pages_of("12"), broken)


def values(page: "Page") -> list[str]:
    return page.locator(".found .value").all_inner_texts()


def test_an_accepted_reading_is_found_and_corrected_by_keys_alone(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = every(tmp_path / "harness")
    with serving(harness) as site, page_of(browser, site, "readings") as page:
        assert values(page) == ["12", "0417", "88", "–"]
        page.focus("input[name=value]")
        page.keyboard.type("0417")
        page.keyboard.press("Enter")
        page.wait_for_url("**/readings?*value=0417*")
        assert values(page) == ["0417"]
        until(lambda: page.inner_text(".found .sure") == "96%")
        page.focus(".search button")
        page.keyboard.press("Tab")  # all readings
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert at(page) == "1"
        assert page.inner_text("#guess") == "0417"
        assert page.inner_text("#why") == "accepted, 96%"
        assert page.is_hidden("#kinds")
        until(lambda: page.evaluate("document.querySelector('#strips img').naturalWidth") > 100)
        page.keyboard.type("0477")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        assert page.inner_text("#done") == "Done"
        until(lambda: len(decided(harness)) == 1)
        page.keyboard.press("u")
        until(lambda: page.is_visible("#reading"))
        assert page.inner_text("#guess") == "0417"
        page.keyboard.type("0411")
        page.keyboard.press("Enter")
        until(lambda: len(decided(harness)) == 2)
        page.click(".back a")
        until(lambda: "value=0417" in page.url)  # what was searched for
        page.goto(f"{site.url}readings")
        assert sorted(values(page)) == ["0411", "12", "88", "–"]
    assert [row["value"] for row in decided(harness)] == ["0477", "0411"]


def test_a_phone_is_enough_for_the_list(browser: "Browser", tmp_path: Path) -> None:
    harness = every(tmp_path / "harness")
    with (
        serving(harness) as site,
        page_of(browser, site, "readings", viewport=PHONE, has_touch=True, is_mobile=True) as page,
    ):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.select_option("select[name=status]", "accepted")
        page.tap(".search button")
        page.wait_for_url("**/readings?*status=accepted*")
        assert values(page) == ["0417", "88"]
        box = page.locator(".found li").nth(1).bounding_box()
        assert box is not None
        assert box["height"] >= 44
        page.touchscreen.tap(box["x"] + box["width"] - 10, box["y"] + box["height"] - 10)
        assert at(page) == "2"  # all of a row leads there
        page.tap("#typed")
        page.keyboard.insert_text("80")
        page.tap("#confirm")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 1)
        page.tap(".back a")
        page.wait_for_url("**/readings?status=accepted*")
        assert values(page) == ["0417", "80"]


def test_an_accepted_field_is_shown_on_its_page_and_nothing_else_is_asked(
    browser: "Browser", tmp_path: Path
) -> None:
    doubts = {"q2": (Reason.LOW_CONFIDENCE, 0.6, ())}
    harness = put(tmp_path / "harness", (VALUES, doubts))
    with serving(harness) as site, page_of(browser, site, "readings?field=student") as page:
        page.click(".found a")
        page.wait_for_selector("#sheet:not([hidden])")
        assert page.inner_text("#field") == "student"
        assert page.locator("#fields .open").all_inner_texts() != []
        page.keyboard.type("40218")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 1)
    assert [(row["field"], row["value"]) for row in decided(harness)] == [("student", "40218")]


def test_what_is_blank_is_confirmed(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", ({**VALUES, "q1": ""}, {}))
    with serving(harness) as site, page_of(browser, site, "readings?status=blank") as page:
        page.click(".found a")
        until(lambda: page.inner_text("#guess") == "blank")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 1)
        assert page.inner_text("#notices") == ""
    assert decided(harness)[0]["status"] == "blank"


def test_where_the_original_is_gone_the_page_says_so(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", sure("0417"))
    for original in harness.done.rglob("*.png"):
        original.unlink()
    with serving(harness) as site:
        context = browser.new_context()  # that a picture is not there is said in its console
        page = context.new_page()
        page.goto(f"{site.url}review?reading=1")
        page.wait_for_selector("#gone:not([hidden])")
        assert "not there any more" in page.inner_text("#gone")
        assert page.inner_text("#guess") == "0417"
        context.close()


def test_a_choice_that_was_taken_for_blank_is_chosen(browser: "Browser", tmp_path: Path) -> None:
    seen = tuple(Alternative(*one) for one in (("", 0.98), ("A", 0.01), ("B", 0.01)))
    blank = Reading(1, Status.BLANK, None, None, None, 700, 900, form="exam", field="grade")
    harness = Harness(tmp_path / "harness")
    harness.state.mkdir()
    with closing(Ledger(harness.state)) as ledger:
        read = replace(blank, box=Box(500, 430, 110, 30), evidence=Evidence(seen))
        ledger.record([file("exam.png", None, read)], PROVENANCE, "today")
    with serving(harness) as site:
        context = browser.new_context()  # the page has no picture
        page = context.new_page()
        page.goto(f"{site.url}review?reading=1")
        assert at(page) == "1"
        page.keyboard.press("b")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 1)
        context.close()
    assert decided(harness)[0]["value"] == "B"


@pytest.mark.parametrize(
    ("view", "there"),
    [
        ("readings", ".found"),
        ("readings?value=none", ".search"),
        ("readings?day=x", ".wrong"),
        ("review?reading=1", "#reading:not([hidden])"),
        ("review?reading=2", "#gone:not([hidden])"),
        ("review?reading=3", "#nothing:not([hidden])"),
        ("review?reading=4", "#reading:not([hidden])"),
    ],
)
def test_nobody_is_shut_out_of_readings(
    browser: "Browser",
    tmp_path: Path,
    view: str,
    there: str,
    axe: str,
) -> None:
    harness = every(tmp_path / "harness")
    (original,) = harness.done.rglob("02.png")
    original.unlink()
    with serving(harness) as site:
        for number, dark in enumerate((False, True), start=1):
            scheme: Literal["light", "dark"] = "dark" if dark else "light"
            context = browser.new_context(color_scheme=scheme, reduced_motion="reduce")
            page = context.new_page()
            page.goto(f"{site.url}{view}")
            if view == "review?reading=3":
                at(page)
                page.keyboard.press("Enter")
                until(lambda: len(decided(harness)) == number)  # noqa: B023
            page.wait_for_selector(there)
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
            context.close()
