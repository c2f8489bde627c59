"""What holds for all views: for keys alone, on a phone, at twice the size: in Chromium."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pytest

from digitbox.ledger.decision import Decision
from digitbox.ledger.ledger import Ledger
from digitbox.ledger.requests import REVIEW
from digitbox.ledger.values import Provenance
from digitbox.records import Reading, Reason
from tests.endurance.harness import Harness, until
from tests.ledger.arrivals import PROVENANCE, file
from tests.review.numbers import numbered, pages_of, reading_of
from tests.review.site import serving
from tests.review.test_browser import page_of
from tests.review.test_readings_browser import PHONE, sure

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

VIEWS = {
    "review": "#reading:not([hidden])",
    "try": "#digits .share",
    "forms": "main form, main button",
    "live": "#rows li",
    "readings": ".found li",
    "report": "#confusion",
}
"""What is there when a view is."""

LONG = "class 7b/scan-of-the-exam-in-mathematics-2026-01-31-room-12-table-4-"

MODEL = Provenance("a-model-with-a-long-name-0123456789abcdef", PROVENANCE.fingerprint)

FOCUSABLE = "a[href], button:not([disabled]), input, select, textarea, [tabindex='0']"

CROWDED = """() => [...document.querySelectorAll("main *")]
    .filter((one) => !one.children.length && one.getClientRects().length)
    .filter((one) => one.textContent.trim().length > 6)
    .filter((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        return lines.size > 2 && one.textContent.trim().length / lines.size < 6;
    })
    .map((one) => one.textContent.trim())"""
"""Texts that have only a few characters on a line."""

IS_MARKED = """() => {
    for (let one = document.activeElement; one !== document.body; one = one.parentElement) {
        if (getComputedStyle(one).outlineStyle !== "none") return true;
    }
    return false;
}"""
"""Whether it can be seen what has the focus."""


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Harness:
    """One with readings of several statuses, some with long names and values."""
    made = numbered(tmp_path_factory.mktemp("views") / "harness", sure("0417"), *pages_of("12"))
    many = reading_of("1234567890", "0987654321")
    others = (many, Reading.failed(Reason.FORMATS_EXTRA_MISSING))
    files = [file(f"{LONG}{number}.png", None, one) for number, one in enumerate(others)]
    field = replace(many, form="a-form-with-a-long-name", field="the_total_of_all_points_on_it")
    with closing(Ledger(made.state)) as ledger:
        batch = ledger.record([*files, file(f"{LONG}3.png", None, field)], PROVENANCE, "today")
        other = ledger.record([file("13.png", None, reading_of("13"))], MODEL, "today")
        assert batch is not None
        assert other is not None
        for number in (2, 6):  # those with 12 and 13: one right, one wrong
            ledger.request(REVIEW, Decision(number, "13", "Ada"))
        ledger.draw()
        for number in (batch, other, *ledger.decide("today", list)):
            ledger.published(number, reported=True)
    return made


def tabbed(page: "Page") -> Iterator[str]:
    """Goes through the page by Tab: gives what has the focus, until it comes round."""
    seen: set[str] = set()
    page.evaluate(
        "(what) => [...document.querySelectorAll(what)].forEach((one, n) => one.dataset.n = n)",
        FOCUSABLE,
    )
    for _ in range(300):
        page.keyboard.press("Tab")
        number = page.evaluate("document.activeElement.dataset.n ?? ''")
        if number and number not in seen:
            seen.add(number)
            yield number
        if not number and seen:
            return


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_needs_no_mouse_at_twice_the_size(
    browser: "Browser", harness: Harness, view: str
) -> None:
    size = {"width": 640, "height": 400}  # 1280 × 800 at 200 %
    with (
        serving(harness) as site,
        page_of(browser, site, view, viewport=size, reduced_motion="reduce") as page,
    ):
        page.route("**/image/**", lambda route: route.abort("aborted"))
        page.wait_for_selector(VIEWS[view])
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert page.evaluate("document.getAnimations().length") == 0
        reached = []
        for number in tabbed(page):
            assert page.evaluate(IS_MARKED), page.evaluate("document.activeElement.outerHTML")
            reached.append(number)
        wanted = page.evaluate(
            "(what) => [...document.querySelectorAll(what)]"
            ".filter((one) => one.checkVisibility({ visibilityProperty: true }))"
            ".map((one) => one.dataset.n)",
            FOCUSABLE,
        )
        assert set(reached) >= set(wanted)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_nothing_runs_off_and_names_are_words(
    browser: "Browser", harness: Harness, view: str, width: int
) -> None:
    with serving(harness) as site:
        context = browser.new_context(
            viewport={"width": width, "height": PHONE["height"]}, has_touch=True, is_mobile=True
        )
        page = context.new_page()
        page.goto(f"{site.url}{view}")
        page.wait_for_selector(VIEWS[view])
        until(lambda: page.evaluate("document.readyState") == "complete")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CROWDED) == []
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("view", "of"), [("live", "#rows li > .status"), ("readings", ".found .status")]
)
def test_statuses_differ_in_colour_sign_and_word(
    browser: "Browser", harness: Harness, scheme: Literal["light", "dark"], view: str, of: str
) -> None:
    with serving(harness) as site:
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(f"{site.url}{view}")
        until(lambda: page.locator(of).count() >= 5)
        looks = page.evaluate(
            """(of) => [...document.querySelectorAll(of)].map((one) => [
                one.textContent, getComputedStyle(one).color,
                getComputedStyle(one, "::before").content,
            ])""",
            of,
        )
        context.close()
    statuses = {tuple(one) for one in looks}
    assert len(statuses) == 3  # accepted, in review, failed
    assert all(len({one[part] for one in statuses}) == 3 for part in range(3))
