import numpy as np
import pytest

from digitbox_train.drawing import fields
from digitbox_train.drawing.fields import KINDS, Place, fragment, pattern, printed
from digitbox_train.drawing.papers import Field

PLACE = Place((120, 300), 60.0, 40.0, 240.0, 80.0, (85.0, 130.0, 175.0, 220.0))


def prints(kind: str, monkeypatch: pytest.MonkeyPatch, count: int = 25) -> list[Field]:
    """What is printed around a number of four digits."""
    monkeypatch.setattr(fields, "KINDS", {kind: 1.0})
    random = np.random.default_rng(1)
    return [printed(PLACE, random) for _ in range(count)]


def rules(field: Field, axis: int) -> int:
    """Lines that run over more than half of the number, from left to right (axis 1) or from top to
    bottom (axis 0)."""
    part = field[:, 60:240] if axis == 1 else field[40:80]
    dark = np.concatenate([[False], part.mean(axis=axis) > 0.5])
    return int(np.sum(dark[1:] & ~dark[:-1]))


def test_shares_are_of_the_whole() -> None:
    assert sum(KINDS.values()) == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_printed_takes_a_share_of_the_light_but_not_everywhere(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = prints(kind, monkeypatch)
    for field in found:
        assert field.shape == PLACE.shape
        assert field.dtype == np.float32
        assert 0 <= field.min() <= field.max() <= 1
    assert np.mean([field.any() for field in found]) > 0.8
    assert np.median([field.mean() for field in found]) < 0.5


@pytest.mark.parametrize(
    ("kind", "across", "down"),
    [
        ("rules", (1, 8), (0, 0)),
        ("under", (0, 2), (0, 0)),
        ("between", (1, 2), (0, 0)),
        ("upright", (0, 0), (0, 2)),
        ("grid", (3, 14), (5, 40)),
        ("comb", (1, 2), (1, 6)),
    ],
)
def test_lines_run_as_they_are_named(
    kind: str, across: tuple[int, int], down: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for way, (least, most) in ((1, across), (0, down)):
        counts = [rules(field, way) for field in prints(kind, monkeypatch)]
        assert least <= np.median(counts) <= most


def test_a_comb_has_a_line_between_two_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in prints("comb", monkeypatch):
        foot = field[60:80]
        for one, other in zip(PLACE.centres[:-1], PLACE.centres[1:], strict=True):
            assert foot[:, int(one) + 8 : int(other) - 8].max() > 0.4


def test_what_is_underlined_is_so_near_its_foot(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in prints("under", monkeypatch):
        rows = np.flatnonzero(field.max(axis=1) > 0.5)
        assert PLACE.bottom - 16 < rows.min() <= rows.max() < PLACE.bottom + 30


def test_a_box_is_around_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = [float(field[50:70, 80:220].mean()) for field in prints("box", monkeypatch)]
    assert np.median(inside) < 0.05


def test_a_number_without_digits_has_no_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fields, "KINDS", {"comb": 1.0})
    empty = Place((120, 300), 60.0, 40.0, 240.0, 80.0, ())
    assert printed(empty, np.random.default_rng(1)).any()


@pytest.mark.parametrize("shape", [(60, 300), (12, 10), (200, 1400)])
def test_a_pattern_covers_a_page_evenly(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    for _ in range(15):
        field = pattern(shape, shape[0] * 0.7, random)
        assert field.shape == shape
        assert field.dtype == np.float32
        assert 0 <= field.min() <= field.max() <= 1
    kept = [pattern((160, 600), 60.0, random) for _ in range(30)]
    halves = [(field[:, :300].mean(), field[:, 300:].mean()) for field in kept]
    assert np.median([max(two) / max(min(two), 1e-3) for two in halves]) < 1.5


def test_the_same_seed_prints_the_same() -> None:
    for draw in (printed, lambda place, random: pattern(place.shape, place.high, random)):
        one, same, other = (draw(PLACE, np.random.default_rng(seed)) for seed in (1, 1, 5))
        assert np.array_equal(one, same)
        assert not np.array_equal(one, other)


def test_a_fragment_is_no_1() -> None:
    random = np.random.default_rng(1)
    high = PLACE.bottom - PLACE.top
    for _ in range(40):
        field = fragment(PLACE, random)
        assert field.shape == PLACE.shape
        assert 0 <= field.min() <= field.max() <= 1
        rows, columns = np.nonzero(field > 0.5)
        assert np.ptp(rows) > 1.2 * high or np.ptp(columns) > 0.4 * high
