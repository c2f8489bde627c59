from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from digitbox.config import SHIPPED_MODELS
from digitbox.recognition import reader as module
from digitbox.recognition.card import PREPROCESSING
from digitbox.recognition.decode import Page
from digitbox.recognition.finder import Finder
from digitbox.recognition.model import Model
from digitbox.recognition.preprocess import look, preprocess_page
from digitbox.recognition.reader import Reader
from digitbox.records import Expected, KeptFrames, Reading, Reason, Status
from tests.conftest import ROOT
from tests.pages import digits, encoded, lit, number, ruled, sheet
from tests.recognition.fakes import Scripted, heard


def read_page(reader: Reader, page: np.ndarray) -> Reading:
    ((reading,),) = reader.read([encoded(page)])
    return reading


def like(reader: Reader, **settings: Any) -> Reader:
    """Another reader, with these settings."""
    common = {"accept": 0.9, "max_pixels": 10**8, "max_pages": 100}
    parts = {"transcriber": reader._transcriber}
    return Reader(reader._finder, reader._model, **{**common, **parts, **settings})


@pytest.mark.parametrize("value", range(10))
def test_a_plain_digit_is_accepted(reader: Reader, value: int) -> None:
    reading = read_page(reader, sheet(value))
    assert (reading.value, reading.status, reading.reason) == (str(value), Status.ACCEPTED, None)


def test_mnist_itself_is_read_through_the_whole_path(reader: Reader) -> None:
    images, labels = digits()
    readings = reader.read(encoded(image) for image in images)
    right = [
        reading.value == str(label) for (reading,), label in zip(readings, labels, strict=True)
    ]
    assert np.mean(right) >= 0.98


@pytest.mark.parametrize(
    "change",
    [
        lambda page: np.pad(page, 60, constant_values=225),
        lambda page: np.asarray(Image.fromarray(page).resize((480, 600))),
        lambda page: np.rint(page * 0.8).astype(np.uint8),
        lambda page: 255 - page,
        lambda page: np.asarray(Image.fromarray(page).rotate(5, fillcolor=225)),
        lit,
    ],
    ids=["padded", "twice the size", "dimmed", "inverted", "turned by 5°", "lit"],
)
def test_the_value_does_not_change_with_what_does_not_matter(
    reader: Reader, change: object
) -> None:
    for value in range(10):
        reading = read_page(reader, change(sheet(value)))  # type: ignore[operator]
        assert reading.value == str(value)


def test_the_value_does_not_change_as_jpeg(reader: Reader) -> None:
    files = [encoded(sheet(value), "JPEG", quality=60) for value in range(10)]
    assert [file[0].value for file in reader.read(files)] == [str(value) for value in range(10)]


def test_a_reading_does_not_depend_on_its_neighbours(reader: Reader) -> None:
    files = [encoded(image) for image in digits()[0][::5]]
    together = reader.read(files)
    assert together == [reader.read([file])[0] for file in files]


def test_the_digit_is_described(reader: Reader) -> None:
    (digit,) = read_page(reader, sheet(3)).digits
    assert digit.value == 3
    assert digit.probabilities[3] == max(digit.probabilities) >= digit.confidence > 0.9
    assert sum(digit.probabilities) == pytest.approx(1, abs=1e-3)
    assert all(round(p, 4) == p for p in digit.probabilities)


def test_the_box_is_in_pixels_of_the_file(reader: Reader) -> None:
    page = sheet(8, 3000, 4000, side=1200, top=1500, left=2500)
    ((reading,),) = reader.read([encoded(page, "JPEG")])
    assert (reading.width, reading.height) == (4000, 3000)
    box = reading.digits[0].box
    assert 2500 < box.x < box.x + box.width < 3700
    assert 1500 < box.y < box.y + box.height < 2700


def test_below_accept_is_for_review(reader: Reader) -> None:
    strict = Reader(reader._finder, reader._model, accept=1.01, max_pixels=10**8, max_pages=100)
    reading = read_page(strict, sheet(4))
    assert (reading.status, reading.reason) == (Status.REVIEW, Reason.LOW_CONFIDENCE)
    assert reading.value == "4"


