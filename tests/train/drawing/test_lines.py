from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from digitbox.recognition.card import CHARACTERS, OTHER
from digitbox.records import DIGITS
from digitbox_train.drawing import lines as module
from digitbox_train.drawing.hands import Hand
from digitbox_train.drawing.lines import HEIGHT, SEEN, SUBJECTS, UNDERLINED, Line, line, written
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


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """None of them is underlined."""
    monkeypatch.setattr(module, "UNDERLINED", 0.0)
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


def test_ink_is_where_the_characters_are(plain: list[Line]) -> None:
    for one in plain:
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
def test_what_is_struck_out_is_other_writing(
    monkeypatch: pytest.MonkeyPatch, text: str, struck: tuple[int, int], says: str
) -> None:
    monkeypatch.setattr(module, "UNDERLINED", 0.0)  # what is struck out is not, either
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


def underlined(
    text: str, seed: int, struck: tuple[int, int] | None = None, **hand: object
) -> tuple[Line, Line]:
    """The same line without and with a stroke below it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "UNDERLINED", 0.0)
        without = wrote(text, seed, struck, **hand)
        patch.setattr(module, "UNDERLINED", 1.0)
        return without, wrote(text, seed, struck, **hand)


def test_an_underline_runs_below_the_whole_line_and_changes_nothing_else() -> None:
    for seed in range(30):
        kept, out = underlined("0417", seed)
        high = kept.bottom - kept.top
        assert replace(out, ink=kept.ink) == kept
        added = out.ink - kept.ink
        assert added.min() >= 0
        assert out.ink.max() <= 1
        rows, columns = np.nonzero(added > 0.3)
        foot = kept.bottom - 0.35 * high
        assert rows.min() > foot
        assert rows.max() < kept.bottom + 0.75 * high
        assert columns.min() > kept.left - 0.45 * high
        assert columns.max() < kept.right + 0.45 * high
        inner = slice(int(kept.left + 0.3 * high) + 1, int(kept.right - 0.3 * high))
        assert out.ink[int(foot) :, inner].max(axis=0).min() > 0.3


def test_underlines_are_longer_and_shorter_than_the_line_and_at_times_two() -> None:
    starts, counts = [], []
    for seed in range(40):
        kept, out = underlined("0417", seed, width=0.03)
        on = out.ink - kept.ink > 0.3
        starts.append(int(on.any(axis=0).argmax()) - kept.left)
        between = on[:, kept.left + HEIGHT // 2 : kept.right - HEIGHT // 2]
        counts.append(int(np.median(np.sum(np.diff(between, axis=0, prepend=False), axis=0) // 2)))
    assert min(starts) < -0.1 * HEIGHT
    assert max(starts) > 0.1 * HEIGHT
    assert set(counts) == {1, 2}
    assert counts.count(1) > counts.count(2)


def test_nothing_and_what_is_struck_out_is_not_underlined() -> None:
    for seed in range(5):
        assert not underlined("", seed)[1].ink.any()
        assert same(*underlined("12,50", seed, (0, 5)))


def test_as_many_lines_are_underlined_as_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = [lines(1, seed)[0] for seed in range(300)]
    monkeypatch.setattr(module, "UNDERLINED", 0.0)
    share = np.mean([not same(one, lines(1, seed)[0]) for seed, one in enumerate(usual)])
    assert share == pytest.approx(UNDERLINED, abs=0.025)


def empty_columns(text: str, seed: int) -> list[int]:
    """How many there are between each character and the next."""
    one = wrote(text, seed, small_zero=1.0, turn=0.0)
    empty = one.ink.max(axis=0) <= 0.3
    return [int(empty[int(a) : int(b)].sum()) for a, b in pairwise(one.centres)]


@pytest.mark.parametrize("kerned", [False, True])
def test_chained_zeros_stand_close_and_other_digits_do_not(
    kerned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNDERLINED", 0.0)
    usual = module._Spacing.of(np.random.default_rng(1))
    apart = replace(
        usual, mean=0.9 * HEIGHT, spread=0.0, group=0, kerned=kerned, ties=0.0, shrink=1.0
    )
    monkeypatch.setattr(module._Spacing, "of", lambda _: replace(apart, chained=True))
    chained = np.array([empty_columns("7008000", seed) for seed in range(10)])
    close = [1, 4, 5]
    assert chained[:, close].max() <= 0.1 * HEIGHT
    assert np.delete(chained, close, axis=1).min() >= 0.3 * HEIGHT
    monkeypatch.setattr(module._Spacing, "of", lambda _: replace(apart, chained=False))
    assert min(empty_columns("7008000", 1)) >= 0.3 * HEIGHT


def test_zeros_are_chained_in_some_lines_only() -> None:
    random = np.random.default_rng(1)
    assert {module._Spacing.of(random).chained for _ in range(40)} == {False, True}


def test_chaining_does_not_set_zeros_wider() -> None:
    random = np.random.default_rng(1)
    tight = replace(module._Spacing.of(random), mean=-10.0, spread=0.0, group=0, chained=True)
    assert tight.gap("0", 1, ["0", "0"], random) == -10


def test_zeros_that_are_close_may_be_tied() -> None:
    spacing = replace(module._Spacing.of(np.random.default_rng(1)), ties=0.0, chained=True)
    assert spacing.tied("0", 1, list("00")) > 0
    assert spacing.tied("0", 1, list("10")) == 0
    assert spacing.tied("5", 1, list("05")) == 0
    assert replace(spacing, chained=False).tied("0", 1, list("00")) == 0


def test_one_can_ask_for_short_numbers() -> None:
    random = np.random.default_rng(1)
    texts = [line(writers(), random, longest=2).text for _ in range(60)]
    numbers = [text for text in texts if OTHER not in text]
    assert max(sum(c in DIGITS for c in text) for text in numbers) == 2
