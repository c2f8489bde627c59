from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digitbox.recognition.stroke import stroke_width
from digitbox_train.drawing import hands
from digitbox_train.drawing.hands import (
    CROSSED,
    CROSSES,
    LARGEST,
    LONG_FLAGGED,
    LONG_FLAGS,
    MARKS,
    SLANTS,
    SOURCES,
    WIDTH_RANGE,
    Hand,
)
from digitbox_train.drawing.pens import Ink
from digitbox_train.drawing.templates import Template, pick
from tests.train.drawing.factory import writers

ALONE = [source for source in SOURCES if source != "mixed"]


def hand(**changes: Any) -> Hand:
    """An even, upright hand, but for ``changes``."""
    usual = Hand.of(writers(), np.random.default_rng(1))
    even: dict[str, Any] = {
        "slant": 0.0, "turn": 0.0, "breadth": 1.0, "width": 0.075, "keeps_width": False,
        "pen": "even", "uneven": 0.03, "small_zero": 1.0, "long_flag": False,
    }  # fmt: skip
    return replace(usual, **(even | changes))


def written(one: Hand, values: str, seed: int = 1) -> list[Ink]:
    """Ten times each of these digits, about 80 pixels high."""
    random = np.random.default_rng(seed)
    return [one.digit(int(value), 80.0, random) for value in values * 10]


def lean(ink: Ink) -> float:
    """How far a shape leans to the right over its height."""
    ys, xs = np.nonzero(ink > 0.5)
    return -float(np.polyfit(ys, xs, 1)[0])


def width(ink: Ink) -> float:
    return stroke_width((ink > 0.5).astype(np.uint8)) / 80


def median(of: Callable[[Ink], float], inks: list[Ink]) -> float:
    return float(np.median([of(ink) for ink in inks]))


def is_trimmed(ink: Ink) -> bool:
    return bool(min(edge.max() for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])) > 0.2)


def test_people_differ_within_bounds() -> None:
    random = np.random.default_rng(1)
    hands = [Hand.of(writers(), random) for _ in range(500)]
    sources = [one.source for one in hands]
    for source, share in SOURCES.items():
        assert sources.count(source) / 500 == pytest.approx(share, abs=0.07)
    least, largest = np.tan(np.deg2rad(SLANTS))
    assert all(least <= one.slant <= largest for one in hands)
    assert all(WIDTH_RANGE[0] <= one.width <= WIDTH_RANGE[1] for one in hands)
    assert np.mean([one.long_flag for one in hands]) == pytest.approx(LONG_FLAGGED, abs=0.08)
    assert {len(ways) for one in hands for ways in one.templates} == {1, 2}


def test_the_same_seed_gives_the_same_hand_and_the_same_ink() -> None:
    one, same, other = (Hand.of(writers(), np.random.default_rng(seed)) for seed in (2, 2, 3))
    assert replace(one) == same
    assert (one.slant, one.width) != (other.slant, other.width)
    assert all(map(np.array_equal, written(one, "37"), written(same, "37")))


@pytest.mark.parametrize("source", SOURCES)
def test_a_digit_has_no_room_around_it_and_is_about_as_high_as_asked(source: str) -> None:
    inks = written(hand(source=source), "0123456789")
    assert all(ink.dtype == np.float32 and ink.max() <= 1 for ink in inks)
    assert all(is_trimmed(ink) for ink in inks)
    assert median(lambda ink: ink.shape[0], inks) == pytest.approx(80, abs=4)
    assert max(ink.shape[1] for ink in inks) < 1.15 * LARGEST * 80


@pytest.mark.parametrize("source", ALONE)
def test_all_that_a_hand_writes_leans_as_the_hand_does(source: str) -> None:
    upright = median(lean, written(hand(source=source), "1038"))
    for slant in (-0.3, 0.3, 0.6):
        leaning = median(lean, written(hand(source=source, slant=slant), "1038"))
        assert leaning - upright == pytest.approx(slant, abs=0.12)


@pytest.mark.parametrize("source", ALONE)
def test_all_that_a_hand_writes_is_turned_as_the_hand_is(source: str) -> None:
    upright = median(lean, written(hand(source=source), "1"))
    for turn in (-0.3, 0.3):
        turned = median(lean, written(hand(source=source, turn=turn), "1"))
        assert turned - upright == pytest.approx(turn, abs=0.12)


@pytest.mark.parametrize("source", ALONE)
def test_a_broad_hand_writes_broadly(source: str) -> None:
    narrow, broad = (
        median(
            lambda ink: ink.shape[1] / ink.shape[0], written(hand(source=source, breadth=b), "8")
        )
        for b in (0.75, 1.35)
    )
    assert broad / narrow == pytest.approx(1.35 / 0.75, rel=0.25)


