"""The pages, served by a process of their own, and a browser to look at them."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.endurance.harness import Harness, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium")

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
"""As root, and in a container, Chromium's own sandbox does not start, and /dev/shm is small."""


@dataclass(frozen=True)
class Site:
    harness: Harness
    url: str
    """With a slash at its end."""
    said: str


@contextlib.contextmanager
def serving(harness: Harness, *arguments: str, clean: bool = True) -> Iterator[Site]:
    """``digitbox review`` on a free port, stopped cleanly at the end, or else killed."""
    log = harness.folder / "review.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            harness.command("review", "--port", "0", *arguments),
            cwd=harness.folder,
            env={**harness.environment, "PYTHONUNBUFFERED": "1"},
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )

    def address() -> "re.Match[str] | None":
        assert process.poll() is None, log.read_text("utf-8")
        return re.search(r"http://\S+?:\d+/", log.read_text("utf-8"))

    try:
        found = until(address)
        yield Site(harness, found[0], log.read_text("utf-8"))
        if clean:
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text("utf-8")
        assert "Traceback" not in log.read_text("utf-8")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)


@contextlib.contextmanager
def browsing() -> Iterator["Browser"]:
    """Chromium, driven by Playwright."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed: see .ci/run")
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
