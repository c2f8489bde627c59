import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from digitbox.engine.observer import Published
from digitbox.extras import how_to_install
from digitbox.records import Reading, Reason
from digitbox.service.reports import LACKS_FORMATS, say_published, set_up
from tests.output.test_tables import READINGS, batch

FAILED = Reading.failed(Reason.TRUNCATED, page=2)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # pytest's own would be closed
    yield
    root.handlers, root.level = handlers, level


def said(
    capsys: pytest.CaptureFixture[str], *readings: Reading, verbose: bool = False, name: str = "a"
) -> list[dict[str, Any]]:
    """The lines that a batch gives, each an object."""
    set_up(verbose)
    say_published(Published(1, batch(*readings, name=name), ()), 1.23456)
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_how_to_install_what_is_missing_is_said_once_a_batch(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lacking = [Reading.failed(Reason.FORMATS_EXTRA_MISSING, page=page) for page in (1, 2)]
    *_, last = said(capsys, *lacking)
    assert last["message"] == f"{LACKS_FORMATS} {how_to_install('formats')}"
    assert not any(LACKS_FORMATS in line["message"] for line in said(capsys, FAILED))


def test_a_batch_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = said(capsys, *READINGS[:4])
    assert line.pop("time")
    assert line == {
        "level": "INFO",
        "message": "batch b-0001: 1 accepted, 1 review, 1 blank, 1 not digit, 1.23 s",
        "batch": "b-0001",
        "rows": 4,
        "seconds": 1.235,
        "accepted": 1,
        "review": 1,
        "blank": 1,
        "not_digit": 1,
    }


def test_a_failed_file_has_a_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    _, line = said(capsys, READINGS[0], FAILED, name="sub/ü.png")
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "message": "sub/ü.png (page 2) failed: truncated",
        "file": "sub/ü.png",
        "page": 2,
        "row": "r-2",
        "status": "failed",
        "reason": "truncated",
    }


@pytest.mark.parametrize("name", ['"\\', "a\nb", "caf\udce9", "\x1b[31m", "\u2028", "{}%s"])
def test_any_name_gives_one_line_of_valid_json(
    capsys: pytest.CaptureFixture[str], name: str
) -> None:
    set_up(False)
    say_published(Published(1, batch(FAILED, name=name), ()), 1.0)
    text = capsys.readouterr().err
    assert text.count("\n") == 2
    line = json.loads(text.split("\n")[1])
    assert line["file"] == ("caf\\xe9" if name == "caf\udce9" else name)
    assert "\x1b" not in text


def test_good_files_have_lines_only_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, *READINGS[:3], verbose=True)[1:]
    assert [line["message"] for line in lines] == [
        "a (page 1) accepted: 7 0.9991",
        "a (page 2) review: 7 0.5",
        "a (page 3) blank: -",
    ]
    assert {line["level"] for line in lines} == {"DEBUG"}


def test_on_a_terminal_lines_are_for_people(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    set_up(False)
    say_published(Published(1, batch(READINGS[0], FAILED), ()), 1.0)
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith(" batch b-0001: 1 accepted, 1 failed, 1.00 s")
    assert second.endswith(" a.png (page 2) failed: truncated")


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(False)
    try:
        raise ZeroDivisionError("no")
    except ZeroDivisionError:
        logging.getLogger("digitbox.test").exception("this should not happen")
    (line,) = (json.loads(text) for text in capsys.readouterr().err.splitlines())
    assert line["message"] == "this should not happen"
    assert "ZeroDivisionError: no" in line["exc_info"]


def test_others_are_not_chatty(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(True)
    logging.getLogger("watchdog.observers").info("an event")
    logging.getLogger("filelock").debug("a lock")
    assert capsys.readouterr().err == ""