@pytest.mark.parametrize("source", ALONE)
def test_a_hand_keeps_its_pen(source: str) -> None:
    for wide in (0.04, 0.075, 0.15):
        assert median(width, written(hand(source=source, width=wide), "037")) == pytest.approx(
            wide, rel=0.2
        )


def test_what_a_hand_writes_is_what_was_asked_for() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 4:24, 13:16] = images[1, 13:16, 4:24] = 255  # one is tall, one is wide
    own = replace(writers(), images=images, labels=np.array([1, 7], np.uint8))
    tall, wide = (written(hand(writers=own, source="mnist"), value) for value in "17")
    assert all(ink.shape[0] > 2 * ink.shape[1] for ink in tall)
    assert all(ink.shape[1] > 2 * ink.shape[0] for ink in wide)


def test_a_hand_may_write_its_zeros_smaller() -> None:
    zeros, eights = (written(hand(small_zero=0.6, source="templates"), value) for value in "08")
    assert median(len, zeros) / median(len, eights) == pytest.approx(0.6, abs=0.08)


def test_a_hand_with_long_flags_writes_all_its_ones_so() -> None:
    random = np.random.default_rng(1)
    found = [one for one in (Hand.of(writers(), random) for _ in range(60)) if one.long_flag]
    assert found
    for one in found:
        assert {template.name for template in one.templates[1]} <= set(LONG_FLAGS)
        ones = written(replace(one, breadth=1.0, turn=0.0, slant=0.0), "1")
        assert median(lambda ink: ink.shape[1] / ink.shape[0], ones) > 0.2


def test_what_is_no_digit_is_ink_of_about_that_height() -> None:
    random = np.random.default_rng(1)
    others = [hand().other(60.0, random) for _ in range(60)]
    assert all(is_trimmed(ink) for ink in others)
    assert all(max(ink.shape) < 1.6 * LARGEST * 60 for ink in others)
    assert 30 < median(len, others) < 70


@pytest.mark.parametrize("mark", sorted({*MARKS} - {"/"}))
def test_a_mark_is_smaller_than_a_digit_and_as_thick_as_the_pen(mark: str) -> None:
    random = np.random.default_rng(1)
    for wide in (0.05, 0.12):
        inks = [hand(width=wide).mark(mark, 80.0, random) for _ in range(20)]
        assert all(is_trimmed(ink) for ink in inks)
        assert all(max(ink.shape) < 0.75 * 80 for ink in inks)
        if mark == "-":
            assert all(ink.shape[1] > ink.shape[0] for ink in inks)
            thick = np.mean([np.median((ink > 0.5).sum(axis=0)) for ink in inks])
            assert thick / 80 == pytest.approx(wide, abs=0.03)


def test_a_slash_is_as_high_as_a_digit_or_higher_and_leans_to_the_right() -> None:
    random = np.random.default_rng(1)
    for wide in (0.05, 0.12):
        inks = [hand(width=wide).mark("/", 80.0, random) for _ in range(40)]
        assert all(is_trimmed(ink) for ink in inks)
        assert all(80 <= len(ink) < 1.7 * 80 for ink in inks)
        upper = [np.nonzero(ink[: len(ink) // 3] > 0.5)[1].mean() for ink in inks]
        lower = [np.nonzero(ink[-(len(ink) // 3) :] > 0.5)[1].mean() for ink in inks]
        assert all(above > below + 4 for above, below in zip(upper, lower, strict=True))


def test_two_strokes_are_two_and_one_is_one() -> None:
    import cv2

    random = np.random.default_rng(1)
    for mark, pieces in ((".", 1), (",", 1), ("-", 1), ("+", 1), ("=", 2), (":", 2)):
        inks = [hand(width=0.04).mark(mark, 80.0, random) for _ in range(20)]
        counts = [cv2.connectedComponents((ink > 0.5).astype(np.uint8))[0] - 1 for ink in inks]
        assert np.median(counts) == pieces, mark


def test_some_of_what_is_no_digit_are_crosses(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {one.name for one in CROSSES} == {"cross", "plus"}
    someone, random, picked = hand(), np.random.default_rng(1), list[str]()

    def noted(templates: Sequence[Template], random: np.random.Generator) -> Template:
        found = pick(templates, random)
        picked.append(found.name)
        return found

    monkeypatch.setattr(hands, "pick", noted)
    for _ in range(200):
        ink = someone.other(80.0, random)
        assert ink.max() > 0.4
        assert is_trimmed(ink)
    assert set(picked) == {"cross", "plus"}
    assert len(picked) / 200 == pytest.approx(CROSSED, abs=0.1)
