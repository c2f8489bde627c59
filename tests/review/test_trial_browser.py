"""Files of several pages, and what cannot be read, on ``/try``: in Chromium."""

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.endurance.harness import Harness, until
from tests.pages import encoded, sheet
from tests.review.site import serving
from tests.review.test_browser import page_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return Harness(tmp_path / "harness", model="cnn")


def booklet(*digits: int, kind: str = "PDF") -> bytes:
    """A file with these ``digits``, each on a page."""
    pages = (Image.fromarray(sheet(digit, height=500, width=400, side=200)) for digit in digits)
    first, *others = pages
    out = io.BytesIO()
    first.save(out, kind, save_all=True, append_images=others, resolution=100)
    return out.getvalue()


def give(page: "Page", harness: Harness, name: str, content: bytes) -> None:
    file = harness.folder / name
    file.write_bytes(content)
    page.set_input_files("#choose", file)


def shown(page: "Page", which: str, guess: str) -> None:
    """Wait until that page is shown, with what it says."""
    until(lambda: page.inner_text("#which") == which and page.inner_text("#guess") == guess)
    until(lambda: page.evaluate("document.querySelector('#page').naturalHeight") > 100)
    assert page.is_visible("#page")
    assert page.is_hidden("#paper")
    assert page.get_attribute("#page", "alt") == f"Page {which}"


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_a_document_shows_its_pages_one_by_one(
    browser: "Browser", harness: Harness, kind: str
) -> None:
    digits = [3, 7, 2, *[5] * 9]
    with serving(harness) as site, page_of(browser, site, "try") as page:
        give(page, harness, f"a.{kind.lower()}", booklet(*digits, kind=kind))
        shown(page, "1 of 12", "3")
        assert page.is_disabled("#before")
        page.click("#after")
        page.click("#after")
        shown(page, "3 of 12", "2")
        page.click("#before")
        shown(page, "2 of 12", "7")
        for _ in range(10):
            page.click("#after")
        shown(page, "12 of 12", "5")
        assert page.is_disabled("#after")
        page.click("#clear")
        assert page.is_visible("#paper")
        assert page.is_hidden("#pages")
        assert page.is_hidden("#page")


def test_a_document_of_one_page_has_none_to_go_to(browser: "Browser", harness: Harness) -> None:
    with serving(harness) as site, page_of(browser, site, "try") as page:
        give(page, harness, "a.pdf", booklet(4))
        until(lambda: page.inner_text("#guess") == "4")
        assert page.is_visible("#page")
        assert page.is_hidden("#pages")
        give(page, harness, "b.png", encoded(sheet(6)))
        until(lambda: page.inner_text("#guess") == "6")
        assert page.is_visible("#paper")
        assert page.is_hidden("#page")
        page.click("#paper")  # a dot on the 6: another image
        until(lambda: page.inner_text("#why") not in ("", "reading"))


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("a.txt", b"no image", "These can: PNG, JPEG, TIFF, BMP, GIF and WebP, and PDF and HEIC."),
        ("a.png", b"", "The file has no content. Scan it again."),
        ("a.png", encoded(sheet(7))[:60], "The file ends too early. Copy it again."),
        ("a.pdf", b"%PDF-1.7 broken", "The file is damaged. Copy or scan it again."),
    ],
)
def test_what_cannot_be_read_says_what_can(
    browser: "Browser", harness: Harness, name: str, content: bytes, advice: str
) -> None:
    with serving(harness) as site, page_of(browser, site, "try") as page:
        give(page, harness, name, content)
        until(lambda: page.is_visible("#advice"))
        assert page.inner_text("#advice").endswith(advice)
        give(page, harness, "b.png", encoded(sheet(6)))
        until(lambda: page.inner_text("#guess") == "6")
        assert page.is_hidden("#advice")


def test_what_is_refused_is_told(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", limits={"bytes": 5000})
    with serving(harness) as site:
        page = browser.new_context().new_page()
        page.goto(f"{site.url}try")
        give(page, harness, "a.png", encoded(sheet(7))[:10] + b"a" * 5001)
        until(lambda: "5,000 bytes" in page.inner_text("#why"))


def test_nobody_is_shut_out_of_pages(browser: "Browser", harness: Harness, axe: str) -> None:
    phone = {"width": 390, "height": 844}
    for options in ({"color_scheme": "dark"}, {"viewport": phone, "is_mobile": True}):
        with serving(harness) as site, page_of(browser, site, "try", **options) as page:
            give(page, harness, "a.pdf", booklet(4, 2))
            shown(page, "1 of 2", "4")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            serious = [one for one in found if one["impact"] in ("serious", "critical")]
            assert not serious, [(one["id"], one["nodes"][0]["html"]) for one in serious]