@pytest.mark.parametrize("letter", ["K", "M", "R", "&"])
def test_what_is_no_digit_is_not_accepted_as_one(reader: Reader, letter: str) -> None:
    reading = read_page(reader, lettered(letter))
    assert reading.status in (Status.NOT_DIGIT, Status.REVIEW)
    assert (reading.value is None) == (reading.status is Status.NOT_DIGIT)


def lettered(letter: str) -> np.ndarray:
    page = np.full((300, 240), 225, np.uint8)
    cv2.putText(page, letter, (60, 210), cv2.FONT_HERSHEY_SIMPLEX, 6, 40, 14, cv2.LINE_AA)
    return page


def test_a_scribble_is_not_accepted(reader: Reader) -> None:
    ((reading,),) = reader.read([(ROOT / "samples" / "scribble.png").read_bytes()])
    assert reading.status in (Status.NOT_DIGIT, Status.REVIEW)
    assert reading.confidence is None or reading.confidence < 0.1


def scribbled(random: np.random.Generator) -> NDArray[np.uint8]:
    """A page on which a pen went to and fro, between 9 to 15 places."""
    places = random.uniform((70, 60), (250, 240), (int(random.integers(9, 16)), 2))
    steps = np.linspace(0, len(places) - 1, 20 * len(places))
    path = [np.interp(steps, np.arange(len(places)), side) for side in places.T]
    smooth = np.stack([np.convolve(side, np.ones(9) / 9, "valid") for side in path], axis=1)
    page = np.full((300, 320), 230, np.uint8)
    cv2.polylines(page, [np.rint(smooth * 16).astype(np.int32)], False, 50, 6, cv2.LINE_AA, 4)
    return page


def test_scribbles_are_hardly_ever_accepted(reader: Reader) -> None:
    random = np.random.default_rng(1)
    found = [reading for (reading,) in reader.read(encoded(scribbled(random)) for _ in range(60))]
    assert sum(one.status is Status.ACCEPTED for one in found) <= 2  # 5 of 300: they look like 8s
    assert np.mean([one.confidence or 0 for one in found]) < 0.15


def test_what_is_surely_no_digit_has_no_value_but_is_shown(reader: Reader) -> None:
    reading = read_page(reader, lettered("W"))
    assert (reading.status, reading.value, reading.reason) == (Status.NOT_DIGIT, None, None)
    (digit,) = reading.digits
    assert digit.confidence < 0.1


def test_digits_side_by_side_are_a_number(reader: Reader) -> None:
    for width, reason in ((170, None), (300, Reason.SEVERAL_MARKS)):  # 1.5 and 2.6 heights apart
        reading = read_page(reader, np.hstack([sheet(3, 300, width), sheet(8, 300, width)]))
        assert (reading.value, reading.reason) == ("38", reason)
        first, second = reading.digits
        assert (first.value, second.value) == (3, 8)
        assert first.box.holds(width / 2, 150)
        assert second.box.holds(width * 3 / 2, 150)


@pytest.mark.parametrize(("first", "second"), [("12", "34"), ("5", "60"), ("381", "9"), ("4", "7")])
def test_two_numbers_with_a_gap_between_them_are_not_accepted_as_one(
    reader: Reader, first: str, second: str
) -> None:
    for gap in (70, 100):  # pixels; the digits are 48 high
        space = np.full((number("1").shape[0], gap), 225, np.uint8)
        sides = number(first, room=0.3), number(second, room=0.3)
        rows = min(len(one) for one in sides)
        page = np.hstack([sides[0][:rows], space[:rows], sides[1][:rows]])
        assert read_page(reader, np.pad(page, 40, mode="edge")).status is Status.REVIEW


