"""The pages as people use them: in Chromium, with real keys, clicks and fingers."""

import base64
import re
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from digitbox import records
from digitbox.config import load
from digitbox.ledger.decision import Decision
from digitbox.records import Reading, Reason, Status
from digitbox.review.serializers import serialized_reading
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from tests.conftest import ROOT
from tests.endurance.harness import Harness, doubtful, unsure, until
from tests.pages import Gray, encoded, sheet
from tests.review.numbers import drawn, numbered, pages_of, reading_of
from tests.review.site import Site, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


JSON = {"Content-Type": "application/json"}

NOTED = '{"request": 1}'
"""What is answered to a decision that the test takes away."""

pytestmark = pytest.mark.xdist_group("browser")  # one at a time


@contextmanager
def page_of(
    browser: "Browser", site: Site, view: str = "review", forgives: str = "", **options: Any
) -> "Iterator[Page]":
    """A page of its own browser profile; whatever it complains of fails the test, but for what
    ``forgives`` matches."""
    context = browser.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.url}{view}")
    yield page
    context.close()
    assert not [one for one in complaints if not (forgives and re.search(forgives, one))]


def at(page: "Page") -> str:
    """The number of the reading that is shown."""
    page.wait_for_selector("#reading:not([hidden])")
    return page.get_attribute("#reading", "data-id") or ""


def write(page: "Page", value: str) -> None:
    """Type a value, without a look at the field, and confirm it."""
    for key in (*value, "Enter"):
        page.keyboard.press("Space" if key == " " else key)


def decided(harness: Harness) -> list[dict[str, str]]:
    return [row for row in harness.published() if row["reason"] == "reviewed"]


def test_twenty_readings_are_cleared_by_keys_alone(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 40)
    keys = ["Enter", *"0123456789", "x"] + ["Enter"] * 8
    with serving(harness) as site, page_of(browser, site) as page:
        guesses, shown = [], set()
        for key in keys:
            shown.add(at(page))
            guesses.append(page.inner_text("#guess"))
            page.keyboard.press(key)
            if key.isdigit():
                assert page.input_value("#typed") == key
                page.keyboard.press("Enter")
        assert len(shown) == 20
        until(lambda: len(decided(harness)) == 20)
        assert page.inner_text("#notices") == ""
    given = {"Enter": None, "x": ""}
    values = [given.get(key, key) for key in keys]
    values = [
        guess if value is None else value for value, guess in zip(values, guesses, strict=True)
    ]
    assert [row["value"] for row in sorted(decided(harness), key=lambda row: row["id"])] == values


def test_why_letters_are_no_value_is_said(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417"))
    with serving(harness) as site, page_of(browser, site) as page:
        before = at(page)
        page.focus("#typed")
        page.keyboard.type("47")
        assert "then Enter" in page.inner_text("#hint")
        page.keyboard.insert_text("b")  # as it is pasted
        assert page.input_value("#typed") == "47"
        assert "A value has digits" in page.inner_text("#hint")
        assert page.get_attribute("#typed", "aria-invalid") == "true"
        page.keyboard.type("1")
        assert page.input_value("#typed") == "471"
        assert "then Enter" in page.inner_text("#hint")
        assert page.get_attribute("#typed", "aria-invalid") is None
        assert at(page) == before
    assert not decided(harness)


def test_a_number_is_typed_and_confirmed(browser: "Browser", tmp_path: Path) -> None:
    read = ("0417", "12.50", "7,300", "44", "5")
    given = ("0477", "112.5", "", "444", "07")
    harness = numbered(tmp_path / "harness", *pages_of(*read))
    with serving(harness) as site, page_of(browser, site) as page:
        for guess, value in zip(read, given, strict=True):
            before = at(page)
            assert page.inner_text("#guess") == guess
            assert page.inner_text("#confirm") == "Confirm Enter"
            page.keyboard.type(value)
            assert page.input_value("#typed") == value
            assert at(page) == before  # no key has decided
            if value:
                assert page.inner_text("#confirm") == f"Set to {value} Enter"
            page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 5)
        assert page.inner_text("#notices") == ""
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["0477", "112.5", "7,300", "444", "07"]
    assert [row["confidence"] for row in rows] == ["0.0000", "0.0000", "0.3200", "0.0000", "0.0000"]


