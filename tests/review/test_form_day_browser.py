"""A form from an empty page to a corrected record, in Chromium: all that people do with it."""

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.endurance.harness import Harness, until
from tests.forms import paper
from tests.review.site import serving
from tests.review.test_browser import page_of
from tests.review.test_fields_browser import now
from tests.review.test_forms_browser import drag, harness, opened, saved

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["harness"]

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

PLACES = {"q1": (100, 320, 2), "q2": (100, 420, 2), "total": (100, 520, 3)}
"""Left, top and the number of cells of what is drawn; cells are 60 pixels wide and high."""

WRONG = {"student": "40213", "q1": "7", "q2": "12", "total": "85"}


def records(harness: Harness) -> list[Any]:
    """Those of all batches, the oldest first."""
    files = sorted((harness.folder / "outbox").rglob("*.json"), key=lambda file: file.name)
    return [one for file in files for one in json.loads(file.read_bytes())["records"]]


def test_a_form_is_drawn_read_and_corrected(
    browser: "Browser",
    harness: Harness,
) -> None:
    size = {"width": 1280, "height": 1100}
    with serving(harness) as site, page_of(browser, site, "forms", viewport=size) as page:
        page.fill("#name", "exam")
        page.set_input_files("#sheet", harness.folder / "blank.png")
        page.click("#make")
        page.wait_for_url("**/forms/exam")
        opened(page)
        page.click("#clear")
        for name, (left, top, count) in PLACES.items():
            drag(page, (left, top), (left + 60 * count, top + 60))
            page.fill("#key-name", name)
            page.select_option("#key-type", "number")
            page.fill("#key-length", str(count))
            page.check("#key-cells")
        page.fill("#checks", "total == q1 + q2")
        page.set_input_files("#choose", harness.folder / "filled.png")
        page.wait_for_selector("#readings tbody tr")
        rows = page.locator("#readings tbody tr").all_inner_texts()
        assert [row.split("\t")[:2] for row in rows] == [["q1", "7"], ["q2", "12"], ["total", "19"]]
        saved(page)

        harness.drop("exam/a.png", paper.encoded(paper.filled(WRONG)))
        assert harness.run("batch").returncode == 0
        (before,) = records(harness)
        assert (before["status"], before["look_at"]) == ("review", ["q1", "q2", "total"])

        page.goto(f"{site.url}review")
        page.wait_for_selector("#check:not([hidden])")
        page.click(".card:nth-child(3) input")
        now(page, "total")
        page.keyboard.type("19")
        page.keyboard.press("Enter")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(records(harness)) == 2)
    _, after = records(harness)
    assert (after["status"], after["look_at"]) == ("accepted", [])
    assert after["fields"] == {"q1": "7", "q2": "12", "total": "19"}
    assert not set(after["rows"]) & set(before["rows"])  # each says something else than before