def test_digits_that_are_not_on_one_line_are_for_review(reader: Reader) -> None:
    reading = read_page(reader, np.vstack([sheet(3, 300, 300), sheet(8, 300, 300)]))
    assert reading.status is Status.REVIEW
    assert reading.reason in (Reason.SEVERAL_MARKS, Reason.SEVERAL_LINES)
    assert sorted(digit.value for digit in reading.digits) == [3, 8]


def in_a_row(count: int, framed: bool) -> np.ndarray:
    """The digits 1, 2, 3 and so on side by side."""
    digits = [sheet(value % 10, 64, 34, 34) for value in range(1, count + 1)]
    page = np.pad(np.hstack(digits), ((4, 4), (8, 8)), constant_values=225)
    if framed:
        page[:3] = page[-3:] = page[:, :3] = page[:, -3:] = 40
    return page


@pytest.mark.parametrize("framed", [False, True])
@pytest.mark.parametrize("count", [2, 6, 8, 10])
def test_a_row_of_digits_is_a_number(reader: Reader, count: int, framed: bool) -> None:
    reading = read_page(reader, in_a_row(count, framed))
    assert reading.value is not None
    assert len(reading.value) == len(reading.digits) == count
    assert reading.value == "1234567890"[:count] or reading.status is Status.REVIEW
    lefts = [digit.box.x for digit in reading.digits]
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("framed", [False, True])
@pytest.mark.parametrize("count", [2, 6, 8, 10])
def test_where_one_digit_is_expected_a_row_of_digits_is_for_review(
    reader: Reader, count: int, framed: bool
) -> None:
    one = like(reader, expected=Expected(most=1))
    reading = read_page(one, in_a_row(count, framed))
    assert (reading.status, reading.reason) == (Status.REVIEW, Reason.SEVERAL_MARKS)


def test_a_reader_without_a_network_of_numbers_reads_single_digits(reader: Reader) -> None:
    alone = like(reader, transcriber=None)
    assert read_page(alone, sheet(3)).value == "3"
    reading = read_page(alone, np.hstack([sheet(3, 300, 300), sheet(8, 300, 300)]))
    assert (reading.status, reading.reason) == (Status.REVIEW, Reason.SEVERAL_MARKS)


def test_where_one_digit_is_expected_no_number_is_looked_for(reader: Reader) -> None:
    unasked = Scripted(heard("8"))
    one = like(reader, expected=Expected(most=1), transcriber=unasked)
    assert read_page(one, sheet(3)).value == "3"
    assert unasked.strips == []


@pytest.mark.parametrize(
    ("expected", "value", "reason"),
    [
        (Expected(), "0417", None),
        (Expected(least=4, most=4), "0417", None),
        (Expected(least=1, most=3), "0417", Reason.OTHER_LENGTH),
    ],
)
def test_a_number_is_compared_with_what_is_expected(
    reader: Reader, expected: Expected, value: str, reason: Reason | None
) -> None:
    reading = read_page(like(reader, expected=expected), number("0417"))
    assert (reading.value, reading.reason) == (value, reason)
    assert reading.alternatives[0].value == value


@pytest.mark.parametrize("text", ["-4", "-7"])
def test_a_digit_with_a_minus_is_not_accepted_without_it(reader: Reader, text: str) -> None:
    assert read_page(reader, number(text)).status is Status.REVIEW


def test_the_boxes_of_a_number_are_in_pixels_of_the_file(reader: Reader) -> None:
    page = cv2.resize(number("417", height=64), None, fx=14, fy=14)
    reading = read_page(reader, np.asarray(page, np.uint8))
    assert reading.value == "417"
    assert (reading.height, reading.width) == page.shape
    rows, columns = np.nonzero(page < 140)
    boxes = [digit.box for digit in reading.digits]
    assert boxes[0].x == pytest.approx(columns.min(), abs=500)
    assert boxes[-1].x + boxes[-1].width == pytest.approx(columns.max(), abs=500)
    assert boxes[0].y == pytest.approx(rows.min(), abs=250)


