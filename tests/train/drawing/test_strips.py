from collections import Counter
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from digitbox.recognition import strip as serving
from digitbox.recognition.card import CHARACTERS
from digitbox.records import DIGITS
from digitbox_train.drawing import lines, strips
from digitbox_train.drawing.strips import INVERTED, WIDTHS, Strip
from tests.train.drawing.factory import writers


def drawn(count: int, seed: int = 1) -> list[Strip]:
    random, found = np.random.default_rng(seed), list[Strip]()
    while len(found) < count:
        if shown := strips.shows(lines.line(writers(), random), random):
            found.append(shown)
    return found


@pytest.fixture(scope="module")
def many() -> list[Strip]:
    return drawn(400)


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans in which little but the number is to be seen, dark on light, at full size."""
    monkeypatch.setattr(strips, "SCANNED", 1.0)
    monkeypatch.setattr(strips, "INVERTED", 0.0)
    monkeypatch.setattr(strips, "NATIVE", (40.0, 60.0))
    monkeypatch.setattr(strips, "printed", lambda place, _: np.zeros(place.shape, np.float32))
    monkeypatch.setattr(strips, "pattern", lambda shape, *_: np.zeros(shape, np.float32))
    monkeypatch.setattr(strips, "fragment", lambda place, _: np.zeros(place.shape, np.float32))
    monkeypatch.setattr(strips, "_others", lambda *_: None)
    monkeypatch.setattr(strips, "_darken_side", lambda *_: None)


def same(one: Strip, other: Strip) -> bool:
    alike = (one.text, one.centres) == (other.text, other.centres)
    return alike and np.array_equal(one.pixels, other.pixels)


def stands_out(pixels: NDArray[np.uint8]) -> list[float]:
    """How far each column is from what most of the strip is like."""
    return list(np.abs(pixels.astype(float) - np.median(pixels)).max(axis=0).tolist())


def test_the_same_seed_draws_the_same() -> None:
    assert all(map(same, drawn(10), drawn(10)))
    assert not same(drawn(1)[0], drawn(1, seed=2)[0])


def test_strips_have_the_form_of_those_that_serving_cuts_out(many: list[Strip]) -> None:
    assert set(WIDTHS) <= set(serving.WIDTHS)
    for one in many:
        assert one.pixels.dtype == np.uint8
        assert one.pixels.shape[0] == serving.STRIP_HEIGHT
        assert one.pixels.shape[1] in WIDTHS
    assert {one.pixels.shape[1] for one in many} == set(WIDTHS)


def test_there_is_a_place_for_each_character_in_the_order_of_reading(many: list[Strip]) -> None:
    beyond = 0
    for one in many:
        assert set(one.text) <= set(CHARACTERS)
        assert len(one.centres) == len(one.text)
        assert all(before < after for before, after in pairwise(one.centres))
        width = one.pixels.shape[1]
        beyond += sum(not 0 <= centre < width for centre in one.centres)
        assert all(-0.1 * width < centre < 1.1 * width for centre in one.centres)
    # A narrow character at the end may be cut off.
    assert beyond <= 0.01 * sum(len(one.text) for one in many)


def test_there_are_steps_enough_to_say_what_a_strip_says(many: list[Strip]) -> None:
    for one in many:
        repeated = sum(a == b for a, b in pairwise(one.text))
        assert len(one.text) + repeated <= one.pixels.shape[1] // serving.STEP


def test_a_line_of_many_narrow_characters_gets_the_steps_that_it_needs() -> None:
    ink = np.zeros((176, 60), np.float32)
    hand = lines.line(writers(), np.random.default_rng(1)).hand
    crowded = lines.Line(ink, 66, 110, 13, 47, "1" * 17, tuple(range(13, 47, 2)), hand)
    for seed in range(20):
        cut = strips._Cut.around(crowded, np.random.default_rng(seed))
        assert cut is not None
        assert cut.across // serving.STEP >= 33


def test_what_no_strip_has_room_for_is_not_drawn() -> None:
    hand = lines.line(writers(), np.random.default_rng(1)).hand
    ink = np.zeros((176, 1500), np.float32)
    long = lines.Line(ink, 66, 110, 13, 1490, "7", (700.0,), hand)
    assert strips._Cut.around(long, np.random.default_rng(1)) is None


def test_all_characters_all_lengths_and_empty_strips_appear(many: list[Strip]) -> None:
    assert set("".join(one.text for one in many)) == set(CHARACTERS)
    counts = Counter(sum(c in DIGITS for c in one.text) for one in many)
    assert set(range(11)) <= set(counts)
    assert any(one.text == "" for one in many)


@pytest.mark.usefixtures("clean")
def test_ink_is_where_the_characters_are() -> None:
    at: list[float] = []
    beside: list[float] = []
    for one in drawn(80):
        if not one.text or not set(one.text) <= set(DIGITS):
            continue
        shown = stands_out(one.pixels)
        places = [int(centre) for centre in one.centres if 3 < centre < len(shown) - 3]
        at += [max(shown[max(0, place - 8) : place + 9]) for place in places]
        beside += shown[int(one.centres[-1]) + 30 : -4]
    assert np.mean(np.array(at) > 45) > 0.95
    assert np.mean(np.array(beside) > 45) < 0.1


@pytest.mark.usefixtures("clean")
def test_digits_fill_about_as_much_of_a_strip_as_serving_has_them_fill() -> None:
    highs = []
    for one in drawn(120):
        if len(one.text) == 1 and one.text in DIGITS:
            page = one.pixels.astype(float)
            rows = np.abs(page - np.median(page)).max(axis=1) > 60
            highs.append(float(np.ptp(np.flatnonzero(rows)) + 1) / serving.STRIP_HEIGHT)
    assert len(highs) > 5
    assert np.median(highs) == pytest.approx(serving.FILL, abs=0.15)


@pytest.mark.usefixtures("clean")
def test_nothing_drawn_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SUBJECTS", {"nothing": 1.0})
    for one in drawn(12):
        assert (one.text, one.centres) == ("", ())
        assert np.ptp(cv2.GaussianBlur(one.pixels, (0, 0), 2)) < 30


@pytest.mark.usefixtures("clean")
def test_where_nothing_is_written_there_may_be_a_piece_of_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "SUBJECTS", {"nothing": 1.0})
    monkeypatch.setattr(strips, "fragment", lambda place, _: np.ones(place.shape, np.float32))
    monkeypatch.setattr(strips, "FRAGMENTS", 0.0)
    empty = drawn(12)
    monkeypatch.setattr(strips, "FRAGMENTS", 1.0)
    printed = drawn(12)
    assert {one.text for one in printed} == {""}
    light, dark = (np.mean([one.pixels.mean() for one in some]) for some in (empty, printed))
    assert dark < light - 50


def test_what_nobody_could_read_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "SUBJECTS", {"number": 1.0})
    random = np.random.default_rng(1)
    written = [lines.line(writers(), random, longest=4) for _ in range(20)]
    kept = [strips.shows(line, random) is not None for line in written]
    assert np.mean(kept) > 0.8
    monkeypatch.setattr(strips, "_uneven", lambda ink, _: 0.001 * ink)
    assert not any(strips.shows(line, random) for line in written)


def test_a_line_is_shown_in_many_ways() -> None:
    random = np.random.default_rng(1)
    written = lines.line(writers(), random, longest=4)
    shown = [one for _ in range(8) if (one := strips.shows(written, random))]
    assert len(shown) > 4
    assert {one.text for one in shown} == {written.text}
    assert len({one.pixels.tobytes() for one in shown}) == len(shown)


@pytest.mark.parametrize("inverted", [0.0, 1.0])
def test_ink_is_dark_on_light_or_light_on_dark(
    inverted: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strips, "INVERTED", inverted)
    monkeypatch.setattr(strips, "CONTRAST_RANGE", (0.6, 0.97))
    darker = [np.mean(one.pixels) < np.median(one.pixels) for one in drawn(60) if one.text]
    assert np.mean(darker) == pytest.approx(1 - inverted, abs=0.3)
    assert 0.1 < INVERTED < 0.25


def test_strips_are_faint_and_strong_sharp_and_blurred(many: list[Strip]) -> None:
    contrasts = [float(np.ptp(np.percentile(one.pixels, (1, 99)))) for one in many if one.text]
    assert np.percentile(contrasts, 5) < 50
    assert np.percentile(contrasts, 95) > 170
    edges = [float(np.abs(np.diff(one.pixels.astype(float))).max()) for one in many if one.text]
    assert np.percentile(edges, 90) > 3 * np.percentile(edges, 10)
