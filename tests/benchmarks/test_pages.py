"""The pages of w8, and that they are read."""

import re
from pathlib import Path

import pytest

from benchmarks.speed import pages
from tests.conftest import data


def test_pages_are_read_and_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "ROUNDS", 1)
    monkeypatch.setattr(pages, "DRAWN", 2)
    pages.main(3, Path(data("mnist")))
    *_, line = capsys.readouterr().out.splitlines()
    count, _, rate, ratio, right = [part.strip() for part in line.strip("|").split("|")]
    assert count.startswith("3 pages")
    assert float(rate) > 0
    assert re.fullmatch(r"[0-9.]+ \[[0-9.]+, [0-9.]+\]", ratio)
    # The first page is a copy in black and white, with pieces of its light lines.
    assert float(right.rstrip("%")) > 95
