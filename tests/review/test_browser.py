"""The pages as people use them: in Chromium, with real keys, clicks and fingers."""

import base64
import re
import shutil
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digitbox.config import load
from digitbox.ledger.decision import Decision
from digitbox.service.decisions import Decisions
from digitbox.signals import Flags
from tests.endurance.harness import Harness, doubtful, unsure, until
from tests.pages import encoded, sheet
from tests.review.site import Site, browsing, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = "axe-core@4.14.1"

pytestmark = pytest.mark.xdist_group("browser")  # one at a time


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    with browsing() as started:
        yield started


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script that looks for what keeps people out, from npm."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, check=True, timeout=120)
    (packed,) = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode("utf-8")


@contextmanager
def page_of(
    browser: "Browser", site: Site, view: str = "review", **options: object
) -> "Iterator[Page]":
    """A page of its own browser profile; whatever it complains of fails the test."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.url}{view}")
    yield page
    context.close()
    assert not complaints


def at(page: "Page") -> str:
    """The number of the reading that is shown."""
    page.wait_for_selector("#reading:not([hidden])")
    return page.get_attribute("#reading", "data-id") or ""


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
        assert len(shown) == 20
        until(lambda: len(decided(harness)) == 20)
        assert page.inner_text("#notices") == ""
    given = {"Enter": None, "x": ""}
    values = [given.get(key, key) for key in keys]
    values = [
        guess if value is None else value for value, guess in zip(values, guesses, strict=True)
    ]
    assert [row["value"] for row in sorted(decided(harness), key=lambda row: row["id"])] == values


def test_what_is_undone_comes_back_and_may_be_decided_anew(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = doubtful(tmp_path / "harness", 2)
    with serving(harness) as site, page_of(browser, site) as page:
        first, file = at(page), page.inner_text("#file")
        page.keyboard.press("3")
        assert at(page) != first
        page.keyboard.press("u")
        until(lambda: page.inner_text("#file") == file)
        again = at(page)
        assert again != first
        page.keyboard.press("8")
        until(lambda: [row["value"] for row in decided(harness)] == ["3", "8"])
    assert [row["reason"] for row in harness.published()].count("low_confidence") == 3


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
        ada.keyboard.press("3")
        until(lambda: len(decided(harness)) == 1)
        bo.keyboard.press("4")
        notice = bo.locator("#notices li")
        notice.wait_for()
        assert "Ada has decided meanwhile: 3." in notice.inner_text()
    assert [row["value"] for row in decided(harness)] == ["3"]


def test_a_hostile_file_name_is_text(browser: "Browser", tmp_path: Path) -> None:
    harness = Harness(tmp_path / "harness", accept=1.0)
    name = "<img src=x onerror=alert(1)>\"'\n\u202e.png"
    harness.drop(name, unsure(1))
    assert harness.run("batch").returncode == 0
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert page.inner_text("#file") == "<img src=x onerror=alert(1)>\"'\\n\\u202e.png"
        assert page.locator("#file *").count() == 0


def test_without_the_token_the_browser_sees_nothing(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 1)
    with serving(harness, "--host", "0.0.0.0") as site:
        (token,) = re.findall(r"\?token=(\S+)", site.said)
        url = re.sub("//.*:", "//127.0.0.1:", site.url)
        page = browser.new_context().new_page()
        page.goto(url)
        assert page.locator("#reading").count() == 0
        page.fill("input", token)
        page.click("button")
        at(page)
        assert token not in page.url
        assert page.evaluate("document.cookie") == ""


def test_a_phone_is_enough(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 3)
    size = {"width": 390, "height": 844}
    with (
        serving(harness) as site,
        page_of(browser, site, viewport=size, has_touch=True, is_mobile=True) as page,
    ):
        first = at(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        buttons = page.locator("#reading button")
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


def test_both_pictures_are_shown_and_the_keys_explained(browser: "Browser", tmp_path: Path) -> None:
    harness = doubtful(tmp_path / "harness", 1)
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        for part in ("scan", "frames"):
            width = f"document.getElementById('{part}').naturalWidth"
            until(lambda: page.evaluate(width) >= 28)  # noqa: B023  # waited for right here
        page.keyboard.press("?")
        assert page.is_visible("#keys")
        page.keyboard.press("5")  # decides nothing behind it
        page.keyboard.press("Escape")
        assert page.is_hidden("#keys")
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