def test_one_key_decides_where_pages_have_one_digit(browser: "Browser", tmp_path: Path) -> None:
    two = replace(reading_of("41", confidence=0.9), value="4", reason=Reason.SEVERAL_MARKS)
    pages = [*pages_of("5", "6", "7", "12"), (drawn("41"), two)]
    harness = numbered(tmp_path / "harness", *pages, digits=1)
    with serving(harness) as site, page_of(browser, site) as page:
        for key in ("3", "8", "-"):
            at(page)
            assert page.inner_text("#hint").startswith("Press the digit that stands there")
            page.keyboard.press(key)
        write(page, "7")  # with a minus before it, it goes on
        page.keyboard.press("Enter")  # asked again: there should be none
        for guess, value in (("12", "1"), ("4", "41")):  # there may be more to come
            until(lambda: page.inner_text("#guess") == guess)  # noqa: B023  # waited for right here
            assert page.inner_text("#hint").startswith("Type what stands there")
            write(page, value)
        page.keyboard.press("Enter")  # asked again: there should be one digit
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 5)
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["3", "8", "-7", "1", "41"]


def test_what_is_typed_is_edited_and_what_is_no_value_is_not_sent(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "88"))
    with serving(harness) as site, page_of(browser, site) as page:
        first = at(page)
        page.keyboard.press("Backspace")
        assert page.input_value("#typed") == "041"  # of what was read
        page.keyboard.press(".")
        page.keyboard.press("Enter")
        assert page.inner_text("#hint").startswith("A value has digits")
        assert at(page) == first
        page.keyboard.press("9")
        assert page.inner_text("#hint").startswith("Type what stands there")
        page.keyboard.press("Escape")
        assert page.input_value("#typed") == ""
        page.fill("#typed", "1a2")  # as a phone's keyboard or the clipboard gives it
        assert page.input_value("#typed") == "12"
        page.press("#typed", "ArrowLeft")
        page.press("#typed", "7")  # in the middle
        page.press("#typed", "Enter")
        assert at(page) != first
        assert page.input_value("#typed") == ""
        until(lambda: [row["value"] for row in decided(harness)] == ["172"])


def test_what_is_no_value_to_the_page_is_none_to_the_ledger() -> None:
    script = (ROOT / "pipeline" / "digitbox" / "review" / "static" / "typing.js").read_text("utf-8")
    (pattern,) = re.findall(r"const VALUE = /\^(.*)\$/;", script)
    assert pattern == records._VALUE.pattern


def test_an_alternative_is_chosen_by_its_key_or_a_click(browser: "Browser", tmp_path: Path) -> None:
    first, second, third = pages_of("0417", "0418", "3", others=("0477", "31"))
    harness = numbered(tmp_path / "harness", first, second, third)
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert page.locator("#alternatives button").all_inner_texts() == [
            "0417\n30%\na",
            "0477\n23.3%\nb",
            "31\n23.3%\nc",
        ]
        page.keyboard.press("e")  # there is none
        page.keyboard.press("b")
        until(lambda: page.inner_text("#guess") == "0418")
        page.click("#alternatives button:nth-child(3)")
        until(lambda: page.inner_text("#guess") == "3")
        assert page.is_visible("#digits")  # it may be one digit, or two
        page.click("#digits button:nth-child(9)")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 3)
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["0477", "31", "8"]
    assert rows[0]["confidence"] == "0.2333"


def test_what_was_read_stands_under_each_digit(browser: "Browser", tmp_path: Path) -> None:
    lines = drawn("12.50", "-7"), reading_of("12.50", "-7", reason=Reason.SEVERAL_LINES)
    harness = numbered(tmp_path / "harness", lines)
    for width in (1280, 390):
        size = {"width": width, "height": 844}
        with serving(harness) as site, page_of(browser, site, viewport=size) as page:
            at(page)
            assert "several lines" in page.inner_text("#why")
            assert page.locator(".strip .marks").all_text_contents() == ["12.50", "-7"]
            for kind in (".strip:first-child .box", ".strip:first-child .mark:not(:nth-child(3))"):
                assert page.locator(kind).count() == 4
            for number in range(4):
                box = page.locator(".strip:first-child .box").nth(number).bounding_box()
                marks = page.locator(".strip:first-child .mark:not(:nth-child(3))")
                mark = marks.nth(number).bounding_box()
                assert box is not None
                assert mark is not None
                assert mark["y"] >= box["y"] + box["height"]
                middles = (one["x"] + one["width"] / 2 for one in (box, mark))
                assert abs(next(middles) - next(middles)) < 2
                assert box["height"] > 24
            assert page.locator(".mark.doubt").all_inner_texts() == ["2"]
            until(lambda: page.evaluate("document.querySelector('.strip img').naturalWidth") > 50)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert decided(harness) == []


