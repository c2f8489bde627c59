"""The token, as people bring it, and the ends of their sessions: in Chromium."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digitbox.review import guesses
from tests.endurance.harness import Harness, doubtful, until
from tests.pages import encoded, sheet
from tests.review.proxies import certified, proxied
from tests.review.site import Site, serving
from tests.review.test_browser import at

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

TOKEN = "correct horse battery"


@pytest.fixture
def harness(tmp_path: Path) -> Harness:
    return doubtful(tmp_path / "harness", 2, review={"token": TOKEN})


def entered(browser: "Browser", site: Site) -> "Page":
    """A page of a browser of its own, in which the token was entered."""
    page = browser.new_context().new_page()
    page.goto(site.url)
    page.fill("#token", TOKEN)
    page.keyboard.press("Enter")
    at(page)
    return page


def bring(page: "Page", token: str) -> None:
    page.fill("#token", token)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def asks_for_the_token(page: "Page") -> bool:
    return page.locator("#token").count() == 1 and page.locator("#reading").count() == 0


def test_without_the_token_the_browser_sees_nothing(browser: "Browser", harness: Harness) -> None:
    with serving(harness) as site:
        page = browser.new_context().new_page()
        page.goto(f"{site.url}review")
        assert asks_for_the_token(page)
        assert page.locator("nav").count() == 0
        assert page.evaluate("document.activeElement.id") == "token"
        page.keyboard.type(TOKEN)
        assert page.get_attribute("#token", "type") == "password"
        page.check("#shown")
        assert page.get_attribute("#token", "type") == "text"
        page.click("button")
        at(page)
        assert TOKEN not in page.url
        assert page.evaluate("document.cookie") == ""


def test_a_wrong_token_is_called_wrong_and_may_be_brought_again(
    browser: "Browser", harness: Harness
) -> None:
    with serving(harness) as site:
        page = browser.new_context().new_page()
        page.goto(site.url)
        for number in range(guesses.BURST - 1):
            bring(page, f"wrong{number}")
            assert "not the token" in page.inner_text("#wrong")
            assert page.input_value("#token") == ""
        bring(page, TOKEN)
        at(page)
        other = browser.new_context().new_page()
        other.goto(site.url)
        for words in ("not the token", "Try again in"):
            bring(other, "wrong")
            assert words in other.inner_text("#wrong")


def test_who_logs_out_sees_nothing_also_by_going_back(browser: "Browser", harness: Harness) -> None:
    with serving(harness) as site:
        page = entered(browser, site)
        page.fill("#who", "Ada")
        page.keyboard.press("Tab")
        page.click("text=Log out")
        assert page.evaluate("localStorage.who") == "Ada"
        assert "Only this session is open" in page.inner_text("main")
        page.click("text=Log out here")
        until(lambda: asks_for_the_token(page))
        assert page.evaluate("localStorage.length") == 0
        for _ in range(2):
            page.go_back()
            page.wait_for_load_state()
            assert asks_for_the_token(page), page.url


def test_what_is_open_elsewhere_ends_with_all_sessions(
    browser: "Browser", harness: Harness
) -> None:
    """Also the stream of /live, which has no end of its own; and the page says what to do."""
    with serving(harness) as site:
        page, live, deciding = (entered(browser, site) for _ in range(3))
        live.goto(f"{site.url}live")
        live.wait_for_selector("#rows li")
        page.click("text=Log out")
        assert "3 sessions are open" in page.inner_text("main")
        page.click("text=End all sessions")
        until(lambda: asks_for_the_token(page))
        until(lambda: live.is_visible("#trouble"))
        harness.drop("new.png", encoded(sheet(4)))
        assert harness.run("batch").returncode == 0
        deciding.keyboard.press("Enter")
        until(lambda: "load this page anew" in deciding.inner_text("body"))
        assert live.locator("#rows li").count() == 2
        live.reload()
        assert asks_for_the_token(live)


def test_pictures_are_not_left_in_the_cache_and_not_fetched_twice(
    browser: "Browser", harness: Harness
) -> None:
    with serving(harness) as site:
        page = entered(browser, site)
        asked: list[str] = []
        kept: set[str | None] = set()
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda answer: kept.add(answer.headers.get("cache-control")))
        page.reload()
        at(page)
        page.keyboard.press("Enter")
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        page.wait_for_selector("#reading[hidden]", state="attached")
        pictures = [url for url in asked if "/image/" in url]
        assert len(pictures) == 6  # three of each reading
        assert len(set(pictures)) == 6
        assert kept == {"no-store"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(browser: "Browser", harness: Harness, axe: str, scheme: str) -> None:
    with serving(harness) as site:
        context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()

        def look() -> None:
            page.evaluate(axe)
            found = page.evaluate("axe.run()")["violations"]
            assert not found, [(one["id"], one["nodes"][0]["html"]) for one in found]

        page.goto(site.url)
        look()
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        page.wait_for_selector("#wrong")
        look()
        page.fill("#token", TOKEN)
        page.keyboard.press("Enter")
        at(page)
        page.click("text=Log out")
        page.wait_for_selector("text=End all sessions")
        look()
        context.close()


def test_behind_a_proxy_the_session_goes_by_tls_alone(browser: "Browser", tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    harness = doubtful(tmp_path / "harness", 2, review={"token": TOKEN, "proxy": True})
    with serving(harness) as site, proxied(site.url, certified(tmp_path)) as url:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        page.goto(url)
        bring(page, TOKEN)
        first = at(page)
        page.keyboard.press("Enter")
        until(lambda: at(page) != first)
        until(lambda: len(harness.published()) == 3)
        (cookie,) = context.cookies()
        assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == (
            *("__Host-digitbox", True, True),
        )
        page.goto(site.url.replace("127.0.0.1", "localhost"))  # the same host, without TLS
        assert asks_for_the_token(page)
        page.goto(f"{url}leave")
        page.click("text=Log out here")
        until(lambda: asks_for_the_token(page))
        assert context.cookies() == []
        context.close()
