"""Points that the tests draw at four times the size of a page of 100 dots an inch, as print is."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from digitbox.forms.printing import printed
from digitbox.forms.proposal import Proposed, proposed
from digitbox.forms.questions import Digits as AskedDigits
from digitbox.forms.questions import Number as AskedNumber
from digitbox.forms.questions import Questions
from digitbox.forms.template import Digits, Number
from digitbox.recognition.view import Gray

FINE = 4
WIDE, HIGH, TOP, LEFT = 32, 40, 300, 150


class Sheet:
    """A page with a comb of ``cells``, that are ``apart``, with lines of so many pixels."""

    def __init__(self, cells: int = 3, apart: float = 0, ink: int = 0, thick: float = 2) -> None:
        self.page: Gray = np.full((1169 * FINE // 2, 827 * FINE), 255, np.uint8)
        self.lefts = [LEFT + number * (WIDE + apart) for number in range(cells)]
        self.apart = apart
        for left in self.lefts:
            start, stop = (left, TOP), (left + WIDE, TOP + HIGH)
            cv2.rectangle(self.page, fine(*start), fine(*stop), ink, round(thick * FINE))

    def dot(self, after: int, y: float = HIGH, x: float = 0, radius: float = 3.2) -> "Sheet":
        """A point between cells, the first ``after`` of which are before it."""
        middle = self.lefts[after - 1] + WIDE + self.apart / 2
        cv2.circle(self.page, fine(middle + x, TOP + y), round(radius * FINE), 0, -1)
        return self

    def line(self, after: int, start: Sequence[float], stop: Sequence[float], thick: float) -> None:
        middle = self.lefts[after - 1] + WIDE + self.apart / 2
        ends = [fine(middle + x, TOP + y) for x, y in (start, stop)]
        cv2.line(self.page, ends[0], ends[1], 0, round(thick * FINE))

    def seen(self) -> Gray:
        size = self.page.shape[1] // FINE, self.page.shape[0] // FINE
        return np.asarray(cv2.resize(self.page, size, interpolation=cv2.INTER_AREA), np.uint8)


def fine(x: float, y: float) -> tuple[int, int]:
    return round(x * FINE), round(y * FINE)


def clean(page: Gray) -> Gray:
    return page


def scanned(page: Gray) -> Gray:
    """Askew, blurred and noisy, on paper that is gray."""
    high, wide = page.shape
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), 0.3, 1)
    turned = cv2.warpAffine(page, turn, (wide, high), borderValue=(255,))
    noise = np.random.default_rng(2).normal(0, 5, turned.shape)
    seen = cv2.GaussianBlur(turned, (0, 0), 0.7) * 0.85 + noise
    return np.asarray(np.clip(seen, 0, 255), np.uint8)


def photographed(page: Gray) -> Gray:
    """Larger, darker at one side, and compressed."""
    large = cv2.resize(page, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    light = np.linspace(0.9, 0.6, large.shape[1])
    seen = np.clip(cv2.GaussianBlur(large, (0, 0), 1.2) * light, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, 70])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.uint8)


WAYS = pytest.mark.parametrize("way", [clean, scanned, photographed])


def only(page: Gray) -> Proposed:
    ((found,),) = proposed([page])
    return found


def decimals(found: Proposed) -> int | str:
    """0 of digits."""
    return found.field.decimals if isinstance(found.field, Number) else 0


@WAYS
@pytest.mark.parametrize("ink", [0, 160])
@pytest.mark.parametrize(("cells", "before"), [(2, 1), (3, 2), (5, 3)])
def test_a_point_on_the_wall_of_two_cells_divides_decimals(way, ink, cells, before) -> None:  # type: ignore[no-untyped-def]
    found = only(way(Sheet(cells, ink=ink).dot(before).seen()))
    assert isinstance(found.field, Number)
    assert (found.field.length, found.field.cells) == (cells, True)
    assert (found.field.decimals, found.doubt) == (cells - before, "")


@WAYS
def test_a_point_in_the_space_between_two_cells_divides_decimals(way) -> None:  # type: ignore[no-untyped-def]
    found = only(way(Sheet(3, apart=8, thick=1).dot(2, y=HIGH - 3, radius=2.4).seen()))
    assert (decimals(found), found.doubt) == (1, "")


@WAYS
def test_a_comma_is_a_point(way) -> None:  # type: ignore[no-untyped-def]
    sheet = Sheet(3).dot(2)
    sheet.line(2, (1, HIGH), (-2, HIGH + 8), 2.5)
    found = only(way(sheet.seen()))
    assert (decimals(found), found.doubt) == (1, "")


@pytest.mark.parametrize("dots", [100, 150, 200, 300])
def test_what_is_printed_is_proposed_as_it_was_asked(dots: int) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    asked = (
        AskedDigits(name="id", label="Number", length=6),
        AskedNumber(name="a", label="A", most=9, decimals=1),
        AskedNumber(name="b", label="B", most=999, decimals=2),
        AskedNumber(name="c", label="C", most=99),
    )
    pdf = printed(Questions(title="Exam", questions=asked), "exam").pdf
    bitmap = pypdfium2.PdfDocument(pdf)[0].render(scale=dots / 72, grayscale=True)
    page = np.ascontiguousarray(bitmap.to_numpy().squeeze(), np.uint8)
    for way in (clean, scanned):
        ((*found,),) = proposed([way(page)])
        assert [decimals(one) for one in found] == [0, 1, 2, 0]
        assert [one.doubt for one in found] == [""] * 4


def nothing(sheet: Sheet) -> None:
    pass


def colon(sheet: Sheet) -> None:
    sheet.dot(2, y=HIGH - 4).dot(2, y=HIGH - 22)


def hyphen(sheet: Sheet) -> None:
    sheet.line(2, (-7, HIGH / 2), (7, HIGH / 2), 4)


def corners(sheet: Sheet) -> None:
    for after in (1, 2, 3):
        sheet.dot(after).dot(after, y=0)


def dotted(sheet: Sheet) -> None:
    for number in range(-12, 12):
        sheet.dot(2, x=8 * number, y=HIGH + 6, radius=1.8)


def specks(sheet: Sheet) -> None:
    random = np.random.default_rng(1)
    for _ in range(200):
        x, y = random.uniform(-90, 60), random.uniform(-30, 70)
        sheet.dot(2, x=x, y=y, radius=random.uniform(0.3, 1.0))


def digit(sheet: Sheet) -> None:
    sheet.line(1, (14, 8), (11, HIGH - 5), 3)


@WAYS
@pytest.mark.parametrize("draw", [nothing, colon, hyphen, corners, dotted, specks, digit])
def test_what_is_no_point_makes_no_decimals(way, draw) -> None:  # type: ignore[no-untyped-def]
    sheet = Sheet(3)
    draw(sheet)
    found = only(way(sheet.seen()))
    assert isinstance(found.field, Digits)


@WAYS
@pytest.mark.parametrize("draw", [nothing, colon, corners])
def test_what_is_clearly_no_point_is_in_no_doubt(way, draw) -> None:  # type: ignore[no-untyped-def]
    sheet = Sheet(3)
    draw(sheet)
    assert only(way(sheet.seen())).doubt == ""


def test_a_point_that_its_lines_nearly_hide_is_in_doubt() -> None:
    found = only(Sheet(3, thick=3).dot(2, radius=2.8).seen())
    assert isinstance(found.field, Digits)
    assert "there may be a point before the last cell" in found.doubt


def test_several_points_are_in_doubt() -> None:
    found = only(Sheet(4).dot(1).dot(3).seen())
    assert isinstance(found.field, Digits)
    assert "several points" in found.doubt


def test_a_point_before_three_cells_may_divide_thousands() -> None:
    found = only(Sheet(4).dot(1).seen())
    assert decimals(found) == 3
    assert "thousands" in found.doubt


def test_a_point_before_the_first_cell_is_in_doubt() -> None:
    found = only(Sheet(2).dot(1, x=-WIDE - 6, y=HIGH - 3).seen())
    assert "before its first cell" in found.doubt


def test_a_point_between_cells_that_are_far_apart_is_in_doubt() -> None:
    sheet = Sheet(3, thick=1)
    for left in (0, WIDE):
        start, stop = (LEFT + 4.2 * WIDE + left, TOP), (LEFT + 5.2 * WIDE + left, TOP + HIGH)
        cv2.rectangle(sheet.page, fine(*start), fine(*stop), 0, FINE)
    sheet.dot(3, x=0.6 * WIDE, y=HIGH - 3)
    ((first, second),) = proposed([sheet.seen()])
    assert "between it and the next field" in first.doubt
    assert second.doubt == ""