def test_several_marks_have_their_digits_at_their_boxes(browser: "Browser", tmp_path: Path) -> None:
    page_, number = pages_of("73", reason=Reason.SEVERAL_MARKS)[0]
    marks = replace(number, value="7", alternatives=())
    harness = numbered(tmp_path / "harness", (page_, marks))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert page.locator(".strip .box").all_inner_texts() == ["7", "3"]
        assert page.locator(".strip .marks").count() == 0
        write(page, "73")
        until(lambda: [row["value"] for row in decided(harness)] == ["73"])


def test_what_is_undone_comes_back_and_may_be_decided_anew(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    with serving(harness) as site, page_of(browser, site) as page:
        first, file = at(page), page.inner_text("#file")
        write(page, "3")
        assert at(page) != first
        until(lambda: [row["value"] for row in decided(harness)] == ["3"])
        page.keyboard.press("u")
        until(lambda: page.inner_text("#file") == file)
        until(lambda: at(page) != first)  # another row stands for it
        write(page, "8")
        until(lambda: [row["value"] for row in decided(harness)] == ["3", "8"])
    assert [row["reason"] for row in harness.published()].count("low_confidence") == 3


def test_what_is_undone_at_once_was_never_published(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 3)
    with serving(harness) as site, page_of(browser, site) as page:
        first, file = at(page), page.inner_text("#file")
        for value in ("3", "4"):
            write(page, value)
            assert page.inner_text("#file") != file
            page.keyboard.press("u")
            assert page.inner_text("#file") == file
            assert at(page) == first
        write(page, "5")
        write(page, "6")
        until(lambda: [row["value"] for row in decided(harness)] == ["5", "6"])
        assert page.inner_text("#left") == "1 left"
        assert page.inner_text("#notices") == ""
    assert len(harness.tables()) == 2  # what was read, and what was decided


def test_of_two_people_at_once_the_second_is_told(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    with (
        serving(harness) as site,
        page_of(browser, site) as ada,
        page_of(browser, site) as bo,
    ):
        ada.fill("#who", "Ada")
        ada.locator("#who").blur()
        assert at(ada) == at(bo)
        write(ada, "3")
        until(lambda: len(decided(harness)) == 1)
        write(bo, "4")
        notice = bo.locator("#notices li")
        notice.wait_for()
        assert "Ada has decided meanwhile: 3." in notice.inner_text()
    assert [row["value"] for row in decided(harness)] == ["3"]


def kinds() -> list[tuple[Gray, Reading]]:
    """A number that is not sure, a 1 that was taken for no digit, and what cannot be read."""
    none = replace(reading_of("1"), status=Status.NOT_DIGIT, reason=None, value=None)
    none = replace(none, confidence=None, alternatives=())
    return [
        *pages_of("0417"),
        (drawn("1"), none),
        (drawn("5"), Reading.failed(Reason.CORRUPT)),
    ]


def shown_kinds(page: "Page") -> list[str]:
    return page.locator("#kinds a:visible").all_inner_texts()


def test_all_that_needs_a_person_is_in_one_queue(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *kinds())
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert shown_kinds(page) == ["all 3", "1 not sure", "1 not a digit", "1 failed"]
        page.keyboard.press("Enter")
        until(lambda: page.inner_text("#guess") == "not a number")
        assert shown_kinds(page) == ["all 2", "1 not a digit", "1 failed"]
        page.click("#digits button:nth-child(2)")
        until(lambda: page.inner_text("#guess") == "could not be read")
        last = at(page)
        assert page.is_disabled("#confirm")
        assert page.is_hidden("#digits")
        page.keyboard.press("Enter")  # there is nothing to confirm
        assert at(page) == last
        page.keyboard.press("l")
        page.wait_for_selector("#nothing:not([hidden])")
        assert shown_kinds(page) == ["all 0"]
        until(lambda: len(decided(harness)) == 3)
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [(row["value"], row["status"]) for row in rows] == [
        ("0417", "accepted"),
        ("1", "accepted"),
        ("", "not_digit"),
    ]


def test_one_kind_is_shown_and_at_its_end_what_is_left_elsewhere(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *kinds())
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        page.click("#kinds a[data-kind=not_digit]")
        until(lambda: page.inner_text("#guess") == "not a number")
        assert page.inner_text("#left") == "1 left"
        page.keyboard.press("Enter")  # it is none
        page.wait_for_selector("#nothing:not([hidden])")
        assert page.inner_text("#done") == "Nothing of this kind is left"
        assert page.locator("#elsewhere a").all_inner_texts() == ["1 not sure", "1 failed"]
        page.click("#elsewhere a:last-child")
        until(lambda: page.inner_text("#guess") == "could not be read")
        page.keyboard.press("m")
        until(lambda: len(decided(harness)) == 2)
    statuses = {row["file"]: row["status"] for row in decided(harness)}
    assert statuses == {"02.png": "not_digit", "03.png": "blank"}


def test_what_is_skipped_comes_back_at_the_end(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12", "300"))
    with serving(harness) as site, page_of(browser, site) as page:
        first = at(page)
        page.keyboard.press("9")
        page.keyboard.press("s")
        assert page.inner_text("#guess") == "12"
        assert page.input_value("#typed") == ""  # what was typed was of the other one
        page.keyboard.press("Enter")
        page.click("#skip")
        page.wait_for_selector("#nothing:not([hidden])")
        assert page.inner_text("#done") == "2 skipped"
        page.click("#return")
        assert at(page) == first
        write(page, "0477")
        assert page.inner_text("#guess") == "300"
        page.keyboard.press("l")
        until(lambda: len(decided(harness)) == 3)
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["0477", "12", ""]


def test_a_file_is_read_again_from_the_queue(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 1)
    with serving(harness) as site, page_of(browser, site) as page:
        first = at(page)
        page.keyboard.press("r")
        page.wait_for_selector("#notices li:has-text('was read again')")
        until(lambda: len(harness.published()) == 2)
        until(lambda: at(page) != first)  # it is not sure again
        assert page.inner_text("#left") == "1 left"


def test_enter_confirms_what_is_shown_wherever_the_focus_is(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = doubtful(tmp_path / "harness", 9)
    with serving(harness) as site, page_of(browser, site) as page:
        guesses, ids = [], ["who", "skip", "unreadable", "none", "again", "blank", "confirm"]
        for number, name in enumerate(["a digit", *ids]):
            before = at(page)
            guesses.append((page.inner_text("#file"), page.inner_text("#guess")))
            if number == 0:
                page.focus("#digits button:nth-child(1)")
            else:
                page.focus(f"#{name}")
            page.keyboard.press("Enter")
            if name == "who":  # a name is given, nothing is decided
                assert at(page) == before
                guesses.pop()
            else:
                until(lambda: at(page) != before)  # noqa: B023
        until(lambda: len(decided(harness)) == 7)
        page.focus("#digits button:nth-child(4)")
        page.keyboard.press("Space")  # a button is pressed by it
        until(lambda: len(decided(harness)) == 8)
    values = [(row["file"], row["value"]) for row in decided(harness)]
    assert values[:7] == guesses
    assert values[7][1] == "3"


def test_a_hostile_file_name_is_text(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", accept=1.0)
    name = "<img src=x onerror=alert(1)>\"'\n\u202e.png"
    harness.drop(name, unsure(1))
    assert harness.run("batch").returncode == 0
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert page.inner_text("#file") == "<img src=x onerror=alert(1)>\"'\\n\\u202e.png"
        assert page.locator("#file *").count() == 0


def test_a_phone_is_enough(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 3)
    size = {"width": 390, "height": 844}
    with (
        serving(harness) as site,
        page_of(browser, site, viewport=size, has_touch=True, is_mobile=True) as page,
    ):
        first = at(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        buttons = page.locator("#reading button:visible")
        for place in range(buttons.count()):
            box = buttons.nth(place).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            assert box["y"] + box["height"] <= size["height"]  # without scrolling
        page.tap("#confirm")
        second = at(page)
        page.tap("#digits button:nth-child(8)")
        third = at(page)
        page.tap("#none")
        page.wait_for_selector("#nothing:not([hidden])")
        assert len({first, second, third}) == 3
        until(lambda: len(decided(harness)) == 3)
    assert decided(harness)[1]["value"] == "7"


def test_a_phone_is_enough_for_numbers(browser: "Browser", tmp_path: Path) -> None:
    others = ("1234567898", "1234567880", "123456789", "7234567890")
    harness = numbered(tmp_path / "harness", *pages_of("1234567890", "12", others=others))
    size = {"width": 390, "height": 844}
    with (
        serving(harness) as site,
        page_of(browser, site, viewport=size, has_touch=True, is_mobile=True) as page,
    ):
        first = at(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        buttons = page.locator("#reading :is(button, #typed):visible")
        assert buttons.count() == 5 + 1 + 8
        for place in range(buttons.count()):
            box = buttons.nth(place).bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            assert box["y"] + box["height"] <= size["height"]  # without scrolling
        page.tap("#alternatives button:nth-child(3)")
        assert at(page) != first
        page.tap("#typed")
        page.keyboard.insert_text("13")  # no key is pressed where a phone writes
        page.tap("#confirm")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 2)
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["1234567880", "13"]


def test_the_keys_are_explained(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 1)
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        page.keyboard.press("?")
        assert page.is_visible("#keys")
        write(page, "5")  # decides nothing behind it
        assert page.is_hidden("#keys")  # Enter has closed it
        assert page.input_value("#typed") == ""
        assert decided(harness) == []


def test_a_digit_that_is_drawn_is_read_while_it_is_drawn(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = Harness(tmp_path / "harness", model="cnn")
    with serving(harness) as site, page_of(browser, site, "try") as page:
        box = page.locator("#paper").bounding_box()
        assert box is not None

        def move(across: float, down: float) -> None:
            page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])

        move(0.3, 0.25)
        page.mouse.down()
        for step in range(11):
            move(0.3 + 0.04 * step, 0.25)
        until(lambda: page.inner_text("#why") != "nothing drawn yet")  # the pen is still down
        for step in range(11):
            move(0.7 - 0.025 * step, 0.25 + 0.055 * step)
        page.mouse.up()
        until(lambda: page.inner_text("#guess") == "7")
        assert page.is_visible("#frames")
        page.click("#clear")
        assert page.inner_text("#guess") == ""
        assert page.is_hidden("#frames")
    assert not harness.state.exists()


def test_an_image_that_is_chosen_is_read(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", model="cnn")
    (harness.folder / "3.png").write_bytes(encoded(sheet(3)))
    with serving(harness) as site, page_of(browser, site, "try") as page:
        page.set_input_files("#choose", harness.folder / "3.png")
        until(lambda: page.inner_text("#guess") == "3")
        page.set_input_files("#choose", harness.folder / "config.yaml")
        until(lambda: "not an image" in page.inner_text("#why"))


@pytest.mark.parametrize("way", ["drop", "paste"])
def test_an_image_that_is_dropped_or_pasted_is_read(
    browser: "Browser", tmp_path: Path, way: str
) -> None:
    harness = Harness(tmp_path / "harness", model="cnn")
    content = base64.b64encode(encoded(sheet(3))).decode("ascii")
    with serving(harness) as site, page_of(browser, site, "try") as page:
        page.evaluate(
            """([way, content]) => {
                const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
                const given = new DataTransfer();
                given.items.add(new File([bytes], "3.png", { type: "image/png" }));
                const init = { bubbles: true, cancelable: true };
                document.body.dispatchEvent(way === "drop"
                    ? new DragEvent("drop", { ...init, dataTransfer: given })
                    : new ClipboardEvent("paste", { ...init, clipboardData: given }));
            }""",
            [way, content],
        )
        until(lambda: page.inner_text("#guess") == "3")


def test_a_number_that_is_tried_is_shown_digit_by_digit(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", model="cnn")
    picture = base64.b64encode(encoded(drawn("12.5"))).decode("ascii")
    found = serialized_reading(reading_of("12.5", others=("125",)))
    answer = msgspec.json.encode(found | {"scan": picture, "frames": picture, "picture": picture})
    with serving(harness) as site, page_of(browser, site, "try") as page:
        page.route("**/try/read", lambda route: route.fulfill(body=answer, headers=JSON))
        page.click("#paper")
        until(lambda: page.inner_text("#guess") == "12.5")
        assert page.locator(".strip .marks").all_text_contents() == ["12.5"]
        assert page.locator("#alternatives .name").all_inner_texts() == ["12.5", "125"]
        assert page.is_hidden("#digits")
        assert page.is_hidden("#seen")
        page.click("#clear")
        assert page.is_hidden("#strips")
        assert page.is_visible("#digits")
        assert page.locator("#alternatives .name").count() == 0


def test_a_number_is_seen_as_it_is_written(browser: "Browser", tmp_path: Path) -> None:
    number = drawn("0417"), reading_of("0417", reason=Reason.OTHER_LENGTH)
    harness = numbered(tmp_path / "harness", number)
    with serving(harness) as site, page_of(browser, site, "live") as page:
        page.wait_for_selector("#rows li")
        assert page.inner_text("#rows strong") == "0417"
        assert "more or fewer digits than expected" in page.inner_text("#rows .what")
        until(lambda: page.evaluate("document.querySelector('#rows img').naturalWidth") > 100)
        width, height = page.evaluate(
            "[document.querySelector('#rows img')].flatMap(i => [i.naturalWidth, i.naturalHeight])"
        )
        assert (width, height) == (134, 50)  # the number alone


def test_a_row_is_seen_within_a_second_of_its_file(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", model="cnn")
    with harness.service(), serving(harness) as site, page_of(browser, site, "live") as page:
        until(lambda: page.inner_text("#state") == "idle")
        dropped = time.monotonic()
        harness.drop("a <b>.png", encoded(sheet(4)))
        page.wait_for_selector("#rows li", timeout=1000)
        assert time.monotonic() - dropped < 1
        assert page.inner_text("#rows strong") == "4"
        assert page.inner_text("#rows .file") == "a <b>.png"
        until(lambda: page.evaluate("document.querySelector('#rows img').naturalWidth") > 100)
        until(lambda: page.inner_text("#today") == "1 accepted")


def test_what_needs_a_person_is_counted_and_led_to(browser: "Browser", tmp_path: Path) -> None:
    harness = numbered(tmp_path / "harness", *kinds())
    with serving(harness) as site, page_of(browser, site, "live") as page:
        page.wait_for_selector("#open:not([hidden])")
        links = page.locator("#open .kinds a:visible")
        assert links.all_inner_texts() == ["1 not sure", "1 not a digit", "1 failed"]
        links.nth(1).click()
        until(lambda: page.inner_text("#guess") == "not a number")


def test_what_failed_is_read_again_at_a_click(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness")
    harness.drop("broken.png", b"no image")
    assert harness.run("batch").returncode == 0
    with serving(harness) as site, page_of(browser, site, "live") as page:
        page.wait_for_selector("#failures li")
        assert "not an image" in page.inner_text("#failures")
        page.click("#failures button")
        until(lambda: len(harness.published()) == 2)
        until(lambda: page.locator("#rows li").count() == 2)


@pytest.mark.parametrize("view", ["review", "try", "live", "report"])
def test_nobody_is_shut_out(browser: "Browser", tmp_path: Path, view: str, axe: str) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    harness.drop("broken.png", b"no image")
    assert harness.run("batch").returncode == 0
    with chdir(harness.folder):
        decisions = Decisions(load, Flags())
        decisions.ask(Decision(1, "3", "Ada"))
        decisions.carry_out()
        decisions.close()
    shown = {
        "review": "#reading",
        "try": "#digits .share",
        "live": "#failures li",
        "report": "#confusion",
    }[view]
    for scheme in ("light", "dark"):
        with serving(harness) as site, page_of(browser, site, view, color_scheme=scheme) as page:
            page.wait_for_selector(shown)
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]


def test_nobody_is_shut_out_of_numbers(browser: "Browser", tmp_path: Path, axe: str) -> None:
    lines = [str(number) for number in range(100, 120)]  # more than there is room for
    many = drawn(*lines), reading_of(*lines, reason=Reason.SEVERAL_LINES)
    one = drawn("0417"), reading_of("0417", confidence=0.5, others=("0477",))
    harness = numbered(tmp_path / "harness", one, many)
    for scheme in ("light", "dark"):
        with serving(harness) as site, page_of(browser, site, color_scheme=scheme) as page:
            for guess in ("0417", " ".join(lines)):
                until(lambda: page.inner_text("#guess") == guess)  # noqa: B023
                page.evaluate(axe)
                found = page.evaluate("axe.run()")["violations"]
                serious = [one for one in found if one["impact"] in ("serious", "critical")]
                assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
                page.route(
                    "**/review/decide", lambda route: route.fulfill(body=NOTED, headers=JSON)
                )
                page.keyboard.press("x")
