import re
from collections import Counter

import numpy as np
import pytest

from digitbox.recognition.card import CHARACTERS, OTHER
from digitbox.records import DIGITS
from digitbox_train.drawing.amounts import ENDS, LENGTHS, amount, with_other
from digitbox_train.drawing.hands import MARKS


@pytest.fixture(scope="module")
def many() -> list[str]:
    random = np.random.default_rng(1)
    return ["".join(amount(random)) for _ in range(4_000)]


def bare(text: str) -> str:
    return "".join(character for character in text if character in DIGITS)


def test_the_same_seed_gives_the_same_amount() -> None:
    one, same, other = (amount(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one == same != other


def test_shares_are_of_the_whole() -> None:
    assert sum(LENGTHS) == pytest.approx(1)
    assert sum(share for _, share in ENDS) == pytest.approx(1)


def test_an_amount_has_digits_and_what_stands_between_and_after_them(many: list[str]) -> None:
    for text in many:
        assert set(text) <= {*DIGITS, *MARKS}
        assert text.lstrip("-")[0] in DIGITS
        assert 1 <= len(bare(text)) <= len(LENGTHS)


def test_lengths_are_as_often_as_said(many: list[str]) -> None:
    counts = Counter(len(bare(text)) for text in many)
    for length, share in enumerate(LENGTHS, 1):
        assert counts[length] / len(many) == pytest.approx(share, abs=0.025)


def test_all_digits_all_pairs_and_all_marks_appear(many: list[str]) -> None:
    pairs = {pair for text in many for pair in zip(bare(text), bare(text)[1:], strict=False)}
    assert len(pairs) == 100
    assert {end for end, _ in ENDS} <= {re.split(r"\d", text)[-1] for text in many}
    assert any(text.startswith("-") for text in many)
    assert any(re.search(r"\d-\d", text) for text in many)
    assert any(re.fullmatch("0[0-9]+", text) for text in many)


@pytest.mark.parametrize("form", [r"\d{1,3}(\.\d{3})+", r"\d{1,3}(,\d{3})+"])
def test_thousands_are_set_in_threes_from_the_right(many: list[str], form: str) -> None:
    assert any(re.fullmatch(form, text) for text in many)


@pytest.mark.parametrize("form", [r"\d{1,3}(\.\d{3})+,\d\d", r"\d{1,3}(,\d{3})+\.\d\d"])
def test_thousands_go_with_cents_behind_the_other_mark(many: list[str], form: str) -> None:
    assert any(re.fullmatch(form, text) for text in many)


@pytest.mark.parametrize("longest", [1, 3])
def test_no_amount_is_longer_than_asked(longest: int) -> None:
    random = np.random.default_rng(1)
    lengths = {len(bare("".join(amount(random, longest)))) for _ in range(200)}
    assert lengths == set(range(1, longest + 1))


def test_other_writing_stands_beside_a_number_that_is_whole() -> None:
    random = np.random.default_rng(1)
    tokens = list("12.5")
    struck_out, words, befores, apart = 0, 0, 0, 0
    for _ in range(300):
        both, struck = with_other(tokens, random)
        assert set(both) <= {*CHARACTERS, " "}
        before, number, after = "".join(both).partition("12.5")
        assert number
        assert bool(before) != bool(after)
        other = (before or after).strip(" ")
        if struck is None:
            words += 1
            befores += bool(before)
            apart += " " in both
            assert set(other) == {OTHER}
        else:
            struck_out += 1
            old = both[slice(*struck)]
            assert "".join(old) == other
            assert " " in both
            assert set(old) <= set(DIGITS)
            assert 1 <= len(old) <= 3
    assert struck_out / 300 == pytest.approx(0.3, abs=0.08)
    assert 0 < befores < words
    assert 0.5 * words < apart < words  # a sign may be set close to a number
