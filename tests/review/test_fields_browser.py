"""The fields of a form as people decide about them: in Chromium."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digitbox.records import Reason
from tests.endurance.harness import Harness, lines, until
from tests.forms import paper
from tests.review.filled import VALUES, put, wrong_sum
from tests.review.site import serving
from tests.review.test_browser import JSON, NOTED, at, decided, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

PHONE = {"width": 390, "height": 844}

WORDS = (
    {**VALUES, "grade": "B"},
    {
        "absent": (Reason.LOW_CONFIDENCE, 0.55, ("marked",)),
        "grade": (Reason.LOW_CONFIDENCE, 0.61, ("A",)),
        "student": (Reason.LOW_CONFIDENCE, 0.72, ("40218",)),
    },
)
"""A page with words in doubt."""


def field(page: "Page") -> str:
    """The field that is shown, when the fields of its page are, too."""
    page.wait_for_selector("#sheet:not([hidden])")
    at(page)
    return page.inner_text("#field")


def now(page: "Page", expected: str) -> None:
    until(lambda: field(page) == expected, 15, f"for {expected}")


def given(harness: Harness) -> dict[str, tuple[str, str]]:
    """Value and status of each field that was decided about, the last word on each."""
    return {row["field"]: (row["value"], row["status"]) for row in decided(harness)}


def listed(page: "Page") -> list[str]:
    return [" ".join(text.split()) for text in page.locator("#fields li").all_inner_texts()]


def seen_whole(page: "Page", selector: str) -> bool:
    """Whether all that it selects can be seen without scrolling, and nothing lies over it."""
    return bool(
        page.evaluate(
            """(selector) => [...document.querySelectorAll(selector)].every((one) => {
                const box = one.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                const there = document.elementFromPoint(x, y);
                return box.height > 0 && box.top >= 0 && box.bottom <= innerHeight
                    && box.left >= 0 && box.right <= innerWidth
                    && (one === there || one.contains(there));
            })""",
            selector,
        )
    )


def natural(page: "Page", selector: str) -> list[int]:
    """How wide its pictures are, in pixels; 0 of those that are not there."""
    script = "(selector) => [...document.querySelectorAll(selector)].map((one) => one.naturalWidth)"
    found: list[int] = page.evaluate(script, selector)
    return found


@pytest.mark.parametrize(
    "size", [(1280, 800), (1920, 1080), (390, 844)], ids=lambda size: f"{size[0]}x{size[1]}"
)
def test_a_failed_check_shows_all_its_fields_on_one_screen(
    browser: "Browser", tmp_path: Path, size: tuple[int, int]
) -> None:
    harness = put(tmp_path / "harness", wrong_sum())
    view = {"width": size[0], "height": size[1]}
    with serving(harness) as site, page_of(browser, site, viewport=view) as page:
        now(page, "total")
        assert "does not hold on this page" in page.inner_text("#check")
        assert page.locator("#checked .name").all_inner_texts() == ["q1", "q2", "total"]
        assert page.locator("#checked strong").all_inner_texts() == ["7", "12", "85"]
        assert page.locator("#checked input:enabled").count() == 3
        until(lambda: all(width > 50 for width in natural(page, "#checked img, .strip img")))
        assert seen_whole(page, ".strip, .card, .card input, #alternatives, #confirm, #next")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_any_field_of_a_check_is_corrected_in_its_own_input(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = put(tmp_path / "harness", wrong_sum())
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "total")
        page.keyboard.type("1")  # without a look at the focus
        second = page.locator(".card:nth-child(2) input")
        second.click()
        now(page, "q2")
        page.keyboard.type("78")
        assert second.input_value() == "78"
        assert page.inner_text("#confirm").startswith("Set to 78")
        page.keyboard.press("Enter")
        now(page, "total")  # the next one, and what was typed is still there
        assert page.input_value(".card:nth-child(3) input") == "1"
        page.keyboard.press("Escape")
        page.keyboard.press("Enter")
        now(page, "q1")
        until(lambda: given(harness).keys() == {"q2", "total"})
        until(lambda: listed(page)[2] == "q2 78 accepted, a person decided")
        assert page.locator(".card:nth-child(2) input").is_disabled()
        assert page.locator("#checked strong").all_inner_texts() == ["7", "78", "85"]
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 3)
        assert page.inner_text("#notices") == ""
    accepted = {"q1": "7", "q2": "78", "total": "85"}
    assert given(harness) == {name: (value, "accepted") for name, value in accepted.items()}


def test_a_correction_with_which_the_check_holds_settles_the_other_fields(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = Harness(tmp_path / "harness")
    paper.put(harness.folder / "forms")
    values = {"student": "40213", "q1": "7", "q2": "12", "total": "85"}  # the sum is wrong
    harness.drop("exam/a.png", paper.encoded(paper.filled(values)))
    assert harness.run("batch").returncode == 0
    with serving(harness) as site, page_of(browser, site) as page:
        page.wait_for_selector("#check:not([hidden])")
        assert page.inner_text("#file") == "exam/a.png"
        assert "a sum or another check does not hold" in page.inner_text("#why")
        assert page.locator("#checked strong").all_inner_texts() == ["7", "12", "85"]
        strip = page.locator("#strips img").bounding_box()
        assert strip is not None
        assert strip["height"] > 100
        page.click(".card:nth-child(3) input")
        now(page, "total")
        page.keyboard.type("19")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")  # without a word about the others
        assert page.inner_text("#notices") == ""
    assert given(harness) == {"total": ("19", "accepted")}
    tables = sorted(harness.outbox.rglob("*.exam.csv"), key=lambda file: file.name)
    (last,) = lines(tables[-1])
    assert {name: last[name] for name in values} == {**values, "total": "19"}
    assert (last["status"], last["look_at"]) == ("accepted", "")


def test_words_are_chosen_by_key(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", WORDS)
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "absent")
        assert page.inner_text("#guess") == "empty"
        assert page.is_hidden("#typed")
        page.keyboard.type("7")  # no word, nor a key of one
        assert page.locator("#alternatives kbd").all_inner_texts() == ["a", "b"]
        page.keyboard.press("b")
        now(page, "grade")
        assert page.inner_text("#guess") == "B"
        assert page.locator("#alternatives kbd").all_inner_texts() == ["b", "a"]  # their own
        page.keyboard.press("a")
        now(page, "student")
        assert page.is_visible("#typed")
        page.keyboard.press("b")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 3)
    assert given(harness) == {
        "absent": ("marked", "accepted"),
        "grade": ("A", "accepted"),
        "student": ("40218", "accepted"),
    }


def test_the_page_has_its_place_and_all_its_fields(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", WORDS)
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "absent")
        assert page.inner_text("#of") == "of the form exam"
        assert listed(page) == [
            "student 40213 to review, not sure, 72%",
            "q1 7 accepted",
            "q2 12 accepted",
            "total 19 accepted",
            "absent empty to review, not sure, 55%",
            "grade B to review, not sure, 61%",
        ]
        assert page.inner_text("#fields [aria-current]").startswith("absent")
        assert page.is_hidden("#check")
        until(lambda: natural(page, "#whole img") == [700])
        whole, box = (page.locator(one).bounding_box() for one in ("#whole", "#whole .shown"))
        assert whole is not None
        assert box is not None
        at_ = (box["x"] - whole["x"]) / whole["width"], (box["y"] - whole["y"]) / whole["height"]
        assert at_ == pytest.approx((500 / 700, 330 / 900), abs=0.02)
        assert page.locator("#whole .open").count() == 3


def test_another_field_of_the_page_is_reached_by_key_and_by_click(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = put(tmp_path / "harness", WORDS, wrong_sum())
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "total")
        page.keyboard.press("x")  # nothing there
        now(page, "q1")  # the rest of the page first, though others are less certain
        page.keyboard.press("n")
        now(page, "q2")
        page.keyboard.press("p")
        now(page, "q1")
        page.keyboard.press("Enter")
        now(page, "q2")
        page.keyboard.press("Enter")
        now(page, "absent")
        page.keyboard.press("n")
        now(page, "grade")
        page.keyboard.press("n")
        now(page, "student")
        page.click("#fields button:has-text('grade')")
        now(page, "grade")
        page.locator("#whole .open").nth(1).click()
        now(page, "absent")
        button = page.locator("#fields button:has-text('student')")
        button.focus()
        page.keyboard.press("Enter")
        now(page, "student")
        page.keyboard.press("Enter")  # confirms: the focus is not left behind
        now(page, "absent")
        until(lambda: len(decided(harness)) == 4)
    assert given(harness) == {
        "total": ("", "blank"),
        "q1": ("7", "accepted"),
        "q2": ("12", "accepted"),
        "student": ("40213", "accepted"),
    }


def test_a_phone_is_enough_for_fields(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", wrong_sum())
    options: dict[str, Any] = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    with serving(harness) as site, page_of(browser, site, **options) as page:
        now(page, "total")
        buttons = page.locator("#reading :is(button, input):visible")
        for place in range(buttons.count()):
            box = buttons.nth(place).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
        page.tap("#next")
        now(page, "q1")
        page.tap("#confirm")
        now(page, "q2")
        page.tap(".card:nth-child(3) input")
        now(page, "total")
        page.keyboard.insert_text("19")
        page.tap("#confirm")
        now(page, "q2")
        page.tap("#none")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 3)
    assert given(harness)["total"] == ("19", "accepted")
    assert given(harness)["q2"] == ("", "blank")


def test_what_is_undone_is_shown_among_its_fields_again(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", wrong_sum())
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "total")
        page.keyboard.type("19")
        page.keyboard.press("Enter")
        now(page, "q1")
        until(lambda: listed(page)[3].startswith("total 19 accepted"))
        page.keyboard.press("u")
        now(page, "total")
        assert page.input_value(".card:nth-child(3) input") == ""
        until(lambda: listed(page)[3].startswith("total 85 to review"))
        page.keyboard.type("19")
        page.keyboard.press("Enter")
        now(page, "q1")
        until(lambda: given(harness).get("total") == ("19", "accepted"))
        assert page.inner_text("#notices") == ""


def test_what_was_settled_meanwhile_is_not_asked_about(browser: "Browser", tmp_path: Path) -> None:
    harness = put(tmp_path / "harness", wrong_sum())
    with serving(harness) as site, page_of(browser, site) as page, page_of(browser, site) as other:
        for one in (page, other):
            now(one, "total")
        other.fill("#who", "Ada")
        other.locator("#who").blur()
        other.keyboard.press("n")
        now(other, "q1")
        other.keyboard.press("Enter")
        until(lambda: given(harness).keys() == {"q1"})
        page.keyboard.type("19")
        page.keyboard.press("Enter")
        until(lambda: listed(page)[1] == "q1 7 accepted, a person decided")
        now(page, "q2")  # and not q1
        assert page.inner_text("#notices") == ""
        other.wait_for_selector("#check:not([hidden])")
        now(other, "q2")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 3)
        other.keyboard.type("13")
        other.keyboard.press("Enter")
        other.locator("#notices li").wait_for()
        assert re.search(
            "exam/01.png, q2: .* has decided meanwhile: 12.", other.inner_text("#notices")
        )
        other.wait_for_selector("#nothing:not([hidden])")
    assert given(harness)["q2"] == ("12", "accepted")


def test_nobody_is_shut_out_of_fields(browser: "Browser", tmp_path: Path, axe: str) -> None:
    harness = put(tmp_path / "harness", wrong_sum(), WORDS)
    with serving(harness) as site:
        for scheme in ("light", "dark"):
            with page_of(browser, site, color_scheme=scheme) as page:
                for name in ("total", "absent"):
                    now(page, name)
                    page.evaluate(axe)
                    found = page.evaluate("axe.run()")["violations"]
                    serious = [one for one in found if one["impact"] in ("serious", "critical")]
                    assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
                    page.route(
                        "**/review/decide", lambda route: route.fulfill(body=NOTED, headers=JSON)
                    )
                    for _ in range(3):
                        page.keyboard.press("x")
