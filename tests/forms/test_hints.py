"""Looked for besides: hints of 245 to 60 levels, digits and letters, on pages that are turned,
enlarged, noisy, and saved as JPEG; with cells and without; hints on tinted paper, and print in
colours."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from digitbox.forms.cells import Networks
from digitbox.forms.hints import Print, is_printed, print_in, without_hints
from digitbox.forms.reading import FormReader
from digitbox.recognition.decode import Page
from digitbox.recognition.view import Gray
from digitbox.records import Reading, Reason, Status
from tests.forms import paper
from tests.forms.conftest import reader_of

PALEST, PALE, DARK = 245, (230, 215, 185), (130, 60)

VALUES = {"student": "40213", "q1": "17", "q2": "12", "total": "129"}


def cell(level: int = 255, ink: int = 255) -> Gray:
    """An 8 as printed, with a stroke over it."""
    picture = np.full((60, 60), 255, np.uint8)
    cv2.putText(picture, "8", (14, 48), cv2.FONT_HERSHEY_SIMPLEX, 1.5, level, 3, cv2.LINE_AA)
    cv2.line(picture, (15, 12), (42, 50), ink, 3, cv2.LINE_AA)
    return picture


def hinted(level: int, text: str = "8") -> Gray:
    """The form with ``text`` printed in its cells."""
    page = paper.blank()
    for name in paper.COMBS:
        for left, top, *_ in paper.cells(name):
            place = left + 14, top + 48
            cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.5, level, 3, cv2.LINE_AA)
    return page


def read(networks: Networks, folder: Path, reference: Gray, page: Gray) -> dict[str, Reading]:
    template = paper.TEMPLATE.replace("  - total == q1 + q2", "  - total == q1 * 2 + q2 * 2")
    forms = paper.put(folder / "forms", template)
    (forms / "sheet.png").write_bytes(paper.encoded(reference))
    reader: FormReader = reader_of(forms.parent, networks)
    found = reader.find(page)
    assert found is not None
    seen = reader.read(Page(1, page.shape[1], page.shape[0], page), found)
    return {one.field or "": one for one in seen if one.field in paper.COMBS}


def filled(page: Gray) -> Gray:
    full = page.copy()
    for name, value in VALUES.items():
        for place, digit in zip(reversed(paper.cells(name)), reversed(value), strict=False):
            paper.write(full, place, paper.mnist(int(digit), 0))
    return full


def worn(page: Gray, degrees: float = 1.2, scale: float = 1.3) -> Gray:
    """As a scanner with noise shows it, turned and enlarged."""
    page = paper.photographed(page, degrees, scale)
    noisy = page * 0.93 + np.random.default_rng(1).normal(0, 3, page.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("level", PALE)
def test_of_a_hint_nothing_is_left(level: int) -> None:
    assert int(without_hints(cell(level), cell(level)).min()) >= 240


@pytest.mark.parametrize("level", PALE)
def test_what_is_written_over_a_hint_stays(level: int) -> None:
    left, stroke = without_hints(cell(level, 60), cell(level)), cell(255, 60)
    assert (left[stroke < 120] < 120).all()
    assert (left[cv2.erode(stroke, np.ones((3, 3))) > 200] > 200).all()


def test_faint_pencil_over_a_hint_stays() -> None:
    left = without_hints(cell(230, 170), cell(230))
    assert np.mean(left[cell(255, 170) < 190] < 215) > 0.95


def test_a_field_in_which_nothing_is_printed_stays_as_it_is() -> None:
    page = cell(255, 90)
    assert np.array_equal(without_hints(page, cell()), page)


@pytest.mark.parametrize("level", DARK)
def test_dark_print_is_no_hint(level: int) -> None:
    assert np.array_equal(without_hints(cell(level), cell(level)), cell(level))


@pytest.mark.parametrize("level", DARK)
def test_dark_print_is_seen_on_a_page_and_what_is_written_beside_it(level: int) -> None:
    assert print_in(cell(level), cell(level)) == Print(True, True)
    assert print_in(cell(level, 40), cell(level)) == Print(True, True)
    assert print_in(cell(255, 40), cell(level)) == Print(False, False)
    assert print_in(cell(), cell()) is None


def test_what_other_pages_do_not_have_was_not_printed() -> None:
    there, gone = Print(True, True), Print(False, False)
    assert is_printed([there] * 10)
    assert is_printed([there] * 10 + [gone])
    assert not is_printed([there] * 3 + [gone])
    assert not is_printed([])


def test_a_reference_that_is_filled_in_says_nothing_of_other_pages(
    networks: Networks, tmp_path: Path
) -> None:
    other = paper.filled({"student": "60218", "q1": "17", "q2": "33", "total": "100"}, which=3)
    seen = read(networks, tmp_path, filled(paper.blank()), other)
    assert Reason.AS_PRINTED not in {one.reason for one in seen.values()}
    assert seen["q1"].value == "17"


@pytest.mark.parametrize("level", PALE)
def test_an_empty_field_with_a_hint_is_not_read(
    networks: Networks, tmp_path: Path, level: int
) -> None:
    seen = read(networks, tmp_path, hinted(level), worn(hinted(level)))
    assert {one.status for one in seen.values()} <= {Status.BLANK, Status.REVIEW}
    assert sum(one.status is Status.BLANK for one in seen.values()) >= 3


@pytest.mark.parametrize("level", PALE)
def test_digits_over_hints_are_read(networks: Networks, tmp_path: Path, level: int) -> None:
    seen = read(networks, tmp_path, hinted(level), worn(filled(hinted(level))))
    assert {name: one.value for name, one in seen.items()} == VALUES


@pytest.mark.parametrize("level", [PALEST, *PALE, *DARK])
@pytest.mark.parametrize("text", ["8", "0", "T"])
def test_print_is_never_accepted_as_a_value(
    networks: Networks, tmp_path: Path, level: int, text: str
) -> None:
    for wear in ((1.2, 1.3), (0.0, 0.93), (-1.5, 1.55)):
        page = worn(hinted(level, text), *wear)
        seen = read(networks, tmp_path / str(wear), hinted(level, text), page)
        assert {one.status for one in seen.values()} <= {Status.BLANK, Status.REVIEW}
        if level in DARK:
            assert Reason.AS_PRINTED in {one.reason for one in seen.values()}


@pytest.mark.parametrize("level", DARK)
@pytest.mark.parametrize("text", ["8", "0", "/"])
def test_what_is_written_over_dark_print_is_seen_by_a_person(
    networks: Networks, tmp_path: Path, level: int, text: str
) -> None:
    seen = read(networks, tmp_path, hinted(level, text), worn(filled(hinted(level, text))))
    assert {one.status for one in seen.values()} == {Status.REVIEW}


@pytest.mark.parametrize("level", [190, 230])
def test_faint_pencil_is_read_where_the_reference_is_a_bad_scan(
    networks: Networks, tmp_path: Path, level: int
) -> None:
    share = (255 - filled(np.full((900, 700), 255, np.uint8)).astype(float)) / 255
    page = paper.blank() * (1 - share) + np.minimum(paper.blank(), level) * share
    noise = np.random.default_rng(2).normal(0, 5, page.shape)
    scan = np.clip(paper.blank() * np.linspace(0.7, 1, 700) + noise, 0, 255)
    seen = read(networks, tmp_path, scan.astype(np.uint8), worn(page.astype(np.uint8)))
    assert {name: one.value for name, one in seen.items()} == VALUES
