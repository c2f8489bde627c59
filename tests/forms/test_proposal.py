from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.forms.proposal import proposed
from digitbox.forms.template import Checkbox, Digits, Number, Table

Gray = NDArray[np.uint8]

WIDE, HIGH = 827, 1169


def blank() -> Gray:
    return np.full((HIGH, WIDE), 255, np.uint8)


def box(page: Gray, x: int, y: int, wide: int, high: int, ink: int = 0, thick: int = 2) -> None:
    cv2.rectangle(page, (x, y), (x + wide, y + high), ink, thick)


def comb(page: Gray, x: int, y: int, cells: int, wide: int, high: int, ink: int = 0) -> None:
    for number in range(cells):
        box(page, x + number * wide, y, wide, high, ink)


def grid(page: Gray, x: int, y: int, rows: int, columns: int, wide: int, high: int) -> None:
    for number in range(rows * columns):
        box(page, x + number % columns * wide, y + number // columns * high, wide, high)


def text(page: Gray, words: str, x: int, y: int, size: float = 0.6, thick: int = 1) -> None:
    cv2.putText(page, words, (x, y), cv2.FONT_HERSHEY_SIMPLEX, size, 0, thick, cv2.LINE_AA)


def found(page: Gray) -> tuple[Checkbox | Digits | Number | Table, ...]:
    (fields,) = proposed([page])
    return tuple(one.field for one in fields)


def near(field: Checkbox | Digits | Number | Table, *box: float) -> bool:
    return bool(np.abs(np.subtract(field.box, box)).max() <= 4)


def test_a_box_is_a_number_within_its_lines() -> None:
    page = blank()
    text(page, "Points", 60, 230)
    box(page, 400, 200, 150, 40)
    (field,) = found(page)
    assert isinstance(field, Number)
    assert field.name == "field_1"
    x, y, wide, high = field.box
    inside = page[int(y) : int(y + high), int(x) : int(x + wide)]
    assert inside.min() == 255
    assert near(field, 402, 202, 146, 36)


@pytest.mark.parametrize("ink", [0, 150])
@pytest.mark.parametrize("cells", [2, 8])
def test_a_row_of_equal_cells_is_a_comb(cells: int, ink: int) -> None:
    page = blank()
    comb(page, 300, 300, cells, 32, 40, ink)
    (field,) = found(page)
    assert isinstance(field, Digits)
    assert (field.length, field.cells) == (cells, True)
    assert near(field, 300, 300, 32 * cells, 40)


def test_cells_that_are_some_way_apart_are_a_comb_with_even_cells() -> None:
    page = blank()
    for number in range(5):
        box(page, 100 + 60 * number, 300, 46, 50)
    (field,) = found(page)
    assert isinstance(field, Digits)
    assert field.length == 5
    assert near(field, 93, 294, 300, 62)


def test_ticks_divide_a_box_into_a_comb() -> None:
    page = blank()
    box(page, 100, 300, 320, 44)
    for number in range(1, 8):
        cv2.line(page, (100 + 40 * number, 330), (100 + 40 * number, 344), 0, 2)
    (field,) = found(page)
    assert isinstance(field, Digits)
    assert field.length == 8


def test_digits_that_are_written_into_a_comb_divide_no_cell() -> None:
    page = blank()
    comb(page, 300, 300, 4, 36, 44)
    for number in range(4):
        text(page, "1", 309 + 36 * number, 336, 1.2, 2)
    (field,) = found(page)
    assert isinstance(field, Digits)
    assert field.length == 4


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize(("side", "kind"), [(14, Checkbox), (24, Checkbox), (40, Number)])
def test_small_squares_are_checkboxes(side: int, kind: type, scale: int) -> None:
    page = blank()
    box(page, 300, 300, side, side)
    text(page, "Passed", 360, 312, 0.5)
    large = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    (field,) = found(np.asarray(large, np.uint8))
    assert isinstance(field, kind)
    middle = np.array(field.box[:2]) + np.array(field.box[2:]) / 2
    assert np.abs(middle / scale - (300 + side / 2)).max() < 2


def test_a_grid_is_a_table() -> None:
    page = blank()
    grid(page, 100, 400, 5, 3, 150, 40)
    (field,) = found(page)
    assert isinstance(field, Table)
    assert field.name == "table_1"
    assert (field.rows, len(field.columns), field.header) == (5, 3, 0)
    assert near(field, 100, 400, 450, 200)


def test_rows_and_columns_that_hold_what_is_printed_are_no_part_of_the_values() -> None:
    page = blank()
    grid(page, 100, 400, 4, 4, 150, 40)
    for number, word in enumerate(("Task", "Quiz", "Exam", "Sum")):
        text(page, word, 120 + 150 * number, 427)
    for number in range(1, 4):
        text(page, f"No {number}", 120, 427 + 40 * number)
    (field,) = found(page)
    assert isinstance(field, Table)
    assert (field.rows, len(field.columns), field.header) == (3, 3, 1)
    assert near(field, 250, 400, 450, 160)


def test_a_filled_table_is_found_though_strokes_cross_its_lines() -> None:
    page = blank()
    grid(page, 100, 400, 6, 4, 130, 44)
    random = np.random.default_rng(1)
    for number in range(24):
        x, y = 100 + number % 4 * 130, 400 + number // 4 * 44
        text(page, str(random.integers(10, 99)), x + 30, y + 36, 1.2, 2)
    cv2.line(page, (180, 430), (200, 460), 0, 2)
    (field,) = found(page)
    assert isinstance(field, Table)
    assert (field.rows, len(field.columns)) == (6, 4)


def frame(page: Gray) -> None:
    box(page, 20, 20, WIDE - 40, HIGH - 40)


def letters(page: Gray) -> None:
    text(page, "HEADING 0O8DBQ", 100, 100, 1.4, 4)
    for number in range(12):
        text(page, "The quick brown HOUSE EFLTH mm nn 0123 DBOQ", 60, 200 + 28 * number, 0.6)


def logo(page: Gray) -> None:
    cv2.circle(page, (300, 300), 90, 0, -1)
    cv2.circle(page, (300, 300), 45, 255, -1)
    cv2.rectangle(page, (450, 250), (560, 350), 0, -1)
    cv2.rectangle(page, (480, 270), (500, 330), 255, -1)


def bars(page: Gray) -> None:
    cv2.rectangle(page, (60, 300), (700, 340), 0, -1)
    cv2.rectangle(page, (60, 500), (100, 900), 0, -1)


def code(page: Gray) -> None:
    modules = (np.random.default_rng(3).random((25, 25)) > 0.5).astype(np.uint8) * 255
    for top, left in ((0, 0), (0, 18), (18, 0)):
        modules[top : top + 7, left : left + 7] = 0
        modules[top + 1 : top + 6, left + 1 : left + 6] = 255
        modules[top + 2 : top + 5, left + 2 : left + 5] = 0
    for side, x in ((100, 100), (200, 400)):
        page[300 : 300 + side, x : x + side] = cv2.resize(
            modules, (side, side), interpolation=cv2.INTER_NEAREST
        )


def rules(page: Gray) -> None:
    for y in range(200, 900, 50):
        cv2.line(page, (60, y), (760, y), 0, 2)


def label(page: Gray) -> None:
    box(page, 100, 300, 200, 40)
    text(page, "For office use", 120, 326)


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("draw", [frame, letters, logo, bars, code, rules, label])
def test_what_is_no_field_is_not_proposed(draw: Callable[[Gray], None], scale: int) -> None:
    page = blank()
    draw(page)
    large = cv2.resize(page, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    assert found(np.asarray(large, np.uint8)) == ()


def test_boxes_within_a_frame_are_found_and_the_frame_is_not() -> None:
    page = blank()
    frame(page)
    box(page, 100, 100, 400, 200)
    box(page, 150, 150, 150, 40)
    (field,) = found(page)
    assert near(field, 152, 152, 146, 36)


def test_what_a_label_leaves_at_the_edge_of_a_box_may_be_written_in() -> None:
    page = blank()
    box(page, 100, 300, 200, 40)
    text(page, "EUR", 105, 326, 0.5)
    (field,) = found(page)
    assert isinstance(field, Number)


def test_names_follow_the_order_of_reading_through_all_pages() -> None:
    first, second = blank(), blank()
    comb(first, 500, 100, 3, 32, 40)
    box(first, 100, 106, 120, 40)
    grid(first, 100, 300, 2, 2, 120, 40)
    box(first, 300, 200, 20, 20)
    box(second, 100, 100, 120, 40)
    grid(second, 100, 300, 2, 2, 120, 40)
    names = [[one.field.name for one in page] for page in proposed([first, second])]
    assert names == [["field_1", "field_2", "field_3", "table_1"], ["field_4", "table_2"]]
    (fields, _) = proposed([first, second])
    assert [type(one.field) for one in fields] == [Number, Digits, Checkbox, Table]


def test_a_page_that_is_scanned_a_little_askew_has_its_fields() -> None:
    page = blank()
    comb(page, 400, 105, 6, 36, 44)
    box(page, 400, 205, 150, 40)
    grid(page, 100, 400, 4, 3, 150, 44)
    turn = cv2.getRotationMatrix2D((WIDE / 2, HIGH / 2), 0.4, 1)
    turned = cv2.warpAffine(page, turn, (WIDE, HIGH), borderValue=(255,))
    noise = np.random.default_rng(2).normal(0, 5, turned.shape)
    seen = np.clip(cv2.GaussianBlur(turned, (0, 0), 0.7) * 0.85 + noise, 0, 255).astype(np.uint8)
    fields = found(seen)
    assert [type(field) for field in fields] == [Digits, Number, Table]


@pytest.mark.parametrize("shape", [(1, 1), (3, 400), (400, 3), (200, 200)])
@pytest.mark.parametrize("level", [0, 255])
def test_an_even_page_has_no_fields(shape: tuple[int, int], level: int) -> None:
    assert found(np.full(shape, level, np.uint8)) == ()


def test_the_page_stays_as_it_is() -> None:
    page = blank()
    comb(page, 300, 300, 4, 32, 40)
    before = page.copy()
    found(page)
    assert np.array_equal(page, before)
