from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.box import Box
from digitbox.recognition.card import InkThresholds
from digitbox.recognition.finder import Finder
from digitbox.recognition.locate import MAX_DETECTIONS, Detection, _goes_on, _is_suppressed, locate
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


def test_the_parts_of_a_digit_are_one_candidate(finder: Finder) -> None:
    page = sheet(5, side=200, height=300, width=300)
    (whole,) = locate(page, finder)
    broken = page.copy()
    middle = whole.box.y + whole.box.height // 2
    broken[middle : middle + 5] = 225
    (candidate,) = locate(broken, finder)
    assert candidate.box.height > 0.9 * whole.box.height


def test_two_digits_are_two_candidates(finder: Finder) -> None:
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
def test_a_stroke_at_the_edge_of_a_narrow_page_lies_on_it(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    for edge in (np.s_[:, :6], np.s_[:, -6:], np.s_[:6], np.s_[-6:]):
        page = random.integers(170, 250, shape, np.uint8)
        page[edge] = random.integers(20, 60, page[edge].shape)
        candidates = locate(page, Dark(rim=8))
        assert candidates
        for box in (candidate.box for candidate in candidates):
            assert 0 <= box.x < box.x + box.width <= shape[1]
            assert 0 <= box.y < box.y + box.height <= shape[0]


def test_of_small_digits_on_a_large_sheet_the_heaviest_is_the_first() -> None:
    page = np.random.default_rng(3).integers(170, 250, (2000, 2000), np.uint8)
    page[300:340, 300:336] = page[1500:1550, 1500:1548] = 20  # in two quarters
    candidates = locate(page, Dark())
    assert [candidate.box.x > 1000 for candidate in candidates] == [True, False]


def test_any_page_gets_an_answer(finder: Finder) -> None:
    random = np.random.default_rng(4)
    numbers = []
    for shape in [(1, 1), (1, 300), (2, 700), (5, 5), (28, 28), (64, 3000), (333, 777)]:
        for _ in range(3):
            found = locate(random.integers(0, 256, shape, np.uint8), finder)
            for one in found:
                assert 0 <= one.box.x < one.box.x + one.box.width <= shape[1]
                assert 0 <= one.box.y < one.box.y + one.box.height <= shape[0]
                assert one.ink.ndim == 2
                assert 0 <= one.ink.min() < one.ink.max() <= 1
            numbers.append(len(found))
    assert 0 < max(numbers) <= MAX_DETECTIONS


def test_a_tiny_page_is_all_ink_and_background() -> None:
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


def test_an_open_4_is_one_candidate(finder: Finder) -> None:
    page = np.full((300, 300), 230, np.uint8)
    cv2.polylines(page, [np.array([[110, 80], [90, 170], [150, 170]])], False, 40, 9, cv2.LINE_AA)
    cv2.line(page, (168, 90), (160, 230), 40, 9, cv2.LINE_AA)
    (candidate,) = locate(page, finder)
    assert candidate.box.width > 70


class Told(Finder):
    """Says what it was told about each view, and keeps the views."""

    def __init__(self, say: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]) -> None:
        self.thresholds = InkThresholds()
        self.views: list[NDArray[np.uint8]] = []
        self._say = say

    def ink(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
        self.views.append(view)
        return self._say(view).astype(np.float32)


def dark() -> Told:
    return Told(lambda view: view < 100)


def nothing() -> Told:
    return Told(lambda view: np.zeros(view.shape, np.bool_))


def grainy(side: int, *blocks: tuple[slice, slice]) -> NDArray[np.uint8]:
    """A square page that is not even, so that the finder is asked, with black blocks on it."""
    page = np.random.default_rng(3).integers(170, 250, (side, side)).astype(np.uint8)
    for block in blocks:
        page[block] = 20
    return page


def test_what_fills_half_of_its_view_gets_a_crop_and_what_fills_most_of_it_does_not() -> None:
    for height, crops in ((60, 2), (90, 1)):
        finder = dark()
        assert len(locate(grainy(128, np.s_[15 : 15 + height, 50:70]), finder)) == 1
        assert len(finder.views) == crops


def test_a_crop_leaves_some_room_around_what_it_shows() -> None:
    finder = dark()
    locate(grainy(600, np.s_[300:340, 300:320]), finder)
    rows = np.flatnonzero((finder.views[-1] < 100).any(axis=1))
    assert 75 <= np.ptp(rows) + 1 <= 100


def test_what_is_small_gets_three_crops_at_most_each_closer_than_the_one_before() -> None:
    def spot(view: NDArray[np.uint8]) -> NDArray[np.bool_]:
        found = np.zeros(view.shape, np.bool_)
        found[54:74, 54:74] = True
        return found

    finder = Told(spot)
    locate(grainy(1500), finder)
    assert len(finder.views) == 3


@pytest.mark.parametrize(("width", "height", "passes"), [(170, 130, 1), (170, 85, 3), (240, 24, 5)])
def test_what_is_broad_is_cropped_in_up_to_four_parts(width: int, height: int, passes: int) -> None:
    top, left = (256 - height) // 2, (256 - width) // 2
    finder = dark()
    locate(grainy(256, np.s_[top : top + height, left : left + width]), finder)
    assert len(finder.views) == passes


def test_what_two_parts_of_a_row_share_by_more_than_a_little_is_one_thing() -> None:
    for left, expected in ((90, False), (65, True)):
        assert _goes_on(Box(0, 0, 100, 50), Box(left, 0, 100, 50)) is expected


def test_what_overlaps_and_is_hardly_larger_is_suppressed() -> None:
    ink = np.ones((4, 4), np.float32)
    first = Detection(ink, None, Box(100, 100, 50, 50))
    for side, expected in ((52, True), (60, False)):
        box = Box(100, 100, side, side)
        assert _is_suppressed(Detection(ink, None, box), [first]) is expected
    apart = Detection(ink, None, Box(300, 100, 50, 50))
    assert not _is_suppressed(apart, [first])


@pytest.mark.parametrize(("side", "passes"), [(300, 1), (460, 5), (900, 21), (3000, 21)])
def test_on_a_large_page_without_ink_its_quarters_are_searched_and_theirs(
    side: int, passes: int
) -> None:
    finder = nothing()
    assert locate(grainy(side), finder) == ()
    assert len(finder.views) == passes


def test_quarters_overlap_a_little() -> None:
    for middle, expected in ((500, 4), (200, 1)):
        finder = nothing()
        locate(grainy(1000, np.s_[middle - 30 : middle + 30, middle - 30 : middle + 30]), finder)
        assert sum(bool((view < 100).sum() > 90) for view in finder.views[1:5]) == expected


@pytest.mark.parametrize(("levels", "count"), [(5, 0), (10, 1)])
def test_what_is_as_faint_as_paper_is_no_ink(levels: int, count: int) -> None:
    page = np.full((128, 128), 220, np.uint8)
    page[20:110, 40:60] = 220 - levels
    page[60:64] = 100  # a rule, so that the finder is asked
    finder = Told(lambda view: np.asarray((view < 220) & (view > 150)))
    assert len(locate(page, finder)) == count


def test_about_a_dozen_are_reported_however_many_there_are() -> None:
    places = [(x, y) for x in range(20, 500, 100) for y in range(20, 500, 100)]
    page = grainy(512, *(np.s_[y : y + 36, x : x + 30] for x, y in places))
    assert 8 <= len(locate(page, dark())) <= 16


@pytest.mark.parametrize(("side", "width"), [(100, 20), (160, 80)])
def test_faint_ink_counts_where_the_page_is_seen_reduced(side: int, width: int) -> None:
    """A stem, and an arm of which the finder is less sure."""

    class Unsure(Told):
        def ink(self, view: NDArray[np.uint8]) -> NDArray[np.float32]:
            self.views.append(view)
            return np.where(view < 60, 0.9, np.where(view < 130, 0.2, 0)).astype(np.float32)

    page = grainy(side)
    page[side // 8 : -side // 8, 20 : 20 + side // 5] = 20
    page[side // 2 - 9 : side // 2 + 9, 20 + side // 5 : 20 + side // 2] = 95
    (found,) = locate(page, Unsure(lambda view: view < 0))
    assert found.box.width == pytest.approx(width, abs=5)


def test_a_page_of_some_more_pixels_is_the_finder_s() -> None:
    page = grainy(24, np.s_[4:20, 10:13])
    assert locate(page, nothing()) == ()


def test_on_a_tiny_page_ink_goes_on_down_to_a_quarter_of_its_strength() -> None:
    page = np.full((18, 18), 220, np.uint8)
    page[2:16, 6:9] = 20
    widths = []
    for strength in (0.17, 0.36):
        arm = page.copy()
        arm[8:10, 9:15] = round(220 - strength * 200)
        (found,) = locate(arm, nothing())
        widths.append(found.box.width)
    assert widths[0] <= 6
    assert widths[1] >= 8


@pytest.mark.parametrize(("height", "shown"), [(300, 85), (450, 96)])
def test_what_is_plain_is_cropped_where_it_is_small_too(height: int, shown: int) -> None:
    page = np.full((600, 600), 230, np.uint8)
    page[60 : 60 + height, 100:130] = 40
    page[30 + height : 60 + height, 100:250] = 40
    (found,) = locate(page, nothing())
    rows = np.flatnonzero((found.ink > 0.5).any(axis=1))
    assert np.ptp(rows) + 1 == pytest.approx(shown, abs=3)
