"""What is typed and does not fit what is known of values: in Chromium."""

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from digitbox.expectations import expectation
from digitbox.recognition.value import value_of
from digitbox.records import Reason, is_value
from digitbox.review.expected import of_numbers
from tests.endurance.harness import until
from tests.review.filled import VALUES, put
from tests.review.numbers import numbered, pages_of
from tests.review.site import serving
from tests.review.test_browser import at, decided, page_of, write
from tests.review.test_fields_browser import now

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.xdist_group("browser")  # one at a time

AGAIN = " Press Enter again if it stands there all the same."


def told(page: "Page", value: str) -> str:
    """What the page says to a value that it does not take at once."""
    before = at(page)
    page.keyboard.press("Escape")
    write(page, value)
    assert at(page) == before
    assert page.input_value("#typed") == value
    hint = page.inner_text("#hint")
    assert hint.endswith(AGAIN)
    return hint.removesuffix(AGAIN)


def test_a_number_that_does_not_fit_is_asked_about_and_may_be_meant(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417", "12"), digits="2-4", decimals=1)
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        assert told(page, "04175") == "That has 5 digits, and 2 to 4 are expected."
        assert page.inner_text("#confirm").startswith("Set to 04175 all the same")
        page.keyboard.press("Backspace")
        assert page.inner_text("#confirm").startswith("Set to 0417 ")
        assert page.inner_text("#hint") == "Type what stands there, then Enter."
        page.keyboard.press("5")  # what was asked about before is asked about again
        page.keyboard.press("Enter")
        assert page.inner_text("#hint").endswith(AGAIN)
        assert told(page, "7") == "That has 1 digit, and 2 to 4 are expected."
        assert told(page, "-12") == "That has a minus, and none is expected."
        wrong = "That has a point or a comma where 1 decimals at most are expected."
        assert told(page, "1.25") == wrong
        page.keyboard.press("Enter")  # it is meant
        until(lambda: page.inner_text("#guess") == "12")
        write(page, "1,234")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 2)
        assert page.inner_text("#notices") == ""
    rows = sorted(decided(harness), key=lambda row: row["file"])
    assert [row["value"] for row in rows] == ["1.25", "1,234"]


def test_a_field_says_what_its_template_knows(browser: "Browser", tmp_path: Path) -> None:
    doubt = (Reason.LOW_CONFIDENCE, 0.5, ())
    harness = put(tmp_path / "harness", (VALUES, {"student": doubt, "q1": doubt}))
    folder = harness.folder / "forms" / "exam"
    template = (folder / "form.yaml").read_text("utf-8")
    student, q1 = (
        next(line for line in template.splitlines() if f"name: {name}," in line)
        for name in ("student", "q1")
    )
    template = template.replace(student, student.replace("}", ", list: students.csv}"))
    template = template.replace(q1, q1.replace("}", ", max: 20}"))
    (folder / "form.yaml").write_text(template, "utf-8")
    (folder / "students.csv").write_text("40213\n40218\n")
    with serving(harness) as site, page_of(browser, site) as page:
        now(page, "student")
        assert told(page, "40219") == "40219 is not on the list of this field."
        page.keyboard.press("Escape")
        write(page, "40218")
        now(page, "q1")
        assert told(page, "123") == "That has 3 digits, and 1 to 2 are expected."
        assert told(page, "21") == "21 is out of range: the most is 20."
        page.click("#confirm")
        page.wait_for_selector("#nothing:not([hidden])")
        until(lambda: len(decided(harness)) == 2)
    given = {row["field"]: row["value"] for row in decided(harness)}
    assert given == {"student": "40218", "q1": "21"}


def test_the_page_asks_about_what_the_reader_would_doubt(
    browser: "Browser", tmp_path: Path
) -> None:
    harness = numbered(tmp_path / "harness", *pages_of("0417"))
    draw = random.Random(5)
    values = {
        "".join(draw.choices("0123456789.,-", (1,) * 10 + (3, 3, 1), k=k))
        for k in range(1, 12)
        for _ in range(300)
    }
    lines = sorted(filter(is_value, values))
    assert len(lines) > 300
    script = """async ([fit, values]) => {
        const { misfit } = await import("/static/expected.js");
        return values.map((value) => misfit(fit, value));
    }"""
    with serving(harness) as site, page_of(browser, site) as page:
        at(page)
        for digits, decimals, sign in (
            ("any", "written", True),
            ("1-6", 0, False),
            (4, 2, True),
            ("2-9", 1, False),
        ):
            expected = expectation(digits, decimals, sign)
            fit: dict[str, Any] = msgspec.to_builtins(of_numbers(expected))
            said = page.evaluate(script, [fit, lines])
            doubted = [value_of(line, expected).reason is not None for line in lines]
            differ = [
                one
                for one, why, is_doubted in zip(lines, said, doubted, strict=True)
                if bool(why) != is_doubted
            ]
            assert not differ, (digits, decimals, sign)
