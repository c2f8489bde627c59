"""Makes the pictures of the pages in ``docs/images``: ``python -m tests.review.screens FOLDER``.

What they show is read by the program, from numbers that are drawn and from the samples.
"""

import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.conftest import ROOT
from tests.endurance.harness import Harness, unsure, until
from tests.pages import encoded, number, ruled, sheet
from tests.review.site import Site, browsing, serving
from tests.review.test_trial_browser import booklet

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DOUBTFUL = 30
"""So many images hold one digit written over another."""

SIZES: dict[str, Any] = {
    "": {"width": 1280, "height": 800},
    "-phone": {"width": 390, "height": 844},
}


def filled(folder: Path) -> Harness:
    """A service that has read numbers, a form, and what is no image."""
    harness = Harness(folder, model="cnn")
    shutil.rmtree(folder / "forms")
    shutil.copytree(ROOT / "samples" / "forms" / "exam", folder / "forms" / "exam")
    for place, value in enumerate(("0417", "2650", "93", "1208", "5.75", "771", "38", "4096")):
        harness.drop(f"meter {12 + place}.png", encoded(number(value, height=60 + 4 * place)))
    whole = np.pad(number("638", height=90), ((60, 120), (0, 420)), constant_values=225)
    start = int(np.flatnonzero((whole < 120).any(axis=0))[0])
    harness.drop("meter 20.png", encoded(whole[:, start + 12 :]))
    harness.drop("meter 21.png", encoded(ruled(sheet(2))))
    harness.drop("meter 22.png", b"no image")
    for place in range(DOUBTFUL):
        harness.drop(f"meter {23 + place}.png", unsure(place))
    for name in ("scan.jpg", "wrong-sum.jpg"):
        harness.drop(f"exam/{name}", (ROOT / "samples" / "forms" / name).read_bytes())
    done = harness.run("batch")
    assert done.returncode in (0, 1), done.stderr
    return harness


def opened(page: "Page", site: Site, view: str, ready: str) -> None:
    page.goto(f"{site.url}{view}")
    page.wait_for_selector(ready)
    page.wait_for_load_state("networkidle") if view != "live" else page.wait_for_timeout(2000)


def of_a_number(page: "Page", site: Site) -> None:
    opened(page, site, "review?kind=review", "#reading:not([hidden])")
    for _ in range(DOUBTFUL):
        if "border" in page.inner_text("#why"):
            break
        gone_on(page, "s")
    until(lambda: page.evaluate("document.querySelector('#strips img')?.naturalWidth"))


def gone_on(page: "Page", *keys: str) -> None:
    """Press ``keys`` until another reading is shown."""
    before = page.get_attribute("#reading", "data-id")
    for key in keys:
        if page.get_attribute("#reading", "data-id") == before:
            page.keyboard.press(key)
    until(lambda: page.is_hidden("#reading") or page.get_attribute("#reading", "data-id") != before)


def of_a_form(page: "Page", site: Site) -> None:
    opened(page, site, "review?kind=check_failed", "#reading:not([hidden])")
    until(lambda: page.evaluate("document.querySelector('#whole img')?.naturalWidth"))


def of_a_document(page: "Page", site: Site) -> None:
    opened(page, site, "try", "#choose")
    file = site.harness.folder / "readings.pdf"
    file.write_bytes(booklet(7, 4, 2))
    page.set_input_files("#choose", file)
    until(lambda: page.inner_text("#guess") == "7")


def of_spot_checks(page: "Page", site: Site) -> None:
    opened(page, site, "report", "main")
    if page.locator("#draw").count() and not page.locator("#checks").count():
        page.click("#draw")
        page.wait_for_selector("#reading:not([hidden])")
        for _ in range(8):
            gone_on(page, "Enter")
        opened(page, site, "review?kind=review", "#reading:not([hidden])")
        for turn in range(DOUBTFUL - 6):
            if page.is_hidden("#reading"):
                break
            gone_on(page, *("Enter",) if turn % 3 else ("2", "Enter"))
        page.wait_for_timeout(8000)  # until they are published
    opened(page, site, "report", "#checks")


PAGES: dict[str, Callable[["Page", Site], None]] = {
    "review": of_a_number,
    "review-form": of_a_form,
    "live": lambda page, site: opened(page, site, "live", "#rows li"),
    "try": of_a_document,
    "forms": lambda page, site: opened(page, site, "forms", "main a"),
    "form": lambda page, site: opened(page, site, "forms/exam", "main"),
    "report": of_spot_checks,
    "readings": lambda page, site: opened(page, site, "readings", ".found li"),
}


def taken(browser: "Browser", site: Site, out: Path, name: str, **options: Any) -> None:
    for suffix, size in SIZES.items():
        context = browser.new_context(viewport=size, **options)
        page = context.new_page()
        PAGES.get(name, asked_for_the_token)(page, site)
        page.screenshot(path=out / f"{name}{suffix}.png")
        context.close()


def asked_for_the_token(page: "Page", site: Site) -> None:
    opened(page, site, "review", "input[name]")


def main(out: Path, scheme: str = "light") -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        harness = filled(Path(folder) / "harness")
        browser = stack.enter_context(browsing())
        with serving(harness) as site:
            for name in PAGES:
                taken(browser, site, out, name, color_scheme=scheme)
        harness = Harness(Path(folder) / "guarded", review={"token": "a token of the tests alone"})
        with serving(harness) as site:
            taken(browser, site, out, "enter", color_scheme=scheme)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
