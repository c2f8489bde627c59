"""The page /forms as people use it: in Chromium, with a mouse, keys and fingers."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml

from digitbox.forms import library
from tests.endurance.harness import FORM_FOLDER, Harness, until
from tests.forms import paper
from tests.review.site import Site, serving
from tests.review.test_browser import page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

VALUES = {"student": "40213", "q1": "7", "q2": "12", "total": "19"}


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    made = Harness(tmp_path / "harness", model="cnn")
    shutil.rmtree(made.folder / "forms" / FORM_FOLDER)
    (made.folder / "blank.png").write_bytes(paper.encoded(paper.blank()))
    filled = paper.filled(VALUES, ("absent", "B"))
    (made.folder / "filled.png").write_bytes(paper.encoded(filled))
    return made


@contextmanager
def faults_of(browser: "Browser", site: Site, view: str) -> "Iterator[Page]":
    """A page on which the server refuses something: the browser complains of that, too."""
    page = browser.new_page(viewport={"width": 1280, "height": 1100})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site.url}{view}")
    yield page
    page.close()
    assert not errors


def opened(page: "Page") -> None:
    """Wait until the reference is shown."""
    page.wait_for_selector("#tabs button")
    until(lambda: page.evaluate("document.getElementById('picture').naturalWidth") == 700)
    until(lambda: page.get_attribute("#boxes", "viewBox") == "0 0 700 900")


def drag(page: "Page", start: tuple[float, float], stop: tuple[float, float]) -> None:
    """From one place of the reference to another one, with the mouse."""
    for number, (x, y) in enumerate((start, ((start[0] + stop[0]) / 2, stop[1]), stop)):
        page.mouse.move(*on_screen(page, x, y))
        if not number:
            page.mouse.down()
    page.mouse.up()


def on_screen(page: "Page", x: float, y: float) -> tuple[float, float]:
    box = page.locator("#boxes").bounding_box()
    assert box is not None
    scale = box["width"] / 700
    return box["x"] + x * scale, box["y"] + y * scale


def chosen(page: "Page") -> list[int]:
    """The sides of the chosen field, as the list has them."""
    return [
        round(float(page.input_value(f"#box-0-{side}"))) for side in ("x", "y", "width", "height")
    ]


def saved(page: "Page") -> None:
    page.click("#save")
    until(lambda: page.inner_text("#said") == "saved")


def template(harness: Harness, name: str = "exam") -> Any:
    return yaml.safe_load((harness.folder / "forms" / name / "form.yaml").read_text("utf-8"))


def test_a_form_is_drawn_on_an_empty_page_and_reads_a_sample(
    browser: "Browser", harness: Harness
) -> None:
    size = {"width": 1280, "height": 1100}
    with serving(harness) as site, page_of(browser, site, "forms", viewport=size) as page:
        assert "There are no forms yet" in page.inner_text("main")
        page.fill("#name", "exam")
        page.set_input_files("#sheet", harness.folder / "blank.png")
        page.click("#make")
        page.wait_for_url("**/forms/exam")
        opened(page)
        assert page.locator("#list li").count() == len(template(harness)["pages"][0]["fields"])
        page.click("#clear")  # what was proposed
        assert page.locator("#list li").count() == 0

        drag(page, (100, 322), (220, 382))
        assert page.evaluate("document.activeElement.id") == "key-name"
        page.keyboard.type("first")
        page.select_option("#key-type", "number")
        page.fill("#key-length", "2")
        page.check("#key-cells")
        assert page.locator("#boxes .field line").count() == 1
        x, y, wide, high = chosen(page)
        assert abs(x - 100) + abs(y - 322) + abs(wide - 120) + abs(high - 60) <= 6

        drag(page, (160, 350), (160, 450))  # moved
        assert abs(chosen(page)[1] - 422) <= 3
        page.click("#undo")
        assert chosen(page) == [x, y, wide, high]
        page.click("#boxes .field")
        assert page.evaluate("document.activeElement.getAttribute('data-field')") == "0"
        for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight", "Shift+ArrowLeft"):
            page.keyboard.press(key)
        assert chosen(page) == [x, y - 2, wide, high]

        drag(page, (500, 330), (530, 360))  # a small square
        assert page.input_value("#key-type") == "checkbox"
        page.fill("#key-name", "absent")
        drag(page, (600, 600), (680, 640))
        page.locator("#boxes .field.chosen").press("Delete")
        assert page.locator("#list li").count() == 2

        page.set_input_files("#choose", harness.folder / "filled.png")
        page.wait_for_selector("#readings tbody tr")
        rows = page.locator("#readings tbody tr").all_inner_texts()
        assert [row.split("\t")[:2] for row in rows] == [["first", "7"], ["absent", "marked"]]
        assert "accepted" in rows[0]
        assert page.locator("#marks text").all_text_contents() == ["7", "marked"]
        assert "7 " in page.inner_text("#head-0 .read")
        saved(page)
    (made,) = library.load(harness.folder / "forms")
    first, absent = made.template.pages[0].fields
    assert (first.name, absent.name) == ("first", "absent")
    assert template(harness)["pages"][0]["fields"][0] == {
        "name": "first",
        "type": "number",
        "box": [x, y - 2, wide, high],
        "length": 2,
        "cells": True,
    }


def test_a_field_is_added_and_changed_by_keys_alone(browser: "Browser", harness: Harness) -> None:
    paper.put(harness.folder / "forms")
    with serving(harness) as site, page_of(browser, site, "forms/exam") as page:
        opened(page)
        page.focus("#add")
        page.keyboard.press("Enter")
        page.keyboard.type("extra")  # its name is focused
        page.keyboard.press("Tab")
        page.keyboard.type("digits")
        for value in ("400", "600", "90", "40"):
            page.keyboard.press("Tab")
            page.keyboard.press("Control+a")
            page.keyboard.type(value)
        page.keyboard.press("Tab")
        page.keyboard.type("3-4")
        assert chosen(page) == [400, 600, 90, 40]
        page.focus("#boxes .chosen")
        page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("ArrowLeft")
        assert chosen(page) == [399, 610, 90, 40]
        page.keyboard.press("Control+z")
        assert chosen(page) == [400, 600, 90, 40]
        page.focus("#checks")
        page.keyboard.press("Control+End")
        page.keyboard.type("\nextra <= 9999")
        page.focus("#save")
        page.keyboard.press("Enter")
        until(lambda: page.inner_text("#said") == "saved")
        page.focus("#head-6")  # the signature
        page.keyboard.press("Enter")
        page.keyboard.press("Delete")
        page.focus("#save")
        page.keyboard.press("Enter")
        until(lambda: len(template(harness)["pages"][0]["fields"]) == 7)
    fields = template(harness)["pages"][0]["fields"]
    assert fields[-1] == {
        "name": "extra",
        "type": "digits",
        "box": [400, 600, 90, 40],
        "length": [3, 4],
    }
    assert template(harness)["checks"] == ["total == q1 + q2", "extra <= 9999"]


def test_what_is_wrong_is_told_beside_it_and_nothing_is_written(
    browser: "Browser", harness: Harness
) -> None:
    file = paper.put(harness.folder / "forms") / "form.yaml"
    before = file.read_bytes()
    with serving(harness) as site, faults_of(browser, site, "forms/exam") as page:
        opened(page)
        page.click("#head-1")
        page.fill("#key-length", "many")
        page.click("#save")
        page.wait_for_selector("#trouble:not([hidden])")
        assert "The field q1" in page.inner_text("#trouble")
        assert "whole number" in page.inner_text("#list .wrong")
        assert page.get_attribute("#key-length", "aria-invalid") == "true"
        page.fill("#key-length", "2")
        page.fill("#checks", "total == q1 + q3")
        page.click("#save")
        until(lambda: "Line 1" in page.inner_text("#checked"))
        page.fill("#checks", "total == q1 + q2")
        assert file.read_bytes() == before
        file.write_text(paper.TEMPLATE + "# mine\n", "utf-8")
        page.click("#save")
        until(lambda: "was changed since" in page.inner_text("#trouble"))
    assert file.read_text("utf-8").endswith("# mine\n")


def test_handles_choices_and_tables_are_drawn(browser: "Browser", harness: Harness) -> None:
    paper.put(harness.folder / "forms")
    size = {"width": 1280, "height": 1100}
    with serving(harness) as site, page_of(browser, site, "forms/exam", viewport=size) as page:
        opened(page)
        page.click("#head-3")  # the total
        x, y, wide, high = chosen(page)
        scale = on_screen(page, 1, 0)[0] - on_screen(page, 0, 0)[0]
        out = 5 / scale
        drag(page, (x + wide + out, y + high + out), (x + wide + out + 40, y + high + out + 20))
        off = np.subtract(chosen(page), (x, y, wide + 40, high + 20))
        assert abs(off).max() <= 2
        page.click("#undo")
        page.click("#head-5")  # the grade
        page.click("#key-extend")
        page.fill("#key-boxes\\.2", "10")
        assert page.locator("#boxes .field.near").count() == 3
        page.click("#head-6")
        page.select_option("#key-type", "table")
        page.fill("#key-rows", "2")
        page.fill("#key-columns\\[0\\]\\.name", "quiz")
        page.click("summary >> nth=0")
        page.fill("#key-columns\\[0\\]\\.decimals", "1")
        page.click("#key-column")
        assert page.locator("#boxes .field.near line").count() == 2 + 1
        saved(page)
    fields = template(harness)["pages"][0]["fields"]
    assert list(fields[5]["boxes"]) == ["A", "B", "10"]
    assert fields[6]["columns"] == [{"name": "quiz", "decimals": 1}, "b", "column_3"]


def test_a_page_that_is_none_of_the_forms_is_told(browser: "Browser", harness: Harness) -> None:
    paper.put(harness.folder / "forms")
    (harness.folder / "other.png").write_bytes(
        paper.encoded(paper.photographed(paper.blank()[:99]))
    )
    with serving(harness) as site, page_of(browser, site, "forms/exam") as page:
        opened(page)
        page.set_input_files("#choose", harness.folder / "other.png")
        page.wait_for_selector("#whole:not([hidden])")
        assert "none of the form's pages" in page.inner_text("#whole")
        page.click("#tabs button >> nth=0")
        assert page.is_visible("#boxes")
        page.set_input_files("#choose", harness.folder / "config.yaml")
        until(lambda: "not an image" in page.inner_text("#whole"))


def test_a_finger_draws_and_moves(browser: "Browser", harness: Harness) -> None:
    paper.put(harness.folder / "forms")
    size = {"width": 390, "height": 844}
    options: dict[str, Any] = {"viewport": size, "has_touch": True, "is_mobile": True}
    with serving(harness) as site, page_of(browser, site, "forms/exam", **options) as page:
        opened(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        touch(page, (450, 600), (600, 660))  # scrolls
        assert page.locator("#list li").count() == 7
        page.evaluate("document.getElementById('sheet').scrollIntoView()")
        page.tap("#draw")
        touch(page, (450, 600), (600, 660))
        assert page.locator("#list li").count() == 8
        _, y, wide, high = chosen(page)
        assert abs(wide - 150) + abs(high - 60) <= 8
        touch(page, (500, 630), (500, 700))
        assert abs(chosen(page)[1] - y - 70) <= 4


def touch(page: "Page", start: tuple[float, float], stop: tuple[float, float]) -> None:
    devtools = page.context.new_cdp_session(page)
    page.evaluate("document.getElementById('sheet').scrollIntoView()")
    for number in range(6):
        share = number / 5
        place = [a + share * (b - a) for a, b in zip(start, stop, strict=True)]
        x, y = on_screen(page, *place)
        kind = "touchMove" if number else "touchStart"
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.mark.parametrize("view", ["forms", "forms/exam"])
def test_nobody_is_shut_out_of_forms(
    browser: "Browser", harness: Harness, view: str, axe: str
) -> None:
    folder = paper.put(harness.folder / "forms")
    paper.put(harness.folder / "forms", "pages: [", "broken")
    sizes = {"light": (1280, 800), "dark": (390, 844)}
    for scheme, (wide, high) in sizes.items():
        options: dict[str, Any] = {"viewport": {"width": wide, "height": high}}
        options["color_scheme"] = scheme
        with serving(harness) as site, page_of(browser, site, view, **options) as page:
            if view == "forms":
                assert folder.name in page.inner_text(".forms")
                reasons(page, axe)
                continue
            opened(page)
            for number in (1, 5):
                page.click(f"#head-{number}")
                reasons(page, axe)
            page.set_input_files("#choose", harness.folder / "filled.png")
            page.wait_for_selector("#readings tbody tr")
            reasons(page, axe)
            assert page.evaluate("document.documentElement.scrollWidth") <= wide


def reasons(page: "Page", axe: str) -> None:
    page.evaluate(axe)
    found = page.evaluate("axe.run()")["violations"]
    serious = [one for one in found if one["impact"] in ("serious", "critical")]
    assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
