from collections.abc import Mapping

import numpy as np
import pytest

from digitbox.forms.template import Checkbox, Choice, Digits, Field, Image, Number, Table
from digitbox.recognition.view import Gray
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.sheets import filled, photographed, scanned, sheet, truth
from tests.train.drawing.factory import writers

FIELDS: tuple[Field, ...] = (
    Digits(name="id", box=(50, 50, 400, 80), length=5, cells=True),
    Number(name="q", box=(50, 200, 240, 80), length=3, decimals=1),
    Checkbox(name="absent", box=(50, 350, 40, 40)),
    Choice(name="grade", boxes={"A": (200, 350, 40, 40), "B": (300, 350, 40, 40)}),
    Table(name="t", box=(50, 450, 400, 240), rows=2, columns=("a", "b"), header=1),
    Image(name="name", box=(50, 720, 200, 60)),
)

ALL = {"id": "40713", "q": "7.5", "absent": "marked", "grade": "B", "t.1.b": "12", "t.2.a": "9"}

PLACES = {
    "id": (50, 50, 400, 80), "q": (50, 200, 240, 80), "absent": (50, 350, 40, 40),
    "grade": (300, 350, 40, 40), "t.1.b": (250, 530, 200, 80), "t.2.a": (50, 610, 200, 80),
}  # fmt: skip


def blank() -> Gray:
    return np.full((800, 560), 255, np.uint8)


def written(values: Mapping[str, str], seed: int = 1) -> Gray:
    random = np.random.default_rng(seed)
    page = filled(blank(), FIELDS, values, Hand.of(writers(), random), random)
    return np.rint(page).astype(np.uint8)


def extent(page: Gray) -> tuple[int, int, int, int]:
    """Where the ink on ``page`` begins and ends: left, top, right, bottom."""
    rows, columns = np.nonzero(page < 200)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ALL)
def test_a_value_is_written_in_its_field(name: str, seed: int) -> None:
    x, y, wide, high = PLACES[name]
    left, top, right, bottom = extent(written({name: ALL[name]}, seed))
    beyond = 0.35 * high
    assert x - beyond < left < right < x + wide + beyond
    assert y - beyond < top < bottom < y + high + beyond
    assert bottom - top > 0.25 * high


@pytest.mark.parametrize("seed", range(4))
def test_each_cell_has_its_digit(seed: int) -> None:
    page = written({"id": "88888"}, seed)
    for cell in range(5):
        inner = page[60:120, 50 + 80 * cell + 15 : 50 + 80 * cell + 65]
        assert inner.min() < 200


def test_fewer_digits_leave_cells_empty_on_one_side() -> None:
    sides = set()
    for seed in range(12):
        page = written({"id": "42"}, seed)
        empty = [page[60:120, 50 + 80 * cell + 30 : 50 + 80 * cell + 50].min() > 200 for cell in
                 (0, 4)]  # fmt: skip
        assert sum(empty) == 1
        sides.add(empty[0])
    assert sides == {True, False}


def test_nothing_is_written_where_there_is_no_value() -> None:
    assert (written({"absent": "empty", "q": "", "t.1.a": ""}) == 255).all()


def test_the_truth_is_what_is_to_be_read() -> None:
    assert truth(FIELDS, ALL) == {
        "id": "40713", "q": "7.5", "absent": "marked", "grade": "B",
        "t.1.a": "", "t.1.b": "12", "t.2.a": "9", "t.2.b": "",
    }  # fmt: skip
    assert truth(FIELDS, {"id": "007", "q": "07.5"}) == {
        "id": "007", "q": "7.5", "absent": "empty", "grade": "",
        "t.1.a": "", "t.1.b": "", "t.2.a": "", "t.2.b": "",
    }  # fmt: skip


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit into 5 cells"):
        written({"id": "123456"})


@pytest.mark.parametrize("is_photo", [False, True])
def test_the_same_seed_draws_the_same_sheet(is_photo: bool) -> None:
    made = []
    for _ in range(2):
        random = np.random.default_rng(3)
        hand = Hand.of(writers(), random)
        made.append(sheet(blank(), FIELDS, ALL, hand, random, 600, is_photo))
    assert (made[0].gray == made[1].gray).all()
    assert made[0].truth == truth(FIELDS, ALL)
    assert made[0].gray.dtype == np.uint8
    assert made[0].gray.shape == (600, 420)


def middle() -> Gray:
    """A page with a dark square in its middle."""
    page = blank()
    page[360:440, 240:320] = 0
    return page


@pytest.mark.parametrize("seed", range(6))
def test_a_scan_shows_the_whole_page_a_little_skewed(seed: int) -> None:
    seen = scanned(middle().astype(np.float32), np.random.default_rng(seed), 800)
    inner = seen[200:600, 140:420]
    left, top, right, bottom = extent(np.where(inner < 128, 0, 255).astype(np.uint8))
    assert (left + right) / 2 == pytest.approx(140, abs=10)
    assert (top + bottom) / 2 == pytest.approx(200, abs=10)
    assert np.median(seen) > 225


@pytest.mark.parametrize("seed", range(6))
def test_a_photo_shows_the_whole_page_on_a_table(seed: int) -> None:
    seen = photographed(middle().astype(np.float32), np.random.default_rng(seed), 800)
    beside = np.concatenate([seen[390:410, 170:210].ravel(), seen[390:410, 350:390].ravel()])
    assert seen[390:410, 270:290].mean() < 0.4 * beside.mean()
    assert seen[:8, :8].mean() < beside.mean()
    assert seen[-8:, -8:].mean() < beside.mean()


def test_some_scans_are_black_and_white_alone() -> None:
    page = middle().astype(np.float32)
    count = [len(np.unique(scanned(page, np.random.default_rng(s), 400))) == 2 for s in range(60)]
    assert 1 <= sum(count) <= 20
