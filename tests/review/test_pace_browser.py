"""How fast a practised person gets through the queue: what the page adds to each number."""

import logging
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.endurance.harness import until
from tests.review.numbers import numbered, pages_of
from tests.review.site import serving
from tests.review.test_browser import at, decided, page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

log = logging.getLogger(__name__)

NUMBERS = 60

MOST_MS = 50.0
"""Milliseconds that the page may add to a number, from the key that decides until the next one."""

WATCHED = """() => {
    window.added = [];
    window.worked = [];
    let began = null;
    let pressed = 0;
    let seen = document.querySelector("#reading").dataset.id;
    // Before all others: from the key on.
    addEventListener("keydown", () => { began = pressed = performance.now(); }, true);
    // After all others.
    addEventListener("keydown", (event) => {
        if (event.key === "Enter") window.worked.push(performance.now() - pressed);
    });
    // Once another reading is on the screen, with its picture.
    new MutationObserver(() => {
        const now = document.querySelector("#reading").dataset.id;
        if (!began || !now || now === seen) return;
        seen = now;
        const from = began;
        const image = document.querySelector("#strips img");
        const shown = () => requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.added.push(performance.now() - from);
            channel.port2.postMessage(null); // after it was painted
        });
        image.decode().then(shown, shown);
        began = null;
    }).observe(document.querySelector("#reading"), { attributeFilter: ["data-id"] });
}"""
"""Measures, in the page itself, from each key that decides until the next number was painted."""


def test_sixty_numbers_are_decided_and_the_page_adds_little_to_each(
    browser: "Browser", tmp_path: Path
) -> None:
    values = [f"{1000 + 37 * number}" for number in range(NUMBERS)]
    harness = numbered(tmp_path / "harness", *pages_of(*values))
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        page.evaluate(WATCHED)
        for number, value in enumerate(values):
            until(lambda: page.inner_text("#guess") == value)  # noqa: B023  # waited for right here
            if number % 3 == 0:
                page.keyboard.type(value)
            page.keyboard.press("Enter")
            page.wait_for_timeout(700)  # a person looks: the next pictures come meanwhile
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == NUMBERS)
        added = sorted(page.evaluate("window.added"))
        worked = sorted(page.evaluate("window.worked"))
        assert page.inner_text("#notices") == ""
    assert [row["value"] for row in sorted(decided(harness), key=lambda row: row["file"])] == values
    assert len(harness.tables()) < NUMBERS / 5  # in few batches
    assert len(added) == NUMBERS - 1
    late = sum(one >= MOST_MS for one in added)
    said = (
        f"from the key to the next number on the screen: median {statistics.median(added):.1f} ms, "
        f"{late} of {len(added)} took {MOST_MS:.0f} ms or more, at most {added[-1]:.1f} ms; "
        f"of that, the page itself: median {statistics.median(worked):.1f} ms, "
        f"at most {worked[-1]:.1f} ms"
    )
    log.info(said)
    assert statistics.median(added) < MOST_MS, said
    assert worked[-1 - NUMBERS // 20] < MOST_MS, said  # whatever else takes the processor
