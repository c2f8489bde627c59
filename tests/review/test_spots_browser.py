"""Spot checks and the report on them: in Chromium."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.endurance.harness import until
from tests.review.filled import VALUES, put
from tests.review.numbers import numbered, pages_of
from tests.review.site import serving
from tests.review.test_browser import at, decided, page_of
from tests.review.test_readings_browser import PHONE, sure

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")  # one at a time


def test_a_spot_check_is_gone_through_by_keys_and_gone_on_with_after_a_restart(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(
        tmp_path / "harness", *(sure(str(value)) for value in range(40, 46)), *pages_of("12")
    )
    with serving(harness) as site, page_of(browser, site, "report") as page:
        assert "A spot check tells" in page.inner_text("#spot-checks")
        page.focus("#draw")
        page.keyboard.press("Enter")
        page.wait_for_url("**/review?spot=1")
        at(page)
        assert page.inner_text("#left") == "6 left"
        assert page.inner_text("#why") == ""
        assert page.locator(".doubt").count() == 0
        for hidden in ("#digits", "#alternatives", "#kinds", "#sheet"):
            assert page.is_hidden(hidden)
        shown = [page.inner_text("#guess")]
        page.keyboard.press("Enter")
        until(lambda: page.inner_text("#guess") not in shown)
        shown.append(page.inner_text("#guess"))
        page.keyboard.type("777")
        page.keyboard.press("Enter")
        until(lambda: page.inner_text("#guess") not in shown)
        page.keyboard.press("Enter")
        until(lambda: page.inner_text("#left") == "3 left")
        page.keyboard.press("u")
        until(lambda: page.inner_text("#left") == "4 left")
        page.keyboard.press("Enter")
        until(lambda: len(decided(harness)) == 3)
        page.click(".back a")
        page.wait_for_selector("#checks")
        assert page.locator("#checks td").all_inner_texts()[:3] == ["3 of 6", "1", "33.3%"]
    with serving(harness) as site, page_of(browser, site, "report") as page:
        page.click("#spot-checks a.button")
        for _ in range(3):
            before = at(page)
            page.keyboard.press("Enter")
            until(
                lambda: (
                    page.is_visible("#nothing")
                    or page.get_attribute("#reading", "data-id") != before  # noqa: B023
                )
            )
        assert page.inner_text("#done") == "Done"
        until(lambda: len(decided(harness)) == 6)
        page.click(".back a")
        page.wait_for_selector("#checks")
        said = page.inner_text("#spot-checks p >> nth=0")
        assert said.startswith(
            "Of 6 accepted readings that were drawn at random and checked, 1 was"
        )
        assert page.locator("#spot-checks a.button").count() == 0
    values = [row["value"] for row in decided(harness)]
    assert sorted(set(values) - {"777"}) == sorted({*map(str, range(40, 46))} - {shown[1]})


def test_where_nothing_can_be_drawn_the_page_says_so(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("12"))
    with serving(harness) as site:
        context = browser.new_context()  # that something was refused is said in its console
        page = context.new_page()
        page.goto(f"{site.url}report")
        page.click("#draw")
        page.wait_for_selector("#trouble:not([hidden])")
        assert page.inner_text("#trouble") == "Nothing was accepted that nobody has decided about."
        assert page.is_enabled("#draw")
        context.close()


def test_a_spot_check_of_fields_by_touch(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", ({**VALUES, "q1": "", "q2": "", "total": ""}, {}))
    with (
        serving(harness) as site,
        page_of(browser, site, "report", viewport=PHONE, has_touch=True, is_mobile=True) as page,
    ):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.tap("#draw")
        page.wait_for_url("**/review?spot=1")
        at(page)
        assert page.inner_text("#left") == "3 left"
        for _ in range(3):
            field = page.inner_text("#field")
            assert page.is_hidden("#sheet")
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            for button in page.locator("#reading :is(button, #typed):visible").all():
                box = button.bounding_box()
                assert box is not None
                assert min(box["width"], box["height"]) >= 44
            if field == "student":
                page.tap("#typed")
                page.keyboard.insert_text("40218")
            if field == "grade":  # a choice is chosen
                page.tap("#confirm")
            elif field == "absent":
                assert page.locator("#alternatives .share:visible").count() == 0
                page.tap("#alternatives button:has-text('marked')")
            else:
                page.tap("#confirm")
            until(lambda: page.is_visible("#nothing") or page.inner_text("#field") != field)  # noqa: B023
        until(lambda: len(decided(harness)) == 3)
        page.tap(".back a")
        page.wait_for_selector("#checks")
        assert page.locator("#checks td").all_inner_texts()[:2] == ["3 of 3", "2"]
    values = {row["field"]: row["value"] for row in decided(harness)}
    assert values == {"student": "40218", "grade": "A", "absent": "marked"}


@pytest.mark.parametrize("view", ["report", "review?spot=1"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)], ids=["desk", "phone"])
def test_nobody_is_shut_out_of_spot_checks(
    browser: "Browser",
    tmp_path: Path,
    view: str,
    size: tuple[int, int],
    axe: str,
) -> None:
    harness = numbered(tmp_path / "harness", *(sure(str(value)) for value in range(40, 43)))
    viewport = {"width": size[0], "height": size[1]}
    with serving(harness) as site:
        with page_of(browser, site, "report") as page:
            page.click("#draw")
            page.wait_for_url("**/review?spot=1")
            at(page)
            page.keyboard.press("Enter")
            until(lambda: len(decided(harness)) == 1)
        for scheme in ("light", "dark"):
            options: dict[str, Any] = {
                "color_scheme": scheme,
                "viewport": viewport,
                "reduced_motion": "reduce",
            }
            with page_of(browser, site, view, **options) as page:
                page.wait_for_selector(".dot, #checks, #reading:not([hidden])")
                page.evaluate(axe)
                found = page.evaluate("axe.run()")["violations"]
                serious = [one for one in found if one["impact"] in ("serious", "critical")]
                assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