def test_several_lines_have_their_values_and_places(reader: Reader) -> None:
    reading = read_page(reader, number("0417", "25"))
    assert (reading.reason, reading.value) == (Reason.SEVERAL_LINES, "0417 25")
    assert [line.value for line in reading.lines] == ["0417", "25"]
    above, below = (line.box for line in reading.lines)
    assert above.y + above.height < below.y
    assert [digit.value for digit in reading.digits] == [0, 4, 1, 7, 2, 5]


def test_a_number_brings_no_frames_along(reader: Reader) -> None:
    reading = read_page(like(reader, accept=1.01, keep_frames=True), number("0417"))
    assert (reading.status, reading.frames) == (Status.REVIEW, None)


def test_a_digit_goes_before_a_larger_candidate_that_is_none(reader: Reader) -> None:
    plus = np.full((300, 300), 225, np.uint8)
    plus[140:160, 60:240] = plus[60:240, 140:160] = 40
    reading = read_page(reader, np.hstack([plus, sheet(2, 300, 300, side=200)]))
    assert (reading.status, reading.reason) == (Status.REVIEW, Reason.SEVERAL_MARKS)
    assert reading.value == "2"
    assert reading.digits[0].box.x > 300


def test_a_blank_page_is_blank_and_has_no_value(reader: Reader) -> None:
    reading = read_page(reader, np.full((300, 200), 230, np.uint8))
    assert reading == Reading(1, Status.BLANK, width=200, height=300)


def test_every_page_has_its_reading(reader: Reader) -> None:
    first, *others = (Image.fromarray(sheet(value)) for value in (1, 2, 3))
    (readings,) = reader.read([encoded(first, "TIFF", save_all=True, append_images=others)])
    assert [(reading.page, reading.value) for reading in readings] == [(1, "1"), (2, "2"), (3, "3")]


def test_pages_beyond_the_limit_are_one_that_failed(reader: Reader) -> None:
    short = Reader(reader._finder, reader._model, 0.9, 10**8, max_pages=2)
    first, *others = (Image.fromarray(sheet(value)) for value in (1, 2, 3, 4))
    (readings,) = short.read([encoded(first, "TIFF", save_all=True, append_images=others)])
    assert [reading.value for reading in readings] == ["1", "2", None]
    assert readings[2] == Reading.failed(Reason.TOO_MANY_PAGES, 3)


def test_the_pages_read_in_time_count(reader: Reader) -> None:
    calls = iter([False, False, True])
    hurried = Reader(reader._finder, reader._model, 0.99, 10**8, 100, lambda: next(calls))
    first, *others = (Image.fromarray(sheet(value)) for value in (1, 2, 3, 4, 5))
    (readings,) = hurried.read([encoded(first, "TIFF", save_all=True, append_images=others)])
    assert [reading.value for reading in readings] == ["1", "2", "3", None]
    assert readings[3].reason is Reason.TIMEOUT


def test_boxes_lie_on_their_page(reader: Reader) -> None:
    random = np.random.default_rng(5)
    boxes = 0
    for shape in [(1, 3), (3, 1), (50, 3), (28, 28), (40, 7), (700, 300)]:
        for _ in range(20):
            for digit in read_page(reader, random.integers(0, 256, shape, np.uint8)).digits:
                box = digit.box
                assert 0 <= box.x < box.x + box.width <= shape[1]
                assert 0 <= box.y < box.y + box.height <= shape[0]
                boxes += 1
    assert boxes > 60


def test_a_bad_file_does_not_touch_its_neighbours(reader: Reader) -> None:
    readings = reader.read([encoded(sheet(1)), b"nonsense", encoded(sheet(2))])
    assert [file[0].value for file in readings] == ["1", None, "2"]
    assert readings[1] == (Reading.failed(Reason.NOT_AN_IMAGE),)


def test_memory_that_runs_out_fails_the_file(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "look", exhausted)
    assert reader.read([encoded(sheet(1))]) == [(Reading.failed(Reason.MEMORY),)]


