"""What people look at on ``/review``: one picture, large; in Chromium."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from digitbox.box import Box
from digitbox.records import Alternative, Reason, Status
from tests.endurance.harness import Harness, until
from tests.pages import Gray
from tests.review.filled import VALUES, put
from tests.review.numbers import drawn, numbered, pages_of, reading_of
from tests.review.site import serving
from tests.review.test_browser import at, decided, kinds, page_of
from tests.review.test_fields_browser import now

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}

FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect();
    const whole = box.top > -1 && box.bottom < innerHeight + 1; // pixels are halved
    const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const seen = whole && (one === there || one.contains(there));
    return one.matches("#reading button, #who, #typed") && seen ? one.id || one.innerText : "";
}"""
"""What has the focus and is seen whole."""


def place_of(page: "Page", selector: str) -> Box:
    """Where it is on the screen, in pixels."""
    found = page.locator(selector).bounding_box()
    assert found is not None
    return Box(*(round(found[name]) for name in ("x", "y", "width", "height")))


def scale(page: "Page", view: str = "#strips .view") -> float:
    """How much larger the picture is than its view."""
    layer = page.locator(f"{view} .layer").bounding_box()
    outer = page.locator(view).bounding_box()
    assert layer is not None
    assert outer is not None
    return float(round(layer["width"] / outer["width"], 2))


def middle_of(page: "Page", selector: str) -> tuple[float, float]:
    box = place_of(page, selector)
    return box.x + box.width / 2, box.y + box.height / 2


def natural(page: "Page", selector: str) -> int:
    width: int = page.evaluate("(one) => document.querySelector(one).naturalWidth", selector)
    return width


def digit(confidence: float = 0.45) -> tuple[Gray, Any]:
    """A page with a digit of which only 0.45 are sure, though it looks like a 4 if it is one."""
    reading = reading_of("4", confidence=confidence)
    return drawn("4"), replace(
        reading, alternatives=(*reading.alternatives[:1], Alternative("41", 0.2))
    )


