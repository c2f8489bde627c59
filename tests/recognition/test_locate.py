import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition.card import InkThresholds
from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import locate
from tests.pages import clouded, lit, ruled, sheet


def test_a_digit_is_found_where_it_stands(finder: Finder) -> None:
    (candidate,) = locate(sheet(3, 900, 1200, side=200, top=500, left=800), finder)
    box = candidate.box
    assert 800 <= box.x < box.x + box.width <= 1000
    assert 500 <= box.y < box.y + box.height <= 700
    assert box.height > 120


@pytest.mark.parametrize("side", [30, 60, 120, 240])
def test_a_digit_of_any_size_is_found(finder: Finder, side: int) -> None:
    (candidate,) = locate(sheet(5, 500, 500, side=side, top=90, left=70), finder)
    assert 0.6 * side < candidate.box.height < side


def test_dark_on_light_and_light_on_dark_are_one(finder: Finder) -> None:
    page = sheet(4)
    (dark,), (light,) = locate(page, finder), locate(255 - page, finder)
    for name in ("x", "y", "width", "height"):
        assert abs(getattr(dark.box, name) - getattr(light.box, name)) <= 4


@pytest.mark.parametrize("change", [ruled, lit])
def test_paper_and_light_do_not_change_the_place(finder: Finder, change: object) -> None:
    page = sheet(2, 450, 450, side=220)
    (expected,), (found,) = locate(page, finder), locate(change(page), finder)  # type: ignore[operator]
    for name in ("x", "y", "width", "height"):
        # Four pixels of the view.
        assert abs(getattr(found.box, name) - getattr(expected.box, name)) <= 14


def test_a_dark_table_at_the_edge_is_not_taken(finder: Finder) -> None:
    page = sheet(6, 500, 500, side=200)
    page[:, 440:] = 40
    (candidate,) = locate(page, finder)
    assert candidate.box.x + candidate.box.width < 400


def test_the_parts_of_a_digit_are_one_mark(finder: Finder) -> None:
    page = sheet(5, side=200, height=300, width=300)
    (whole,) = locate(page, finder)
    broken = page.copy()
    middle = whole.box.y + whole.box.height // 2
    broken[middle : middle + 5] = 225
    (candidate,) = locate(broken, finder)
    assert candidate.box.height > 0.9 * whole.box.height


def test_two_digits_are_two_marks(finder: Finder) -> None:
    left, right = sheet(3, 300, 300), sheet(8, 300, 300)
    assert len(locate(np.hstack([left, right]), finder)) == 2


