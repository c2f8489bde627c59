from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from digitbox.recognition.card import CHARACTERS, OTHER
from digitbox.records import DIGITS
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.lines import HEIGHT, SEEN, SUBJECTS, Line, line, written
from tests.train.drawing.factory import writers

SAYS = {character: character for character in CHARACTERS} | SEEN


def lines(count: int, seed: int = 1) -> list[Line]:
    random = np.random.default_rng(seed)
    return [line(writers(), random) for _ in range(count)]


def wrote(text: str, seed: int = 1, struck: tuple[int, int] | None = None, **hand: object) -> Line:
    """These tokens in somebody's hand."""
    random = np.random.default_rng(seed)
    someone = replace(Hand.of(writers(), random), **hand)  # type: ignore[arg-type]
    return written(list(text), someone, random, struck)


@pytest.fixture(scope="module")
def many() -> list[Line]:
    return lines(400)


def same(one: Line, other: Line) -> bool:
    alike = [getattr(one, name) == getattr(other, name) for name in ("text", "centres", "top")]
    return all(alike) and np.array_equal(one.ink, other.ink)


def test_the_same_seed_writes_the_same() -> None:
    assert all(map(same, lines(8), lines(8)))
    assert not same(lines(1)[0], lines(1, seed=2)[0])


def test_shares_are_of_the_whole() -> None:
    assert sum(SUBJECTS.values()) == pytest.approx(1)


def test_every_subject_appears(many: list[Line]) -> None:
    texts = [one.text for one in many]
    assert np.mean([text == "" for text in texts]) == pytest.approx(SUBJECTS["nothing"], abs=0.02)
    assert any(set(text) == {OTHER} for text in texts)
    assert any(OTHER in text and set(text) & set(DIGITS) for text in texts)
    assert "-" in texts
    assert set("".join(texts)) == set(CHARACTERS)


def test_a_line_has_a_place_for_each_character_in_the_order_of_reading(many: list[Line]) -> None:
    for one in many:
        assert len(one.centres) == len(one.text)
        assert all(before < after for before, after in pairwise(one.centres))
        assert all(one.left < centre < one.right for centre in one.centres)
        assert 0 <= one.left <= one.right <= one.ink.shape[1]
        assert 0 <= one.top < one.bottom <= one.ink.shape[0]


def test_ink_is_where_the_characters_are(many: list[Line]) -> None:
    for one in many:
        assert one.ink.dtype == np.float32
        assert 0 <= one.ink.min() <= one.ink.max() <= 1
        for character, centre in zip(one.text, one.centres, strict=True):
            reach = HEIGHT // 2 if character in DIGITS else HEIGHT
            assert one.ink[:, max(0, int(centre) - reach) : int(centre) + reach].max() > 0.4
        if OTHER not in one.text:  # nothing is struck out
            columns = np.flatnonzero((one.ink > 0.5).any(axis=0))
            assert columns.size == 0 or columns[0] >= one.left
            assert columns.size == 0 or columns[-1] < one.right


def test_nothing_that_is_written_says_nothing() -> None:
    one = wrote("")
    assert (one.text, one.centres) == ("", ())
    assert not one.ink.any()
    assert one.bottom - one.top == HEIGHT


@pytest.mark.parametrize("text", ["7", "0417", "12.5", "1,234", "-3", "12x", "8888888888"])
def test_what_is_written_is_what_is_said(text: str) -> None:
    for seed in range(5):
        one = wrote(text, seed)
        assert one.text == text
        assert one.ink.any()


@pytest.mark.parametrize("end", SEEN)
def test_marks_that_are_none_of_a_number_are_seen_as_what_they_mean(end: str) -> None:
    assert wrote(f"12{end}").text == f"12{SEEN[end]}"


def test_a_blank_is_a_wider_gap() -> None:
    wide, close = (
        np.mean([wrote(text, seed).centres[1] - wrote(text, seed).centres[0] for seed in range(40)])
        for text in ("3 3", "33")
    )
    assert wide > close + 0.2 * HEIGHT


def test_digits_of_a_line_are_about_as_high_as_said() -> None:
    highs = [wrote("5", seed, small_zero=1.0, turn=0.0) for seed in range(40)]
    assert np.median([one.bottom - one.top for one in highs]) == pytest.approx(HEIGHT, rel=0.1)


@pytest.mark.parametrize(
    ("text", "struck", "says"),
    [("12 345", (0, 2), "xx345"), ("12 34", (3, 5), "12xx"), ("12,50", (0, 5), "xxxxx")],
)
def test_what_is_struck_out_is_other_writing(text: str, struck: tuple[int, int], says: str) -> None:
    for seed in range(8):
        out, kept = wrote(text, seed, struck), wrote(text, seed)
        assert out.text == says
        assert kept.text == text.replace(" ", "")
        assert out.centres == kept.centres
        added = out.ink - kept.ink
        assert added.min() >= 0
        assert added.max() > 0.5


def test_some_digits_touch_and_some_stand_far_apart() -> None:
    gaps = []
    for seed in range(80):
        one = wrote("08", seed)
        between = one.ink[:, int(one.centres[0]) : int(one.centres[1])]
        gaps.append(int(np.sum(between.max(axis=0) <= 0.3)))
    assert np.mean(np.array(gaps) == 0) > 0.1
    assert max(gaps) > 0.3 * HEIGHT