def test_memory_that_runs_out_at_a_page_fails_that_page(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: object, **__: object) -> Iterator[Page]:
        yield Page(1, 240, 300, sheet(1))
        raise MemoryError

    monkeypatch.setattr(module, "decode", exhausted)
    ((first, second),) = reader.read([b"a document"])
    assert (first.page, first.value) == (1, "1")
    assert second == Reading.failed(Reason.MEMORY, 2)


def test_the_time_is_looked_at_between_two_pages_of_a_document(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []
    asked: list[int] = []

    def counted(*arguments: Any) -> Any:
        searched.append(1)
        return look(*arguments)

    def expired() -> bool:
        asked.append(len(searched))
        return False

    monkeypatch.setattr(module, "look", counted)
    hurried = Reader(reader._finder, reader._model, 0.99, 10**8, 100, expired)
    first, *others = (Image.fromarray(image) for image in digits()[0][:4])
    hurried.read([encoded(first, "TIFF", save_all=True, append_images=others)])
    assert asked == [1, 2, 3]


def test_what_goes_to_review_brings_its_frames_along_where_they_are_kept(finder: Finder) -> None:
    model = Model(SHIPPED_MODELS / "mlp")
    for keep in (False, True):
        doubting = Reader(finder, model, 1.1, 10**8, 100, keep_frames=keep)
        sure = Reader(finder, model, 0.0, 10**8, 100, keep_frames=keep)
        ((doubted,),) = doubting.read([encoded(ruled(sheet(3)))])
        ((accepted,),) = sure.read([encoded(ruled(sheet(3)))])
        assert accepted.frames is None
        assert (doubted.frames is not None) == keep
        assert (doubted.status, accepted.status) == (Status.REVIEW, Status.ACCEPTED)
    seen = preprocess_page(encoded(ruled(sheet(3))), 1, finder, 10**8)
    assert seen is not None
    assert doubted.frames == KeptFrames(PREPROCESSING, seen.candidates[0].frames.tobytes())


def test_probabilities_have_four_decimal_places(reader: Reader) -> None:
    contents = [encoded(sheet(value)) for value in range(10)]
    found = [one for pages in reader.read(contents) for page in pages for one in page.digits]
    numbers = [number for one in found for number in (one.confidence, *one.probabilities)]
    assert all(round(number, 4) == number for number in numbers)
    assert any(round(number, 3) != number for number in numbers)


@pytest.mark.parametrize(("edge", "light", "width"), [(90, 210, 2), (120, 190, 1), (150, 210, 2)])
def test_a_rule_that_looks_like_a_1_beside_the_black_edge_of_a_scan_goes_to_review(
    reader: Reader, edge: int, light: int, width: int
) -> None:
    page = np.full((700, 320), 230, np.uint8)
    page[:, :edge] = 8
    cv2.line(page, (280, 0), (285, 699), light, width)
    reading = read_page(reader, np.asarray(cv2.GaussianBlur(page, (0, 0), 1), np.uint8))
    assert reading.status is Status.REVIEW
    assert reading.reason in (Reason.DARK_EDGES, Reason.UNUSUAL_SHAPE)
    assert reading.value == "1"
    assert (reading.width, reading.height) == (320, 700)


def form(kind: str, random: np.random.Generator) -> NDArray[np.uint8]:
    """A page on which nothing stands but printed lines: boxes below or beside each other, touching
    or apart, a table, a comb, a bracket that lies on its back, or long rules from above to below;
    of many sizes and widths, a little aslant."""
    side, count = random.uniform(14, 70), int(random.integers(2, 9))
    across, down = {"column": (1, count), "row": (count, 1), "table": (2, count)}.get(kind, (3, 3))
    gap = side * random.choice([0, 0.15, 0.4]) if kind in ("column", "row") else 0
    wide, room = side * random.uniform(0.7, 1.6), side * random.uniform(0.3, 2)
    thick = max(1, round(side * random.uniform(0.03, 0.1)))
    right, foot = room + across * wide, room + down * side
    page = np.full((round(foot + room), round(right + room)), 240, np.uint8)

    def line(*points: tuple[float, float]) -> None:
        bent = np.rint(np.array(points) * 16).astype(np.int32)
        cv2.polylines(page, [bent], False, 60, thick, cv2.LINE_AA, 4)

    if kind == "comb":
        line((room, foot), (right, foot))
        for tooth in range(across + 1):
            line((room + tooth * wide, foot - side / 2), (room + tooth * wide, foot))
    elif kind == "bracket":
        line((room, foot - side), (room, foot), (right, foot), (right, foot - side))
    elif kind == "rules":
        for rule in range(int(random.integers(1, 4))):
            line((room + rule * wide, 0.1 * foot), (room + rule * wide, foot))
    else:
        for row in range(down):
            for column in range(across):
                x, y = room + column * wide, room + row * side
                end, low = x + wide - gap, y + side - gap
                line((x, y), (end, y), (end, low), (x, low), (x, y))
    middle = page.shape[1] / 2, page.shape[0] / 2
    turn = cv2.getRotationMatrix2D(middle, random.normal(0, 1.2), 1)
    turned = cv2.warpAffine(page, turn, page.shape[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.GaussianBlur(turned, (0, 0), random.uniform(0.3, 1.1)), np.uint8)


@pytest.mark.parametrize("kind", ["column", "row", "table", "comb", "bracket", "grid"])
def test_what_is_made_of_printed_lines_is_no_digit(reader: Reader, kind: str) -> None:
    random = np.random.default_rng(20)
    for _ in range(25):
        reading = read_page(reader, form(kind, random))
        assert reading.status is not Status.ACCEPTED, reading


def test_long_rules_are_no_digits(reader: Reader) -> None:
    random = np.random.default_rng(20)
    statuses = [read_page(reader, form("rules", random)).status for _ in range(50)]
    assert Status.ACCEPTED not in statuses


@pytest.mark.parametrize("digit", range(10))
def test_a_small_digit_on_a_large_page_is_read(reader: Reader, digit: int) -> None:
    """It is found away from any line, and looked at as one, too."""
    page = sheet(digit, 1200, 1600, side=80, top=300, left=900)
    reading = read_page(reader, page)
    assert (reading.value, reading.status) == (str(digit), Status.ACCEPTED)


def placed(small: NDArray[np.uint8], shape: tuple[int, int], random: np.random.Generator) -> Any:
    """A page of that ``shape`` with ``small`` anywhere on it."""
    page = np.full(shape, 225, np.uint8)
    top, left = (
        int(random.integers(40, whole - part - 40))
        for whole, part in zip(shape, small.shape, strict=True)
    )
    page[top : top + small.shape[0], left : left + small.shape[1]] = small
    return page


@pytest.mark.parametrize(("gap", "least"), [(0.15, 4), (0.3, 4), (0.8, 4), (1.5, 4), (2.5, 2)])
def test_no_small_number_on_a_large_page_loses_a_digit(
    reader: Reader, gap: float, least: int
) -> None:
    """The finder sees one of its digits, or two, where the page is much reduced. Also tried: words
    of print. Two digits with the widest gap may be two numbers."""
    random = np.random.default_rng(int(100 * gap))
    accepted = 0
    for turn in range(16):
        text = "".join(map(str, random.integers(0, 10, int(random.integers(2, 5)))))
        small = number(text, height=int(random.integers(20, 60)), gap=gap)
        shape = [(1200, 1600), (1754, 1240), (2339, 1654)][turn % 3]
        reading = read_page(reader, placed(small, shape, random))
        if reading.status is Status.ACCEPTED:
            accepted += 1
            assert reading.value == text
    assert accepted >= least


def test_what_stands_elsewhere_on_a_large_page_is_not_passed_over(reader: Reader) -> None:
    random = np.random.default_rng(3)
    for _ in range(10):
        page = np.full((1754, 1240), 225, np.uint8)
        for top in (200, 900, 1500):
            small = number(str(random.integers(10, 100)), height=26)
            page[top : top + small.shape[0], 300 : 300 + small.shape[1]] = small
        assert read_page(reader, page).status is not Status.ACCEPTED