def test_the_picture_is_large_and_its_place_on_the_page_is_marked(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417"))
    for wide, high, least in ((1280, 800, 700), (1920, 1080, 900), (390, 844, 330)):
        size = {"width": wide, "height": high}
        with serving(harness) as site, page_of(browser, site, viewport=size) as page:
            at(page)
            until(lambda: natural(page, ".strip img") > 50 and natural(page, "#scan") > 100)
            assert place_of(page, "#strips .view").width >= least
            paper, place = place_of(page, "#page"), place_of(page, "#place")
            of_page = 500 / paper.width  # pixels of the page
            shown = [(place.x - paper.x) * of_page, (place.y - paper.y) * of_page]
            assert np.allclose(shown, [49, 29], atol=4)
            assert abs(place.width * of_page - 134) < 6
            assert page.evaluate("document.documentElement.scrollWidth") <= wide


def test_the_page_is_not_shown_twice(browser: "Browser", tmp_path: Path) -> None:
    close = drawn("0417", width=180)[25:80, 45:], reading_of("0417")
    shift = tuple(
        replace(one, box=Box(one.box.x - 45, one.box.y - 25, 28, 28)) for one in close[1].digits
    )
    reading = replace(close[1], digits=shift, width=close[0].shape[1], height=close[0].shape[0])
    harness = numbered(tmp_path / "harness", (close[0], reading))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        until(lambda: natural(page, ".strip img") > 50)
        assert page.is_hidden("#behind")


def test_what_nothing_was_found_on_is_shown_as_a_whole(browser: "Browser", tmp_path: Path) -> None:
    none = replace(reading_of("1"), status=Status.NOT_DIGIT, reason=Reason.COLOUR_ONLY)
    none = replace(none, value=None, confidence=None, alternatives=(), digits=())
    harness = numbered(tmp_path / "harness", (drawn("1"), none))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        until(lambda: natural(page, "#scan") > 100)
        assert place_of(page, "#page").width > 600
        assert page.is_hidden("#place")
        page.keyboard.press("z")
        assert scale(page, "#page") == 2


def test_the_wheel_and_a_click_zoom_where_they_are(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12"))
    second = ".strip .layer .box:nth-child(3)"
    with serving(harness) as site, page_of(browser, site) as page:
        first = at(page)
        until(lambda: natural(page, ".strip img") > 50)
        x, y = middle_of(page, second)
        page.mouse.move(x, y)
        page.mouse.wheel(0, -400)
        until(lambda: scale(page) == 2)
        assert np.allclose(middle_of(page, second), (x, y), atol=2)
        assert page.is_hidden(".strip .marks")  # they stand under what is not there now
        page.mouse.wheel(0, 4000)
        until(lambda: scale(page) == 1)
        page.mouse.click(x, y)
        assert scale(page) == 4
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y, steps=4)
        page.mouse.up()
        assert scale(page) == 4  # it was dragged
        assert abs(middle_of(page, second)[0] - x - 60) < 3
        page.mouse.click(x, y)
        assert scale(page) == 1
        box = place_of(page, "#page")
        page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
        assert scale(page, "#page") == 4
        page.keyboard.press("Enter")  # the next one is seen as a whole
        assert at(page) != first
        assert (scale(page), scale(page, "#page")) == (1, 1)
        assert page.locator("#notices li").count() == 0


def test_keys_zoom_and_move(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417"))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        until(lambda: natural(page, ".strip img") > 50)
        scales = []
        for _ in range(4):
            page.keyboard.press("z")
            scales.append(scale(page))
        assert scales == [2, 4, 8, 1]
        page.keyboard.press("z")
        before = place_of(page, ".strip .layer")
        page.keyboard.press("ArrowRight")
        assert place_of(page, ".strip .layer").x < before.x
        for _ in range(9):
            page.keyboard.press("ArrowLeft")
        view = place_of(page, ".strip .view")
        assert place_of(page, ".strip .layer").x == view.x  # not beyond the picture
        page.keyboard.type("41")
        page.keyboard.press("ArrowLeft")  # writes
        page.keyboard.type("7")
        assert page.input_value("#typed") in ("471", "417")


def test_two_fingers_pinch(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417"))
    with serving(harness) as site, page_of(browser, site, **PHONE) as page:
        at(page)
        until(lambda: natural(page, ".strip img") > 50)
        x, y = middle_of(page, ".strip .view")
        fingers = page.context.new_cdp_session(page)

        def touch(kind: str, apart: float | None) -> None:
            points = [] if apart is None else [{"x": x - apart, "y": y}, {"x": x + apart, "y": y}]
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        touch("touchStart", 20)
        for apart in range(25, 65, 5):
            touch("touchMove", apart)
        touch("touchEnd", None)
        until(lambda: scale(page) > 2.5)
        assert page.evaluate("visualViewport.scale") == 1  # the picture alone
        page.tap(".strip .view")
        until(lambda: scale(page) == 1)
        page.tap(".strip .view")
        until(lambda: scale(page) == 4)
    assert decided(harness) == []


def test_what_the_network_saw_is_behind_a_key(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", digit(0.2), *pages_of("0417"))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert page.inner_text("#guess") == "4"
        assert page.is_hidden("#frames")
        page.keyboard.press("w")
        until(lambda: page.is_visible("#frames") and natural(page, "#frames") >= 28)
        assert page.get_attribute("#network", "aria-expanded") == "true"
        page.keyboard.press("w")
        assert page.is_hidden("#frames")
        page.click("#network")
        assert page.is_visible("#frames")
        page.keyboard.press("s")
        until(lambda: page.inner_text("#guess") == "0417")
        assert page.is_hidden("#network")  # of a number there are no frames
        assert page.is_hidden("#frames")


def test_bars_and_the_number_above_them_are_of_one_probability(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", digit(0.455))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        shares = page.locator("#digits .share").all_inner_texts()
        assert shares[4] == "45.5%"
        assert page.inner_text("#why") == "45.5%, not sure, may be no digit: 30%"
        total = sum(float(share.removesuffix("%")) for share in shares)
        assert abs(total + 20 + 30 - 100) < 1.5  # 41 has 20 %; each is rounded down
        best = "#digits button:nth-child(5)"
        script = "(one) => getComputedStyle(document.querySelector(one), '::before').height"
        high = page.evaluate(script, best)
        box = place_of(page, best)
        assert abs(float(high.removesuffix("px")) - 0.455 * box.height) < 3


def colour(page: "Page", selector: str) -> tuple[str, str]:
    """The colour of its text, and the sign before it."""
    found = page.evaluate(
        """(selector) => { const one = document.querySelector(selector);
            return [getComputedStyle(one).color, getComputedStyle(one, "::before").content]; }""",
        selector,
    )
    return found[0], found[1]


def test_statuses_have_colours_signs_and_words_of_their_own(
    browser: "Browser", tmp_path: Path
) -> None:
    accepted = drawn("44"), replace(reading_of("44"), status=Status.ACCEPTED, reason=None)
    harness = numbered(tmp_path / "live", *kinds(), accepted)
    with serving(harness) as site, page_of(browser, site, "live") as page:
        until(lambda: page.locator("#rows li").count() == 4)
        statuses = ("accepted", "review", "failed", "not_digit")
        seen = {status: colour(page, f"#rows .{status} .status") for status in statuses}
        assert len({one for one, _ in seen.values()}) == 4
        assert len({sign for _, sign in seen.values()}) == 4
        for status in statuses:
            assert status.replace("_", " ") in page.inner_text(f"#rows .{status} .status")
    forms = put(tmp_path / "forms", (VALUES, {"q1": (Reason.LOW_CONFIDENCE, 0.5, ())}))
    with serving(forms) as site, page_of(browser, site) as page:
        now(page, "q1")
        for status, word in (("accepted", "accepted"), ("review", "to review")):
            assert colour(page, f"#fields .{status} .status") == seen[status]
            assert word in page.inner_text(f"#fields .{status} .status")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out_of_any_state(
    browser: "Browser",
    tmp_path: Path,
    scheme: str,
    axe: str,
) -> None:
    harness = numbered(tmp_path / "harness", digit(), *kinds(), digits="1-4")
    refused = "Failed to load resource"

    def check(page: "Page") -> None:
        page.evaluate(axe)
        found = page.evaluate("axe.run()")["violations"]
        serious = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]

    options: dict[str, Any] = {"color_scheme": scheme, "reduced_motion": "reduce"}
    with serving(harness) as site, page_of(browser, site, forgives=refused, **options) as page:
        at(page)
        for _ in range(4):
            check(page)
            page.keyboard.press("z")
            page.keyboard.press("w")
            page.keyboard.type("12345")
            page.keyboard.press("Enter")  # it is asked about
            check(page)
            assert page.evaluate("document.getAnimations().length") == 0
            page.keyboard.press("Escape")
            page.keyboard.press("s")
        assert page.inner_text("#done") == "4 skipped"
        check(page)
        page.click("#return")
        page.route("**/review/**", lambda route: route.abort())
        page.keyboard.press("m")
        page.wait_for_selector("#connection:not([hidden])")
        check(page)
        page.keyboard.press("?")
        check(page)
        page.keyboard.press("Escape")
        page.unroute("**/review/**")
        until(lambda: page.is_hidden("#connection"))


@pytest.mark.parametrize("kind", ["number", "digit", "field"])
def test_at_twice_the_size_all_can_be_reached_by_keys(
    browser: "Browser", tmp_path: Path, kind: str
) -> None:
    size = {"width": 640, "height": 400}  # of 1280 by 800
    harness = scene(tmp_path / "harness", kind)
    with serving(harness) as site, page_of(browser, site, viewport=size) as page:
        at(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(FOCUSED))
        names = page.locator("#reading button:visible:enabled").evaluate_all(
            "(all) => all.map((one) => one.id || one.innerText)"
        )
        assert reached - {""} == {*names, "who", "typed"}
    assert decided(harness) == []


@pytest.mark.parametrize("view", ["review", "live"])
def test_a_file_name_is_read_on_a_phone(browser: "Browser", tmp_path: Path, view: str) -> None:
    name = "2026-01-31 scans of all the meters of the house number seventeen"
    number = drawn("12345678901234"), reading_of("12345678901234")
    harness = numbered(tmp_path / "harness", number, name=name)
    shown = {"review": "#file", "live": "#rows .file"}[view]
    for wide in (390, 320):
        size = {"width": wide, "height": 844}
        with serving(harness) as site, page_of(browser, site, view, viewport=size) as page:
            page.wait_for_selector(shown)
            until(lambda: name in page.inner_text(shown))
            assert place_of(page, shown).width > wide / 2
            assert page.evaluate("document.documentElement.scrollWidth") <= wide


def scene(folder: Path, kind: str) -> Harness:
    if kind == "field":
        return put(folder, (VALUES, {"q1": (Reason.LOW_CONFIDENCE, 0.5, ("1",))}))
    return numbered(folder, digit() if kind == "digit" else pages_of("0417", others=("0477",))[0])
