from collections.abc import Callable

import cv2
import numpy as np
import pytest

from digitbox.box import Box
from digitbox.recognition.border import is_cut_off
from digitbox.recognition.reader import Reader
from digitbox.records import Reason, Status
from tests.pages import Gray, digits, encoded, number, ruled

SHEET = (200, 160)
DIGIT = Box(60, 70, 40, 60)


def zero(page: Gray, box: Box = DIGIT, ink: int = 40) -> Gray:
    """A 0 that fills ``box``, as far as that lies on the page."""
    middle, axes = [round(x) for x in box.middle], (box.width // 2 - 3, box.height // 2 - 3)
    return np.asarray(cv2.ellipse(page, middle, axes, 0, 0, 360, ink, 6), np.uint8)


def sheet(*others: Box, **ink: int) -> Gray:
    """A 0, and more of them."""
    page = zero(np.full(SHEET, 225, np.uint8))
    for other in others:
        zero(page, other, **ink)
    return page


CUTS = {
    "left": lambda page, share: page[:, round(DIGIT.x + share * DIGIT.width) :],
    "right": lambda page, share: page[:, : round(DIGIT.x + (1 - share) * DIGIT.width)],
    "top": lambda page, share: page[round(DIGIT.y + share * DIGIT.height) :],
    "bottom": lambda page, share: page[: round(DIGIT.y + (1 - share) * DIGIT.height)],
}


def moved(side: str, share: float, page: Gray) -> Box:
    """Where the digit is on what is left of a page."""
    left = round(DIGIT.x + share * DIGIT.width) if side == "left" else 0
    top = round(DIGIT.y + share * DIGIT.height) if side == "top" else 0
    rows, columns = page.shape
    x, y = max(0, DIGIT.x - left), max(0, DIGIT.y - top)
    right, bottom = DIGIT.x + DIGIT.width - left, DIGIT.y + DIGIT.height - top
    return Box(x, y, min(columns, right) - x, min(rows, bottom) - y)


@pytest.mark.parametrize(
    "paper",
    [
        lambda page: page,
        lambda page: 255 - page,
        lambda page: np.rint(page * np.linspace(0.5, 1, page.shape[1])).astype(np.uint8),
        lambda page: np.repeat(np.repeat(page, 5, 0), 5, 1),
    ],
    ids=["dark on light", "light on dark", "in a slope of light", "large"],
)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("side", list(CUTS))
def test_a_border_that_cuts_through_a_digit_is_noticed(
    side: str, share: float, paper: Callable[[Gray], Gray]
) -> None:
    page = CUTS[side](sheet(), share)
    whole, place = paper(sheet()), moved(side, share, page)
    scale = whole.shape[0] // SHEET[0]
    assert is_cut_off(paper(page), [place.scaled(scale, scale)])
    assert not is_cut_off(whole, [DIGIT.scaled(scale, scale)])


def test_what_is_cut_out_to_its_digit_is_whole() -> None:
    page = np.ascontiguousarray(sheet()[70:130, 60:100])
    assert not is_cut_off(page, [Box(0, 0, 40, 60)])


@pytest.mark.parametrize("height", [34, 60, 78])
def test_a_piece_of_a_digit_beside_the_others_is_noticed(height: int) -> None:
    for x in (-height // 3, 160 - height // 3):
        assert is_cut_off(sheet(Box(x, 70, height * 2 // 3, height)), [DIGIT])


@pytest.mark.parametrize(
    "other",
    [Box(-20, 0, 40, 60), Box(140, 140, 40, 60), Box(-3, 95, 7, 9)],
    ids=["above", "below", "a speck"],
)
def test_what_is_no_digit_of_the_number_does_not_matter(other: Box) -> None:
    assert not is_cut_off(sheet(other), [DIGIT])


def test_what_is_far_away_or_faint_does_not_matter() -> None:
    assert not is_cut_off(
        np.pad(sheet(), ((0, 0), (200, 0)), mode="edge"),
        [Box(DIGIT.x + 200, DIGIT.y, DIGIT.width, DIGIT.height)],
    )
    assert not is_cut_off(sheet(Box(-20, 70, 40, 60), ink=190), [DIGIT])


@pytest.mark.parametrize("width", [1, 3, 6])
def test_printed_rules_and_frames_do_not_matter(width: int) -> None:
    rules = {
        "under": ((0, 135), (160, 135)),
        "beside": ((2, 40), (2, 160)),
        "below": ((20, 140), (20, 200)),
        "corner": ((0, 100), (30, 100)),
    }
    for start, end in rules.values():
        assert not is_cut_off(np.asarray(cv2.line(sheet(), start, end, 60, width)), [DIGIT])
    framed = cv2.rectangle(sheet(), (0, 0), (159, 199), 20, width)
    touching = cv2.line(framed, (90, 100), (159, 100), 40, 6)  # a long stroke of the digit
    assert not is_cut_off(np.asarray(touching), [Box(60, 70, 100, 60)])
    assert not is_cut_off(ruled(sheet()), [DIGIT])


def test_the_table_beneath_a_page_that_lies_aslant_does_not_matter() -> None:
    wedge = np.array([[0, 85], [0, 199], [14, 199]])
    assert not is_cut_off(np.asarray(cv2.fillPoly(sheet(), [wedge], 30)), [DIGIT])


def cut(page: Gray, side: str, pixels: int) -> Gray:
    parts = {
        "left": page[:, pixels:],
        "right": page[:, :-pixels],
        "top": page[pixels:],
        "bottom": page[:-pixels],
    }
    return np.ascontiguousarray(parts[side])


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_half_a_digit_is_not_taken_for_another_one(reader: Reader, side: str) -> None:
    images, labels = digits()
    pages = []
    for image in images[:60]:
        large = cv2.resize(image, (84, 84), interpolation=cv2.INTER_CUBIC)
        page = np.pad(np.clip(225.0 - large * 0.8, 0, 255), 50, constant_values=225)
        rows, columns = np.nonzero(page < 140)
        place = columns if side in ("left", "right") else rows
        half = (int(place.max()) - int(place.min())) // 2
        room = int(place.min()) if side in ("left", "top") else 183 - int(place.max())
        pages.append(encoded(cut(page.astype(np.uint8), side, room + half)))
    found = [reading for (reading,) in reader.read(pages)]
    wrong = [
        (one.value, str(label))
        for one, label in zip(found, labels[:60], strict=True)
        if one.status is Status.ACCEPTED and one.value != str(label)
    ]
    assert wrong == []
    assert sum(one.reason is Reason.CUT_OFF for one in found) >= 10


@pytest.mark.parametrize("text", ["38", "50", "8692"])
def test_a_number_without_half_of_its_first_or_last_digit_is_in_doubt(
    reader: Reader, text: str
) -> None:
    page = number(text)
    columns = np.flatnonzero((page < 140).any(axis=0))
    for side, room in (("left", columns[0]), ("right", page.shape[1] - columns[-1])):
        ((reading,),) = reader.read([encoded(cut(page, side, int(room) + 15))])
        assert reading.status is Status.REVIEW
        assert reading.reason in (Reason.CUT_OFF, Reason.SEVERAL_MARKS)
