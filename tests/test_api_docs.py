"""The examples of ``docs/api.md`` and of the README do what the pages say."""

import contextlib
import io
import json
import re
import shutil
import textwrap
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import digitbox
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text("utf-8")
PAGE = (ROOT / "docs" / "api.md").read_text("utf-8")


@pytest.fixture
def page() -> Iterator[tuple[dict[str, Any], str]]:
    """The names that the examples leave, run in their order beside the samples, and what they
    print."""
    for sample in (ROOT / "samples").glob("*.*"):
        shutil.copy(sample, Path.cwd())
    names: dict[str, Any] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        for example in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
            free = example.replace('("127.0.0.1", 8080)', '("127.0.0.1", 0)')
            exec(compile(free, "docs/api.md", "exec"), names)
    yield names, printed.getvalue()
    if "server" in names:
        names["server"].server_close()


def test_the_examples_run(page: tuple[dict[str, Any], str]) -> None:
    names, printed = page
    assert printed.splitlines() == [
        "7 0.9981 accepted",
        "cut-off-upload.png failed truncated",
        "blank-page.jpg blank None",
        "not-there.png: cannot be read: No such file or directory.",
        "4 accepted",
        "7 0.9981 accepted",
    ]
    assert "`7 0.9981 accepted`" in PAGE
    assert {"file": "tilted.jpg", "page": 1, "value": "7", "status": "accepted"} in names["table"]
    box, image = names["box"], names["image"]
    assert box.width < image.width
    assert image.getpixel((box.x, box.y)) == (255, 0, 0)

    server = names["server"]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        content = (ROOT / "samples" / "tilted.jpg").read_bytes()
        url = f"http://127.0.0.1:{server.server_port}/"
        with urllib.request.urlopen(url, content, timeout=30) as answer:
            assert json.load(answer) == [{"page": 1, "value": "7", "status": "accepted"}]
    finally:
        server.shutdown()
        thread.join()


def test_the_example_in_the_readme_prints_what_stands_beside_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"((?: {4}.*\n|\n)+)", README.split("**From Python**")[1])[:1]
    (expected,) = re.findall(r"# (.*)$", example, re.MULTILINE)
    monkeypatch.chdir(ROOT)
    exec(compile(textwrap.dedent(example), "README.md", "exec"), {})
    assert capsys.readouterr().out == f"{expected}\n"


def test_what_is_exported_is_described() -> None:
    described = set(re.findall(r"`(\w+)", PAGE))
    hidden = {
        name
        for name in digitbox.__all__
        if name.endswith("Error") and name not in ("DigitboxError", "InputError")
    }
    assert set(digitbox.__all__) - hidden - {"__version__"} <= described


def test_each_attribute_of_a_reading_is_described() -> None:
    rows = PAGE.split("A `Reading` has")[1].split("\n\n")[1]
    described = re.findall(r"^\| ([^|]*) \|", rows, re.MULTILINE)[1:]
    listed = {name for cell in described for name in re.findall(r"`(\w+)`", cell)}
    assert listed == set(digitbox.Reading.__dataclass_fields__) - {"frames"}