@pytest.mark.parametrize("shape", [(1, 1), (1, 20_000), (20_000, 1), (3, 3), (28, 28), (900, 700)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_even_page_is_blank(finder: Finder, shape: tuple[int, int], level: int) -> None:
    assert locate(np.full(shape, level, np.uint8), finder) == ()


def test_grain_and_light_alone_are_blank(finder: Finder) -> None:
    random = np.random.default_rng(3)
    for _ in range(10):
        page = 190 + random.normal(0, 3, (600, 450))
        assert locate(lit(np.clip(page, 0, 255).astype(np.uint8)), finder) == ()


@pytest.mark.parametrize("cells", [6, 16, 30])
@pytest.mark.parametrize("levels", [1, 2, 3])
def test_soft_clouds_on_even_paper_are_blank(finder: Finder, levels: float, cells: int) -> None:
    empty = np.full((1000, 750), 215, np.uint8)
    assert not any(locate(clouded(empty, levels, cells, seed), finder) for seed in range(10))


@pytest.mark.parametrize("value", range(10))
def test_a_faint_pencil_is_found(finder: Finder, value: int) -> None:
    page = sheet(value).astype(np.float32)
    faint = 215 - (page.max() - page) * (9 / np.ptp(page))
    (candidate,) = locate(np.rint(faint).astype(np.uint8), finder)
    assert 100 < candidate.box.height < 130


@pytest.mark.parametrize("value", range(10))
def test_a_tiny_digit_is_found_among_soft_clouds(finder: Finder, value: int) -> None:
    side, top, left = (60, 90, 130)[value % 3], 100 + 70 * value, 40 + 60 * value
    page = sheet(value, 1000, 750, side=side, top=top, left=left)
    (candidate,) = locate(clouded(page, 2, 16, value), finder)
    assert candidate.box.holds(left + side / 2, top + side / 2)
    assert 0.5 * side < candidate.box.height < 1.1 * side


def test_a_speck_of_dust_is_blank(finder: Finder) -> None:
    page = np.full((600, 450), 220, np.uint8)
    page[300:306, 200:206] = 60
    assert locate(page, finder) == ()


class Dark(Finder):
    """Takes what is dark for ink, and what is so near to the view's edges."""

    def __init__(self, rim: int = 0) -> None:
        self._rim = rim
        self.thresholds = InkThresholds()

    def ink(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        inner = np.s_[self._rim : len(view) - self._rim]
        dark = np.ones(view.shape, np.float32)
        dark[inner, inner] = view[inner, inner] < 100
        return dark


@pytest.mark.parametrize("shape", [(400, 30), (30, 400)])
def test_a_mark_at_the_edge_of_a_narrow_page_lies_on_it(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    for edge in (np.s_[:, :6], np.s_[:, -6:], np.s_[:6], np.s_[-6:]):
        page = random.integers(170, 250, shape, np.uint8)
        page[edge] = random.integers(20, 60, page[edge].shape)
        candidates = locate(page, Dark(rim=8))
        assert candidates
        for box in (candidate.box for candidate in candidates):
            assert 0 <= box.x < box.x + box.width <= shape[1]
            assert 0 <= box.y < box.y + box.height <= shape[0]


def test_of_small_marks_on_a_large_sheet_the_heaviest_is_the_first() -> None:
    page = np.random.default_rng(3).integers(170, 250, (2000, 2000), np.uint8)
    page[300:340, 300:336] = page[1500:1550, 1500:1548] = 20  # in two quarters
    candidates = locate(page, Dark())
    assert [candidate.box.x > 1000 for candidate in candidates] == [True, False]


def test_any_page_gets_an_answer(finder: Finder) -> None:
    random = np.random.default_rng(4)
    for shape in [(1, 1), (1, 300), (2, 700), (5, 5), (28, 28), (64, 3000), (333, 777)]:
        for _ in range(3):
            locate(random.integers(0, 256, shape, np.uint8), finder)


def test_a_tiny_page_is_all_ink_and_ground() -> None:
    class Blind(Finder):
        def __init__(self) -> None:
            pass  # is not asked

    page = np.full((16, 12), 30, np.uint8)
    page[:, 5:8] = 220  # a 1 from edge to edge
    for view in (page, 255 - page):
        (candidate,) = locate(view, Blind())
        assert (candidate.box.y, candidate.box.height) == (0, 16)
        assert 4 <= candidate.box.x < candidate.box.x + candidate.box.width <= 9
    assert locate(np.full((20, 20), 90, np.uint8), Blind()) == ()


def test_two_that_stand_close_are_two_however_they_slant(finder: Finder) -> None:
    page = np.full((300, 300), 230, np.uint8)
    for left in (110, 160):
        cv2.line(page, (left + 50, 80), (left, 220), 40, 9, cv2.LINE_AA)
    assert len(locate(page, finder)) == 2


def test_an_open_4_is_one_mark(finder: Finder) -> None:
    page = np.full((300, 300), 230, np.uint8)
    cv2.polylines(page, [np.array([[110, 80], [90, 170], [150, 170]])], False, 40, 9, cv2.LINE_AA)
    cv2.line(page, (168, 90), (160, 230), 40, 9, cv2.LINE_AA)
    (candidate,) = locate(page, finder)
    assert candidate.box.width > 70
